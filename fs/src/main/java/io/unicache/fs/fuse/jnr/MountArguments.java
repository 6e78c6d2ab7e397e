package io.unicache.fs.fuse.jnr;

import io.unicache.fs.fuse.mount.MountOptions;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * The command line that libfuse parses: a program's name, options and the mount point. The
 * package's documentation has the reasons for the timeouts.
 */
record MountArguments(List<String> words) {

  /** Bytes in one read or write: the most that libfuse 2 can do. */
  static final int MAX_TRANSFER = 131_072;

  private static final Charset NAMES =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  static MountArguments of(MountOptions options) {
    // -f: stay in this process. libfuse would fork, and a JVM does not survive that.
    return new MountArguments(
        List.of("unicache", "-f", "-o", optionString(options), options.mountPoint().toString()));
  }

  private static String optionString(MountOptions options) {
    List<String> parts = new ArrayList<>();
    parts.add("fsname=" + options.fsName());
    parts.add("subtype=" + MountOptions.SUBTYPE);
    parts.add("big_writes");
    parts.add("max_write=" + MAX_TRANSFER);
    parts.add("max_read=" + MAX_TRANSFER);
    parts.add("max_background=64");
    parts.add("congestion_threshold=48");
    parts.add("use_ino");
    parts.add("default_permissions");
    parts.add("attr_timeout=0");
    parts.add("entry_timeout=1");
    parts.add("negative_timeout=0");
    if (options.allowOther()) {
      parts.add("allow_other");
    }
    if (options.readOnly()) {
      parts.add("ro");
    }
    return String.join(",", parts);
  }

  /** Lays argv out in native memory, which lives as long as the result. */
  Pointer toNative(Runtime runtime) {
    Pointer[] strings = new Pointer[words.size()];
    long total = (words.size() + 1L) * Long.BYTES;
    List<byte[]> encoded = words.stream().map(word -> word.getBytes(NAMES)).toList();
    for (byte[] word : encoded) {
      total += word.length + 1L;
    }
    Pointer block = Memory.allocateDirect(runtime, Math.toIntExact(total), true);
    long position = (words.size() + 1L) * Long.BYTES;
    for (int i = 0; i < strings.length; i++) {
      byte[] word = encoded.get(i);
      block.put(position, word, 0, word.length);
      block.putLong((long) i * Long.BYTES, block.address() + position);
      position += word.length + 1L;
    }
    return block;
  }
}
