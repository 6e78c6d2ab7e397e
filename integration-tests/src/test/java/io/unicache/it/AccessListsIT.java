package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Access control lists, by the programs that people use for them, and what comes of them. */
class AccessListsIT {

  @RegisterExtension static final SharedMount MOUNT = new SharedMount("--allow-other");

  /**
   * Runs a command as another user, or expects that it is refused. The directories above the mount
   * may be closed to others: names have to be relative to the present directory.
   */
  private static final String AS =
      """
      as() { local user=$1; shift; setpriv --reuid="$user" --regid="$user" --clear-groups -- "$@"; }
      refused() {
        local told
        if told=$(as "$@" 2>&1); then echo "not refused: $*" >&2; return 1; fi
        [[ $told == *'Permission denied'* ]] || { echo "$told" >&2; return 1; }
      }
      """;

  private static String sh(String script) {
    return MOUNT.sh(AS + script);
  }

  private static void needsLists() {
    assumeTrue(MOUNT.store().speaksTheProtocol(), "no access control lists through libfuse 2");
    assumeTrue(Program.output("id", "-u").equals("0"), "only root can act for other users");
  }

  @Test
  void usersAndGroupsAreLetIn() {
    needsLists();
    sh(
        """
        chmod 755 .
        echo secret >file
        chmod 640 file
        refused 10001 cat file
        refused 10003 cat file
        setfacl -m u:10001:r,g:10002:rw file
        as 10001 cat file
        refused 10001 tee -a file
        echo more | as 10002 tee -a file
        refused 10003 cat file
        setfacl -m m::r file
        refused 10002 tee -a file
        as 10002 cat file
        chmod g+w file
        echo more | as 10002 tee -a file
        setfacl -m u:10001:- file
        refused 10001 cat file
        chmod o+r file
        refused 10001 cat file
        as 10003 cat file
        setfacl -b file
        as 10001 cat file
        [ "$(stat -c %A file)" = -rw-r--r-- ]
        """);
  }

  @Test
  void maskBoundsWhatIsGiven() {
    needsLists();
    assertEquals(
        """
        # file: file
        # owner: 0
        # group: 0
        user::rw-
        user:10001:rwx\t#effective:r--
        group::r--
        group:10002:rw-\t#effective:r--
        mask::r--
        other::---""",
        sh(
            """
            touch file
            chmod 640 file
            setfacl -m u:10001:rwx,g:10002:rw file
            [ "$(stat -c %a file)" = 670 ]
            chmod 640 file
            getfacl -n file
            """));
  }

  @Test
  void defaultsAreInherited() throws Exception {
    needsLists();
    String made =
        """
        mkdir shared
        setfacl -m u:10001:rwx,d:u:10001:rwx,d:g::rx,d:o::- shared
        umask 077
        mkdir shared/sub
        as 10001 touch shared/sub/file
        as 10001 sh -c 'echo text >shared/sub/file'
        chmod 755 .
        refused 10002 ls shared/sub
        """;
    assertEquals(
        """
        # file: shared/sub
        # owner: 0
        # group: 0
        user::rwx
        user:10001:rwx
        group::r-x
        mask::rwx
        other::---
        default:user::rwx
        default:user:10001:rwx
        default:group::r-x
        default:mask::rwx
        default:other::---

        # file: shared/sub/file
        # owner: 10001
        # group: 10001
        user::rw-
        user:10001:rwx\t#effective:rw-
        group::r-x\t#effective:r--
        mask::rw-
        other::---""",
        sh("chmod 755 .\n" + made + "getfacl -n shared/sub shared/sub/file"));
    MOUNT.store().unmount();
    MOUNT.store().mount("--allow-other");
    sh(
        """
        as 10001 cat shared/sub/file
        refused 10002 cat shared/sub/file
        getfacl -R shared | setfacl --restore=-
        getfacl -R shared >before
        cp -a shared copy
        (cd copy; getfacl -R . >../after)
        (cd shared; getfacl -R . | cmp - ../after)
        setfacl -R -b shared
        [ -z "$(getfacl -R -s shared)" ]
        """);
  }

  @Test
  void refusedWhereTheAdapterHasNone() {
    assumeFalse(MOUNT.store().speaksTheProtocol(), "there are lists");
    Result refused =
        Program.script("touch file; setfacl -m u:10001:r file")
            .in(MOUNT.directory())
            .run()
            .expect(1);
    assertTrue(refused.errors().contains("Operation not supported"), refused::toString);
    assertEquals("", sh("getfacl -s file"), "and reading finds that there are none");
  }
}
