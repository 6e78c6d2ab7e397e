package io.unicache.store.hash;

import java.util.Arrays;
import java.util.Random;

/**
 * Warms a kernel up on made-up input until the JVM has compiled it, and finds out whether it may
 * replace another one: it must give the same results, and do so in less time.
 *
 * <p>Both are in doubt for code that stands on an incubating module. C2 of OpenJDK 17.0.15 was seen
 * to compile an earlier form of the vector kernel wrongly, some thousand blocks after the start;
 * and where vector operations have no instruction, as with 128-bit vectors on x86, the kernel is
 * slower than plain code for ever.
 *
 * <p>Used by one thread, once.
 */
final class KernelTrial {

  /** Chunks of a round: whole vectors of any width, and some chunks left over. */
  private static final int CHUNKS = 2 * 16 + 7;

  /** The candidate must take less than this part of the other kernel's time. */
  private static final double MAX_TIME = 0.7;

  /** Score to reach: a fast round counts one, and a slow one takes back {@link #SLOW_PENALTY}. */
  private static final int PASS_SCORE = 1000;

  /** Small enough to forgive rounds during which the system ran something else. */
  private static final int SLOW_PENALTY = 10;

  /**
   * A candidate that is still slow is given up after so many rounds, which are ten times those that
   * C2 was seen to need, ...
   */
  private static final int MAX_ROUNDS = 5000;

  /** ... and this time, in nanoseconds, because compilation is late on a busy machine. */
  private static final long MAX_NANOS = 20_000_000_000L;

  private final Kernel trusted;
  private final Kernel candidate;
  private final byte[] data = new byte[CHUNKS * Blake3Spec.CHUNK_BYTES];
  private final int[] key = Blake3Spec.iv();
  private final int[] trustedCvs = new int[CHUNKS * Blake3Spec.CV_WORDS];
  private final int[] candidateCvs = new int[CHUNKS * Blake3Spec.CV_WORDS];

  KernelTrial(Kernel trusted, Kernel candidate) {
    this.trusted = trusted;
    this.candidate = candidate;
    new Random(1).nextBytes(data);
  }

  /** Runs the trial, for some seconds, and returns whether the candidate is to be used. */
  boolean passes() {
    long start = System.nanoTime();
    int score = 0;
    for (long round = 0; score < PASS_SCORE; round++) {
      long begin = System.nanoTime();
      run(trusted, round, trustedCvs);
      long middle = System.nanoTime();
      run(candidate, round, candidateCvs);
      long end = System.nanoTime();
      if (!Arrays.equals(trustedCvs, candidateCvs)) {
        System.getLogger(KernelTrial.class.getName())
            .log(
                System.Logger.Level.WARNING,
                "this JVM computes BLAKE3 wrongly in vectors; it stays with plain code");
        return false;
      }
      boolean fast = end - middle < MAX_TIME * (middle - begin);
      score = fast ? score + 1 : Math.max(0, score - SLOW_PENALTY);
      if (round > MAX_ROUNDS && end - start > MAX_NANOS) {
        return false;
      }
    }
    return true;
  }

  /** Hashes the data as chunks from index {@code round} on, and a level of parents. */
  private void run(Kernel kernel, long round, int[] cvs) {
    kernel.hashChunks(data, 0, CHUNKS, key, round, 0, cvs, 0);
    kernel.hashParents(cvs, 0, CHUNKS / 2, key, 0, 0);
  }
}
