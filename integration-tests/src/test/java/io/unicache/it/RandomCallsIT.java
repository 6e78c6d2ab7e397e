package io.unicache.it;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opentest4j.AssertionFailedError;

/**
 * Random system calls by several users on a few names. A run that differs is cut down to the calls
 * that it takes. {@code unicache.it.sequences} is how many runs there are (more than in an ordinary
 * build, to look for the rare), {@code unicache.it.seed} the first one's seed.
 */
class RandomCallsIT {

  @RegisterExtension static final ComparedMount FILES = new ComparedMount();

  private static final int SEQUENCES = Integer.getInteger("unicache.it.sequences", 12);
  private static final long SEED = Long.getLong("unicache.it.seed", System.nanoTime());
  private static final int CALLS = 60;

  /** More attempts than this would take too long. */
  private static final int MOST_ATTEMPTS = 300;

  private static final List<String> NAMES =
      List.of("a", "b", "c", "d/a", "d/b", "d/e/a", "d/e", "d", "f", "f/a", "d/../b", "f/../d/a");
  private static final List<String> MODES =
      List.of(
          "0", "644", "600", "755", "777", "1777", "2775", "4755", "6711", "2644", "444", "222");
  private static final List<String> USERS =
      List.of("0 0", "0 0", "10001 20001", "10001 20001 20002", "10002 20002", "10002 20001 20002");

  /** The first comes to libfuse 2 as a request to change nothing, of which nobody hears. */
  private static final List<String> OWNERS =
      List.of("-1 -1", "10001 20001", "10002 20002", "10001 20002", "-1 20001", "10002 -1", "0 0");

  private static final List<String> TIMES =
      List.of("now", "omit", "0.0", "1.999999999", "-5.5", "5000000000.1", "-3000000000.0");
  private static final List<String> OPENINGS =
      List.of(
          "RDONLY",
          "WRONLY",
          "RDWR",
          "RDWR,CREAT",
          "RDWR,CREAT,EXCL",
          "WRONLY,CREAT,TRUNC",
          "RDWR,APPEND",
          "WRONLY,TRUNC",
          "RDONLY,DIRECTORY",
          "RDWR,NOFOLLOW",
          "RDWR,CREAT,APPEND");
  private static final List<String> ATTRIBUTES =
      List.of("user.a", "user.b", "trusted.a", "security.a");

  /** Calls with what is to be filled in; those that come often are there often. */
  private static final List<String> CALLS_WITH_GAPS =
      List.of(
          "mkdir NAME MODE",
          "mkdir NAME MODE",
          "rmdir NAME",
          "unlink NAME",
          "unlink NAME",
          "link NAME NAME",
          "link NAME NAME",
          "linkat NAME NAME FOLLOW",
          "symlink TARGET NAME",
          "symlink TARGET NAME",
          "rename NAME NAME",
          "rename NAME NAME",
          "rename NAME NAME",
          "rename NAME NAME",
          "renameat2 NAME NAME NOREPLACE",
          "renameat2 NAME NAME EXCHANGE",
          "renameat2 NAME NAME EXCHANGE",
          "mkfifo NAME MODE",
          "mknod NAME file MODE",
          "mknod NAME socket MODE",
          "mknod NAME char MODE 5 6",
          "mknod NAME block MODE 5 6",
          "chmod NAME MODE",
          "chmod NAME MODE",
          "chown NAME OWNER",
          "lchown NAME OWNER",
          "truncate NAME SIZE",
          "utimensat NAME TIME TIME",
          "utimensat NAME TIME TIME NOFOLLOW",
          "access NAME R",
          "access NAME W",
          "access NAME X",
          "faccessat NAME W EACCESS",
          "faccessat NAME X NOFOLLOW",
          "readlink NAME",
          "stat NAME",
          "setxattr NAME ATTRIBUTE SIZE 0",
          "setxattr NAME ATTRIBUTE SIZE CREATE",
          "getxattr NAME ATTRIBUTE",
          "removexattr NAME ATTRIBUTE",
          "fsetxattr FILE ATTRIBUTE SIZE REPLACE",
          "lsetxattr NAME ATTRIBUTE x 0",
          "open FILE NAME OPENING,NONBLOCK MODE",
          "open FILE NAME OPENING,NONBLOCK MODE",
          "open FILE NAME OPENING,NONBLOCK MODE",
          "open FILE NAME RDWR,CREAT,NONBLOCK 666",
          "close FILE",
          "close FILE",
          "write FILE text",
          "write FILE text",
          "pwrite FILE bytes SIZE",
          "ftruncate FILE SIZE",
          "fchmod FILE MODE",
          "fchown FILE OWNER",
          "futimens FILE TIME TIME",
          "fstat FILE",
          "fsync FILE",
          "lseek FILE SIZE SET",
          "linkfd FILE NAME",
          "open FILE DIRECTORY RDWR,TMPFILE MODE",
          "open FILE DIRECTORY RDWR,TMPFILE,EXCL 600",
          "as USER",
          "as USER",
          "as USER",
          "umask MODE");

