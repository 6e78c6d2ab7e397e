package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Locks between two processes. */
class LocksIT {

  @RegisterExtension static final ComparedMount FILES = new ComparedMount();

  private static final String FLOCK = "flock 1 EX";
  private static final String RECORD = "fcntl 1 SETLKW WR 0 0";
  private static final String DESCRIPTION = "fcntl 1 OFD_SETLKW WR 0 0";

  private SystemCalls one;
  private SystemCalls two;

  @BeforeEach
  void start(TestInfo test) throws IOException {
    Path directory =
        Files.createTempDirectory(FILES.store().root(), test.getTestMethod().get().getName());
    one = FILES.process(directory);
    two = FILES.process(directory);
    one.ok("open 1 file RDWR,CREAT 644");
    two.ok("open 1 file RDWR");
  }

  @AfterEach
  void stop() throws IOException {
    one.close();
    two.close();
  }

  @Test
  void flockExcludes() throws IOException {
    one.ok("flock 1 SH,NB");
    two.ok("flock 1 SH,NB");
    assertEquals("EAGAIN", one.call("flock 1 EX,NB"));
    two.ok("flock 1 UN");
    one.ok("flock 1 EX,NB");
    assertEquals("EAGAIN", two.call("flock 1 SH,NB"));
    one.ok("dup 2 1");
    one.ok("close 1");
    assertEquals("EAGAIN", two.call("flock 1 SH,NB"), "a copy of the descriptor is left");
    one.ok("close 2");
    two.ok("flock 1 EX,NB");
  }

  @Test
  void flockBelongsToTheDescription() throws IOException {
    one.ok("open 2 file RDWR");
    one.ok("flock 1 EX,NB");
    assertEquals("EAGAIN", one.call("flock 2 EX,NB"));
    one.ok("fcntl 2 SETLK WR 0 0");
    one.ok("flock 1 UN");
    one.ok("flock 2 EX,NB");
  }

  @Test
  void recordLocksAreOfRanges() throws IOException {
    one.ok("fcntl 1 SETLK WR 10 10");
    assertEquals("WR 10 10", two.ok("getlk 1 WR 0 100"));
    assertEquals("free", two.ok("getlk 1 WR 20 0"));
    assertEquals("free", one.ok("getlk 1 WR 0 0"), "one's own");
    two.ok("fcntl 1 SETLK WR 0 10");
    assertEquals("EAGAIN", two.call("fcntl 1 SETLK RD 19 1"));
    one.ok("fcntl 1 SETLK UN 15 5");
    two.ok("fcntl 1 SETLK RD 19 1");
    one.ok("fcntl 1 SETLK RD 10 5");
    two.ok("fcntl 1 SETLK RD 10 5");
    one.ok("open 2 file RDONLY");
    one.ok("close 2");
    two.ok("fcntl 1 SETLK WR 10 5"); // One's closing of any descriptor gave its locks back.
  }

  @Test
  void recordLocksNeedAFittingDescriptor() throws IOException {
    one.ok("open 2 file RDONLY");
    one.ok("open 3 file WRONLY");
    assertEquals("EBADF", one.call("fcntl 2 SETLK WR 0 0"));
    assertEquals("EBADF", one.call("fcntl 3 SETLK RD 0 0"));
    assertEquals("EINVAL", one.call("fcntl 1 SETLK RD -1 0"));
  }

  @Test
  void descriptionLocksStayWhenAnotherDescriptorIsClosed() throws IOException {
    one.ok("open 2 file RDWR");
    one.ok("fcntl 1 OFD_SETLK WR 0 0");
    assertEquals("EAGAIN", one.call("fcntl 2 OFD_SETLK WR 0 0"));
    assertEquals("EAGAIN", one.call("fcntl 2 SETLK WR 0 0"));
    one.ok("close 2");
    assertEquals("EAGAIN", two.call("fcntl 1 SETLK RD 0 0"));
    one.ok("close 1");
    two.ok("fcntl 1 SETLK WR 0 0");
  }

  @Test
  void deadlockIsRefused() throws Exception {
    one.ok("fcntl 1 SETLK WR 0 1");
    two.ok("fcntl 1 SETLK WR 1 1");
    one.order("fcntl 1 SETLKW WR 1 1");
    two.order("fcntl 1 SETLKW WR 0 1");
    // Whoever asks last is refused; the other is granted what the loser then gives back.
    Waiting.until(() -> one.hasAnswer() || two.hasAnswer(), () -> "both wait for each other");
    boolean oneLost = one.hasAnswer();
    SystemCalls loser = oneLost ? one : two;
    SystemCalls winner = oneLost ? two : one;
    assertEquals("EDEADLK", loser.answer());
    loser.ok("fcntl 1 SETLK UN 0 0");
    assertEquals("ok", winner.answer());
  }

  @ParameterizedTest
  @ValueSource(strings = {FLOCK, RECORD, DESCRIPTION})
  void waitsUntilTheLockIsGivenBack(String lock) throws IOException {
    one.ok(lock);
    two.order(lock);
    two.order("clock");
    long before = Long.parseLong(one.ok("clock"));
    assertFalse(two.hasAnswer(), "has to wait");
    one.ok("close 1");
    assertEquals("ok", two.answer());
    long after = Long.parseLong(two.answer().substring(3));
    assertTrue(after > before, "it waited");
  }

  @ParameterizedTest
  @ValueSource(strings = {FLOCK, RECORD, DESCRIPTION})
  void waitingIsInterrupted(String lock) throws IOException {
    one.ok(lock);
    two.ok("alarm 100");
    assertEquals("EINTR", two.call(lock));
    one.ok("close 1");
    two.ok(lock);
  }

  @ParameterizedTest
  @ValueSource(strings = {FLOCK, RECORD, DESCRIPTION})
  void endsWithTheProcess(String lock) throws IOException {
    one.ok(lock);
    two.order(lock);
    one.kill();
    assertEquals("ok", two.answer());
  }
}
