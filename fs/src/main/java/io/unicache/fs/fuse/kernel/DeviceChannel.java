package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.Protocol.BackingMap;
import java.lang.System.Logger.Level;
import java.nio.file.Path;

/** A descriptor of /dev/fuse that is mounted. */
final class DeviceChannel implements Channel, BackingFiles, AutoCloseable {

  private static final System.Logger LOG = System.getLogger(DeviceChannel.class.getName());

  // struct pollfd: the descriptor, and events and results in 16 bits each.
  private static final int POLL_EVENTS = 4;

  /** What small structs are passed in; kept, so that its memory stays during the call. */
  private static final ThreadLocal<NativeBuffer> ARGUMENT =
      ThreadLocal.withInitial(() -> new NativeBuffer(BackingMap.SIZE));

  private final Libc libc;
  private final int fd;

  /** Takes the descriptor over. */
  DeviceChannel(Libc libc, int fd) {
    this.libc = libc;
    this.fd = fd;
  }

  @Override
  public int receive(NativeBuffer into) {
    long count = libc.read(fd, into.address(0), into.capacity());
    return count < 0 ? -libc.errno() : (int) count;
  }

  @Override
  public boolean hasRequest() {
    NativeBuffer poll = argument();
    poll.bytes().putInt(0, fd).putInt(POLL_EVENTS, Libc.POLLIN);
    return libc.poll(poll.address(0), 1, 0) == 1;
  }

  @Override
  public int send(NativeBuffer from, int offset, int length) {
    long count = libc.write(fd, from.address(offset), length);
    // The kernel takes a message as a whole or not at all.
    return count < 0 ? -libc.errno() : 0;
  }

  @Override
  public int send(IoVector message) {
    long count = libc.writev(fd, message.address(), message.count());
    return count < 0 ? -libc.errno() : 0;
  }

  @Override
  public int open(Path file) {
    int backing = libc.open(Native.string(file.toString()), Libc.O_RDONLY | Libc.O_CLOEXEC);
    if (backing < 0) {
      return -libc.errno();
    }
    try {
      NativeBuffer map = argument();
      map.bytes().putInt(BackingMap.FD, backing);
      int id = libc.ioctl(fd, BackingMap.OPEN, map.address(0));
      return id < 0 ? -libc.errno() : id;
    } finally {
      libc.close(backing);
    }
  }

  @Override
  public void close(int id) {
    NativeBuffer argument = argument();
    argument.bytes().putInt(0, id);
    if (libc.ioctl(fd, BackingMap.CLOSE, argument.address(0)) < 0) {
      LOG.log(Level.WARNING, "backing file {0} cannot be closed: errno {1}", id, libc.errno());
    }
  }

  /** Returns zeroed memory, good until the thread's next call. */
  private static NativeBuffer argument() {
    NativeBuffer argument = ARGUMENT.get();
    argument.bytes().putLong(0, 0).putLong(Long.BYTES, 0);
    return argument;
  }

  /** To be called once, when no thread is in a call any more. */
  @Override
  public void close() {
    libc.close(fd); // Nothing to report: what was sent has arrived.
  }
}
