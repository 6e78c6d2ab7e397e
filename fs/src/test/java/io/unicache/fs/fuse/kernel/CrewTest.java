package io.unicache.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CrewTest {

  private final List<Integer> started = new ArrayList<>();

  @Test
  void startsAnotherThreadOnlyIfNoneWaits() {
    Crew crew = new Crew(2, 4, started::add);
    crew.start();
    assertEquals(List.of(1, 2), started);
    assertTrue(crew.awaitsRequest());
    assertTrue(crew.awaitsRequest());
    crew.hasRequest();
    crew.mayWait();
    assertEquals(2, started.size(), "one is waiting");
    crew.hasRequest();
    crew.mayWait();
    assertEquals(List.of(1, 2, 3), started);
  }

  @Test
  void startsNoMoreThanTheLimit() {
    Crew crew = new Crew(1, 3, started::add);
    crew.start();
    for (int i = 0; i < 10; i++) {
      crew.mayWait();
    }
    assertEquals(3, started.size());
    assertFalse(crew.ends());
    crew.mayWait();
    assertEquals(4, started.size(), "one has ended, so there is room for another");
  }

  @Test
  void letsThreadsEndThatAreTooMany() {
    Crew crew = new Crew(1, 8, started::add);
    crew.start();
    assertTrue(crew.awaitsRequest());
    assertTrue(crew.awaitsRequest());
    assertFalse(crew.awaitsRequest());
    crew.hasRequest();
    assertTrue(crew.awaitsRequest());
  }

  @Test
  void goesOnWithTheThreadsThatThereAre() {
    Crew crew =
        new Crew(
            1,
            8,
            index -> {
              started.add(index);
              if (index > 1) {
                throw new OutOfMemoryError("no thread");
              }
            });
    crew.start();
    crew.mayWait();
    assertEquals(2, started.size());
    assertTrue(crew.ends(), "the thread that did not start does not count");
  }
}
