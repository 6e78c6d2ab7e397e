package io.unicache.store.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.CrashImage;
import io.unicache.store.TestParts;
import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.Content;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.JournalEntry;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.Timestamp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was saved of an open file comes back after a crash, and nothing else does. */
class JournalTest {

  private static final int BLOCK = TestParts.BLOCK_SIZE;
  private static final int PAGE = 16;

  @TempDir Path directory;
  private TestParts parts;

  @BeforeEach
  void open() throws CacheException {
    parts = new TestParts(directory);
  }

  @AfterEach
  void close() throws CacheException {
    parts.close();
  }

  @Test
  void aPageThatWasSavedCostsAJournalAndNoBlock() throws CacheException, IOException {
    byte[] bytes = random(20 * BLOCK, 1);
    LiveFile file = committed("db", bytes);
    long blocks = parts.meta.totals().blocks();
    for (int i = 0; i < 100; i++) {
      write(file, bytes, i * 7 * PAGE, random(PAGE, 100 + i));
      file.save();
    }
    assertTrue(journalBytes() < 100 * (PAGE + 2 * JournalRecord.BYTES) + JournalRecord.BYTES + 1);
    assertEquals(blocks, parts.meta.totals().blocks());
    assertArrayEquals(bytes, afterCrash("db"));
    file.close();
    assertEquals(List.of(), journals());
    assertArrayEquals(bytes, afterCrash("db"));
  }

  @Test
  void whatWasNotSavedIsGone() throws CacheException, IOException {
    byte[] bytes = random(3 * BLOCK, 2);
    LiveFile file = committed("db", bytes);
    write(file, bytes, BLOCK, random(PAGE, 3));
    file.save();
    byte[] saved = bytes.clone();
    write(file, bytes, BLOCK + 2, random(PAGE, 4));
    file.truncate(BLOCK);
    assertArrayEquals(saved, afterCrash("db"));
    file.close();
    assertArrayEquals(Arrays.copyOf(bytes, BLOCK), afterCrash("db"));
  }

  @Test
  void theTimeOfTheLastWriteComesBack() throws CacheException, IOException {
    LiveFile file = committed("db", random(3 * BLOCK, 2));
    file.write(5, ByteBuffer.wrap(random(PAGE, 3)));
    file.save();
    Timestamp modified = file.inode().modified();
    assertNotEquals(parts.tree.inode(file.number()).modified(), modified);
    try (CrashImage image = new CrashImage(directory);
        TestParts after = new TestParts(image.directory())) {
      assertEquals(modified, after.tree.inode(file.number()).modified());
    }
    file.close();
  }

  @Test
  void aLogIsSavedByWhatIsAppended() throws CacheException, IOException {
    LiveFile file = parts.files.open(parts.newFile("log"));
    byte[] all = random(3 * BLOCK, 5);
    for (int at = 0; at < all.length; at += PAGE) {
      file.append(ByteBuffer.wrap(all, at, PAGE));
      file.save();
      if (at % (BLOCK / 4) == 0) {
        assertArrayEquals(Arrays.copyOf(all, at + PAGE), afterCrash("log"));
      }
    }
    file.close();
    assertArrayEquals(all, afterCrash("log"));
  }

  @Test
  void aJournalThatIsCutAnywhereLeadsToWhatWasSavedBefore() throws CacheException, IOException {
    List<byte[]> states = new ArrayList<>();
    byte[] bytes = random(3 * BLOCK, 6);
    LiveFile file = committed("db", bytes);
    states.add(bytes.clone());
    for (int i = 0; i < 4; i++) {
      write(file, bytes, 100 + 900 * i, random(PAGE, 7 + i));
      write(file, bytes, 9000 + 20 * i, random(PAGE, 70 + i));
      file.save();
      states.add(bytes.clone());
    }
    Path journal = journals().get(0);
    byte[] whole = Files.readAllBytes(journal);
    JournalEntry entry = entry();
    int reached = -1;
    for (int length = 0; length <= whole.length; length++) {
      int state = stateOf(Arrays.copyOf(whole, length), entry, states);
      assertTrue(state >= Math.max(0, reached), "cut at " + length);
      reached = state;
    }
    assertEquals(states.size() - 1, reached);
    file.close();
  }

