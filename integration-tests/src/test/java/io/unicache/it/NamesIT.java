package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Names: what they may be, links, moves and removals, of files that are open as well. */
class NamesIT {

  @RegisterExtension static final SharedMount MOUNT = new SharedMount();

  /**
   * The names are made by the shell: a Java program may be in a locale that has no such letters.
   */
  @Test
  void unusualNames() {
    MOUNT.sh(
        """
        names=('with space' $'tab\\tand\\nnewline' $'\\xc3\\xbc\\xe6\\xbc\\xa2\\xf0\\x9f\\x98\\x80' \
          '-dash' '*?[x]' "quote'\\"" '.hidden' 'back\\slash' $'\\xff\\xfe not UTF-8')
        for name in "${names[@]}"; do
          printf '%s' "$name" >"./$name"
          mkdir "./dir $name"
          mv "./$name" "./dir $name/$name"
        done
        for name in "${names[@]}"; do
          [ "$(cat "./dir $name/$name"; echo .)" = "$name." ]
          found=$(ls "./dir $name" -A | od -An -c)
          [ "$found" = "$(printf '%s\\n' "$name" | od -An -c)" ]
        done
        [ "$(ls -A -q | wc -l)" = ${#names[@]} ]
        rm -r -- *
        """);
  }

  @Test
  void longestName() {
    MOUNT.sh(
        """
        long=$(printf 'x%.0s' {1..255})
        echo text >"$long"
        [ "$(ls)" = "$long" ]
        ln "$long" other
        mv other "${long:1}y"
        wide=$(printf '\\xc3\\xa4%.0s' {1..127})x
        mkdir "$wide"
        rmdir "$wide"
        """);
    assertFails("File name too long", "echo text >\"$(printf 'x%.0s' {1..256})\"");
    assertFails("File name too long", "mkdir \"$(printf 'x%.0s' {1..256})\"");
    assertFails("File name too long", "stat \"$(printf 'x%.0s' {1..256})\"");
  }

  @Test
  void deepPath() {
    MOUNT.sh(
        """
        deep=$(printf 'directory/%.0s' {1..100})
        mkdir -p "$deep"
        echo bottom >"$deep/file"
        [ "$(cat "$deep/file")" = bottom ]
        rm -r directory
        """);
  }

  private static void assertFails(String reason, String script) {
    Result result = Program.script(script).in(MOUNT.directory()).run();
    assertFalse(result.exit() == 0, result::toString);
    assertTrue(result.errors().contains(reason), result::toString);
  }

  @Test
  void hardLinks() {
    MOUNT.sh(
        """
        echo one >a
        ln a b
        mkdir sub
        ln b sub/c
        [ "$(stat -c %i a)" = "$(stat -c %i b)" ]
        [ "$(stat -c %i a)" = "$(stat -c %i sub/c)" ]
        [ "$(stat -c %h a)" = 3 ]
        echo two >>b
        [ "$(cat sub/c)" = "$(printf 'one\\ntwo')" ]
        chmod 600 sub/c
        [ "$(stat -c %a a)" = 600 ]
        rm a
        [ "$(stat -c %h b)" = 2 ]
        [ "$(cat b)" = "$(printf 'one\\ntwo')" ]
        ! mv b sub/c 2>/dev/null # they are the same file
        [ "$(stat -c %h b)" = 2 ]
        """);
    assertFails("hard link not allowed for directory", "ln sub sub2");
    assertFails("File exists", "touch x y; ln x y");
  }

  @Test
  void symbolicLinks() {
    MOUNT.sh(
        """
        echo text >file
        mkdir sub
        ln -s file link
        ln -s ../file sub/link
        ln -s /nowhere/at/all dangling
        ln -s sub directory
        ln -s loop loop
        [ "$(readlink link)" = file ]
        [ "$(cat link)" = text ]
        [ "$(cat sub/link)" = text ]
        [ "$(cat directory/link)" = text ]
        [ -L dangling ] && [ ! -e dangling ]
        [ "$(stat -c %s dangling)" = 15 ]
        echo more >link
        [ -L link ] && [ "$(cat file)" = more ]
        rm link
        [ -e file ]
        long=$(printf 'x%.0s' {1..4000})
        ln -s "$long" long
        [ "$(readlink long)" = "$long" ]
        """);
    assertFails("Too many levels of symbolic links", "cat loop");
    assertFails("No such file", "cat dangling");
  }

