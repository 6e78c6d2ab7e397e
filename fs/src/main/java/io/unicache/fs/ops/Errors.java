package io.unicache.fs.ops;

import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace;
import java.lang.System.Logger.Level;

/**
 * Turns the store's errors into errno: the one place where both are known. Answers (a name that is
 * not there) pass silently; incidents (a bad block, a failing disk) are logged here, once.
 */
public final class Errors {

  private static final System.Logger LOG = System.getLogger(Errors.class.getName());

  private Errors() {}

  /** An operation on the store. */
  @FunctionalInterface
  public interface Operation<T> {
    T run() throws CacheException, FileSystemException;
  }

  /** An operation on the store without a result. */
  @FunctionalInterface
  public interface Action {
    void run() throws CacheException, FileSystemException;
  }

  /** Runs an operation and translates its failure. */
  public static <T> T answer(Operation<T> operation) throws FileSystemException {
    try {
      return operation.run();
    } catch (CacheException e) {
      throw translated(e);
    }
  }

  /** Runs an action and translates its failure. */
  public static void act(Action action) throws FileSystemException {
    try {
      action.run();
    } catch (CacheException e) {
      throw translated(e);
    }
  }

  /** Returns the answer for the program that asked, and logs the error if it is an incident. */
  static FileSystemException translated(CacheException error) {
    Errno errno = errno(error);
    if (isIncident(error.kind())) {
      LOG.log(Level.ERROR, () -> "answered " + errno + ": " + error.getMessage(), error);
    }
    return new FileSystemException(errno, error.getMessage(), error);
  }

  static Errno errno(CacheException error) {
    return switch (error.kind()) {
      // Missing is EIO and not ENOENT: what is missing is content that a file in the tree needs.
      case CORRUPT, MISSING, VERSION, STORAGE, SOURCE -> Errno.EIO;
      case FULL -> Errno.ENOSPC;
      case BUSY -> Errno.EBUSY;
      case INVALID_ARGUMENT -> Errno.EINVAL;
      case NAMESPACE -> errno(((Namespace) error).reason());
    };
  }

  static Errno errno(Namespace.Reason reason) {
    return switch (reason) {
      case NOT_FOUND -> Errno.ENOENT;
      case EXISTS -> Errno.EEXIST;
      case NOT_A_DIRECTORY -> Errno.ENOTDIR;
      case IS_A_DIRECTORY -> Errno.EISDIR;
      case NOT_EMPTY -> Errno.ENOTEMPTY;
      case NAME_TOO_LONG -> Errno.ENAMETOOLONG;
      case INVALID -> Errno.EINVAL;
      case NOT_PERMITTED -> Errno.EPERM;
      case ACCESS_DENIED -> Errno.EACCES;
      case TOO_MANY_LINKS -> Errno.EMLINK;
      case NO_ATTRIBUTE -> Errno.ENODATA;
      case ATTRIBUTE_TOO_LARGE -> Errno.E2BIG;
      case READ_ONLY -> Errno.EROFS;
      case STALE -> Errno.ESTALE;
      case FILE_TOO_LARGE -> Errno.EFBIG;
    };
  }

  private static boolean isIncident(CacheException.Kind kind) {
    return switch (kind) {
      case CORRUPT, MISSING, FULL, VERSION, SOURCE, STORAGE -> true;
      case BUSY, INVALID_ARGUMENT, NAMESPACE -> false;
    };
  }
}
