package io.unicache.fs.fuse.jnr;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GuardTest {

  private final Logger logger = Logger.getLogger(Guard.class.getName());
  private final Counter counter = new Counter();

  private static final class Counter extends Handler {
    private int records;

    @Override
    public void publish(LogRecord record) {
      records++;
      throw new IllegalStateException("a log that does not work");
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @BeforeEach
  void catchLog() {
    logger.setUseParentHandlers(false);
    logger.addHandler(counter);
  }

  @AfterEach
  void releaseLog() {
    logger.removeHandler(counter);
    logger.setUseParentHandlers(true);
  }

  @Test
  void passesOnWhatTheWorkReturns() {
    assertEquals(5, Guard.call("read", () -> 5));
  }

  @Test
  void turnsAnswersIntoErrnos() {
    int result =
        Guard.call(
            "open",
            () -> {
              throw new FileSystemException(Errno.EACCES, "no");
            });
    assertEquals(-13, result);
    assertEquals(0, counter.records, "an ordinary answer is no news");
  }

  @Test
  void letsNothingElseOut() {
    int fromBug =
        Guard.call(
            "open",
            () -> {
              throw new IllegalStateException("bug");
            });
    int fromError =
        Guard.call(
            "open",
            () -> {
              throw new StackOverflowError();
            });
    assertEquals(-5, fromBug);
    assertEquals(-5, fromError);
    assertEquals(2, counter.records);
  }
}
