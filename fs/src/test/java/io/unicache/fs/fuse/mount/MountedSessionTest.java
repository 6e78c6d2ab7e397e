package io.unicache.fs.fuse.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.fuse.mount.MountTable.Mount;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountedSessionTest {

  private static final Path DIRECTORY = Path.of("/mnt/cache");
  private static final Mount OURS = new Mount(0, 41, DIRECTORY, "fuse.unicache", "unicache");
  private static final Mount OTHERS = new Mount(0, 42, DIRECTORY, "tmpfs", "tmpfs");

  private final List<Mount> mounts = new ArrayList<>(List.of(OURS));
  private final List<String> commands = new ArrayList<>();

  /** Whether the session ends when its mount goes. */
  private boolean obedient = true;

  private final class Session extends MountedSession {

    Session(Unmounter.TableReader table) {
      super(DIRECTORY, unmounter(), table, Duration.ofMillis(1));
    }

    private static UnsupportedOperationException unused() {
      return new UnsupportedOperationException();
    }

    @Override
    public String transport() {
      throw unused();
    }

    @Override
    public Statistics statistics() {
      throw unused();
    }

    @Override
    public String describe() {
      throw unused();
    }
  }

  private final Session session = new Session(() -> new MountTable(mounts));

  private Unmounter unmounter() {
    return new Unmounter(
        (command, timeout) -> {
          commands.add(command.get(1));
          mounts.clear();
          if (obedient) {
            session.ended();
          }
          return new CommandRunner.Result(0, "");
        },
        () -> new MountTable(mounts));
  }

  @Test
  void unmountsAndWaitsForTheEnd() throws Exception {
    session.mounted(OURS);
    assertFalse(session.awaitEnd(Duration.ZERO));
    session.unmount();
    assertEquals(List.of("-u"), commands);
    assertTrue(session.hasEnded());
    session.awaitEnd();
    session.unmount();
    session.unmountLazily();
    assertEquals(1, commands.size(), "nothing is left to do");
  }

  @Test
  void unmountsWhateverIsThereUntilItKnowsItsMount() throws Exception {
    session.unmount();
    assertEquals(1, commands.size());
  }

  @Test
  void leavesAnothersMountAlone() throws Exception {
    session.mounted(OURS);
    mounts.add(OTHERS);
    session.unmountLazily();
    assertEquals(List.of(), commands);
  }

  @Test
  void saysThatASessionDoesNotEnd() {
    obedient = false;
    session.mounted(OURS);
    String said = assertThrows(MountException.class, session::unmount).getMessage();
    assertTrue(said.contains("still open"), said);
  }

  @Test
  void lazilyItDoesNotWait() throws Exception {
    obedient = false;
    session.unmountLazily();
    assertFalse(session.hasEnded());
  }

  @Test
  void passesOnWhyItEnded() {
    Exception cause = new IllegalStateException("prepared");
    session.failed(cause);
    session.ended();
    assertSame(cause, assertThrows(MountException.class, session::awaitEnd).getCause());
    assertThrows(MountException.class, () -> session.awaitEnd(Duration.ZERO));
  }

  @Test
  void aTableThatCannotBeReadIsAnError() {
    Session blind =
        new Session(
            () -> {
              throw new IOException("prepared");
            });
    assertThrows(MountException.class, blind::unmount);
  }
}
