package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.Protocol.InitFlag;
import io.unicache.fs.fuse.kernel.Protocol.Opcode;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Serves requests: finds the handler, and makes an errno of what it throws. Thread-safe. */
final class Dispatcher {

  private static final Logger LOG = System.getLogger(Dispatcher.class.getName());

  private final FileSystemOps ops;
  private final int pageSize;
  private final LookupCounts counts;
  private final OpenHandles handles = new OpenHandles();
  private final NamespaceRequests names;
  private final AttributeRequests attributes;
  private final FileRequests files;
  private final RangeRequests ranges;
  private final DirectoryRequests directories;
  private final Passthrough passthrough;

  /** Complete when INIT has been served; the kernel sends nothing else before. */
  private final CompletableFuture<Negotiation> initialised = new CompletableFuture<>();

  /** Null until then. */
  private volatile Negotiation negotiation;

  Dispatcher(
      FileSystemOps ops,
      Notices notices,
      int pageSize,
      Prefetcher prefetcher,
      Passthrough passthrough) {
    this.ops = ops;
    this.passthrough = passthrough;
    this.pageSize = pageSize;
    counts = new LookupCounts(ops);
    Entries entries =
        new Entries(
            counts, new Validity(ops, handles), () -> notices.count() + handles.changesEnded());
    Privileges privileges = new Privileges(ops);
    names = new NamespaceRequests(ops, entries);
    attributes = new AttributeRequests(ops, entries, privileges, prefetcher);
    files =
        new FileRequests(
            ops, entries, handles, privileges, prefetcher, passthrough, notices::attributes);
    ranges = new RangeRequests(ops, handles, privileges);
    directories = new DirectoryRequests(ops, entries, handles);
  }

  /** Returns what INIT has settled, if it has. */
  Optional<Negotiation> negotiation() {
    return Optional.ofNullable(negotiation);
  }

  /** Returns what completes when INIT has been served: the mount answers from then on. */
  CompletableFuture<Negotiation> initialised() {
    return initialised;
  }

  /** Returns how many reads the kernel has asked for. */
  long reads() {
    return files.reads();
  }

  LookupCounts counts() {
    return counts;
  }

  /** Gives back what the kernel has not: to be called when no request is being served any more. */
  void close() {
    handles.releaseAll(ops, passthrough::closed);
    counts.clear();
  }

  /**
   * Serves one request; the reply is ready to be sent then.
   *
   * @return 0, or the errno to answer with
   */
  int serve(Request request, Reply reply) {
    try {
      dispatch(request, reply);
      return 0;
    } catch (FileSystemException e) {
      return e.errno().number();
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      // A bug, or memory that ran out: the program gets an error, the others go on.
      LOG.log(Level.ERROR, "request with opcode " + request.opcode() + " failed; answered EIO", e);
      return Errno.EIO.number();
    }
  }

  private void dispatch(Request request, Reply reply) throws FileSystemException {
    int opcode = request.opcode();
    if (negotiation == null && opcode != Opcode.INIT) {
      throw new FileSystemException(Errno.EIO, "request before INIT");
    }
    if (mayWait(opcode)) {
      reply.mayWait();
    }
    switch (opcode) {
      case Opcode.READ -> files.read(request, reply);
      case Opcode.WRITE -> files.write(request, reply);
      case Opcode.OPEN -> files.open(request, reply);
      case Opcode.CREATE -> files.create(request, reply);
      case Opcode.TMPFILE -> files.tmpfile(request, reply);
      case Opcode.FLUSH -> files.flush(request);
      case Opcode.FSYNC -> files.fsync(request);
      case Opcode.RELEASE -> files.release(request, reply);
      case Opcode.LSEEK -> ranges.lseek(request, reply);
      case Opcode.COPY_FILE_RANGE -> ranges.copyFileRange(request, reply);
      case Opcode.COPY_FILE_RANGE_64 -> ranges.copyFileRange64(request, reply);
      case Opcode.FALLOCATE -> ranges.fallocate(request);
      case Opcode.OPENDIR -> directories.opendir(request, reply);
      case Opcode.READDIR -> directories.readdir(request, reply);
      case Opcode.READDIRPLUS -> directories.readdirplus(request, reply);
      case Opcode.RELEASEDIR -> directories.releasedir(request);
      case Opcode.FSYNCDIR -> directories.fsyncdir(request);
      case Opcode.SYNCFS -> ops.sync();
      default -> dispatchByNode(opcode, request, reply);
    }
  }

  /**
   * Whether serving it is likely to take a disk, a lock or the network. READ, WRITE and RELEASE say
   * so by themselves; for the others, that it does is found out soon enough.
   */
  private static boolean mayWait(int opcode) {
    return switch (opcode) {
      case Opcode.FLUSH,
          Opcode.FSYNC,
          Opcode.FSYNCDIR,
          Opcode.SYNCFS,
          Opcode.FALLOCATE,
          Opcode.COPY_FILE_RANGE,
          Opcode.COPY_FILE_RANGE_64 ->
          true;
      default -> false;
    };
  }

  private void dispatchByNode(int opcode, Request request, Reply reply) throws FileSystemException {
    switch (opcode) {
      case Opcode.LOOKUP -> names.lookup(request, reply);
      case Opcode.FORGET -> names.forget(request, reply);
      case Opcode.BATCH_FORGET -> names.batchForget(request, reply);
      case Opcode.READLINK -> names.readlink(request, reply);
      case Opcode.SYMLINK -> names.symlink(request, reply);
      case Opcode.MKNOD -> names.mknod(request, reply);
      case Opcode.MKDIR -> names.mkdir(request, reply);
      case Opcode.LINK -> names.link(request, reply);
      case Opcode.UNLINK -> names.unlink(request);
      case Opcode.RMDIR -> names.rmdir(request);
      case Opcode.RENAME -> names.rename(request);
      case Opcode.RENAME2 -> names.rename2(request);
      case Opcode.GETATTR -> attributes.getattr(request, reply);
      case Opcode.STATX -> attributes.statx(request, reply);
      case Opcode.SETATTR -> attributes.setattr(request, reply);
      case Opcode.ACCESS -> attributes.access(request);
      case Opcode.STATFS -> attributes.statfs(reply);
      case Opcode.SETXATTR -> attributes.setxattr(request, negotiation.has(InitFlag.SETXATTR_EXT));
      case Opcode.GETXATTR -> attributes.getxattr(request, reply);
      case Opcode.LISTXATTR -> attributes.listxattr(request, reply);
      case Opcode.REMOVEXATTR -> attributes.removexattr(request);
      case Opcode.INIT -> init(request, reply);
      case Opcode.DESTROY -> {}
      // ENOSYS has the kernel go on by itself and, mostly, not ask again. So for ioctl, poll, bmap,
      // locks; and for INTERRUPT, as nothing that is being served could be broken off.
      default -> throw new FileSystemException(Errno.ENOSYS, "opcode " + opcode);
    }
  }

  private void init(Request request, Reply reply) throws FileSystemException {
    try {
      Optional<Negotiation> settled =
          Negotiation.answer(request, reply, pageSize, passthrough.isWanted());
      if (settled.isPresent()) {
        passthrough.negotiated(settled.get());
        negotiation = settled.get();
        initialised.complete(settled.get());
      }
    } catch (FileSystemException e) {
      initialised.completeExceptionally(e);
      throw e;
    }
  }
}
