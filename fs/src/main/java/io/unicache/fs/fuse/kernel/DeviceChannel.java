package io.unicache.fs.fuse.kernel;

/** A descriptor of /dev/fuse that is mounted. */
final class DeviceChannel implements Channel, AutoCloseable {

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

  /** To be called once, when no thread is in a call any more. */
  @Override
  public void close() {
    libc.close(fd); // Nothing to report: what was sent has arrived.
  }
}
