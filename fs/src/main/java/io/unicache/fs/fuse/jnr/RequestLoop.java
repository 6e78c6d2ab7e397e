package io.unicache.fs.fuse.jnr;

import java.io.IOException;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** Receives requests and has libfuse serve them, until the mount is gone. Belongs to one thread. */
final class RequestLoop {

  /** Largest request, with a page for its header: what libfuse's channel asks for. */
  static final int BUFFER_SIZE = 0x21000;

  /** struct fuse_buf: size, flags, memory, descriptor, position. */
  private static final int BUF_STRUCT_SIZE = 40;

  private static final int BUF_SIZE = 0;
  private static final int BUF_FLAGS = 8;
  private static final int BUF_MEMORY = 16;

  private static final int EINTR = -4;
  private static final int EAGAIN = -11;

  private final LibFuse libfuse;
  private final Pointer session;
  private final Pointer channel;
  private final Pointer message;
  private final Pointer buf;
  private final Pointer channelInOut;

  RequestLoop(LibFuse libfuse, Pointer session, Pointer channel) {
    Runtime runtime = Runtime.getRuntime(libfuse);
    this.libfuse = libfuse;
    this.session = session;
    this.channel = channel;
    message = Memory.allocateDirect(runtime, BUFFER_SIZE, true);
    buf = Memory.allocateDirect(runtime, BUF_STRUCT_SIZE, true);
    channelInOut = Memory.allocateDirect(runtime, Long.BYTES, true);
  }

  /**
   * Serves.
   *
   * @throws IOException if the kernel's device fails
   */
  void run() throws IOException {
    new Request(message).attach();
    while (libfuse.fuse_session_exited(session) == 0) {
      buf.putLong(BUF_SIZE, BUFFER_SIZE);
      buf.putInt(BUF_FLAGS, 0);
      buf.putAddress(BUF_MEMORY, message.address());
      channelInOut.putPointer(0, channel);
      int result = libfuse.fuse_session_receive_buf(session, buf, channelInOut);
      if (result > 0) {
        libfuse.fuse_session_process_buf(session, buf, channelInOut.getPointer(0));
      } else if (result == 0) {
        return;
      } else if (result != EINTR && result != EAGAIN) {
        throw new IOException("reading requests from /dev/fuse failed with errno " + -result);
      }
    }
  }
}
