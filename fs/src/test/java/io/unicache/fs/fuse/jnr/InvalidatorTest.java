package io.unicache.fs.fuse.jnr;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class InvalidatorTest {

  private final List<Long> notices = new CopyOnWriteArrayList<>();
  private final Invalidator invalidator = new Invalidator("test-invalidator", notices::add);

  @Test
  void sendsNoticesAndANodeOnceWhileItWaits() throws InterruptedException {
    invalidator.invalidate(1);
    invalidator.invalidate(2);
    invalidator.invalidate(1);
    invalidator.invalidate(0);
    invalidator.start();
    invalidator.stop();
    assertEquals(List.of(1L, 2L), notices);
  }

  @Test
  void sendsAnotherNoticeForALaterChange() throws InterruptedException {
    invalidator.start();
    invalidator.invalidate(1);
    while (notices.isEmpty()) {
      Thread.onSpinWait();
    }
    invalidator.invalidate(1);
    invalidator.stop();
    assertEquals(List.of(1L, 1L), notices);
  }
}
