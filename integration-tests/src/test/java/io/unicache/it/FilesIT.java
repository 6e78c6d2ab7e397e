package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Files of all shapes and sizes, through real programs. */
class FilesIT {

  @RegisterExtension static final SharedMount MOUNT = new SharedMount();

  /** A jar that is there in any case, and large enough to be of several blocks. */
  private static Path someJar() throws Exception {
    Path launcher = Cli.launcher();
    Path libraries = launcher.resolveSibling("../mount-cli/target/lib").normalize();
    return Path.of(
        Program.script("ls \"$1\"/jackson-databind-*.jar | head -n 1", libraries)
            .run()
            .expect(0)
            .text());
  }

  @Test
  void jarAndItsTree() throws Exception {
    Path jar = someJar();
    Path tree = Files.createDirectory(MOUNT.outside().resolve("tree"));
    String tool = Path.of(System.getProperty("java.home"), "bin", "jar").toString();
    Program.of(tool, "xf", jar).in(tree).run().expect(0);

    Path jarCopy = MOUNT.directory().resolve("copy.jar");
    Path treeCopy = MOUNT.directory().resolve("tree");
    Program.of("cp", jar, jarCopy).run().expect(0);
    Program.of("cp", "-r", tree, treeCopy).run().expect(0);
    Program.of("cmp", jar, jarCopy).run().expect(0);
    Program.of("diff", "-r", tree, treeCopy).run().expect(0);
    assertEquals(listing(tree), listing(treeCopy));
    assertEquals(
        Program.of(tool, "tf", jar).run().expect(0).text(),
        Program.of(tool, "tf", jarCopy).run().expect(0).text());

    Program.of("rm", "-r", treeCopy).run().expect(0);
    assertFalse(Files.exists(treeCopy));
    Program.of("cmp", jar, jarCopy).run().expect(0);
  }

  private static String listing(Path tree) {
    return Program.script(
            "cd \"$1\"; find . -printf '%p %y %s\\n' | sed 's/ d .*/ d/' | sort", tree)
        .run()
        .expect(0)
        .text();
  }

  @Test
  void mappedFile() throws Exception {
    byte[] bytes = Bytes.random(1, 5_000_001);
    Path file = Files.write(MOUNT.directory().resolve("mapped"), bytes);
    Bytes.dropCache(file);
    Path original = Files.write(MOUNT.outside().resolve("original"), bytes);
    assertEquals(MappedDigest.of(original), MappedDigest.of(file));
  }

  @Test
  void mappedByPython() throws Exception {
    assumeTrue(Program.exists("python3"), "there is no python3");
    Path file = MOUNT.directory().resolve("mapped");
    Files.write(file, Bytes.random(2, 3_000_000));
    Bytes.dropCache(file);
    String script =
        """
        import hashlib, mmap, sys
        with open(sys.argv[1], 'rb') as f:
            with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as m:
                print(hashlib.sha256(m).hexdigest())
        """;
    String found = Program.output("python3", "-c", script, file);
    assertEquals(Program.output("sha256sum", file).substring(0, 64), found);
  }

