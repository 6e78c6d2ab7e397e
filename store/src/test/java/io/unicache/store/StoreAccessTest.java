package io.unicache.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreAccessTest {

  @TempDir Path directory;
  private final FakeService fake = new FakeService();

  /** Answers as it is told, one answer after the other; the last one stays. */
  private final class Script implements StoreAccess.Ways {
    private final List<String> answers;
    private final List<String> asked = new ArrayList<>();

    Script(String... answers) {
      this.answers = new ArrayList<>(List.of(answers));
    }

    @Override
    public Optional<Path> daemonSocket(Path store) {
      return answers.get(0).startsWith("daemon") ? Optional.of(store) : Optional.empty();
    }

    @Override
    public CacheService connect(Path socket) throws CacheException {
      asked.add("connect");
      return switch (answers.get(0)) {
        case "daemon" -> fake;
        case "daemon dead", "daemon dead, held" -> throw new CacheException.Storage("dead", null);
        case "daemon other version" -> throw new CacheException.Version("other");
        default -> throw new AssertionError();
      };
    }

    @Override
    public CacheService own(StoreConfig config) throws CacheException {
      asked.add("own");
      String answer = answers.size() > 1 ? answers.remove(0) : answers.get(0);
      return switch (answer) {
        case "free", "daemon dead" -> fake;
        case "held", "daemon dead, held" -> throw new CacheException.Busy("held by process 7");
        case "broken" -> throw new CacheException.Storage("no permission", null);
        default -> throw new AssertionError(answer);
      };
    }
  }

  private CacheService open(Script ways, long waitMillis) throws CacheException {
    return StoreAccess.open(StoreConfig.at(directory).withLockWaitMillis(waitMillis), ways);
  }

  @Test
  void ownsAStoreThatIsFree() throws CacheException {
    Script ways = new Script("free");
    assertSame(fake, open(ways, 0));
    assertEquals(List.of("own"), ways.asked);
  }

  @Test
  void goesThroughTheDaemonThatOwnsIt() throws CacheException {
    Script ways = new Script("daemon");
    assertSame(fake, open(ways, 0));
    assertEquals(List.of("connect"), ways.asked);
  }

  @Test
  void ownsAStoreWhoseDaemonIsDead() throws CacheException {
    Script ways = new Script("daemon dead");
    assertSame(fake, open(ways, 0));
    assertEquals(List.of("connect", "own"), ways.asked);
  }

  @Test
  void waitsForAShortCommandToEnd() throws CacheException {
    assertSame(fake, open(new Script("held", "held", "free"), 30_000));
  }

  @Test
  void findsADaemonThatComesMeanwhile() throws CacheException {
    assertSame(fake, open(new Script("held", "daemon dead, held", "daemon"), 30_000));
  }

  @Test
  void doesNotWaitForEver() {
    CacheException error =
        assertThrows(CacheException.Busy.class, () -> open(new Script("held"), 100));
    assertEquals("held by process 7", error.getMessage());
  }

  @Test
  void otherErrorsAreNotWaitedFor() {
    Script broken = new Script("broken");
    assertThrows(CacheException.Storage.class, () -> open(broken, 30_000));
    assertEquals(1, broken.asked.size());
    assertThrows(
        CacheException.Version.class, () -> open(new Script("daemon other version"), 30_000));
  }

  @Test
  void aStoreThatIsNotThereIsNotMadeUnlessWanted() {
    StoreConfig config = new StoreConfig(directory, OptionalInt.empty(), false, false, 0);
    CacheException error =
        assertThrows(
            CacheException.Missing.class, () -> StoreAccess.open(config, new Script("free")));
    assertTrue(error.getMessage().contains(directory.toString()), error.getMessage());
    assertFalse(StoreAccess.exists(directory));
  }

  @Test
  void theDaemonsBlockSizeHasToBeTheOneThatIsWanted() throws CacheException {
    StoreConfig config = StoreConfig.at(directory);
    StoreAccess.open(config.withBlockSize(1 << 20), new Script("daemon")).close();
    CacheException error =
        assertThrows(
            CacheException.InvalidArgument.class,
            () -> StoreAccess.open(config.withBlockSize(1 << 16), new Script("daemon")));
    assertTrue(error.getMessage().contains("1048576"), error.getMessage());
    assertTrue(fake.closed);
  }

  @Test
  void theRealWayOwnsAndLetsGo() throws CacheException {
    StoreConfig config = StoreConfig.at(directory.resolve("store"));
    StoreAccess.open(config).close();
    assertTrue(StoreAccess.exists(config.directory()));
    StoreAccess.open(config).close();
  }
}
