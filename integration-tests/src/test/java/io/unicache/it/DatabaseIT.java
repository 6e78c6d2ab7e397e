package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * SQLite on the mount, in each of the ways in which it makes a transaction atomic: by several
 * processes at once, and with an end by force in the middle.
 *
 * <p>A transaction puts {@value #ROWS} rows into the table, too many for its small cache: it writes
 * to the database long before it commits.
 */
class DatabaseIT {

  private static final int ROWS = 150;

  /** The journal modes that keep a file. */
  enum Journal {
    WAL,
    DELETE,
    TRUNCATE,
    PERSIST
  }

  private MountedStore mounted;
  private Path database;
  private Path acknowledged;
  private final List<Program.Running> writers = new ArrayList<>();

  @BeforeEach
  void mount() throws Exception {
    mounted = MountedStore.mounted();
    database = mounted.root().resolve("data.db");
    acknowledged = mounted.outside().resolve("acknowledged");
  }

  @AfterEach
  void close() throws Exception {
    writers.forEach(Program.Running::kill);
    mounted.close();
  }

  private void create(Journal journal) {
    Program.of("sqlite3", "-bail", database)
        .input(
            settings(journal)
                + """
                  create table t (writer integer, number integer, piece integer, text);
                  create index i on t (writer, number);
                  """)
        .run()
        .expect(0);
  }

  private static String settings(Journal journal) {
    return """
           .timeout 120000
           .output /dev/null
           pragma journal_mode = %s;
           pragma synchronous = full;
           pragma cache_size = 10;
           pragma wal_autocheckpoint = 50;
           .output stdout
           """
        .formatted(journal.name().toLowerCase(Locale.ROOT));
  }

  /** Rows of one transaction, which has begun. */
  private static String rows(int writer, int number) {
    return """
           with recursive s (n) as (select 1 union all select n + 1 from s where n < %d)
             insert into t select %d, %d, n, hex(randomblob(100)) from s;
           """
        .formatted(ROWS, writer, number);
  }

  private static String transaction(int writer, int number) {
    return "begin immediate;\n"
        + rows(writer, number)
        + "commit;\n.print "
        + writer
        + " "
        + number
        + "\n";
  }

  private static String transactions(int writer, int count) {
    StringBuilder sql = new StringBuilder();
    for (int number = 1; number <= count; number++) {
      sql.append(transaction(writer, number));
    }
    return sql.toString();
  }

  /** Starts a writer, which notes each transaction once its commit has returned. */
  private Program.Running start(Journal journal, int writer, int transactions) {
    Program.Running running =
        Program.script("exec stdbuf -oL sqlite3 -bail \"$1\" >>\"$2\"", database, acknowledged)
            .input(settings(journal) + transactions(writer, transactions))
            .start();
    writers.add(running);
    return running;
  }

  private List<String> acknowledged() throws IOException {
    return Files.exists(acknowledged) ? Files.readAllLines(acknowledged) : List.of();
  }

  /** Returns the transactions in the database, which must be sound and have whole ones only. */
  private List<String> present() {
    String query =
        """
        pragma integrity_check;
        select writer || ' ' || number from t group by writer, number order by writer, number;
        select 'part of a transaction: ' || writer || ' ' || number || ': ' || count(*) from t
          group by writer, number having count(*) != %d or count(distinct piece) != %d;
        """
            .formatted(ROWS, ROWS);
    List<String> lines =
        Program.of("sqlite3", "-bail", database).input(query).run().expect(0).lines();
    assertEquals("ok", lines.get(0));
    return lines.subList(1, lines.size());
  }

  private static List<String> numbered(int writer, int count) {
    List<String> all = new ArrayList<>();
    for (int number = 1; number <= count; number++) {
      all.add(writer + " " + number);
    }
    return all;
  }

  @ParameterizedTest
  @EnumSource(names = {"WAL", "DELETE"})
  void severalWriters(Journal journal) throws Exception {
    create(journal);
    int transactions = 8;
    List<String> expected = new ArrayList<>();
    for (int writer = 1; writer <= 4; writer++) {
      start(journal, writer, transactions);
      expected.addAll(numbered(writer, transactions));
    }
    for (Program.Running writer : writers) {
      writer.await().expect(0);
    }
    assertEquals(expected, present());
    assertEquals(expected, acknowledged().stream().sorted(this::byNumbers).toList());
    mounted.restart();
    assertEquals(expected, present(), "after a remount");
  }

  private int byNumbers(String a, String b) {
    String[] as = a.split(" ", 2);
    String[] bs = b.split(" ", 2);
    int writers = as[0].compareTo(bs[0]);
    return writers != 0
        ? writers
        : Integer.compare(Integer.parseInt(as[1]), Integer.parseInt(bs[1]));
  }

  @ParameterizedTest
  @EnumSource(names = {"WAL", "DELETE"})
  void programKilledInATransaction(Journal journal) {
    create(journal);
    Result killed =
        Program.of("sqlite3", "-bail", database)
            .input(
                settings(journal)
                    + transactions(1, 5)
                    + "begin immediate;\n"
                    + rows(1, 6)
                    + ".shell kill -KILL $PPID\n"
                    + "commit;\n")
            .run();
    assertEquals(137, killed.exit(), killed::toString);
    assertEquals(numbered(1, 5), present());
    Program.of("sqlite3", "-bail", database)
        .input(settings(journal) + transactions(2, 3))
        .run()
        .expect(0);
    List<String> expected = numbered(1, 5);
    expected.addAll(numbered(2, 3));
    assertEquals(expected, present(), "it can be written to");
  }

  @ParameterizedTest
  @EnumSource
  void daemonKilledInATransaction(Journal journal) throws Exception {
    create(journal);
    long daemon = mounted.daemon().orElseThrow().pid();
    Result failed =
        Program.of("sqlite3", "-bail", database)
            .input(
                settings(journal)
                    + transactions(1, 5)
                    + "begin immediate;\n"
                    + rows(1, 6)
                    + (".shell kill -KILL " + daemon + "\n")
                    + rows(1, 6)
                    + "commit;\n")
            .run();
    assertNotEquals(0, failed.exit(), failed::toString);
    assertEquals(numbered(1, 5), failed.lines());
    mounted.mount();
    assertEquals(numbered(1, 5), present());
  }

  /** At any point of any of four writers, of which each may have one commit under way. */
  @ParameterizedTest
  @EnumSource(names = {"WAL", "DELETE"})
  void daemonKilledUnderSeveralWriters(Journal journal) throws Exception {
    create(journal);
    for (int writer = 1; writer <= 4; writer++) {
      start(journal, writer, 5000);
    }
    Waiting.until(() -> acknowledged().size() >= 15, () -> "nothing is committed");
    mounted.kill();
    for (Program.Running writer : writers) {
      Result failed = writer.await();
      assertNotEquals(0, failed.exit(), failed::toString);
    }
    mounted.mount();
    List<String> present = present();
    List<String> acknowledged = acknowledged();
    List<String> lost = new ArrayList<>(acknowledged);
    lost.removeAll(present);
    assertEquals(List.of(), lost, "acknowledged, and lost");
    List<String> more = new ArrayList<>(present);
    more.removeAll(acknowledged);
    assertTrue(more.size() <= 4, () -> "never acknowledged: " + more);
    Program.of("sqlite3", "-bail", database)
        .input(settings(journal) + transaction(5, 1))
        .run()
        .expect(0);
    assertTrue(present().contains("5 1"), "it can be written to");
  }
}
