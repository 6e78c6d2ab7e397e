package io.unicache.fs.fuse.jnr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OpenFilesTest {

  private final OpenFiles files = new OpenFiles();

  @Test
  void findsFilesByHandle() throws FileSystemException {
    files.add(7, 100, 10);
    assertEquals(100, files.get(7).inode());
    assertEquals(10, files.get(7).node());
    FileSystemException e = assertThrows(FileSystemException.class, () -> files.get(8));
    assertEquals(Errno.EBADF, e.errno());
  }

  @Test
  void saysWhichCloseIsTheInodesLast() {
    files.add(7, 100, 10);
    files.add(8, 100, 10);
    assertEquals(0, files.remove(7));
    assertEquals(100, files.remove(8));
    assertEquals(0, files.remove(8), "no longer open");
  }

  @Test
  void listsTheOtherNodesOfAnInode() {
    files.add(7, 100, 10);
    assertEquals(List.of(), files.nodes(100, 10));
    assertEquals(List.of(10L), files.nodes(100, OpenFiles.UNKNOWN_NODE));
    files.add(8, 100, 11);
    files.add(9, 100, 11);
    files.add(10, 100, OpenFiles.UNKNOWN_NODE);
    files.add(11, 200, 20);
    assertEquals(List.of(11L), files.nodes(100, 10));
    assertEquals(Set.of(10L, 11L), Set.copyOf(files.nodes(100, OpenFiles.UNKNOWN_NODE)));
    assertEquals(List.of(), files.nodes(300, 1));
  }

  @Test
  void aNewFilesNodeIsLearntLater() throws FileSystemException {
    files.add(7, 100, OpenFiles.UNKNOWN_NODE);
    files.get(7).setNode(12);
    assertEquals(List.of(12L), files.nodes(100, 13));
  }

  @Test
  void hiddenNamesAreLibfusesOnly() {
    assertTrue(HiddenFiles.isHiddenName(bytes(".fuse_hidden00000a0300000001")));
    assertFalse(HiddenFiles.isHiddenName(bytes(".fuse_hidden00000A0300000001")));
    assertFalse(HiddenFiles.isHiddenName(bytes(".fuse_hidden00000a03000000012")));
    assertFalse(HiddenFiles.isHiddenName(bytes("file")));
  }

  @Test
  void hiddenFilesGoWithTheirLastHandle() {
    HiddenFiles hidden = new HiddenFiles();
    byte[] name = bytes(".fuse_hidden00000a0300000001");
    hidden.add(name, 100);
    hidden.removeInode(101);
    assertTrue(hidden.inode(name).isPresent());
    hidden.removeInode(100);
    assertFalse(hidden.inode(name).isPresent());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
