package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Trees with everything in them, taken to the mount and away from it by tar, rsync and cp. */
class ArchiveIT {

  @RegisterExtension static final SharedMount MOUNT = new SharedMount();

  /** One of everything, made in the present directory. */
  private static final String MAKE =
      """
      mkdir -p dir/sub empty private
      head -c 2500000 /dev/urandom >dir/data
      : >dir/nothing
      truncate -s 5M dir/sparse; printf middle >>dir/sparse; truncate -s 9M dir/sparse
      for i in $(seq 100); do echo "$i" >"dir/sub/$i"; done
      ln dir/data hard; ln dir/data dir/sub/hard; ln -s dir/data soft; ln -s nowhere dangling
      ln -s "$(printf 'x%.0s' $(seq 1000))" long
      mkfifo -m 620 pipe
      long=$(printf 'y%.0s' $(seq 255)); echo long >"$long"
      mkdir "dir/$long"; echo deep >"dir/$long/$long"
      echo odd >$'dir/ a \\n\\t"\\\\*\\xff'
      chmod 640 dir/data; chmod 4755 dir/sub/1; chmod 2710 dir/sub; chmod 1777 empty
      chmod 400 dir/sub/2; chmod 700 private
      setfattr -n user.note -v 'a note' dir/data
      setfattr -n user.binary -v 0x00ff10 dir
      touch -d '2004-04-04 04:04:04.444444444 UTC' dir/data
      touch -h -d '1969-12-31 23:59:58.5 UTC' soft
      touch -d '2030-02-07 06:28:16.000000001 UTC' dir/nothing
      touch -d '2005-05-05 05:05:05 UTC' dir/sub
      """;

  /** What only root can make. */
  private static final String MAKE_AS_ROOT =
      """
      chown 10001:20001 dir/sub/3; chown -h 10002:20002 dangling
      mknod -m 640 device c 1 3
      setfattr -n trusted.note -v secret dir/data
      """;

  private static final String MAKE_LISTS =
      """
      setfacl -m u:10001:rw,g:20001:r,m::r dir/data
      setfacl -m d:u:10001:rwx,d:o::-,u:10002:x private
      """;

  /** Tells everything of the tree in the present directory but what the mount adds. */
  private static final String TELL =
      """
      find . -mindepth 1 \\( -type d -printf '%p|%y|%m|%U|%G|%T@\\n' \\
        -o -printf '%p|%y|%m|%n|%U|%G|%s|%T@|%l\\n' \\) | sort
      find . -type c -exec stat -c '%n %t %T' {} +
      find . -type f -links +1 -printf '%i %p\\n' | sort | awk '{ if ($1 != i) n++; i = $1; print n, $2 }'
      find . -type f -print0 | sort -z | xargs -0 sha256sum
      find . \\( -type f -o -type d \\) -print0 | sort -z |
        xargs -0 getfattr -d -m '^(user|trusted)' -e hex | grep -v '^user.unicache'
      find . ! -type l -print0 | sort -z | xargs -0 getfacl -n --skip-base
      """;

  private Path original;
  private String told;

  @BeforeEach
  void make() {
    original = MOUNT.directory().resolve("original");
    boolean root = Program.output("id", "-u").equals("0");
    boolean lists = MOUNT.store().speaksTheProtocol();
    MOUNT.sh(
        "mkdir original; cd original\n"
            + MAKE
            + (root ? MAKE_AS_ROOT : "")
            + (lists ? MAKE_LISTS : ""));
    told = tell(original);
  }

  private static String tell(Path tree) {
    return Program.script(TELL).in(tree).run().expect(0).text();
  }

  private void expectLike(Path copy) {
    // Of pipes and devices, diff says only that it does not compare them.
    MOUNT.sh("diff -r --no-dereference -x pipe -x device \"$1\" \"$2\"", original, copy);
    assertEquals(told, tell(copy));
  }

  @Test
  void tar() {
    Path outside = MOUNT.outside().resolve("copy");
    Path back = MOUNT.directory().resolve("back");
    MOUNT.sh(
        """
        tar() {
          command tar --format=posix --sparse --numeric-owner --acls --xattrs --xattrs-include='*' "$@"
        }
        tar -cf archive.tar -C original .
        tar -df archive.tar -C original
        mkdir "$1" "$2"
        tar -xpf archive.tar -C "$1"
        tar -cf - -C "$1" . | tar -xpf - -C "$2"
        tar -df archive.tar -C "$2"
        gzip -k archive.tar
        zcat archive.tar.gz | cmp - archive.tar
        """,
        outside,
        back);
    expectLike(outside);
    expectLike(back);
  }

  @Test
  void rsync() {
    Path outside = MOUNT.outside().resolve("copy");
    Path back = MOUNT.directory().resolve("back");
    MOUNT.sh(SYNC + "sync_twice original/ \"$1\"/\nsync_twice \"$1\"/ \"$2\"/", outside, back);
    expectLike(outside);
    expectLike(back);
    MOUNT.sh(
        """
        cp original/dir/data elsewhere
        printf x | dd of=original/dir/data bs=1 seek=1234567 conv=notrunc status=none
        rm original/dir/sub/5; mv original/dir/sub/6 original/dir/moved
        """);
    told = tell(original);
    MOUNT.sh(
        SYNC
            + """
              sync_twice --inplace --no-whole-file original/ "$1"/
              sync_twice --no-whole-file "$1"/ "$2"/
              """,
        outside,
        back);
    expectLike(outside);
    expectLike(back);
  }

  /**
   * The second time, nothing is left to do. Times are compared to the nanosecond, not the second.
   */
  private static final String SYNC =
      """
      sync_twice() {
        rsync -aHAXS --modify-window=-1 --delete "$@"
        local changed
        changed=$(rsync -aHAXS --modify-window=-1 --delete --checksum --itemize-changes "$@")
        [ -z "$changed" ] || { printf 'not the same yet: %s\\n' "$changed" >&2; return 1; }
      }
      """;

  @Test
  void cp() {
    Path outside = MOUNT.outside().resolve("copy");
    Path back = MOUNT.directory().resolve("back");
    Path within = MOUNT.directory().resolve("within");
    MOUNT.sh(
        """
        cp -a original "$1"
        cp -a --sparse=always "$1" "$2"
        cp -a original "$3"
        """,
        outside,
        back,
        within);
    expectLike(outside);
    expectLike(back);
    expectLike(within);
  }

  @Test
  void cutInPiecesAndEdited() throws Exception {
    MOUNT.sh(
        """
        cp original/dir/data data
        split -b 300000 -d data part.
        cat part.* | cmp - data
        rm part.*

        seq 50000 | shuf --random-source=data >numbers
        cp numbers "$1/plain"
        for file in numbers "$1/plain"; do
          sort -n -o "$file" "$file"
          sed -i -e 's/7/seven/g' -e '100,200d' "$file"
          printf PATCH | dd of="$file" bs=1 seek=4094 conv=notrunc status=none
          dd if="$file" of="$file" bs=1000 skip=3 seek=90 count=10 conv=notrunc status=none
          truncate -s -77 "$file"
          truncate -s +100 "$file"
          echo the end >>"$file"
        done
        cmp numbers "$1/plain"
        perl -pi.orig -e 's/seven/7/' numbers
        cmp numbers.orig "$1/plain"
        """,
        MOUNT.outside());
  }
}
