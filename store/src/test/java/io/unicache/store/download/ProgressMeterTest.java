package io.unicache.store.download;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressMeterTest {

  @Test
  void reportsFourTimesASecondAndTheEnd() {
    AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1000); // nanoTime may wrap around
    List<Long> reports = new ArrayList<>();
    ProgressMeter meter =
        new ProgressMeter(
            (bytes, total) -> {
              assertEquals(OptionalLong.of(1000), total);
              reports.add(bytes);
            },
            OptionalLong.of(1000),
            nanos::get);
    for (int millis = 1; millis <= 1000; millis++) {
      nanos.addAndGet(Duration.ofMillis(1).toNanos());
      meter.received(millis);
    }
    meter.complete(1000);
    assertEquals(List.of(0L, 250L, 500L, 750L, 1000L, 1000L), reports);
  }
}
