package io.unicache.it;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who may do what to whose files, and what becomes of mode bits, owners and times with it. */
class OwnershipIT {

  @RegisterExtension static final ComparedMount FILES = new ComparedMount();

  private static final List<String> USERS =
      List.of(
          "as 0 0",
          // the owner, in the file's group
          "as 10001 20001 20002",
          // the owner, not in the file's group
          "as 10001 20009",
          // one of the group, by the first and by another group
          "as 10002 20001",
          "as 10002 20009 20008 20001",
          "as 10003 20003");

  private static final List<String> MODES = List.of("0644", "0466", "0060", "4755", "2745", "6777");

  /** Of user 10001 and group 20001, with a mode that follows. */
  private static String owned(String name, String mode) {
    return "= chown " + name + " 10001 20001\n= chmod " + name + " " + mode + "\n";
  }

  private static String file(String mode) {
    return "= open 1 file RDWR,CREAT 666\n= write 1 content\n= close 1\n" + owned("file", mode);
  }

  private static Stream<String> scripts(String preparation, List<String> calls) {
    return USERS.stream()
        .map(user -> preparation + "= " + user + "\n" + String.join("\n", calls) + "\n");
  }

  @Test
  void changesOfOwnFiles() throws IOException {
    List<List<String>> calls =
        List.of(
            List.of("open 2 file WRONLY", "write 2 x", "write 2 y", "close 2"),
            List.of("open 2 file RDWR,TRUNC", "write 2 x", "close 2"),
            List.of("open 2 file RDWR,APPEND", "pwrite 2 xyz 0"),
            List.of("open 2 file WRONLY", "ftruncate 2 3", "ftruncate 2 3", "ftruncate 2 9"),
            List.of("truncate file 7", "truncate file 3", "truncate file 0"),
            List.of("chmod file 0600", "chmod file 4755", "chmod file 2755", "chmod file 2777"),
            List.of("chown file -1 20002", "chown file -1 20001"),
            List.of("chown file 10001 20001", "chown file 10001 -1", "chown file 10002 -1"),
            List.of("lchown file 10003 20003", "chown file -1 20009", "chown file 0 0"),
            List.of("utimensat file now now", "utimensat file omit now", "utimensat file now omit"),
            List.of("utimensat file 5.7 omit", "utimensat file omit 9.8", "utimensat file 1 2"),
            List.of("utimensat file now 3.000000001", "utimensat file omit omit"),
            List.of("access file R", "access file W", "access file X", "access file R,W,X"),
            List.of("setxattr file user.a b 0", "getxattr file user.a", "removexattr file user.a"),
            List.of("setxattr file trusted.a b 0", "setxattr file security.a b 0"));
    FILES.all(
        MODES.stream()
            .flatMap(mode -> calls.stream().flatMap(several -> scripts(file(mode), several))));
  }

  /** But for set-ID files of others: SEMANTICS.md has it among the differences. */
  @Test
  void chownThatChangesNothing() throws IOException {
    assumeFalse(ComparedMount.LIBFUSE, "libfuse does not pass it on");
    FILES.all(
        Stream.of("0644", "0060", "0777", "1777")
            .flatMap(mode -> scripts(file(mode), List.of("chown file -1 -1"))));
    FILES.all(
        MODES.stream()
            .map(mode -> file(mode) + "= as 10001 20001\nchown file -1 -1\nlchown file -1 -1"));
  }

  /** The kernel decides who may do what, and it knows of capabilities. */
  @Test
  void capabilitiesCountAsMuchAsRoot() throws IOException {
    FILES.all(
        MODES.stream()
            .map(
                mode ->
                    file(mode)
                        + """
                        = mkdir dir 1777
                        = mkdir dir/sub 755
                        = link file dir/link
                        = open 2 file WRONLY
                        = able 10003 20003
                        chmod file 6777
                        chmod file 2711
                        chown file 10002 -1
                        chown file -1 20002
                        utimensat file 5.7 6
                        utimensat file now omit
                        write 2 x
                        rename dir/link dir/other
                        rename dir/sub dir/more
                        unlink dir/other
                        rmdir dir/more
                        """));
  }

  /** The rights of who writes count, not of who opened. */
  @Test
  void writingThroughAnothersDescriptor() throws IOException {
    List<String> users = List.of("as 0 0", "as 10001 20001", "as 10003 20003");
    FILES.all(
        Stream.of("6777", "2766")
            .flatMap(mode -> users.stream().map(user -> file(mode) + "= " + user))
            .flatMap(
                opened ->
                    users.stream()
                        .map(
                            writer ->
                                opened
                                    + "\n= open 2 file RDWR\n= "
                                    + writer
                                    + "\nwrite 2 x\nwrite 2 y\n= as 0 0\nwrite 2 z")));
  }

