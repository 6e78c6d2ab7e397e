package io.unicache.fs.fuse.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.fuse.mount.MountTable.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountPointTest {

  @TempDir Path temporary;

  private Path directory;
  private final List<Mount> mounts = new ArrayList<>();
  private final MountPoint checker =
      new MountPoint(
          new Unmounter(
              (command, timeout) -> {
                throw new IOException("nothing is to be unmounted");
              },
              this::table),
          this::table);

  private MountTable table() {
    return new MountTable(mounts);
  }

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createDirectory(temporary.toRealPath().resolve("mount point"));
  }

  private String failure(Path path) {
    return assertThrows(MountException.class, () -> checker.prepare(path)).getMessage();
  }

  @Test
  void acceptsAnEmptyDirectory() throws IOException {
    assertEquals(directory, checker.prepare(directory));
  }

  @Test
  void resolvesLinksAndDots() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolveSibling("link"), directory);
    assertEquals(directory, checker.prepare(link));
    assertEquals(directory, checker.prepare(directory.resolve("../link/.")));
  }

  @Test
  void acceptsAPathThatIsRelative() throws IOException {
    Path here = Path.of("").toAbsolutePath();
    assertEquals(directory, checker.prepare(here.relativize(directory)));
  }

  @Test
  void refusesWhatIsNotThere() {
    assertTrue(failure(directory.resolve("a/b")).contains("does not exist"));
    assertTrue(failure(directory.resolve("a")).contains("does not exist"));
  }

  @Test
  void refusesAFile() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertTrue(failure(file).contains("is not a directory"));
    assertTrue(failure(file.resolve("below")).contains("cannot use mount point"));
  }

  @Test
  void refusesADirectoryWithFiles() throws IOException {
    Files.createFile(directory.resolve("file"));
    assertTrue(failure(directory).contains("is not empty"));
  }

  @Test
  void refusesAMountPoint() {
    mounts.add(new Mount(0, 41, directory, "tmpfs", "none"));
    assertTrue(failure(directory).contains("mount point already (type tmpfs)"));
  }

  @Test
  void leavesAMountOfUniCacheAloneThatAnswers() {
    mounts.add(new Mount(0, 41, directory, MountOptions.TYPE, "unicache"));
    assertTrue(failure(directory).contains("mount point already"));
  }

  @Test
  void aDirectoryThatAnswersIsNotDead() {
    assertFalse(MountPoint.isDead(directory));
    assertFalse(MountPoint.isDead(directory.resolve("missing")));
  }
}
