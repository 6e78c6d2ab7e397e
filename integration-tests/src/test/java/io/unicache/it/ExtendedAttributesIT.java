package io.unicache.it;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Extended attributes of each kind, and access control lists with all that hangs on them. */
class ExtendedAttributesIT {

  @RegisterExtension static final ComparedMount FILES = new ComparedMount();

  private static final String OF_EACH_TYPE =
      """
      = open 1 file RDWR,CREAT 666
      = mkdir dir 777
      = symlink file link
      = mkfifo fifo 666
      = mknod socket socket 666
      = mknod char char 666 1 3
      """;

  @Test
  void namesAndFlags() throws IOException {
    List<String> types = List.of("file", "dir", "link", "fifo", "char");
    List<String> names =
        List.of(
            "user.a",
            "user.",
            "user",
            "trusted.a",
            "trusted.",
            "security.a",
            "system.a",
            "other.a",
            "user.a/b",
            "trusted./",
            "user.~250~",
            "user.~251~",
            "%",
            "a");
    for (String user : List.of("as 0 0", "as 10001 20001")) {
      FILES.all(
          types.stream()
              .map(
                  type -> {
                    StringBuilder script =
                        new StringBuilder(OF_EACH_TYPE).append("= ").append(user).append('\n');
                    for (String name : names) {
                      for (String call :
                          List.of(
                              "lgetxattr TYPE NAME",
                              "lsetxattr TYPE NAME one REPLACE",
                              "lsetxattr TYPE NAME two CREATE",
                              "lsetxattr TYPE NAME three CREATE",
                              "lsetxattr TYPE NAME four REPLACE",
                              "lsetxattr TYPE NAME five 0",
                              "lsetxattr TYPE NAME six BAD",
                              "lsetxattr TYPE NAME % 0",
                              "lgetxattr TYPE NAME 0",
                              "llistxattr TYPE",
                              "lremovexattr TYPE NAME",
                              "lremovexattr TYPE NAME")) {
                        script
                            .append(call.replace("TYPE", type).replace("NAME", name))
                            .append('\n');
                      }
                    }
                    return script.toString();
                  }));
    }
  }

  @Test
  void sizes() throws IOException {
    FILES.run(
        OF_EACH_TYPE
            + """
            setxattr file user.a *65536 0
            getxattr file user.a
            getxattr file user.a 0
            getxattr file user.a 1
            getxattr file user.a 65535
            getxattr file user.a 65536
            setxattr file user.a *65537 0
            setxattr file user.b *40000 CREATE
            setxattr dir user.c *65536 CREATE
            setxattr file user.a *1 REPLACE
            getxattr file user.a
            fsetxattr 1 user.d %00%FF%0A 0
            fgetxattr 1 user.d
            unlink file
            fgetxattr 1 user.d
            fsetxattr 1 user.d x REPLACE
            fgetxattr 1 user.d
            fsetxattr 1 user.e x 0
            """);
  }

  @Test
  void trustedIsForRootAlone() throws IOException {
    FILES.run(
        OF_EACH_TYPE
            + """
            setxattr file trusted.a x 0
            setxattr file user.a x 0
            llistxattr file
            as 10001 20001
            llistxattr file
            getxattr file trusted.a
            getxattr file user.a
            setxattr file trusted.a y 0
            removexattr file trusted.a
            """);
  }

  @Test
  void attributesFollowTheFile() throws IOException {
    FILES.run(
        OF_EACH_TYPE
            + """
            setxattr file user.a x 0
            link file other
            setxattr other user.b y 0
            rename file dir/moved
            removexattr dir/moved user.a
            chmod other 400
            as 10001 20001
            getxattr other user.b
            as 0 0
            setxattr dir user.d z 0
            chmod dir 1777
            as 10001 20001
            setxattr dir user.e z 0
            removexattr dir user.d
            """);
  }

  private static final Map<String, Integer> TAGS = Map.of("u", 2, "g", 8, "m", 0x10, "o", 0x20);

  /** Writes a list as setxattr takes it; without an ID "u" and "g" are the owner's. */
  private static String list(String text) {
    String[] entries = text.split(",", -1);
    ByteBuffer bytes =
        ByteBuffer.allocate(4 + 8 * entries.length).order(ByteOrder.LITTLE_ENDIAN).putInt(2);
    for (String entry : entries) {
      String[] parts = entry.split(":", -1);
      boolean named = !parts[1].isEmpty();
      int tag = TAGS.get(parts[0]);
      boolean owners = !named && tag <= 8;
      bytes
          .putShort((short) (owners ? tag / 2 : tag))
          .putShort((short) Integer.parseInt(parts[2]))
          .putInt(named ? Integer.parseInt(parts[1]) : -1);
    }
    StringBuilder value = new StringBuilder();
    for (byte b : bytes.array()) {
      value.append(String.format("%%%02X", b));
    }
    return value.toString();
  }

