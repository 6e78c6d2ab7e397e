package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Processes that work together by means of files: pipes, locks, a cache that all of them fill. */
class SharingIT {

  @RegisterExtension static final SharedMount MOUNT = new SharedMount();

  private static Program python(String name, Object... arguments) throws IOException {
    Path script = MOUNT.store().outside().resolve(name);
    if (!Files.exists(script)) {
      try (InputStream in = SharingIT.class.getResourceAsStream("programs/" + name)) {
        Files.copy(in, script);
      }
    }
    Object[] command = new Object[arguments.length + 2];
    command[0] = "python3";
    command[1] = script;
    System.arraycopy(arguments, 0, command, 2, arguments.length);
    return Program.of(command).in(MOUNT.directory());
  }

  /** Runs so many of a program at once; returns what each printed. */
  private static List<String> together(int count, Program... programs) {
    List<Program.Running> running = new ArrayList<>();
    List<String> printed = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        running.add(programs[i % programs.length].start());
      }
      for (Program.Running one : running) {
        printed.add(one.await().expect(0).text());
      }
    } finally {
      running.forEach(Program.Running::kill);
    }
    return printed;
  }

  @Test
  void pipeBetweenProcesses() {
    Program.script(
            """
            mkfifo pipe
            head -c 3000000 /dev/urandom >data
            cat data >pipe &
            writer=$!
            cat pipe | cmp - data
            wait $writer
            # Several writers, each line in one piece.
            cat pipe >lines &
            reader=$!
            exec 3>pipe
            writers=()
            for w in 1 2 3 4; do
              (for i in $(seq 100); do echo "writer $w line $i"; done >pipe) &
              writers+=($!)
            done
            for w in "${writers[@]}"; do wait "$w"; done
            exec 3>&-
            wait $reader
            [ "$(sort -u lines | grep -c '^writer [1-4] line [0-9]*$')" = 400 ]
            [ -p pipe ]
            [ "$(stat -c %s pipe)" = 0 ]
            """)
        .in(MOUNT.directory())
        .run()
        .expect(0);
  }

  @Test
  void counterUnderFlock() throws Exception {
    Files.writeString(MOUNT.directory().resolve("counter"), "0\n");
    Program increments =
        Program.script(
                """
                for i in $(seq 20); do
                  flock lock bash -c 'n=$(cat counter); echo $((n + 1)) >counter'
                done
                """)
            .in(MOUNT.directory());
    together(5, increments);
    assertEquals("100\n", Files.readString(MOUNT.directory().resolve("counter")));
  }

  /** Each increments numbers of one file, of which it locks only the one it changes. */
  @Test
  void countersUnderRecordLocks() throws Exception {
    together(5, python("record_locks.py", "counters", 300));
    String sum =
        Program.output(
            "python3",
            "-c",
            "import struct; print(sum(struct.unpack('<8q', open('"
                + MOUNT.directory().resolve("counters")
                + "', 'rb').read())))");
    assertEquals("1500", sum);
  }

  /**
   * Several processes download the same repository to one cache, as huggingface_hub lays it out:
   * each file is fetched by one of them, and all see the same snapshot.
   */
  @Test
  void cacheOfModels() throws Exception {
    Path source = Files.createDirectory(MOUNT.outside().resolve("hub"));
    for (int i = 0; i < 6; i++) {
      Files.write(source.resolve("model-" + i + ".safetensors"), Bytes.random(i, 1_200_000 + i));
    }
    Files.write(source.resolve("same.safetensors"), Bytes.random(1, 1_200_001));
    Files.writeString(source.resolve("config.json"), "{}");

    List<String> snapshots =
        together(6, python("hub_cache.py", source, "hub", "org/model", "main"));
    assertEquals(1, snapshots.stream().distinct().count(), snapshots::toString);
    Path snapshot = MOUNT.directory().resolve(snapshots.get(0));
    Program.script(
            """
            diff -r "$1" "$2"
            cd "$2/../.."
            [ -z "$(find snapshots -type f)" ]
            [ "$(find snapshots -type l | wc -l)" = 8 ]
            [ "$(find blobs -type f | wc -l)" = 7 ]
            [ -z "$(find . -name '*.incomplete')" ]
            [ "$(cat refs/main)" = "${2##*/}" ]
            [ -z "$(sort ../fetched | uniq -d)" ]
            [ "$(wc -l <../fetched)" = 7 ]
            """,
            source,
            snapshot)
        .run()
        .expect(0);
    MOUNT.store().restart();
    Program.of("diff", "-r", source, snapshot).run().expect(0);
  }
}
