package io.unicache.fs.fuse.jnr;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Type;
import io.unicache.fs.ops.FileSystemOps.Entry;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * Adds entries to libfuse's answer to a readdir, by calling the function that it gave
 * (fuse_fill_dir_t). Through jffi, as jnr-ffi cannot take a function for an argument of a callback.
 */
record DirectoryFiller(Pointer function, Pointer buffer) {

  /** {@code int filler(void *buffer, const char *name, const struct stat *stat, off_t offset)}. */
  private static final CallContext SIGNATURE =
      CallContext.getCallContext(
          Type.SINT,
          new Type[] {Type.POINTER, Type.POINTER, Type.POINTER, Type.SINT64},
          com.kenai.jffi.CallingConvention.DEFAULT,
          false);

  /** Memory to hand an entry over in; one for each of a session's threads. */
  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  private static final class Scratch {
    private final Pointer stat = allocate(StatLayout.STAT_SIZE);
    private final Pointer name = allocate(PathResolver.MAX_NAME + 1);

    private static Pointer allocate(int size) {
      return Memory.allocateDirect(Runtime.getSystemRuntime(), size, true);
    }
  }

  /** Returns false if there was no room left. */
  boolean add(Entry entry) {
    Scratch scratch = SCRATCH.get();
    byte[] name = entry.name();
    scratch.name.put(0, name, 0, name.length);
    scratch.name.putByte(name.length, (byte) 0);
    StatLayout.putEntry(scratch.stat, entry.inode(), entry.mode());
    long full =
        Invoker.getInstance()
            .invokeN4(
                SIGNATURE,
                function.address(),
                buffer.address(),
                scratch.name.address(),
                scratch.stat.address(),
                entry.offset());
    return (int) full == 0;
  }
}
