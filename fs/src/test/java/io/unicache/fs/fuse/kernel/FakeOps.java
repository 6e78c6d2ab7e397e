package io.unicache.fs.fuse.kernel;

import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.store.meta.Timestamp;
import io.unicache.store.read.ReadTarget;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A file system that gives prepared answers and notes what it was asked. */
final class FakeOps {

  /** An answer that depends on the arguments. */
  interface Answer {
    Object to(Object[] arguments) throws FileSystemException;
  }

  final List<String> calls = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, Answer> answers = new HashMap<>();
  final FileSystemOps ops =
      (FileSystemOps)
          Proxy.newProxyInstance(
              FakeOps.class.getClassLoader(), new Class<?>[] {FileSystemOps.class}, this::invoke);

  FakeOps() {
    when("cacheable", arguments -> true);
  }

  static Attributes attributes(long inode, int mode) {
    return new Attributes(
        inode,
        mode,
        1,
        1000,
        100,
        0x1234,
        5_000_000_000L,
        77,
        4096,
        new Timestamp(1, 11),
        new Timestamp(-2, 22),
        new Timestamp(3, 33),
        new Timestamp(4, 44));
  }

  static FileSystemException error(Errno errno) {
    return new FileSystemException(errno, "prepared");
  }

  void when(String method, Answer answer) {
    answers.put(method, answer);
  }

  void fails(String method, Errno errno) {
    when(
        method,
        arguments -> {
          throw error(errno);
        });
  }

  private Object invoke(Object proxy, Method method, Object[] arguments)
      throws FileSystemException {
    if (!method.getName().equals("cacheable")) {
      calls.add(method.getName() + text(arguments));
    }
    Answer answer = answers.get(method.getName());
    return answer == null ? null : answer.to(arguments);
  }

  private static String text(Object[] arguments) {
    return arguments == null
        ? "()"
        : Arrays.stream(arguments).map(FakeOps::text).collect(Collectors.joining(", ", "(", ")"));
  }

  private static String text(Object argument) {
    if (argument instanceof byte[] bytes) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
    if (argument instanceof ByteBuffer buffer) {
      return buffer.remaining() + " bytes";
    }
    if (argument instanceof ReadTarget) {
      return "target";
    }
    if (argument instanceof Caller caller) {
      return caller.equals(Caller.ROOT) ? "root" : caller.uid() + ":" + caller.umask();
    }
    return String.valueOf(argument);
  }
}
