package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.Protocol.InHeader;
import io.unicache.fs.fuse.kernel.Protocol.WriteIn;
import io.unicache.fs.ops.Errno;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Receives requests and has them served, until the mount is gone or there are threads enough.
 * Belongs to one thread.
 */
final class RequestLoop {

  private static final Logger LOG = System.getLogger(RequestLoop.class.getName());

  /** Room for the largest write; the kernel refuses to fill a buffer in which it might not fit. */
  private static final int REQUEST_SIZE = Negotiation.LARGEST + 4096;

  static {
    assert REQUEST_SIZE >= InHeader.SIZE + WriteIn.SIZE + Negotiation.LARGEST;
  }

  private final Channel channel;
  private final Dispatcher dispatcher;
  private final Crew.Member member;
  private final Request request = new Request(REQUEST_SIZE);
  private final Reply reply;

  RequestLoop(Channel channel, Dispatcher dispatcher, Crew.Member member) {
    this.channel = channel;
    this.dispatcher = dispatcher;
    this.member = member;
    reply = new Reply(channel, Negotiation.LARGEST, member::mayWait);
  }

  /**
   * Serves.
   *
   * @return whether the mount is gone; else there are threads enough
   * @throws IOException if the kernel's device fails
   */
  boolean run() throws IOException {
    while (member.awaitLead()) {
      int length = channel.receive(request.buffer());
      if (member.hasRequest()) {
        member.sampled(channel.hasRequest());
      }
      if (length >= 0) {
        serve(length);
      } else if (length == -Libc.ENODEV || length == -Libc.ECONNABORTED) {
        return true;
      } else if (length != -Libc.EINTR && length != -Libc.EAGAIN && length != -Libc.ENOENT) {
        // ENOENT: the program has given the request up before it was read.
        throw new IOException("reading requests from /dev/fuse failed with errno " + -length);
      }
    }
    return false;
  }

  /** Gives the memory back; to be called last. */
  void free() {
    request.free();
    reply.free();
  }

  private void serve(int length) {
    boolean sound = request.begin(length);
    if (!sound && length < InHeader.SIZE) {
      LOG.log(Level.ERROR, "a request of {0} bytes is left out: it has no header", length);
      return;
    }
    reply.begin(request.unique());
    int errno = sound ? dispatcher.serve(request, reply) : Errno.EIO.number();
    request.finish();
    int result = reply.send(errno);
    if (result < 0 && result != -Libc.ENOENT && result != -Libc.ENODEV) {
      LOG.log(
          Level.ERROR,
          "the kernel does not take the reply to opcode {0}: errno {1}",
          request.opcode(),
          -result);
    }
  }
}
