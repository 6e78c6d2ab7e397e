package io.unicache.fs.fuse.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.fuse.mount.MountTable.Mount;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnmounterTest {

  private static final Path DIRECTORY = Path.of("/mnt/cache");
  private static final Mount OURS = new Mount(0, 41, DIRECTORY, "fuse.unicache", "unicache");
  private static final Mount BELOW = new Mount(0, 40, DIRECTORY, "fuse.unicache", "unicache");
  private static final Duration SHORT = Duration.ofMillis(50);

  private final List<Mount> mounts = new ArrayList<>(List.of(OURS));
  private final List<String> commands = new ArrayList<>();

  /** What a program does: a status, and whether the mount is gone afterwards. */
  private record Behaviour(String program, int status, String output, boolean unmounts) {}

  private Unmounter unmounter(Behaviour... behaviours) {
    return new Unmounter(
        (command, timeout) -> {
          commands.add(String.join(" ", command));
          for (Behaviour behaviour : behaviours) {
            if (behaviour.program.equals(command.get(0))) {
              if (behaviour.unmounts) {
                mounts.remove(mounts.size() - 1);
              }
              return new CommandRunner.Result(behaviour.status, behaviour.output);
            }
          }
          return new CommandRunner.Result(CommandRunner.NOT_FOUND, "not there");
        },
        () -> new MountTable(mounts));
  }

  @Test
  void doesNothingWhereNothingIsMounted() throws MountException {
    mounts.clear();
    unmounter().unmount(DIRECTORY, SHORT);
    assertTrue(commands.isEmpty());
  }

  @Test
  void takesTheFirstProgramThatWorks() throws MountException {
    unmounter(new Behaviour("fusermount", 0, "", true), new Behaviour("umount", 0, "", true))
        .unmount(DIRECTORY, SHORT);
    assertEquals(List.of("fusermount3 -u -- /mnt/cache", "fusermount -u -- /mnt/cache"), commands);
  }

  @Test
  void looksAtTheTableAndNotAtTheStatus() throws MountException {
    unmounter(new Behaviour("fusermount", 1, "complains", true)).unmount(DIRECTORY, SHORT);
    assertEquals(2, commands.size());
  }

  @Test
  void leavesTheMountBelowAlone() throws MountException {
    mounts.add(0, BELOW);
    unmounter(new Behaviour("umount", 0, "", true)).unmount(DIRECTORY, SHORT);
    assertEquals(List.of(BELOW), mounts);
  }

  @Test
  void unmountsLazilyOnRequestOnly() throws MountException {
    unmounter(new Behaviour("umount", 0, "", true)).unmountLazily(DIRECTORY, SHORT);
    assertEquals(
        List.of(
            "fusermount3 -u -z -- /mnt/cache",
            "fusermount -u -z -- /mnt/cache",
            "umount -l -- /mnt/cache"),
        commands);
  }

  @Test
  void saysWhatTheProgramsSaid() {
    MountException e =
        assertThrows(
            MountException.class,
            () ->
                unmounter(
                        new Behaviour("fusermount", 1, "target is busy.", false),
                        new Behaviour("umount", 32, "", false))
                    .unmount(DIRECTORY, SHORT));
    assertTrue(
        e.getMessage().contains("fusermount: target is busy; umount: status 32"), e.toString());
    assertTrue(e.getMessage().contains("Close the files"), e.toString());
    assertFalse(e.getMessage().contains("fusermount3"), e.toString());
  }

  @Test
  void saysThatThereIsNoProgram() {
    MountException e =
        assertThrows(MountException.class, () -> unmounter().unmount(DIRECTORY, SHORT));
    assertTrue(e.getMessage().contains("not installed"), e.toString());
  }

  @Test
  void triesABusyMountAgain() throws MountException {
    int[] calls = {0};
    new Unmounter(
            (command, timeout) -> {
              if (++calls[0] > 4) {
                mounts.clear();
                return new CommandRunner.Result(0, "");
              }
              return new CommandRunner.Result(1, "busy");
            },
            () -> new MountTable(mounts))
        .unmount(DIRECTORY, Duration.ofSeconds(30));
    assertEquals(5, calls[0]);
  }

  @Test
  void passesOnThatTheTableCannotBeRead() {
    Unmounter unmounter =
        new Unmounter(
            CommandRunner.system(),
            () -> {
              throw new IOException("no /proc");
            });
    MountException e =
        assertThrows(MountException.class, () -> unmounter.unmount(DIRECTORY, SHORT));
    assertTrue(e.getMessage().contains("no /proc"));
  }

  @Test
  void runsPrograms() throws IOException, InterruptedException {
    CommandRunner runner = CommandRunner.system();
    assertEquals(
        new CommandRunner.Result(3, "out\nerr"),
        runner.run(List.of("sh", "-c", "echo out; echo err >&2; exit 3"), Duration.ofSeconds(30)));
    assertEquals(
        CommandRunner.NOT_FOUND,
        runner.run(List.of("/nowhere/no-such-program"), Duration.ofSeconds(30)).status());
    assertEquals(
        CommandRunner.TIMED_OUT,
        runner.run(List.of("sleep", "60"), Duration.ofMillis(20)).status());
  }
}
