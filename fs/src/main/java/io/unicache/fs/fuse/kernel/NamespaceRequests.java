package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.Protocol.BatchForgetIn;
import io.unicache.fs.fuse.kernel.Protocol.ForgetIn;
import io.unicache.fs.fuse.kernel.Protocol.ForgetOne;
import io.unicache.fs.fuse.kernel.Protocol.LinkIn;
import io.unicache.fs.fuse.kernel.Protocol.MkdirIn;
import io.unicache.fs.fuse.kernel.Protocol.MknodIn;
import io.unicache.fs.fuse.kernel.Protocol.Rename2In;
import io.unicache.fs.fuse.kernel.Protocol.RenameIn;
import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import java.nio.charset.StandardCharsets;

/** Requests on names: looking up and forgetting, making, linking, removing, renaming. */
final class NamespaceRequests {

  /** How often a lookup starts again because the inode went when it was to be held. */
  private static final int LOOKUP_ATTEMPTS = 8;

  private final FileSystemOps ops;
  private final Entries entries;

  NamespaceRequests(FileSystemOps ops, Entries entries) {
    this.ops = ops;
    this.entries = entries;
  }

  void lookup(Request request, Reply reply) throws FileSystemException {
    long parent = request.node();
    byte[] name = request.name();
    for (int attempt = 1; ; attempt++) {
      long mark = entries.mark();
      Attributes found;
      try {
        found = ops.lookup(parent, name, request.caller());
      } catch (FileSystemException e) {
        if (e.errno() == Errno.ENOENT && entries.putAbsent(reply, parent, mark)) {
          return;
        }
        throw e;
      }
      try {
        entries.reply(reply, parent, found, mark);
        return;
      } catch (FileSystemException e) {
        // Replaced by a rename, say: the name has another inode now, or none.
        if (e.errno() != Errno.ESTALE || attempt == LOOKUP_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  void forget(Request request, Reply reply) throws FileSystemException {
    reply.none();
    long count = request.take(ForgetIn.SIZE).getLong(ForgetIn.NLOOKUP);
    entries.counts().forget(request.node(), count);
  }

  void batchForget(Request request, Reply reply) throws FileSystemException {
    reply.none();
    int count = request.take(BatchForgetIn.SIZE).getInt(BatchForgetIn.COUNT);
    for (int i = 0; i < count; i++) {
      request.take(ForgetOne.SIZE);
      entries
          .counts()
          .forget(request.getLong(ForgetOne.NODEID), request.getLong(ForgetOne.NLOOKUP));
    }
  }

  void readlink(Request request, Reply reply) throws FileSystemException {
    reply.body().put(ops.readlink(request.node()).getBytes(StandardCharsets.ISO_8859_1));
  }

  void symlink(Request request, Reply reply) throws FileSystemException {
    byte[] name = request.name();
    String target = new String(request.name(), StandardCharsets.ISO_8859_1);
    long mark = entries.mark();
    made(request, reply, ops.symlink(request.node(), name, target, request.caller()), mark);
  }

  void mknod(Request request, Reply reply) throws FileSystemException {
    request.take(MknodIn.SIZE);
    int mode = request.getInt(MknodIn.MODE);
    int device = request.getInt(MknodIn.RDEV);
    int umask = request.getInt(MknodIn.UMASK);
    byte[] name = request.name();
    long mark = entries.mark();
    made(
        request, reply, ops.mknod(request.node(), name, mode, device, request.caller(umask)), mark);
  }

  void mkdir(Request request, Reply reply) throws FileSystemException {
    request.take(MkdirIn.SIZE);
    int mode = request.getInt(MkdirIn.MODE);
    int umask = request.getInt(MkdirIn.UMASK);
    byte[] name = request.name();
    long mark = entries.mark();
    made(request, reply, ops.mkdir(request.node(), name, mode, request.caller(umask)), mark);
  }

  void link(Request request, Reply reply) throws FileSystemException {
    long inode = request.take(LinkIn.SIZE).getLong(LinkIn.OLDNODEID);
    byte[] name = request.name();
    long mark = entries.mark();
    made(request, reply, ops.link(inode, request.node(), name, request.caller()), mark);
  }

  private void made(Request request, Reply reply, Attributes attributes, long mark)
      throws FileSystemException {
    entries.reply(reply, request.node(), attributes, mark);
  }

  void unlink(Request request) throws FileSystemException {
    ops.unlink(request.node(), request.name(), request.caller());
  }

  void rmdir(Request request) throws FileSystemException {
    ops.rmdir(request.node(), request.name(), request.caller());
  }

  void rename(Request request) throws FileSystemException {
    long newParent = request.take(RenameIn.SIZE).getLong(RenameIn.NEWDIR);
    rename(request, newParent, 0);
  }

  void rename2(Request request) throws FileSystemException {
    request.take(Rename2In.SIZE);
    rename(request, request.getLong(Rename2In.NEWDIR), request.getInt(Rename2In.FLAGS));
  }

  private void rename(Request request, long newParent, int flags) throws FileSystemException {
    byte[] name = request.name();
    byte[] newName = request.name();
    ops.rename(request.node(), name, newParent, newName, flags, request.caller());
  }
}
