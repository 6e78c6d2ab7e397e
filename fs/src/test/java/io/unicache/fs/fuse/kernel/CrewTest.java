package io.unicache.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CrewTest {

  private final List<Integer> started = new ArrayList<>();
  private final Crew crew = new Crew(2, 3, started::add);

  @AfterEach
  void end() {
    crew.end();
  }

  @Test
  void aLeaderKeepsTheLead() {
    Crew.Member member = crew.join();
    for (int i = 0; i < 3; i++) {
      assertTrue(member.awaitLead());
      member.hasRequest();
    }
    assertEquals(List.of(), started);
  }

  @Test
  void whoMayWaitGivesTheLeadToANewThread() {
    Crew.Member member = crew.join();
    member.awaitLead();
    member.hasRequest();
    member.mayWait();
    assertEquals(List.of(1), started);
    member.mayWait();
    assertEquals(List.of(1), started, "it does not lead any more");
  }

  @Test
  void whoIsDoneFirstTakesTheLeadThatNobodyHas() {
    Crew.Member member = crew.join();
    member.awaitLead();
    member.hasRequest();
    member.mayWait();
    assertTrue(member.awaitLead(), "the new thread is not there yet");
  }

  @Test
  void aThreadThatRestsIsWokenAndNoneIsStarted() throws InterruptedException {
    Crew.Member first = crew.join();
    first.awaitLead();
    Crew.Member second = crew.join();
    AtomicBoolean leads = new AtomicBoolean();
    Thread thread = new Thread(() -> leads.set(second.awaitLead()));
    thread.start();
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    first.hasRequest();
    first.mayWait();
    thread.join();
    assertTrue(leads.get());
    assertEquals(List.of(), started);
  }

  @Test
  void whoIsHeldUpLosesTheLead() {
    Crew.Member member = crew.join();
    member.awaitLead();
    member.hasRequest();
    crew.watchOnce();
    assertEquals(List.of(), started, "seen for the first time");
    crew.watchOnce();
    assertEquals(List.of(1), started);
  }

  @Test
  void whoWaitsForARequestIsNotHeldUp() {
    Crew.Member member = crew.join();
    member.awaitLead();
    member.hasRequest();
    assertTrue(member.awaitLead());
    crew.watchOnce();
    crew.watchOnce();
    assertEquals(List.of(), started);
  }

  @Test
  void moreThanOneLeadWhereRequestsPileUp() throws InterruptedException {
    Crew.Member first = crew.join();
    first.awaitLead();
    for (int i = 0; i < 20; i++) {
      first.sampled(true);
    }
    assertEquals(List.of(1), started, "two lead at most");
    Crew.Member second = crew.join();
    assertTrue(second.awaitLead());
    for (int i = 0; i < 20; i++) {
      first.sampled(false);
    }
    Thread thread = new Thread(second::awaitLead);
    thread.start();
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait(); // One is enough again.
    }
    assertTrue(first.awaitLead());
    crew.end();
    thread.join();
  }

  @Test
  void startsNoMoreThanTheLimit() {
    for (int i = 0; i < 10; i++) {
      Crew.Member member = crew.join();
      member.awaitLead();
      member.hasRequest();
      member.mayWait();
    }
    assertEquals(3, started.size());
  }

  @Test
  void whoRestsEndsWithTheCrew() throws InterruptedException {
    crew.join().awaitLead();
    AtomicBoolean leads = new AtomicBoolean(true);
    Crew.Member second = crew.join();
    Thread thread = new Thread(() -> leads.set(second.awaitLead()));
    thread.start();
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    crew.end();
    thread.join();
    assertFalse(leads.get());
  }

  @Test
  void knowsTheLastThread() {
    Crew ending = new Crew(1, 3, started::add);
    ending.startOne(); // Without the watcher, which may find that another one is wanted.
    Crew.Member first = ending.join();
    first.awaitLead();
    first.hasRequest();
    first.mayWait();
    Crew.Member second = ending.join();
    ending.end();
    assertFalse(ending.leave(first));
    assertTrue(ending.leave(second));
  }

  @Test
  void goesOnWithTheThreadsThatThereAre() {
    Crew without =
        new Crew(
            1,
            8,
            index -> {
              throw new OutOfMemoryError("no thread");
            });
    Crew.Member member = without.join();
    member.awaitLead();
    member.hasRequest();
    member.mayWait();
    assertTrue(member.awaitLead());
  }
}