  @Test
  void moves() throws Exception {
    MOUNT.sh(
        """
        mkdir -p from/deep to
        echo 1 >from/deep/file
        before=$(stat -c %i from/deep/file)
        mv from to/moved
        [ ! -e from ]
        [ "$(cat to/moved/deep/file)" = 1 ]
        [ "$(stat -c %i to/moved/deep/file)" = "$before" ]
        echo 2 >other
        mv -f other to/moved/deep/file
        [ "$(cat to/moved/deep/file)" = 2 ] && [ ! -e other ]
        mkdir empty full
        touch full/x
        mv -T full empty
        [ -e empty/x ]
        echo up >UPPER
        mv UPPER upper
        [ "$(ls | grep -i upper)" = upper ]
        """);
    assertFails("subdirectory of itself", "mv to to/moved/to");
    assertFails("not empty", "mkdir target; touch target/x; mkdir source; mv -T source target");
    assertFails("", "touch plain; mkdir folder; mv -T plain folder");
  }

  @Test
  void moveOutAndIn() throws Exception {
    byte[] bytes = Bytes.random(5, 1_234_567);
    Path inside = Files.write(MOUNT.directory().resolve("file"), bytes);
    Path outside = MOUNT.outside().resolve("file");
    assertThrows(
        AtomicMoveNotSupportedException.class,
        () -> Files.move(inside, outside, StandardCopyOption.ATOMIC_MOVE));
    Program.of("mv", inside, outside).run().expect(0);
    assertFalse(Files.exists(inside));
    assertArrayEquals(bytes, Files.readAllBytes(outside));
    Program.of("mv", outside, inside).run().expect(0);
    assertFalse(Files.exists(outside));
    assertArrayEquals(bytes, Files.readAllBytes(inside));
  }

  @Test
  void unlinkedWhileOpen() throws Exception {
    byte[] bytes = Bytes.random(6, 3_000_000);
    Path file = Files.write(MOUNT.directory().resolve("file"), bytes);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      Files.delete(file);
      assertEquals("", MOUNT.sh("ls -A"), "no hidden name is left in its place");
      Files.writeString(file, "another file of that name");
      ByteBuffer found = ByteBuffer.allocate(bytes.length);
      Bytes.readFully(channel, found, 0);
      assertArrayEquals(bytes, found.array());
      channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 3_000_000);
      assertEquals(3_000_003, channel.size());
    }
    assertEquals("another file of that name", Files.readString(file));
  }

  @Test
  void replacedWhileOpen() throws Exception {
    byte[] old = Bytes.random(7, 2_000_000);
    Path file = Files.write(MOUNT.directory().resolve("file"), old);
    Path next = Files.writeString(MOUNT.directory().resolve("next"), "new");
    try (FileChannel channel = FileChannel.open(file)) {
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      assertEquals("new", Files.readString(file));
      ByteBuffer found = ByteBuffer.allocate(old.length);
      Bytes.readFully(channel, found, 0);
      assertArrayEquals(old, found.array());
    }
    assertEquals("new", Files.readString(file));
  }

  @Test
  void renamedWhileItIsWritten() throws Exception {
    byte[] bytes = Bytes.random(8, 2_500_000);
    Path file = MOUNT.directory().resolve("part");
    Path done = MOUNT.directory().resolve("done");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes, 0, 1_500_000));
      Files.move(file, done, StandardCopyOption.ATOMIC_MOVE);
      channel.write(ByteBuffer.wrap(bytes, 1_500_000, 1_000_000));
    }
    assertArrayEquals(bytes, Files.readAllBytes(done));
    assertFalse(Files.exists(file));
  }

  @Test
  void directories() throws Exception {
    Path directory = Files.createDirectory(MOUNT.directory().resolve("dir"));
    Files.createFile(directory.resolve("file"));
    assertThrows(DirectoryNotEmptyException.class, () -> Files.delete(directory));
    assertFails("Is a directory", "cat dir");
    assertFails("Not a directory", "ls dir/file/x");
    assertFails("File exists", "mkdir dir");
    assertEquals("2", MOUNT.sh("stat -c %h dir"));
    MOUNT.sh("mkdir dir/a dir/b; [ \"$(stat -c %h dir)\" = 4 ]");
    MOUNT.sh("rmdir dir/a");
    assertThrows(FileSystemException.class, () -> Files.createFile(directory.resolve("a/x")));
    MOUNT.sh("rm -r dir");
  }

  @Test
  void specialFiles() {
    MOUNT.sh(
        "mkfifo pipe; [ -p pipe ]; (echo through >pipe &); [ \"$(cat pipe)\" = through ]; rm pipe");
  }
}
