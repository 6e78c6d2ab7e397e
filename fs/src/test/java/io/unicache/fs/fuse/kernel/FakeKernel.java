package io.unicache.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.unicache.fs.fuse.kernel.Protocol.InHeader;
import io.unicache.fs.fuse.kernel.Protocol.InitFlag;
import io.unicache.fs.fuse.kernel.Protocol.Opcode;
import io.unicache.fs.fuse.kernel.Protocol.OutHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** The other side of the device: makes requests, and takes replies and notices in. */
final class FakeKernel implements Channel {

  static final int UID = 1000;

  /** A reply: errno, and the body. */
  record Answer(int errno, ByteBuffer body) {}

  final ConcurrentLinkedQueue<ByteBuffer> sent = new ConcurrentLinkedQueue<>();

  /** What {@link #send} returns. */
  volatile int result;

  private final List<Object> incoming = new ArrayList<>();

  /** Has {@link #receive} give a request. */
  void queue(byte[] message) {
    incoming.add(message);
  }

  /** Has {@link #receive} give an errno. */
  void queue(int errno) {
    incoming.add(errno);
  }

  @Override
  public synchronized int receive(NativeBuffer into) {
    Object next = incoming.isEmpty() ? Libc.ENODEV : incoming.remove(0);
    if (next instanceof byte[] message) {
      into.bytes().put(0, message);
      return message.length;
    }
    return -(Integer) next;
  }

  @Override
  public int send(NativeBuffer from, int offset, int length) {
    byte[] copy = new byte[length];
    from.bytes().get(offset, copy);
    sent.add(ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder()));
    return result;
  }

  @Override
  public boolean hasRequest() {
    return false;
  }

  @Override
  public int send(IoVector message) {
    ByteBuffer copy = ByteBuffer.allocate((int) message.bytes()).order(ByteOrder.nativeOrder());
    Pointer array = Pointer.wrap(Runtime.getSystemRuntime(), message.address());
    for (int i = 0; i < message.count(); i++) {
      byte[] piece = new byte[(int) array.getLong(16L * i + 8)];
      array.getPointer(16L * i).get(0, piece, 0, piece.length);
      copy.put(piece);
    }
    sent.add(copy.flip());
    return result;
  }

  /** Makes a request; arguments are Integer, Long, Short, byte[], or String (a zero is added). */
  static byte[] request(int opcode, long node, Object... arguments) {
    ByteBuffer out = ByteBuffer.allocate(1 << 20).order(ByteOrder.nativeOrder());
    out.position(InHeader.SIZE);
    for (Object argument : arguments) {
      if (argument instanceof Integer value) {
        out.putInt(value);
      } else if (argument instanceof Long value) {
        out.putLong(value);
      } else if (argument instanceof byte[] value) {
        out.put(value);
      } else {
        out.put(((String) argument).getBytes(StandardCharsets.ISO_8859_1)).put((byte) 0);
      }
    }
    int length = out.position();
    out.putInt(InHeader.LEN, length);
    out.putInt(InHeader.OPCODE, opcode);
    out.putLong(InHeader.UNIQUE, 4711);
    out.putLong(InHeader.NODEID, node);
    out.putInt(InHeader.UID, UID);
    out.putInt(InHeader.GID, 100);
    out.putInt(InHeader.PID, 1);
    byte[] message = new byte[length];
    out.get(0, message);
    return message;
  }

  static byte[] init(int major, int minor, long flags) {
    return (flags & InitFlag.INIT_EXT) == 0
        ? request(Opcode.INIT, 0, major, minor, 131072, (int) flags)
        : request(
            Opcode.INIT, 0, major, minor, 131072, (int) flags, (int) (flags >>> 32), new byte[44]);
  }

  /** Puts a message where a thread would have received it. */
  static boolean deliver(Request request, byte[] message) {
    request.buffer().bytes().put(0, message);
    return request.begin(message.length);
  }

  /** Has a request served, and returns the reply; null if there was none. */
  Answer exchange(Dispatcher dispatcher, byte[] message) {
    Request request = new Request(1 << 20);
    Reply reply = new Reply(this, 1 << 20, () -> {});
    assertEquals(true, deliver(request, message));
    reply.begin(request.unique());
    int errno = dispatcher.serve(request, reply);
    request.finish();
    reply.send(errno);
    ByteBuffer answer = sent.poll();
    return answer == null ? null : parse(answer);
  }

  static Answer parse(ByteBuffer message) {
    assertEquals(message.capacity(), message.getInt(OutHeader.LEN));
    assertEquals(4711, message.getLong(OutHeader.UNIQUE));
    int errno = -message.getInt(OutHeader.ERROR);
    ByteBuffer body = message.position(OutHeader.SIZE).slice().order(ByteOrder.nativeOrder());
    if (errno != 0) {
      assertEquals(0, body.capacity(), "an error has no body");
    }
    return new Answer(errno, body);
  }
}
