package io.unicache.store.error;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * What went wrong in a store. Every message names the file or block, says what was expected and
 * what was found, and what to do. The hierarchy is sealed and small; {@link #kind()} lets a caller
 * switch over all of it (fs turns it into an errno, the command line into one line of text).
 */
public abstract sealed class CacheException extends IOException {

  private static final long serialVersionUID = 1L;

  /** One constant for each subclass, for exhaustive switches. */
  public enum Kind {
    CORRUPT,
    MISSING,
    FULL,
    BUSY,
    VERSION,
    SOURCE,
    INVALID_ARGUMENT,
    NAMESPACE,
    STORAGE
  }

  private final Kind kind;

  private CacheException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** Returns which subclass this is. */
  public final Kind kind() {
    return kind;
  }

  /** Bytes on disk are not what was written: a wrong hash, checksum or structure. */
  public static final class Corrupt extends CacheException {
    private static final long serialVersionUID = 1L;

    public Corrupt(String message) {
      this(message, null);
    }

    public Corrupt(String message, Throwable cause) {
      super(Kind.CORRUPT, message, cause);
    }
  }

  /** Something that was asked for by its ID, path or hash is not in the store. */
  public static final class Missing extends CacheException {
    private static final long serialVersionUID = 1L;

    public Missing(String message) {
      super(Kind.MISSING, message, null);
    }
  }

  /** The disk or a quota is full. Nothing that was stored before is affected. */
  public static final class Full extends CacheException {
    private static final long serialVersionUID = 1L;

    public Full(String message, Throwable cause) {
      super(Kind.FULL, message, cause);
    }
  }

  /** Another process owns the store, or a bounded wait has ended without success. */
  public static final class Busy extends CacheException {
    private static final long serialVersionUID = 1L;

    public Busy(String message) {
      super(Kind.BUSY, message, null);
    }
  }

  /** The store was written by a version of UniCache that this one cannot read. */
  public static final class Version extends CacheException {
    private static final long serialVersionUID = 1L;

    public Version(String message) {
      super(Kind.VERSION, message, null);
    }
  }

  /** A download's source failed: unreachable, refused, truncated, or not what was expected. */
  public static final class Source extends CacheException {
    private static final long serialVersionUID = 1L;

    public Source(String message) {
      this(message, null);
    }

    public Source(String message, Throwable cause) {
      super(Kind.SOURCE, message, cause);
    }
  }

  /** The caller gave something that cannot be: a malformed ID, a bad block size, an empty name. */
  public static final class InvalidArgument extends CacheException {
    private static final long serialVersionUID = 1L;

    public InvalidArgument(String message) {
      super(Kind.INVALID_ARGUMENT, message, null);
    }
  }

  /** A rule of the namespace forbids the operation; {@link #reason()} says which. */
  public static final class Namespace extends CacheException {
    private static final long serialVersionUID = 1L;

    /** The rules, in POSIX's words. */
    public enum Reason {
      NOT_FOUND,
      EXISTS,
      NOT_A_DIRECTORY,
      IS_A_DIRECTORY,
      NOT_EMPTY,
      NAME_TOO_LONG,
      INVALID,
      NOT_PERMITTED,
      ACCESS_DENIED,
      TOO_MANY_LINKS,
      NO_ATTRIBUTE,
      ATTRIBUTE_TOO_LARGE,
      READ_ONLY,
      STALE,
      FILE_TOO_LARGE
    }

    private final Reason reason;

    public Namespace(Reason reason, String message) {
      super(Kind.NAMESPACE, message, null);
      this.reason = reason;
    }

    /** Returns the rule that was broken. */
    public Reason reason() {
      return reason;
    }

    /** Returns the same error, told of a path: the tree below only knows inodes. */
    public Namespace at(String path) {
      return new Namespace(reason, path + ": " + getMessage());
    }

    /** Such errors are answers, not incidents, and there are many: no stack is walked for them. */
    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }

  /** The disk or the operating system refused an operation (EIO, EACCES, too many open files). */
  public static final class Storage extends CacheException {
    private static final long serialVersionUID = 1L;

    public Storage(String message, Throwable cause) {
      super(Kind.STORAGE, message, cause);
    }
  }

  /**
   * Turns an I/O error of the JDK into one of this hierarchy: {@link Full} where the disk is full,
   * itself where it is one already, else {@link Storage}.
   *
   * @param doing what was being done and to which file, as in "writing packs/00000001.pack"
   */
  public static CacheException of(String doing, IOException cause) {
    if (cause instanceof CacheException known) {
      return known;
    }
    String reason = String.valueOf(cause.getMessage());
    if (reason.contains("No space left on device") || reason.contains("Disk quota exceeded")) {
      return new Full(doing + ": " + reason + "; free some space and try again", cause);
    }
    return new Storage(doing + ": " + inWords(cause), cause);
  }

  /** The JDK's file exceptions often have a path for a message and the reason in their class. */
  private static String inWords(IOException cause) {
    if (cause instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    if (cause instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (cause instanceof FileAlreadyExistsException) {
      return "it exists already";
    }
    if (cause instanceof NotDirectoryException) {
      return "not a directory";
    }
    if (cause instanceof FileSystemException file && file.getReason() != null) {
      return file.getReason();
    }
    return String.valueOf(cause.getMessage());
  }
}
