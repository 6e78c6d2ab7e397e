package io.unicache.it;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What each system call says of each path that leads nowhere good, and which error comes first. */
class PathErrorsIT {

  @RegisterExtension static final ComparedMount FILES = new ComparedMount();

  private static final String OTHER_USER = "as 10001 20001 20002";

  /** One file of each type, directories that let others do this and that, and bad links. */
  static final String FILES_OF_ALL_KINDS =
      """
      = open 1 file RDWR,CREAT 666
      = write 1 data
      = close 1
      = mkdir dir 777
      = mkdir full 777
      = mkdir full/sub 777
      = open 1 full/file RDWR,CREAT 666
      = close 1
      = symlink file tofile
      = symlink dir todir
      = symlink nowhere dangling
      = symlink loop loop
      = symlink ~4095~ toolong
      = mkfifo fifo 666
      = mknod socket socket 666
      = mknod char char 666 1 3
      = mknod block block 666 7 200
      = mkdir locked 700
      = mkdir locked/dir 777
      = open 1 locked/file RDWR,CREAT 666
      = close 1
      = mkdir readonly 755
      = mkdir readonly/dir 777
      = open 1 readonly/file RDWR,CREAT 666
      = close 1
      = mkdir sticky 1777
      = mkdir sticky/dir 777
      = open 1 sticky/file RDWR,CREAT 666
      = close 1
      = mkdir unsearchable 666
      = open 1 unsearchable/file RDWR,CREAT 666
      = close 1
      = open 1 secret RDWR,CREAT 600
      = close 1
      """;

  static final List<String> PATHS =
      List.of(
          "%",
          "absent",
          "absent/",
          "absent/x",
          "absent/..",
          ".",
          "..",
          "dir/.",
          "dir/..",
          "file",
          "file/",
          "file/x",
          "file/.",
          "file/..",
          "dir",
          "dir/",
          "dir/x",
          "full",
          "full/",
          "full/file",
          "full/sub/..",
          "tofile",
          "tofile/",
          "tofile/x",
          "todir",
          "todir/",
          "todir/x",
          "todir/.",
          "dangling",
          "dangling/",
          "dangling/x",
          "loop",
          "loop/",
          "loop/x",
          "toolong",
          "toolong/x",
          "fifo",
          "fifo/x",
          "socket",
          "socket/x",
          "char",
          "block",
          "~255~",
          "~256~",
          "dir/~256~",
          "absent/~256~",
          "file/~256~",
          "~256~/x",
          "locked/file",
          "locked/dir",
          "locked/x",
          "locked/file/x",
          "readonly/file",
          "readonly/dir",
          "readonly/x",
          "sticky/file",
          "sticky/dir",
          "sticky/x",
          "unsearchable/file",
          "unsearchable/x",
          "secret");

  /** They change nothing, or fail. */
  static final List<String> QUESTIONS =
      List.of(
          "stat PATH",
          "lstat PATH",
          "readlink PATH",
          "access PATH F",
          "access PATH R,W",
          "access PATH X",
          "faccessat PATH R EACCESS",
          "faccessat PATH W NOFOLLOW",
          "getxattr PATH user.absent",
          "lgetxattr PATH user.absent",
          "llistxattr PATH",
          "removexattr PATH user.absent",
          "lremovexattr PATH user.absent",
          "setxattr PATH user.x y REPLACE",
          "lsetxattr PATH trusted.x y REPLACE",
          "statvfs PATH",
          "open 1 PATH RDONLY,NONBLOCK",
          "open 1 PATH RDWR,NONBLOCK",
          "open 1 PATH RDONLY,NOFOLLOW,NONBLOCK",
          "open 1 PATH RDONLY,DIRECTORY",
          "open 1 PATH RDONLY,PATH",
          "open 1 PATH RDWR,CREAT,EXCL,DIRECTORY",
          "link PATH file",
          "link absent PATH",
          "link dir PATH",
          "rename PATH full/sub/absent/x",
          "rename absent PATH",
          "rename file/x PATH",
          "renameat2 PATH file NOREPLACE",
          "renameat2 PATH absent EXCHANGE",
          "renameat2 file PATH NOREPLACE,EXCHANGE",
          "truncate PATH -1");

  static final List<String> CHANGES =
      List.of(
          "open 1 PATH RDWR,CREAT,NONBLOCK 644",
          "open 1 PATH RDWR,CREAT,EXCL,NONBLOCK 644",
          "open 1 PATH RDWR,CREAT,NOFOLLOW,NONBLOCK 644",
          "open 1 PATH WRONLY,TRUNC,NONBLOCK",
          "open 1 PATH WRONLY,CREAT,TRUNC,NONBLOCK 640",
          "mkdir PATH 755",
          "rmdir PATH",
          "unlink PATH",
          "mkfifo PATH 644",
          "mknod PATH file 644",
          "mknod PATH socket 644",
          "mknod PATH char 644 1 3",
          "symlink file PATH",
          "link PATH dir/new",
          "link file PATH",
          "linkat PATH dir/new FOLLOW",
          "rename PATH dir/new",
          "rename file PATH",
          "rename full PATH",
          "rename dir PATH",
          "rename tofile PATH",
          "renameat2 file PATH NOREPLACE",
          "renameat2 file PATH EXCHANGE",
          "renameat2 dir PATH EXCHANGE");

  /** They leave all files where they are, so one set of files serves them all. */
  static final List<String> ATTRIBUTE_CHANGES =
      List.of(
          "chmod PATH 640",
          "chown PATH 10002 20002",
          "lchown PATH 10002 20002",
          "chown PATH -1 20002",
          "truncate PATH 2",
          "truncate PATH 100",
          "utimensat PATH now now",
          "utimensat PATH 12.5 omit",
          "utimensat PATH omit omit",
          "utimensat PATH 12.5 34.000000001 NOFOLLOW",
          "setxattr PATH user.x y 0",
          "lsetxattr PATH user.x y 0",
          "lsetxattr PATH trusted.x y CREATE",
          "lsetxattr PATH security.x y 0");

  @Test
  void questionsAsRoot() throws IOException {
    FILES.questions(FILES_OF_ALL_KINDS, calls(QUESTIONS));
  }

  @Test
  void questionsAsAnother() throws IOException {
    FILES.questions(FILES_OF_ALL_KINDS + "= " + OTHER_USER, calls(QUESTIONS));
  }

  @Test
  void changesAsRoot() throws IOException {
    FILES.changes(FILES_OF_ALL_KINDS, calls(CHANGES).filter(PathErrorsIT::isOfInterestToRoot));
    FILES.steps(FILES_OF_ALL_KINDS, calls(ATTRIBUTE_CHANGES));
  }

  @Test
  void changesAsAnother() throws IOException {
    FILES.changes(FILES_OF_ALL_KINDS + "= " + OTHER_USER, calls(CHANGES));
    FILES.steps(FILES_OF_ALL_KINDS + "= " + OTHER_USER, calls(ATTRIBUTE_CHANGES));
  }

  /** Leaves out what differs from other paths only in whom it lets do what. */
  private static boolean isOfInterestToRoot(String call) {
    return Stream.of("locked/", "readonly/", "sticky/", "unsearchable/", "secret")
        .noneMatch(call::contains);
  }

  /** Fills each path into each call. */
  static Stream<String> calls(List<String> calls) {
    return calls.stream()
        .filter(call -> !(ComparedMount.LIBFUSE && call.startsWith("renameat2")))
        .flatMap(call -> PATHS.stream().map(path -> call.replaceFirst("\\bPATH\\b", path)));
  }
}
