package io.unicache.fs.fuse.kernel;

import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.List;

/** Strings as system calls take them. */
final class Native {

  /** How the JDK turns a file name's bytes into characters. */
  private static final Charset NAMES =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  private Native() {}

  /** Returns a string's bytes with a zero behind them. */
  static byte[] string(String text) {
    byte[] bytes = text.getBytes(NAMES);
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  /** Lays out a null-terminated array of pointers to strings, as argv and envp are. */
  static NativeBuffer strings(List<String> texts) {
    List<byte[]> encoded = texts.stream().map(Native::string).toList();
    int pointers = (texts.size() + 1) * Long.BYTES;
    NativeBuffer memory =
        new NativeBuffer(pointers + encoded.stream().mapToInt(bytes -> bytes.length).sum());
    int at = pointers;
    for (byte[] text : encoded) {
      memory.bytes().putLong(memory.address(at));
      memory.bytes().put(at, text);
      at += text.length;
    }
    return memory;
  }
}