  @Test
  void newFilesInDirectoriesOfEachMode() throws IOException {
    List<String> calls =
        List.of(
            "umask 027",
            "open 1 dir/file RDWR,CREAT 6777",
            "open 2 dir/small RDWR,CREAT 2745",
            "mkdir dir/sub 7777",
            "mkdir dir/sub/again 0700",
            "mknod dir/node file 6775",
            "mkfifo dir/fifo 2777",
            "mknod dir/socket socket 666",
            "mknod dir/char char 666 1 3",
            "symlink target dir/link",
            "link dir/file dir/other",
            "chmod dir/sub 2777",
            "rename dir/sub moved",
            "mkdir moved/new 755",
            "chown dir/sub -1 20002");
    FILES.all(
        Stream.of("777", "2777", "3777", "2755", "755", "1777", "333", "555")
            .flatMap(mode -> scripts("= mkdir dir 777\n" + owned("dir", mode), calls)));
  }

  /** Names in a directory of 10001: of files that belong to 10001, 10002 and root. */
  @Test
  void removingFromStickyDirectories() throws IOException {
    String preparation =
        """
        = mkdir dir 777
        = mkdir open 777
        = open 1 dir/mine RDWR,CREAT 666
        = open 1 dir/theirs RDWR,CREAT 666
        = open 1 dir/roots RDWR,CREAT 666
        = mkdir dir/theirdir 777
        = mkdir dir/rootsdir 777
        = mkdir dir/mydir 777
        = chown dir/mine 10001 20001
        = chown dir/theirs 10002 20002
        = chown dir/mydir 10001 20001
        = chown dir/theirdir 10002 20002
        = open 1 open/file RDWR,CREAT 666
        = chown open/file 10003 20003
        = mkdir open/dir 777
        = chown open/dir 10003 20003
        """;
    List<String> calls =
        Stream.of("mine", "theirs", "roots", "mydir", "theirdir", "rootsdir")
            .flatMap(
                name ->
                    Stream.of(
                        "unlink dir/" + name,
                        "rmdir dir/" + name,
                        "rename dir/" + name + " dir/new",
                        "rename dir/" + name + " open/new",
                        "rename open/file dir/" + name,
                        "rename open/dir dir/" + name,
                        "renameat2 dir/" + name + " open/file EXCHANGE",
                        "renameat2 open/dir dir/" + name + " EXCHANGE",
                        "renameat2 dir/" + name + " dir/mine EXCHANGE",
                        "link dir/" + name + " open/link"))
            .filter(call -> !(ComparedMount.LIBFUSE && call.startsWith("renameat2")))
            .toList();
    for (String owner : List.of("0 0", "10001 20001", "10002 20002", "10003 20003")) {
      for (String user : List.of("10001 20001", "10002 20002")) {
        String prepared =
            preparation + "= chown dir " + owner + "\n= chmod dir 1777\n= as " + user + "\n";
        FILES.changes(prepared, calls.stream());
      }
    }
  }

  /** A directory that comes to another parent has its ".." written to. */
  @Test
  void movingDirectoriesThatOneMayNotWriteTo() throws IOException {
    String preparation =
        """
        = mkdir a 777
        = mkdir b 777
        = mkdir a/mine 555
        = chown a/mine 10001 20001
        = mkdir a/theirs 755
        = chown a/theirs 10002 20002
        = mkdir a/free 777
        = mkdir b/free 777
        = mkdir b/theirs 755
        = chown b/theirs 10002 20002
        = as 10001 20001
        """;
    FILES.changes(
        preparation,
        Stream.of(
                "rename a/mine a/new",
                "rename a/mine b/new",
                "rename a/mine b/free",
                "rename a/theirs a/new",
                "rename a/theirs b/new",
                "rename a/free b/theirs",
                "rename a/free b/free",
                "renameat2 a/free b/theirs EXCHANGE",
                "renameat2 a/mine b/free EXCHANGE")
            .filter(call -> !(ComparedMount.LIBFUSE && call.startsWith("renameat2"))));
  }

  @Test
  void openFilesOutliveAChangeOfMode() throws IOException {
    FILES.all(
        scripts(
            file("0666") + "= open 2 file RDWR\n= open 3 file RDONLY\n= chmod file 6000\n",
            List.of(
                "write 2 x",
                "fchmod 3 6777",
                "write 2 y",
                "ftruncate 2 2",
                "fchown 2 -1 20002",
                "futimens 3 now now",
                "futimens 2 5 6",
                "fsetxattr 3 user.x y 0",
                "fgetxattr 3 user.x",
                "write 3 z",
                "ftruncate 3 1",
                "fstat 2")));
  }

  @Test
  void linksToFilesOfOthers() throws IOException {
    FILES.all(
        MODES.stream()
            .flatMap(mode -> scripts(file(mode), List.of("link file other", "unlink other"))));
  }
}
