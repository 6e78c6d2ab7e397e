package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Programs that are built on the mount, and run from there. */
class BuildIT {

  @RegisterExtension static final SharedMount MOUNT = new SharedMount();

  /** A program of two sources, a static and a shared library, as people write them. */
  private static final String SOURCES =
      """
      mkdir lib
      printf 'int twice(int n);\\nint thrice(int n);\\n' >lib/times.h
      printf '#include "times.h"\\nint twice(int n) { return 2 * n; }\\n' >lib/twice.c
      printf '#include "times.h"\\nint thrice(int n) { return 3 * n; }\\n' >lib/thrice.c
      printf 'const char *greeting(void) { return "hello"; }\\n' >plugin.c
      cat >main.c <<'END'
      #include <dlfcn.h>
      #include <stdio.h>
      #include "times.h"
      int print(const char *text, int number);
      int main(int count, char **words) {
        void *plugin = dlopen(words[1], RTLD_NOW);
        const char *(*greeting)(void) = plugin ? dlsym(plugin, "greeting") : NULL;
        if (count != 2 || !greeting) { fputs(dlerror(), stderr); return 1; }
        return print(greeting(), thrice(twice(7)));
      }
      END
      cat >print.c <<'END'
      #include <stdio.h>
      int print(const char *text, int number) { return printf("%s %d\\n", text, number) < 0; }
      END
      cat >Makefile <<'END'
      CFLAGS = -O1 -g -Wall -Werror -Ilib
      all: program plugin.so
      program: main.o print.o lib/libtimes.a
      \t$(CC) -o $@ main.o print.o -Llib -ltimes -ldl
      lib/libtimes.a: lib/twice.o lib/thrice.o
      \t$(AR) rcs $@ lib/twice.o lib/thrice.o
      plugin.so: plugin.c
      \t$(CC) $(CFLAGS) -shared -fPIC -o $@ plugin.c
      main.o lib/twice.o lib/thrice.o: lib/times.h
      clean:
      \trm -f program plugin.so *.o lib/*.o lib/*.a
      END
      """;

  @Test
  void programInC() throws Exception {
    MOUNT.sh(SOURCES);
    MOUNT.sh("make -s -j4");
    assertEquals("hello 42", MOUNT.sh("./program ./plugin.so"));
    MOUNT.sh("make -q");
    assertEquals(
        "T thrice\nT twice", MOUNT.sh("nm -g lib/libtimes.a | sed -n 's/.* T /T /p' | sort"));

    MOUNT.sh("sed -i 's/2 \\* n/20 * n/' lib/twice.c");
    assertEquals(1, Program.of("make", "-q").in(MOUNT.directory()).run().exit(), "it is newer");
    String made = MOUNT.sh("make -n");
    assertEquals(3, made.lines().count(), () -> "only what depends on it is made: " + made);
    MOUNT.sh("make -s");
    assertEquals("hello 420", MOUNT.sh("./program ./plugin.so"));
    MOUNT.store().restart();
    MOUNT.sh("make -q");
    assertEquals("hello 420", MOUNT.sh("./program ./plugin.so"));
    MOUNT.sh("make -s clean");
    assertEquals(
        "Makefile\nlib\nlib/thrice.c\nlib/times.h\nlib/twice.c\nmain.c\nplugin.c\nprint.c",
        MOUNT.sh("find . -mindepth 1 -printf '%P\\n' | sort"));
  }

  /** A program that runs can be replaced, but not written to. */
  @Test
  void programThatRuns() {
    MOUNT.sh(
        """
        cp "$(command -v sleep)" program
        ./program 600 &
        running=$!
        trap 'kill $running' EXIT
        until [ "/proc/$running/exe" -ef program ]; do sleep 0.05; done
        if (echo x >>program) 2>refused; then exit 1; fi
        grep -q 'Text file busy' refused
        ln program first
        cp program other
        mv -f other program
        ./program 0
        kill $running
        trap - EXIT
        wait $running || [ $? = 143 ]
        echo x >>first
        ./program 0
        """);
  }

  /** Builds the module "store" from a copy of this project's sources, and works with it. */
  @Test
  void thisProjectWithMaven() throws Exception {
    Path sources = Cli.launcher().getParent().getParent().toRealPath();
    Program.script(
            """
            tar -C "$1" --exclude=target --exclude=./.git -cf - . | tar -xf -
            mvn -o -q -B -ntp -pl store -Dmaven.test.skip=true -Dmaven.repo.local="$2" package
            """,
            sources,
            System.getProperty("unicache.maven.repository"))
        .with("JAVA_HOME", System.getProperty("java.home"))
        // A compiler that is over so soon takes half the time without its optimising compiler.
        .with("MAVEN_OPTS", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
        .in(MOUNT.directory())
        .run()
        .expect(0);
    String jar = MOUNT.sh("ls -d \"$PWD\"/store/target/unicache-store-[0-9]*[0-9].jar");

    // The classes of that jar go before those of the outer build.
    byte[] bytes = Bytes.random(1, 3_000_000);
    Path file = Files.write(MOUNT.outside().resolve("file"), bytes);
    String id = program(jar, "store", file).lines().findFirst().orElseThrow();
    Path back = MOUNT.outside().resolve("back");
    program(jar, "retrieve", id, back);
    assertArrayEquals(bytes, Files.readAllBytes(back));
  }

  private static String program(String jar, Object... words) {
    String classpath =
        jar + java.io.File.pathSeparator + System.getProperty("unicache.cli.classpath");
    Object[] command = new Object[words.length + 4];
    command[0] = Path.of(System.getProperty("java.home"), "bin", "java");
    command[1] = "-cp";
    command[2] = classpath;
    command[3] = "io.unicache.cli.Main";
    System.arraycopy(words, 0, command, 4, words.length);
    return Program.of(command)
        .with("UNICACHE_STORE", MOUNT.outside().resolve("store").toString())
        .run()
        .expect(0)
        .text();
  }
}
