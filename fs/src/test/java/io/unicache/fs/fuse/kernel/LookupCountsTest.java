package io.unicache.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LookupCountsTest {

  private final FakeOps fake = new FakeOps();
  private final LookupCounts counts = new LookupCounts(fake.ops);

  @Test
  void holdsOnceAndDropsWhenAllIsForgotten() throws FileSystemException {
    counts.add(5);
    counts.add(5);
    counts.add(5);
    assertEquals(List.of("hold(5)"), fake.calls);
    counts.forget(5, 2);
    assertEquals(1, counts.count(5));
    counts.forget(5, 1);
    assertEquals(List.of("hold(5)", "drop(5, 1)"), fake.calls);
    counts.add(5);
    assertEquals(List.of("hold(5)", "drop(5, 1)", "hold(5)"), fake.calls);
  }

  @Test
  void doesNotCountWhatCannotBeHeld() {
    fake.fails("hold", Errno.ESTALE);
    assertThrows(FileSystemException.class, () -> counts.add(5));
    assertEquals(0, counts.count(5));
    counts.forget(5, 1);
    assertEquals(List.of("hold(5)"), fake.calls);
  }

  @Test
  void forgetsNoMoreThanThereIs() throws FileSystemException {
    counts.add(5);
    counts.forget(5, -1L); // 2^64 - 1
    counts.forget(5, 1);
    assertEquals(List.of("hold(5)", "drop(5, 1)"), fake.calls);
  }

  @Test
  void theRootIsAlwaysThere() throws FileSystemException {
    counts.add(FileSystemOps.ROOT);
    counts.forget(FileSystemOps.ROOT, 1);
    assertEquals(List.of(), fake.calls);
  }

  @Test
  void clearDropsEachOnce() throws FileSystemException {
    counts.add(5);
    counts.add(5);
    counts.add(69); // Same stripe.
    fake.calls.clear();
    counts.clear();
    assertEquals(List.of("drop(5, 1)", "drop(69, 1)"), fake.calls.stream().sorted().toList());
    counts.clear();
    assertEquals(2, fake.calls.size());
  }

  @Test
  void holdsAndDropsDoNotOvertakeEachOther() throws Exception {
    AtomicInteger held = new AtomicInteger();
    AtomicInteger wrong = new AtomicInteger();
    fake.when("hold", a -> held.incrementAndGet() != 1 ? wrong.incrementAndGet() : null);
    fake.when("drop", a -> held.decrementAndGet() != 0 ? wrong.incrementAndGet() : null);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        tasks.add(
            () -> {
              for (int n = 0; n < 2000; n++) {
                counts.add(7);
                counts.forget(7, 1);
              }
              return null;
            });
      }
      for (Future<Void> done : threads.invokeAll(tasks)) {
        done.get();
      }
    } finally {
      threads.shutdown();
    }
    assertEquals(0, wrong.get());
    assertEquals(0, held.get());
    assertEquals(0, counts.count(7));
  }
}
