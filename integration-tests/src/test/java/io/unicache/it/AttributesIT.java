package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is known of files besides their bytes. */
class AttributesIT {

  @RegisterExtension static final SharedMount MOUNT = new SharedMount();

  private static Program script(String text, Object... arguments) {
    return Program.script(text, arguments).in(MOUNT.directory());
  }

  @Test
  void permissions() {
    MOUNT.sh(
        """
        umask 027
        touch file
        mkdir dir
        [ "$(stat -c %a file)" = 640 ]
        [ "$(stat -c %a dir)" = 750 ]
        chmod 4711 file
        [ "$(stat -c %a file)" = 4711 ]
        chmod u=rwx,go= file
        [ "$(stat -c %A file)" = -rwx------ ]
        chmod 1777 dir
        [ "$(stat -c %A dir)" = drwxrwxrwt ]
        printf '#!/bin/sh\\necho ran\\n' >file
        [ "$(./file)" = ran ]
        chmod -x file
        ! ./file 2>/dev/null
        [ "$(stat -c %u:%g file)" = "$(id -u):$(id -g)" ]
        """);
  }

  @Test
  void permissionsAreChecked() throws Exception {
    Files.writeString(MOUNT.directory().resolve("secret"), "secret");
    MOUNT.sh("chmod 000 secret");
    Program cat = Program.of("cat", MOUNT.directory().resolve("secret"));
    if (MOUNT.sh("id -u").equals("0")) {
      // Root without what makes root able to read everything.
      assumeTrue(Program.exists("setpriv"), "there is no setpriv");
      cat =
          Program.of(
              "setpriv",
              "--bounding-set=-dac_override,-dac_read_search",
              "--inh-caps=-dac_override,-dac_read_search",
              "cat",
              MOUNT.directory().resolve("secret"));
    }
    Result result = cat.run().expect(1);
    assertTrue(result.errors().contains("Permission denied"), result::toString);
    MOUNT.sh("chmod 400 secret");
  }

  @Test
  void owners() {
    assumeTrue(MOUNT.sh("id -u").equals("0"), "only root can give files away");
    MOUNT.sh(
        """
        touch file
        chown 12345:54321 file
        [ "$(stat -c %u:%g file)" = 12345:54321 ]
        chgrp 7 file
        [ "$(stat -c %u:%g file)" = 12345:7 ]
        ln -s file link
        chown -h 99 link
        [ "$(stat -c %u link)" = 99 ]
        [ "$(stat -c %u file)" = 12345 ]
        """);
  }

  @Test
  void times() {
    MOUNT.sh(
        """
        touch -d '2001-02-03 04:05:06.789012345 UTC' file
        [ "$(TZ=UTC stat -c %y file)" = '2001-02-03 04:05:06.789012345 +0000' ]
        touch -d '1950-01-01 00:00:00 UTC' old
        [ "$(TZ=UTC stat -c %y old)" = '1950-01-01 00:00:00.000000000 +0000' ]
        touch -d '2150-01-01 00:00:00 UTC' far
        [ "$(stat -c %Y far)" = "$(date -d '2150-01-01 00:00:00 UTC' +%s)" ]
        chmod 604 file
        cp -p file copy
        [ "$(stat -c '%y %a' copy)" = "$(stat -c '%y %a' file)" ]
        mv copy moved
        [ "$(stat -c %y moved)" = "$(stat -c %y file)" ]
        before=$(date +%s)
        echo x >>file
        [ "$(stat -c %Y file)" -ge "$((before - 1))" ]
        mkdir dir
        touch -d '2001-01-01 UTC' dir
        touch dir/entry
        [ "$(stat -c %Y dir)" -ge "$((before - 1))" ]
        touch -h -d '2002-02-02 UTC' dir
        ln -s file link
        touch -h -d '2003-03-03 UTC' link
        [ "$(stat -c %Y link)" = "$(date -d '2003-03-03 UTC' +%s)" ]
        """);
  }

  @Test
  void writtenTimeIsKeptWhenTheFileIsClosed() {
    MOUNT.sh(
        """
        exec 3>file
        echo text >&3
        touch -d '2005-05-05 UTC' file
        exec 3>&-
        [ "$(stat -c %Y file)" = "$(date -d '2005-05-05 UTC' +%s)" ]
        """);
  }

  /** Zeros that were written are known to be a hole only when they are committed. */
  @Test
  void blocksAreCountedAnewOnceTheFileIsClosed() {
    MOUNT.sh(
        """
        head -c 4194304 /dev/urandom >file
        exec 3<>file
        head -c 4194304 /dev/zero >&3
        stat -c %b file >/dev/null
        exec 3>&-
        [ "$(stat -c %b file)" = 0 ]
        [ "$(du -k file | cut -f1)" = 0 ]
        """);
  }

  @Test
  void archivesKeepEverything() {
    MOUNT.sh(
        """
        mkdir -p tree/sub
        head -c 300000 /dev/urandom >tree/sub/data
        chmod 640 tree/sub/data
        ln tree/sub/data tree/hard
        ln -s sub/data tree/soft
        touch -d '2011-11-11 11:11:11.5 UTC' tree/sub/data
        touch -d '2012-12-12 UTC' tree/sub
        cp -a tree copy
        list() { (cd "$1"; find . -printf '%p %m %n %U %G %l %y %T@\\n' | grep -v '^\\. ' | sort); }
        [ "$(list tree)" = "$(list copy)" ]
        [ "$(stat -c %i copy/hard)" = "$(stat -c %i copy/sub/data)" ]
        tar cf tree.tar tree
        mkdir unpacked
        tar xpf tree.tar -C unpacked
        [ "$(list tree | sed 's/\\.[0-9]*$//')" = "$(list unpacked/tree | sed 's/\\.[0-9]*$//')" ]
        """);
  }

