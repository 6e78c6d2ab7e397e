package io.unicache.fs.fuse.jnr;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Files that have lost their name while they are open. libfuse wants to give such a file the name
 * {@code .fuse_hidden…} until it is closed, as it knows files by path only, and asks for a rename
 * to that. The file system can do better, an open inode lives on without a name: so the name goes
 * at once, and what libfuse calls by the hidden name is found here. Safe for use by many threads.
 */
final class HiddenFiles {

  /** {@code .fuse_hidden}, then libfuse's node and a counter: no two are alike in a session. */
  private static final Pattern NAME = Pattern.compile("\\.fuse_hidden[0-9a-f]{16}");

  private static final int NAME_LENGTH = ".fuse_hidden".length() + 16;

  private final Map<String, Long> inodes = new ConcurrentHashMap<>();

  /** Returns whether a name is one that libfuse may have thought of. */
  static boolean isHiddenName(byte[] name) {
    return name.length == NAME_LENGTH && NAME.matcher(text(name)).matches();
  }

  void add(byte[] name, long inode) {
    inodes.put(text(name), inode);
  }

  void remove(byte[] name) {
    inodes.remove(text(name));
  }

  /** Forgets an inode that is closed, by whatever name. */
  void removeInode(long inode) {
    if (!inodes.isEmpty()) {
      inodes.values().removeIf(hidden -> hidden == inode);
    }
  }

  /** Returns the inode of a hidden name; empty for all other names. */
  OptionalLong inode(byte[] name) {
    // Hardly any name has this length, and none is hidden most of the time.
    if (name.length != NAME_LENGTH || inodes.isEmpty()) {
      return OptionalLong.empty();
    }
    Long inode = inodes.get(text(name));
    return inode == null ? OptionalLong.empty() : OptionalLong.of(inode);
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }
}
