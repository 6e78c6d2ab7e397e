package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Directories that change while they are read; the order of names is each file system's own. */
class DirectoryReadingIT {

  @RegisterExtension static final ComparedMount FILES = new ComparedMount();

  /** More than one getdents of these many bytes. */
  private static final int FEW_ENTRIES = 512;

  private static final int COUNT = 500;

  private SystemCalls calls;

  @BeforeEach
  void makeFiles(TestInfo test) throws IOException {
    Path directory =
        Files.createTempDirectory(FILES.store().root(), test.getTestMethod().get().getName());
    calls = FILES.process(directory);
    for (int i = 0; i < COUNT; i++) {
      calls.ok("mknod old" + i + " file 644");
    }
    calls.ok("open 1 . RDONLY,DIRECTORY");
  }

  @AfterEach
  void stop() throws IOException {
    calls.close();
  }

  /** An entry, and the position behind it. */
  private record Entry(String name, long next) {}

  private List<Entry> read(int descriptor) throws IOException {
    String answer = calls.ok("getdents " + descriptor + " " + FEW_ENTRIES);
    List<Entry> entries = new ArrayList<>();
    for (String entry : answer.isEmpty() ? List.<String>of() : List.of(answer.split(" ", -1))) {
      int at = entry.lastIndexOf('@');
      entries.add(new Entry(entry.substring(0, at), Long.parseLong(entry.substring(at + 1))));
    }
    return entries;
  }

  private List<Entry> readAll(int descriptor) throws IOException {
    List<Entry> all = new ArrayList<>();
    for (List<Entry> some = read(descriptor); !some.isEmpty(); some = read(descriptor)) {
      all.addAll(some);
    }
    return all;
  }

  private static void assertOnceEach(List<String> names) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      assertTrue(seen.add(name), name + " came twice");
    }
  }

  @Test
  void whatStaysIsSeenOnceWhateverElseHappens() throws IOException {
    List<String> seen = new ArrayList<>();
    int round = 0;
    for (List<Entry> some = read(1); !some.isEmpty() && round < COUNT; some = read(1)) {
      some.forEach(entry -> seen.add(entry.name()));
      calls.ok("mknod new" + round + " file 644");
      calls.call("unlink old" + (COUNT - 1 - round));
      calls.call("unlink new" + (round - 2));
      calls.call("rename old" + (COUNT / 2 + round) + " renamed" + round);
      calls.ok("mknod other file 600");
      calls.ok("rename other old0"); // The name is there all the while.
      round++;
    }
    assertTrue(round > 10, "it took several readings");
    List<String> old = new ArrayList<>(seen);
    old.removeIf(name -> name.startsWith("new") || name.startsWith("renamed"));
    assertOnceEach(old);
    for (int i = 0; i < COUNT / 2 - round; i++) {
      assertTrue(old.contains("old" + i), "old" + i + " was there all the while");
    }
    assertTrue(old.containsAll(List.of(".", "..")));
  }

  @Test
  void everythingCanBeRemovedWhileReading() throws IOException {
    for (List<Entry> some = read(1); !some.isEmpty(); some = read(1)) {
      for (Entry entry : some) {
        if (!entry.name().startsWith(".")) {
          calls.ok("unlink " + entry.name());
        }
      }
    }
    calls.ok("lseek 1 0 SET");
    assertEquals(List.of(".", ".."), readAll(1).stream().map(Entry::name).toList());
  }

  @Test
  void renamingEverythingWhileReadingComesToAnEnd() throws IOException {
    int seen = 0;
    for (List<Entry> some = read(1); !some.isEmpty(); some = read(1)) {
      for (Entry entry : some) {
        seen++;
        if (!entry.name().startsWith(".")) {
          calls.ok("rename " + entry.name() + " another");
          calls.ok("rename another " + entry.name());
        }
      }
      assertTrue(seen <= 2 * COUNT + 2, "there are more and more");
    }
    calls.ok("lseek 1 0 SET");
    assertEquals(COUNT + 2, readAll(1).size());
  }

  @Test
  void positionsStayTrue() throws IOException {
    List<Entry> all = readAll(1);
    assertEquals(COUNT + 2, all.size());
    for (int i = 0; i < COUNT; i += 3) {
      calls.call("unlink old" + i);
      calls.call("mknod new" + i + " file 644");
    }
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < all.size(); i += 7) {
      order.add(i);
    }
    Collections.reverse(order);
    Set<String> gone = new HashSet<>();
    for (int i = 0; i < COUNT; i += 3) {
      gone.add("old" + i);
    }
    for (int i : order) {
      calls.ok("lseek 1 " + all.get(i).next() + " SET");
      List<String> following = read(1).stream().map(Entry::name).toList();
      int next = i + 1;
      while (next < all.size() && gone.contains(all.get(next).name())) {
        next++;
      }
      if (next < all.size()) {
        assertEquals(all.get(next).name(), following.get(0), "behind " + all.get(i).name());
      }
    }
  }

  @Test
  void streamsTellAndSeek() throws IOException {
    calls.ok("opendir 2 .");
    List<String> first = List.of(calls.ok("readdir 2 100").split(" ", -1));
    String position = calls.ok("telldir 2");
    List<String> rest = List.of(calls.ok("readdir 2 1000").split(" ", -1));
    assertEquals(COUNT + 2, first.size() + rest.size());
    assertEquals("", calls.ok("readdir 2 1"));
    calls.ok("seekdir 2 " + position);
    assertEquals(rest, List.of(calls.ok("readdir 2 1000").split(" ", -1)));
    calls.ok("mknod fresh file 644");
    calls.ok("rewinddir 2");
    List<String> again = List.of(calls.ok("readdir 2 1000").split(" ", -1));
    assertEquals(COUNT + 3, again.size(), "what was made before rewinddir is there after it");
    assertTrue(again.contains("fresh"));
    assertOnceEach(again);
    calls.ok("closedir 2");
  }

  @Test
  void twoReadersDoNotDisturbEachOther() throws IOException {
    calls.ok("open 2 . RDONLY,DIRECTORY");
    List<String> one = new ArrayList<>();
    List<String> two = new ArrayList<>();
    boolean more = true;
    while (more) {
      List<Entry> a = read(1);
      List<Entry> b = read(2);
      a.forEach(entry -> one.add(entry.name()));
      b.forEach(entry -> two.add(entry.name()));
      more = !a.isEmpty() || !b.isEmpty();
    }
    assertEquals(one, two);
    assertEquals(COUNT + 2, one.size());
    assertFalse(one.contains("new"));
  }
}
