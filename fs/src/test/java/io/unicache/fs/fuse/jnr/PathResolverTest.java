package io.unicache.fs.fuse.jnr;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.store.meta.Timestamp;
import java.lang.reflect.Proxy;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PathResolverTest {

  private static final long FILE = 9;

  /** Directories 1, 2 and 3 in each other; in 3 the file 9. */
  private static final Map<String, Long> ENTRIES =
      Map.of("1/a", 2L, "2/b", 3L, "3/\u00ff", FILE, "1/.fuse_hidden0000000100000002", 5L);

  private final HiddenFiles hidden = new HiddenFiles();
  private final PathResolver paths = new PathResolver(tree(), hidden);

  /** A file system that can do lookup and getattr. */
  private static FileSystemOps tree() {
    return (FileSystemOps)
        Proxy.newProxyInstance(
            FileSystemOps.class.getClassLoader(),
            new Class<?>[] {FileSystemOps.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("getattr")) {
                return attributes((Long) arguments[0]);
              }
              if (arguments[0].equals(FILE)) {
                throw new FileSystemException(Errno.ENOTDIR, "");
              }
              Long inode =
                  ENTRIES.get(arguments[0] + "/" + new String((byte[]) arguments[1], ISO_8859_1));
              if (inode == null) {
                throw new FileSystemException(Errno.ENOENT, "");
              }
              return attributes(inode);
            });
  }

  private static Attributes attributes(long inode) {
    Timestamp time = Timestamp.EPOCH;
    return new Attributes(inode, 0, 1, 0, 0, 0, 0, 0, 4096, time, time, time, time);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private long inode(String path) throws FileSystemException {
    return paths.inode(bytes(path));
  }

  private Errno error(String path) {
    return assertThrows(FileSystemException.class, () -> inode(path)).errno();
  }

  @Test
  void followsPathsFromTheRoot() throws FileSystemException {
    assertEquals(FileSystemOps.ROOT, inode("/"));
    assertEquals(FileSystemOps.ROOT, inode(""));
    assertEquals(2, inode("/a"));
    assertEquals(3, inode("/a/b"));
    assertEquals(FILE, inode("/a/b/\u00ff"), "a name is bytes, not UTF-8");
    assertEquals(3, inode("//a///b//"));
  }

  @Test
  void splitsOffTheLastName() throws FileSystemException {
    PathResolver.Target target = paths.target(bytes("/a/b/new"));
    assertEquals(3, target.parent());
    assertArrayEquals(bytes("new"), target.name());
    assertEquals(FileSystemOps.ROOT, paths.target(bytes("/x")).parent());
    assertArrayEquals(bytes("b"), PathResolver.lastName(bytes("/a/b")));
    assertArrayEquals(bytes(""), PathResolver.lastName(bytes("/")));
  }

  @Test
  void theRootHasNoName() {
    FileSystemException e = assertThrows(FileSystemException.class, () -> paths.target(bytes("/")));
    assertEquals(Errno.EBUSY, e.errno());
  }

  @Test
  void theFirstComponentWithAnErrorDecides() {
    String tooLong = "n".repeat(256);
    assertEquals(Errno.ENOENT, error("/zz"));
    assertEquals(Errno.ENOENT, error("/zz/" + tooLong));
    assertEquals(Errno.ENAMETOOLONG, error("/" + tooLong + "/zz"));
    assertEquals(Errno.ENAMETOOLONG, error("/a/" + tooLong));
    assertEquals(Errno.ENOENT, error("/" + "n".repeat(255)));
    assertEquals(Errno.ENOTDIR, error("/a/b/\u00ff/x"));
  }

  @Test
  void findsUnlinkedFilesByTheirHiddenName() throws FileSystemException {
    byte[] name = bytes(".fuse_hidden0000000300000001");
    hidden.add(name, 77);
    assertEquals(77, inode("/a/.fuse_hidden0000000300000001"));
    assertEquals(5, inode("/.fuse_hidden0000000100000002"), "one that a user has made");
    hidden.remove(name);
    assertEquals(Errno.ENOENT, error("/a/.fuse_hidden0000000300000001"));
  }
}