  @Test
  void longListing() {
    MOUNT.sh("head -c 12345 /dev/zero >file; chmod 751 file; mkdir dir; ln -s file link");
    String listing = MOUNT.sh("ls -l --time-style=+T");
    assertTrue(listing.contains("-rwxr-x--x 1 "), listing);
    assertTrue(listing.contains(" 12345 T file"), listing);
    assertTrue(listing.contains("link -> file"), listing);
    assertFalse(MOUNT.sh("ls -la").contains("?"), "every attribute is there");
  }

  @Test
  void freeAndUsedSpace() {
    MOUNT.sh("head -c 3000000 /dev/urandom >file");
    String[] free = MOUNT.sh("df -P -k . | tail -n 1").split(" +", -1);
    assertTrue(free[0].contains("unicache"), "the file system's name: " + free[0]);
    assertTrue(Long.parseLong(free[1]) > 0, "size");
    assertTrue(Long.parseLong(free[3]) > 0, "free");
    assertTrue(Long.parseLong(free[1]) >= Long.parseLong(free[2]), "used is within size");
    assertTrue(Long.parseLong(MOUNT.sh("df -P -i . | tail -n 1").split(" +", -1)[1]) >= 0);
    long kilobytes = Long.parseLong(MOUNT.sh("du -sk . | cut -f 1"));
    assertTrue(kilobytes >= 2900 && kilobytes < 4000, kilobytes + " KiB for 3 MB");
    assertEquals("255", MOUNT.sh("stat -f -c %l ."));
  }

  @Test
  void extendedAttributes() {
    MOUNT.sh(
        """
        touch file
        setfattr -n user.colour -v blue file
        setfattr -n user.empty file
        [ "$(getfattr --only-values -n user.colour file)" = blue ]
        [ -z "$(getfattr --only-values -n user.empty file)" ]
        getfattr file | grep -q '^user.colour$'
        setfattr -n user.colour -v red file
        [ "$(getfattr --only-values -n user.colour file)" = red ]
        setfattr -x user.colour file
        ! getfattr -n user.colour file 2>/dev/null
        ! setfattr -x user.colour file 2>/dev/null
        mkdir dir
        setfattr -n user.kind -v 0x00ff00 dir
        [ "$(getfattr -e hex -n user.kind dir | grep =)" = user.kind=0x00ff00 ]
        big=$(head -c 20000 /dev/zero | tr '\\0' v)
        setfattr -n user.big -v "$big" file
        [ "$(getfattr --only-values -n user.big file)" = "$big" ]
        cp --preserve=xattr file copy
        [ "$(getfattr --only-values -n user.big copy)" = "$big" ]
        """);
    if (Program.exists("python3")) {
      MOUNT.sh("python3 -c \"$1\"", CREATE_AND_REPLACE);
    }
  }

  /** The flags that setfattr does not know. */
  private static final String CREATE_AND_REPLACE =
      """
      import errno, os
      def fails(expected, value, flags):
          try:
              os.setxattr('file', 'user.flags', value, flags)
          except OSError as e:
              assert e.errno == expected, e
          else:
              raise AssertionError('no error')
      fails(errno.ENODATA, b'1', os.XATTR_REPLACE)
      os.setxattr('file', 'user.flags', b'2', os.XATTR_CREATE)
      fails(errno.EEXIST, b'3', os.XATTR_CREATE)
      os.setxattr('file', 'user.flags', b'4', os.XATTR_REPLACE)
      assert os.getxattr('file', 'user.flags') == b'4'
      """;

  @Test
  void attributesThatTellOfTheStore() throws Exception {
    Path outside = MOUNT.outside().resolve("data");
    Files.write(outside, Bytes.random(9, (2 << 20) + 5));
    Path file = MOUNT.directory().resolve("data");
    Path copy = MOUNT.directory().resolve("copy");
    Program.of("cp", outside, file).run().expect(0);

    assertEquals("3", attribute(file, "blocks"));
    assertEquals(Long.toString((2 << 20) + 4096), attribute(file, "unique-bytes"));
    String id = attribute(file, "id");
    assertTrue(id.matches("[0-9a-f]{64}"), id);
    assertEquals(
        id, MOUNT.store().cli().output("store", outside).lines().findFirst().orElseThrow());

    Program.of("cp", outside, copy).run().expect(0);
    assertEquals(id, attribute(copy, "id"), "the same bytes have the same ID");
    Files.writeString(copy, "other");
    assertNotEquals(id, attribute(copy, "id"));

    // Allowed, as programs that copy all attributes do it, but without effect.
    MOUNT.sh("setfattr -n user.unicache.id -v x data");
    assertEquals(id, attribute(file, "id"));
    assertFalse(script("setfattr -x user.unicache.id data").run().exit() == 0);
    assertFalse(script("setfattr -n user.unicache.source -v x data").run().exit() == 0);
  }

  private static String attribute(Path file, String name) {
    return Program.output("getfattr", "--only-values", "-n", "user.unicache." + name, file);
  }
}