  @Test
  void aJournalWithADamagedByteLeadsToWhatWasSavedBefore() throws CacheException, IOException {
    List<byte[]> states = new ArrayList<>();
    byte[] bytes = random(3 * BLOCK, 6);
    LiveFile file = committed("db", bytes);
    states.add(bytes.clone());
    for (int i = 0; i < 3; i++) {
      write(file, bytes, 100 + 900 * i, random(PAGE, 7 + i));
      file.save();
      states.add(bytes.clone());
    }
    byte[] whole = Files.readAllBytes(journals().get(0));
    JournalEntry entry = entry();
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 << at % 8);
      assertTrue(stateOf(damaged, entry, states) < states.size() - 1, "byte " + at);
    }
    file.close();
  }

  @Test
  void aRunThatWasNotFinishedIsNoPartOfTheNext() throws CacheException, IOException {
    byte[] bytes = random(3 * BLOCK, 6);
    byte[] bytesAtFirst = bytes.clone();
    LiveFile file = committed("db", bytes);
    write(file, bytes, 10, random(PAGE, 7));
    file.save();
    byte[] saved = bytes.clone();
    write(file, bytes, 500, random(PAGE, 8));
    write(file, bytes, 900, random(PAGE, 9));
    file.save();
    Path path = journals().get(0);
    byte[] journal = Files.readAllBytes(path);
    // The first record of the second run is taken out, as if a power cut had come between sectors.
    int second = 2 * JournalRecord.BYTES + PAGE + JournalRecord.BYTES;
    ByteBuffer gap = ByteBuffer.wrap(journal);
    new JournalRecord(JournalRecord.Kind.DATA, PAGE, 77, 0, 500, 0).put(gap, second);
    assertArrayEquals(saved, contentOf(journal, entry(), bytesAtFirst));
    file.close();
  }

  @Test
  void aJournalIsWrittenAnewBeforeItGrowsWithoutBound() throws CacheException, IOException {
    byte[] bytes = random(600 * BLOCK, 1);
    LiveFile file = committed("db", bytes);
    byte[] part = random(200 * BLOCK, 2);
    long longest = 0;
    for (int i = 0; i < 120; i++) {
      part[0] = (byte) i;
      // Every other page of a block: a commit would store twice as much at least.
      for (int at = 0; at < part.length; at += BLOCK) {
        write(file, bytes, at * 3, Arrays.copyOfRange(part, at, at + BLOCK / 5));
      }
      file.save();
      longest = Math.max(longest, journalBytes());
    }
    assertTrue(longest < (66 << 20), longest + " bytes");
    file.write(0, ByteBuffer.wrap(bytes, 0, 1));
    assertArrayEquals(bytes, afterCrash("db"));
    file.close();
  }

  @Test
  void aDeletedFileTakesItsJournalAlong() throws CacheException, IOException {
    byte[] bytes = random(3 * BLOCK, 6);
    LiveFile file = committed("db", bytes);
    write(file, bytes, 10, random(PAGE, 7));
    file.save();
    parts.tree.unlink(Inode.ROOT, Name.of("db"));
    file.close();
    assertEquals(List.of(), entries());
    assertEquals(List.of(), journals());
  }

  @Test
  void aJournalOfAnotherFileIsSetAside() throws CacheException, IOException {
    byte[] bytes = random(3 * BLOCK, 6);
    LiveFile file = committed("db", bytes);
    write(file, bytes.clone(), 10, random(PAGE, 7));
    file.save();
    try (CrashImage image = new CrashImage(directory)) {
      Path journal = image.directory().resolve(directory.relativize(journals().get(0)));
      byte[] wrong = Files.readAllBytes(journal);
      new JournalRecord(JournalRecord.Kind.HEAD, 0, 0, 0, 12345, 1).put(ByteBuffer.wrap(wrong), 0);
      Files.write(journal, wrong);
      try (TestParts after = new TestParts(image.directory())) {
        assertArrayEquals(bytes, read(after, "db"));
        assertTrue(Files.exists(Path.of(journal + ".damaged")), "it is set aside");
      }
    }
    file.close();
  }

  @Test
  void othersThatMayWriteKeepACloseFromCommitting() throws CacheException, IOException {
    byte[] bytes = random(3 * BLOCK, 6);
    LiveFile first = committed("db", bytes);
    LiveFile second = parts.files.open(first.number());
    first.beginWriting();
    second.beginWriting();
    write(second, bytes, 10, random(PAGE, 7));
    second.endWriting();
    second.settle(0);
    second.close();
    assertTrue(first.isDirty());
    assertEquals(1, entries().size());
    assertArrayEquals(bytes, afterCrash("db"));
    first.endWriting();
    first.close();
    assertFalse(first.isDirty());
    assertEquals(List.of(), entries());
  }

  @Test
  void retiredJournalsStayUntilTheMetadataIsDurable() throws CacheException, IOException {
    byte[] bytes = random(3 * BLOCK, 6);
    LiveFile file = committed("db", bytes);
    write(file, bytes, 10, random(PAGE, 7));
    file.save();
    file.commit();
    assertEquals(1, filesInStaging("journal").size());
    assertThrows(
        CacheException.Busy.class,
        () ->
            parts
                .files
                .journals()
                .sync(
                    () -> {
                      throw new CacheException.Busy("not now");
                    }));
    assertEquals(1, filesInStaging("journal").size());
    parts.files.sync();
    assertEquals(List.of(), filesInStaging("journal"));
    file.close();
  }

  private LiveFile committed(String name, byte[] bytes) throws CacheException {
    LiveFile file = parts.files.open(parts.newFile(name));
    file.write(0, ByteBuffer.wrap(bytes));
    file.commit();
    return file;
  }

  private static void write(LiveFile file, byte[] model, int at, byte[] bytes)
      throws CacheException {
    file.write(at, ByteBuffer.wrap(bytes));
    System.arraycopy(bytes, 0, model, at, bytes.length);
  }

  private byte[] afterCrash(String name) throws CacheException, IOException {
    try (CrashImage image = new CrashImage(directory);
        TestParts after = new TestParts(image.directory())) {
      after.checkReferences();
      return read(after, name);
    }
  }

  private static byte[] read(TestParts parts, String name) throws CacheException {
    long inode = parts.tree.lookup(Inode.ROOT, Name.of(name)).number();
    LiveFile file = parts.files.open(inode);
    try {
      ByteBuffer all = ByteBuffer.allocate((int) file.size());
      file.read(0, all);
      return all.array();
    } finally {
      file.close();
    }
  }

  /** Returns the state that a journal's bytes lead to, from the first state on. */
  private int stateOf(byte[] journal, JournalEntry entry, List<byte[]> states)
      throws CacheException, IOException {
    byte[] content = contentOf(journal, entry, states.get(0));
    for (int i = 0; i < states.size(); i++) {
      if (Arrays.equals(states.get(i), content)) {
        return i;
      }
    }
    throw new AssertionError("not a state that was saved");
  }

  private byte[] contentOf(byte[] journal, JournalEntry entry, byte[] base)
      throws CacheException, IOException {
    Path file = directory.resolve("a.journal");
    Files.write(file, journal);
    Bytes content = new Bytes(base.clone());
    try (JournalReplay replay = JournalReplay.open(file, entry)) {
      replay.applyTo(content);
    }
    return content.bytes;
  }

  private List<JournalEntry> entries() throws CacheException {
    List<JournalEntry> entries = new ArrayList<>();
    parts.meta.forEachJournal(entries::add);
    return entries;
  }

  private JournalEntry entry() throws CacheException {
    return entries().get(0);
  }

  private List<Path> journals() throws IOException, CacheException {
    List<Path> files = filesInStaging("journal");
    List<JournalEntry> entries = entries();
    files.removeIf(
        file ->
            entries.stream()
                .noneMatch(e -> file.getFileName().toString().equals(e.number() + ".journal")));
    return files;
  }

  private long journalBytes() throws IOException {
    long bytes = 0;
    for (Path file : filesInStaging("journal")) {
      bytes += Files.size(file);
    }
    return bytes;
  }

  private List<Path> filesInStaging(String suffix) throws IOException {
    try (Stream<Path> all = Files.list(directory.resolve("staging"))) {
      return new ArrayList<>(all.filter(file -> file.toString().endsWith("." + suffix)).toList());
    }
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** A content that is an array; what replaying needs of one. */
  private static final class Bytes implements MutableContent {
    private byte[] bytes;

    Bytes(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public void write(long position, ByteBuffer from) {
      truncate(Math.max(bytes.length, position + from.remaining()));
      from.get(bytes, (int) position, from.remaining());
    }

    @Override
    public void truncate(long size) {
      bytes = Arrays.copyOf(bytes, (int) size);
    }

    @Override
    public void zero(long from, long to) {
      Arrays.fill(bytes, (int) from, (int) to, (byte) 0);
    }

    @Override
    public long dataBytes() {
      throw new UnsupportedOperationException();
    }

    @Override
    public int read(long position, ByteBuffer into) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long nextData(long offset) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long nextHole(long offset) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Content finish() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void committed() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }
}
