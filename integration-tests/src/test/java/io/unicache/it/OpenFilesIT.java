package io.unicache.it;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a descriptor is good for: flags, sizes, files that have lost their names or had none. */
class OpenFilesIT {

  @RegisterExtension static final ComparedMount FILES = new ComparedMount();

  @Test
  void unlinkedFiles() throws IOException {
    FILES.all(
        Stream.of("unlink file", "rename other file")
            .map(
                loss ->
                    """
                    = open 1 file RDWR,CREAT 644
                    = write 1 content
                    = open 3 other RDWR,CREAT 600
                    = chown file 10001 20001
                    """
                        + loss
                        + "\n"
                        + """
                        fstat 1
                        pread 1 20 0
                        write 1 more
                        ftruncate 1 4
                        pread 1 20 0
                        ftruncate 1 10
                        pread 1 20 0
                        fchmod 1 4711
                        fchown 1 10002 20002
                        futimens 1 5.6 7.8
                        fsetxattr 1 user.a b 0
                        fgetxattr 1 user.a
                        fsync 1
                        fstat 1
                        linkfd 1 again
                        lseek 1 0 END
                        open 2 file RDONLY
                        close 1
                        stat file
                        """));
  }

  @Test
  void filesWithSeveralNames() throws IOException {
    FILES.run(
        """
        open 1 a RDWR,CREAT 644
        link a b
        link b c
        write 1 text
        unlink a
        fstat 1
        chmod b 600
        fstat 1
        truncate c 2
        fstat 1
        rename b c
        rename c b
        stat b
        unlink b
        unlink c
        fstat 1
        link c d
        """);
  }

  @Test
  void removedDirectories() throws IOException {
    assumeFalse(ComparedMount.LIBFUSE, "libfuse 2 knows files by their paths");
    FILES.run(
        """
        mkdir dir 755
        open 1 dir RDONLY
        rmdir dir
        fstat 1
        getdents 1 4096
        fchmod 1 700
        fchown 1 10001 20001
        futimens 1 5 6
        fstat 1
        fsync 1
        mkdir dir 700
        chdir dir
        open 2 ../other RDWR,CREAT 644
        chmod ../dir 711
        stat .
        """);
    // The last call of each, as the tree below a directory that is gone cannot be shown.
    FILES.all(
        Stream.of("open 2 x RDWR,CREAT 644", "mkdir x 755", "symlink a x", "mkfifo x 600")
            .map(call -> "= mkdir dir 777\n= chdir dir\n= rmdir ../dir\n= " + call));
  }

  @Test
  void filesWithoutAName() throws IOException {
    assumeFalse(ComparedMount.LIBFUSE, "libfuse 2 has no O_TMPFILE");
    FILES.all(
        Stream.of("as 0 0", "as 10001 20001 20002")
            .map(
                user ->
                    """
                    = mkdir dir 2777
                    = chown dir 0 20002
                    = open 9 file RDWR,CREAT 666
                    = umask 022
                    """
                        + "= "
                        + user
                        + "\n"
                        + """
                        open 1 dir RDWR,TMPFILE 666
                        fstat 1
                        write 1 content
                        fstat 1
                        fsync 1
                        linkfd 1 file
                        linkfd 1 dir/name
                        fstat 1
                        linkfd 1 other
                        unlink dir/name
                        write 1 more
                        unlink other
                        linkfd 1 again
                        close 1
                        open 1 . RDWR,TMPFILE,EXCL 600
                        write 1 x
                        linkfd 1 never
                        close 1
                        open 1 dir RDONLY,TMPFILE 600
                        open 1 file RDWR,TMPFILE 600
                        open 1 absent RDWR,TMPFILE 600
                        open 1 dir WRONLY,TMPFILE 400
                        fchmod 1 644
                        linkfd 1 last
                        close 1
                        stat last
                        """));
  }

  @Test
  void sizes() throws IOException {
    FILES.run(
        """
        open 1 file RDWR,CREAT 644
        pwrite 1 x 1000000
        ftruncate 1 17592186044416
        fstat 1
        = pread 1 3 17592186044410
        lseek 1 0 END
        ftruncate 1 3
        ftruncate 1 -1
        truncate file -1
        pwrite 1 x -1
        lseek 1 -1 SET
        ftruncate 1 5
        = pread 1 10 0
        fsize 100
        ftruncate 1 101
        ftruncate 1 100
        pwrite 1 abc 98
        pwrite 1 abc 100
        truncate file 200
        fsize -1
        truncate file 200
        """);
  }

  @Test
  void appendingAndTruncating() throws IOException {
    FILES.run(
        """
        open 1 file WRONLY,CREAT,APPEND 644
        open 2 file RDWR
        write 1 one
        write 2 T
        write 1 two
        lseek 1 0 SET
        write 1 three
        pwrite 1 four 0
        = pread 2 50 0
        open 3 file WRONLY,TRUNC
        fstat 1
        write 1 five
        = pread 2 50 0
        read 1 1
        write 2 %
        open 4 file RDONLY
        write 4 x
        ftruncate 4 0
        open 5 file RDONLY,TRUNC
        fstat 2
        """);
  }

  @Test
  void appendingIsSwitchedOnAndOff() throws IOException {
    FILES.run(
        """
        open 1 file RDWR,CREAT,APPEND 644
        write 1 abc
        pwrite 1 def 0
        setfl 1 0
        pwrite 1 A 0
        write 1 B
        setfl 1 APPEND
        pwrite 1 g 0
        write 1 h
        open 2 file RDWR
        setfl 2 APPEND
        write 2 i
        """);
  }

  @Test
  void times() throws IOException {
    List<String> times =
        List.of(
            "0.0",
            "1.000000001",
            "-1.0",
            "-1.999999999",
            "2147483647.999999999",
            "2147483648.0",
            "4294967295.0",
            "4294967296.5",
            "-2147483648.0",
            "-2147483649.25",
            "253402300799.1");
    FILES.all(
        times.stream()
            .map(
                time ->
                    """
                    = mkdir dir 755
                    = symlink dir link
                    = open 1 file RDWR,CREAT 644
                    utimensat file TIME 5.5
                    utimensat file omit TIME
                    utimensat dir TIME TIME
                    utimensat link TIME now NOFOLLOW
                    futimens 1 now TIME
                    futimens 1 TIME omit
                    write 1 x
                    utimensat file 3 4 BAD
                    utimensat file 3.1000000000 4
                    utimensat file 3 4.-1
                    fstat 1
                    stat dir
                    """
                        .replace("TIME", time)));
  }

  @Test
  void birth() throws IOException {
    assumeFalse(ComparedMount.LIBFUSE, "libfuse 2 does not tell it");
    FILES.run("mkdir dir 755\nborn dir\nopen 1 file RDWR,CREAT 644\nborn file\nborn .");
  }

  @Test
  void reservingSpace() throws IOException {
    FILES.run(
        """
        = open 1 file RDWR,CREAT 644
        = open 2 file RDONLY
        = mkfifo fifo 644
        = open 3 . RDONLY
        posix_fallocate 2 0 10
        posix_fallocate 3 0 10
        posix_fallocate 1 0 0
        posix_fallocate 1 -1 10
        statvfs .
        statvfs file
        """);
  }
}
