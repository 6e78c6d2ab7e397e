package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher, started in the ways in which people start programs. */
class LauncherIT {

  @TempDir Path directory;

  @Test
  void bySymbolicLinkFromElsewhere() throws Exception {
    Path bin = Files.createDirectory(directory.resolve("my bin"));
    Files.createSymbolicLink(bin.resolve("real"), Cli.launcher());
    Files.createSymbolicLink(bin.resolve("unicache"), Path.of("real"));
    String version =
        Program.script("PATH=\"$1:$PATH\"; unicache version", bin)
            .in(directory)
            .run()
            .expect(0)
            .text();
    assertTrue(version.startsWith("unicache "), version);
  }

  @Test
  void ofATreeWhosePathHasBlanks() throws Exception {
    Path tree = directory.resolve("a path with blanks");
    Path project = Cli.launcher().getParent().getParent();
    Files.createSymbolicLink(tree, project);
    Result result = Program.of(tree.resolve("scripts/unicache"), "version").run().expect(0);
    assertTrue(result.text().startsWith("unicache "), result::toString);
    assertEquals("", result.errors(), "no warnings of the JVM");
  }

  @Test
  void storeAndMountPointWithBlanks() throws Exception {
    Path store = directory.resolve("the store");
    Path mount = Files.createDirectory(directory.resolve("the mount"));
    Cli cli = new Cli(store);
    cli.output("mount", mount);
    try {
      Files.writeString(mount.resolve("a file"), "text");
      assertEquals("a file", cli.output("ls"));
    } finally {
      cli.output("umount", mount);
    }
    assertEquals("a file", cli.output("ls"));
  }
}
