package io.unicache.fs.fuse.kernel;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The threads that serve a mount. One of them leads: it takes a request, serves it, and takes the
 * next, which is there already if the program is quick; no other thread has to be woken for it.
 * Before a request that may take long, and when one takes long unexpectedly, the lead goes to
 * another thread, so that there is always one to take the next request. Where requests pile up,
 * more than one leads. Safe for use by many threads.
 */
final class Crew {

  private static final Logger LOG = System.getLogger(Crew.class.getName());

  /** How often it is looked whether a leader is held up. */
  private static final long WATCH_MILLIS = 4;

  /** The same while there are no requests. */
  private static final long IDLE_MILLIS = 20;

  /** Every so many requests a leader looks whether another one waits. */
  private static final int SAMPLE = 16;

  /** So many looks more of one kind than of the other change the number of leaders. */
  private static final int CONVINCING = 4;

  /** Threads that do not lead are kept for the next time, up to so many. */
  private static final int MAX_RESTING = 8;

  private final int mostLeaders;
  private final int most;
  private final IntConsumer starter;

  // Guarded by this.
  private final List<Member> members = new ArrayList<>();
  private int threads;
  private int started;
  private int leaders;
  private int wantedLeaders = 1;
  private int resting;
  private int pileUps;
  private boolean ended;

  /** A thread of the crew. Its methods are for that thread. */
  final class Member {
    // Guarded by the crew.
    private boolean leads;
    private long request;
    private long seen;
    private boolean serves;

    private Member() {}

    /**
     * Waits until the thread may take a request.
     *
     * @return false if it is to end
     */
    boolean awaitLead() {
      synchronized (Crew.this) {
        serves = false;
        if (leads && leaders > wantedLeaders) {
          leads = false;
          leaders--;
        }
        while (!leads && !ended) {
          if (leaders < wantedLeaders) {
            leads = true;
            leaders++;
          } else if (!rest()) {
            return false;
          }
        }
        return !ended;
      }
    }

    /**
     * A request has been taken.
     *
     * @return whether to look for another that waits, and tell {@link #sampled}
     */
    boolean hasRequest() {
      synchronized (Crew.this) {
        serves = true;
        request++;
        return request % SAMPLE == 0;
      }
    }

    /** Tells whether another request waits while this thread has one. */
    void sampled(boolean another) {
      boolean more;
      synchronized (Crew.this) {
        pileUps += another ? 1 : -1;
        more = pileUps >= CONVINCING && wantedLeaders < mostLeaders;
        if (more) {
          wantedLeaders++;
        } else if (pileUps <= -CONVINCING && wantedLeaders > 1) {
          wantedLeaders--;
        }
        if (Math.abs(pileUps) >= CONVINCING) {
          pileUps = 0;
        }
      }
      if (more) {
        fillLead();
      }
    }

    /** The request may take long from here on: another thread takes the lead. */
    void mayWait() {
      if (stepDown(this)) {
        fillLead();
      }
    }

    /** Called with the lock held; returns false if there are enough that rest. */
    private boolean rest() {
      if (resting >= MAX_RESTING) {
        return false;
      }
      resting++;
      try {
        Crew.this.wait();
      } catch (InterruptedException e) {
        // Nobody interrupts these threads; whoever does wants them to end.
        Thread.currentThread().interrupt();
        return false;
      } finally {
        resting--;
      }
      return true;
    }
  }

  /**
   * @param mostLeaders threads that take requests at once; more than processors make no sense
   * @param most threads at once; with so many held up, requests have to wait
   * @param starter starts a thread, given its number, that runs a {@link RequestLoop}
   */
  Crew(int mostLeaders, int most, IntConsumer starter) {
    this.mostLeaders = mostLeaders;
    this.most = most;
    this.starter = starter;
  }

  /** Starts the first thread, and one that watches over the others. */
  void start(String watcher) {
    startOne();
    Thread thread = new Thread(this::watch, watcher);
    thread.setDaemon(true);
    thread.start();
  }

  /** The calling thread is one of those that were started. */
  synchronized Member join() {
    Member member = new Member();
    members.add(member);
    return member;
  }

  /** The calling thread ends; returns whether it was the last one. */
  boolean leave(Member member) {
    boolean last;
    synchronized (this) {
      members.remove(member);
      last = gone();
    }
    if (stepDown(member) && !last) {
      fillLead();
    }
    return last;
  }

  /** There will be no more requests: all threads end. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  private synchronized boolean gone() {
    threads--;
    return threads == 0;
  }

  private synchronized boolean stepDown(Member member) {
    if (!member.leads) {
      return false;
    }
    member.leads = false;
    leaders--;
    return true;
  }

  /** Wakes or starts a thread that takes the lead. */
  private void fillLead() {
    synchronized (this) {
      if (ended || leaders >= wantedLeaders) {
        return;
      }
      if (resting > 0) {
        notify();
        return;
      }
      if (threads >= most) {
        return; // The first that is done takes it.
      }
    }
    try {
      startOne();
    } catch (OutOfMemoryError e) {
      gone();
      LOG.log(Level.WARNING, "no further thread for requests", e);
    }
  }

  /** Starts a thread, whether one is wanted or not. */
  void startOne() {
    int number;
    synchronized (this) {
      threads++;
      number = ++started;
    }
    starter.accept(number);
  }

  private void watch() {
    try {
      for (long before = -1; !isEnded(); ) {
        long requests = watchOnce();
        Thread.sleep(requests == before ? IDLE_MILLIS : WATCH_MILLIS);
        before = requests;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean isEnded() {
    return ended;
  }

  /**
   * Gives the lead of those that are held up to others.
   *
   * @return how many requests the threads have taken
   */
  long watchOnce() {
    long requests = 0;
    int missing;
    synchronized (this) {
      for (Member member : members) {
        if (member.leads && member.serves && member.request == member.seen) {
          member.leads = false;
          leaders--;
        }
        member.seen = member.request;
        requests += member.request;
      }
      missing = wantedLeaders - leaders;
    }
    for (int i = 0; i < missing; i++) {
      fillLead();
    }
    return requests;
  }
}