  @Test
  void sameAsALocalFileSystem() throws IOException {
    for (int i = 0; i < SEQUENCES; i++) {
      long seed = SEED + i;
      List<String> calls = sequence(new Random(seed));
      String failure = FILES.difference(String.join("\n", calls));
      if (failure != null) {
        throw new AssertionFailedError("seed " + seed + ", cut down:\n" + smaller(calls, failure));
      }
    }
  }

  /** Leaves out calls, many at first, as long as there is a difference; returns the last one. */
  private static String smaller(List<String> calls, String failure) throws IOException {
    List<String> left = calls;
    String last = failure;
    int attempts = 0;
    for (int size = left.size() / 2; size > 0; size /= 2) {
      for (int from = 0; from < left.size() && attempts < MOST_ATTEMPTS; attempts++) {
        List<String> fewer = new ArrayList<>(left);
        fewer.subList(from, Math.min(from + size, left.size())).clear();
        String again = FILES.difference(String.join("\n", fewer));
        if (again != null) {
          left = fewer;
          last = again;
        } else {
          from += size;
        }
      }
    }
    return last;
  }

  private static List<String> sequence(Random random) {
    return random
        .ints(CALLS, 0, CALLS_WITH_GAPS.size())
        .mapToObj(CALLS_WITH_GAPS::get)
        .filter(RandomCallsIT::isPossible)
        .map(call -> filled(call, random))
        .toList();
  }

  private static boolean isPossible(String call) {
    return !(ComparedMount.LIBFUSE
        && (call.startsWith("renameat2") || call.contains("TMPFILE") || call.startsWith("linkfd")));
  }

  private static String filled(String call, Random random) {
    StringBuilder text = new StringBuilder();
    for (String word : call.split("(?<=[ ,])", -1)) {
      String gap = word.replaceAll("[ ,]$", "");
      text.append(filling(gap, random)).append(word.substring(gap.length()));
    }
    return text.toString();
  }

  private static String filling(String gap, Random random) {
    return switch (gap) {
      case "NAME" -> one(NAMES, random);
      case "DIRECTORY" -> one(List.of(".", "d", "d/e", "f"), random);
      case "TARGET" -> one(List.of("a", "d", "../b", "e/a", "absent", "f"), random);
      case "MODE" -> one(MODES, random);
      case "OWNER" ->
          one(ComparedMount.LIBFUSE ? OWNERS.subList(1, OWNERS.size()) : OWNERS, random);
      case "USER" -> one(USERS, random);
      case "TIME" -> one(TIMES, random);
      case "OPENING" -> one(OPENINGS, random);
      case "ATTRIBUTE" -> one(ATTRIBUTES, random);
      case "FILE" -> Integer.toString(random.nextInt(3));
      case "SIZE" -> one(List.of("0", "1", "7", "4096", "100000"), random);
      default -> gap;
    };
  }

  private static String one(List<String> many, Random random) {
    return many.get(random.nextInt(many.size()));
  }
}