  @Test
  void threeGibibytesAndOneByte() throws Exception {
    long size = (3L << 30) + 1;
    Path file = MOUNT.directory().resolve("large");
    try {
      Bytes.writeLarge(file, size);
      assertEquals(Long.toString(size), Program.output("stat", "-c", "%s", file));
      Bytes.dropCache(file);
      Bytes.checkLarge(file, size);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  @Test
  void sparseFile() throws Exception {
    Path file = MOUNT.directory().resolve("sparse");
    Program.script("truncate -s 10G \"$1\"", file).run().expect(0);
    assertEquals(10L << 30, Files.size(file));
    assertTrue(diskBytes(file) < 1 << 20, "a hole takes no space");
    Program.script("printf hello | dd of=\"$1\" bs=1 seek=5G conv=notrunc status=none", file)
        .run()
        .expect(0);
    assertEquals(10L << 30, Files.size(file));
    String middle =
        Program.script("tail -c +$((5 * 1024 * 1024 * 1024)) \"$1\" | head -c 7 | od -An -c", file)
            .with("LC_ALL", "C")
            .run()
            .text();
    assertEquals("\\0 h e l l o \\0", middle.strip().replaceAll(" +", " "));
    assertTrue(diskBytes(file) < 4 << 20);

    Path copy = MOUNT.directory().resolve("copy");
    Program.script("truncate -s 20M \"$1\"; printf x >> \"$1\"; cp \"$1\" \"$2\"", file + "2", copy)
        .run()
        .expect(0);
    Program.of("cmp", file + "2", copy).run().expect(0);
    assertTrue(diskBytes(copy) < 4 << 20, "zeros are never stored");
  }

  private static long diskBytes(Path file) {
    return Long.parseLong(
        Program.script("du --block-size=1 \"$1\" | cut -f 1", file).run().expect(0).text());
  }

  @Test
  void emptyFile() throws Exception {
    Path file = Files.createFile(MOUNT.directory().resolve("empty"));
    Path copy = MOUNT.directory().resolve("copy");
    Program.of("cp", file, copy).run().expect(0);
    assertEquals(0, Files.size(copy));
    assertEquals("", Program.output("cat", file, copy));
    assertEquals(0, diskBytes(copy));
  }

  @Test
  void sizesAroundTheBlockSize() throws Exception {
    int block = 1 << 20;
    for (int size : new int[] {1, 4095, 4096, 4097, block - 1, block, block + 1, 3 * block - 7}) {
      byte[] bytes = Bytes.random(size, size);
      Path file = Files.write(MOUNT.directory().resolve("f" + size), bytes);
      Bytes.dropCache(file);
      assertArrayEquals(bytes, Files.readAllBytes(file), size + " bytes");
    }
  }

  @Test
  void tenThousandFilesInOneDirectory() throws Exception {
    Path many = Files.createDirectory(MOUNT.directory().resolve("many"));
    Program.script("for ((i = 0; i < 10000; i++)); do echo \"number $i\" >\"file $i\"; done")
        .in(many)
        .run()
        .expect(0);
    assertEquals("10000", Program.script("ls | wc -l").in(many).run().text());
    assertEquals("10000", Program.script("ls -U | sort -u | wc -l").in(many).run().text());
    String sum = Program.script("stat -c %s -- * | paste -sd+ | bc").in(many).run().text();
    if (Program.exists("bc")) {
      assertEquals(Integer.toString(10 * 9 + 90 * 10 + 900 * 11 + 9000 * 12), sum);
    }
    assertEquals("number 7777\n", Files.readString(many.resolve("file 7777")));
    assertEquals(
        "10000",
        Program.script("find . -type f -links 1 -size -2 -print0 | xargs -0 cat | sort -u | wc -l")
            .in(many)
            .run()
            .text());
    Program.of("rm", "-r", many).run().expect(0);
    assertFalse(Files.exists(many));
  }

  @Test
  void directoryThatChangesWhileItIsRead() throws Exception {
    Path directory = MOUNT.directory();
    int count = 3000;
    for (int i = 0; i < count; i++) {
      Files.createFile(directory.resolve((i % 2 == 0 ? "stays" : "goes") + i));
    }
    Map<String, Integer> seen = new HashMap<>();
    int at = 1;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        seen.merge(entry.getFileName().toString(), 1, Integer::sum);
        if (at < count) {
          Files.delete(directory.resolve("goes" + at));
          Files.createFile(directory.resolve("new" + at));
          at += 2;
        }
      }
    }
    for (int i = 0; i < count; i += 2) {
      assertEquals(1, seen.get("stays" + i), "stays" + i + " is seen once");
    }
    assertTrue(seen.values().stream().allMatch(times -> times == 1), "seen twice: " + seen);
  }

  @Test
  void grownShrunkAndOverwritten() throws Exception {
    Path file = MOUNT.directory().resolve("file");
    byte[] bytes = Bytes.random(3, 2_500_000);
    Files.write(file, bytes);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      byte[] patch = Bytes.random(4, 70_000);
      channel.write(ByteBuffer.wrap(patch), 1_040_000); // over the edge of a block
      System.arraycopy(patch, 0, bytes, 1_040_000, patch.length);
    }
    Bytes.dropCache(file);
    assertArrayEquals(bytes, Files.readAllBytes(file));

    Program.of("truncate", "-s", 1_050_000, file).run().expect(0);
    Program.of("truncate", "-s", 1_200_000, file).run().expect(0);
    byte[] cut = java.util.Arrays.copyOf(java.util.Arrays.copyOf(bytes, 1_050_000), 1_200_000);
    Bytes.dropCache(file);
    assertArrayEquals(cut, Files.readAllBytes(file), "what was cut off comes back as zeros");

    Program.script("printf end >>\"$1\"", file).run().expect(0);
    assertEquals("end", Program.output("tail", "-c", "3", file));
    assertEquals(1_200_003, Files.size(file));
    Program.script(": >\"$1\"", file).run().expect(0);
    assertEquals(0, Files.size(file));
  }

  @Test
  void databaseOnTheMount() throws IOException {
    assumeTrue(Program.exists("sqlite3"), "there is no sqlite3");
    Path database = MOUNT.directory().resolve("data.db");
    String sql =
        """
        create table t (n integer primary key, text);
        with recursive s (n) as (select 1 union all select n + 1 from s where n < 5000)
          insert into t select n, hex(randomblob(100)) from s;
        update t set text = 'changed' where n % 7 = 0;
        delete from t where n % 2 = 0;
        vacuum;
        """;
    Program.of("sqlite3", "-bail", database).input(sql).run().expect(0);
    Bytes.dropCache(database);
    Result check =
        Program.of("sqlite3", database, "pragma integrity_check; select count(*) from t").run();
    assertEquals("ok\n2500", check.expect(0).text());
  }
}
