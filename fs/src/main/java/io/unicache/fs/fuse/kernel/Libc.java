package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.mount.MountException;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;

/**
 * The system calls that mounting and serving need, of a 64-bit Linux; public because jnr-ffi
 * implements it. Addresses are longs: the fastest way through jnr-ffi, with nothing to allocate.
 */
@SuppressWarnings("checkstyle:MethodName") // the names are the library's
public interface Libc {

  int O_RDONLY = 0;
  int O_RDWR = 2;
  int O_CLOEXEC = 0x80000;

  short POLLIN = 1;

  int EPERM = 1;
  int ENOENT = 2;
  int EINTR = 4;
  int EAGAIN = 11;
  int EACCES = 13;
  int ENODEV = 19;
  int ECONNABORTED = 103;

  int open(@In byte[] path, int flags);

  int close(int fd);

  long read(int fd, long buffer, long size);

  long write(int fd, long buffer, long size);

  long writev(int fd, long vector, int count);

  int poll(long fds, long count, int timeout);

  int ioctl(int fd, long request, long argument);

  int mount(@In byte[] source, @In byte[] target, @In byte[] type, long flags, @In byte[] data);

  int socketpair(int domain, int type, int protocol, long fdsOut);

  int setsockopt(int fd, int level, int option, long value, int size);

  long recvmsg(int fd, long message, int flags);

  int pipe2(long fdsOut, int flags);

  /** Returns 0 or an errno. */
  int posix_spawnp(
      long pidOut, @In byte[] file, long fileActions, long attributes, long argv, long envp);

  int posix_spawn_file_actions_init(long fileActions);

  int posix_spawn_file_actions_adddup2(long fileActions, int fd, int newFd);

  int posix_spawn_file_actions_destroy(long fileActions);

  int waitpid(int pid, long statusOut, int options);

  int kill(int pid, int signal);

  int getpagesize();

  /** Returns errno of the calling thread's last call that failed. */
  default int errno() {
    return LastError.getLastError(Runtime.getRuntime(this));
  }

  /** Binds the C library. */
  static Libc load() throws MountException {
    Platform platform = Platform.getNativePlatform();
    if (platform.getOS() != Platform.OS.LINUX || !platform.is64Bit()) {
      throw new MountException(
          "the kernel adapter needs a 64-bit Linux, not "
              + platform.getName()
              + ": mount with --transport=libfuse");
    }
    try {
      return LibraryLoader.create(Libc.class)
          .failImmediately()
          .load(platform.getStandardCLibraryName());
    } catch (LinkageError e) {
      throw new MountException("the C library cannot be called from Java: " + e.getMessage(), e);
    }
  }
}