  private static String set(String file, String kind, String text) {
    return "setxattr " + file + " system.posix_acl_" + kind + " " + list(text) + " 0\n";
  }

  @Test
  void accessLists() throws IOException {
    assumeFalse(ComparedMount.LIBFUSE, "no access control lists through libfuse 2");
    List<String> lists =
        List.of(
            "u::6,g::4,o::0",
            "u::7,g::7,o::7",
            "u::6,u:10002:7,g::4,m::5,o::0",
            "u::6,u:10002:0,g::6,m::6,o::6",
            "u::0,g::0,g:20003:6,m::6,o::0",
            "u::6,u:10002:4,u:10003:2,g::1,g:20001:6,g:20009:7,m::7,o::0");
    List<String> users =
        List.of("10001 20001", "10002 20002", "10003 20003", "10004 20009", "10004 20008 20001");
    FILES.all(
        lists.stream()
            .flatMap(
                list ->
                    Stream.of("0644", "2755", "6070", "1777")
                        .map(
                            mode -> {
                              StringBuilder script = new StringBuilder(OF_EACH_TYPE);
                              script.append(
                                  "= chown file 10001 20001\n= chmod file " + mode + "\n");
                              script.append(set("file", "access", list));
                              script.append("getxattr file system.posix_acl_access\n");
                              for (String user : users) {
                                script.append("as " + user + "\n");
                                script.append("access file R\naccess file W\naccess file X\n");
                                script.append("utimensat file now now\nopen 2 file RDWR\n");
                                script.append("setxattr file user.by x 0\nchmod file 0700\n");
                                script.append("as 0 0\n");
                              }
                              script.append("chmod file 0777\nchmod file 0750\nchmod file 4705\n");
                              script.append("chown file 10003 20003\n");
                              script.append("removexattr file system.posix_acl_access\n");
                              script.append("removexattr file system.posix_acl_access\n");
                              return script.toString();
                            })));
  }

  @Test
  void listsByOthers() throws IOException {
    assumeFalse(ComparedMount.LIBFUSE, "no access control lists through libfuse 2");
    String wide = "u::7,u:10002:7,g::7,m::7,o::7";
    FILES.all(
        Stream.of("10001 20001", "10001 20009", "10002 20002")
            .flatMap(
                user ->
                    Stream.of("file", "dir", "fifo", "link", "char")
                        .map(
                            name ->
                                OF_EACH_TYPE
                                    + "= chown "
                                    + name
                                    + " 10001 20001\n= chmod "
                                    + name
                                    + " 2755\n= as "
                                    + user
                                    + "\n"
                                    + set(name, "access", wide)
                                    + set(name, "access", "u::7,g::5,o::5")
                                    + set(name, "default", wide)
                                    + "llistxattr "
                                    + name
                                    + "\nremovexattr "
                                    + name
                                    + " system.posix_acl_access\nremovexattr "
                                    + name
                                    + " system.posix_acl_default\nsetxattr "
                                    + name
                                    + " system.posix_acl_access xyz 0\n"
                                    + set(name, "access", "u::7,u:10002:7,g::7,o::7")
                                    + set(name, "access", "u::7,g::7")
                                    + set(name, "access", "u::7,g::7,o::9"))));
  }

  @Test
  void defaultLists() throws IOException {
    assumeFalse(ComparedMount.LIBFUSE, "no access control lists through libfuse 2");
    List<String> defaults =
        List.of(
            "u::7,g::5,o::0",
            "u::6,g::6,o::6",
            "u::7,u:10002:7,g::5,m::7,o::0",
            "u::5,u:10002:6,g::7,g:20003:4,m::5,o::4");
    FILES.all(
        defaults.stream()
            .flatMap(
                list ->
                    Stream.of("000", "022", "077")
                        .map(
                            umask ->
                                OF_EACH_TYPE
                                    + set("dir", "default", list)
                                    + "umask "
                                    + umask
                                    + "\n"
                                    + """
                                    open 2 dir/file RDWR,CREAT 666
                                    open 3 dir/strict RDWR,CREAT 640
                                    open 3 dir/program RDWR,CREAT 4777
                                    mkdir dir/sub 777
                                    mkdir dir/sub/strict 700
                                    mkdir dir/sub/strict/below 2755
                                    mknod dir/node file 664
                                    mknod dir/fifo fifo 664
                                    mknod dir/socket socket 775
                                    symlink file dir/link
                                    open 4 dir RDWR,TMPFILE 666
                                    linkfd 4 dir/named
                                    chmod dir/sub 750
                                    chmod dir/sub 2750
                                    rename dir/sub moved
                                    mkdir moved/new 777
                                    removexattr dir system.posix_acl_default
                                    mkdir dir/plain 777
                                    open 2 dir/plainfile RDWR,CREAT 666
                                    """)));
  }
}
