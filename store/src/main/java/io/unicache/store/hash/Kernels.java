package io.unicache.store.hash;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The choice of the kernel, by the system property {@code unicache.blake3}:
 *
 * <ul>
 *   <li>{@code scalar}: always the scalar kernel;
 *   <li>{@code vector}: the vector kernel from the start, for tests and measurements; an error if
 *       the JVM runs without {@code --add-modules jdk.incubator.vector};
 *   <li>{@code auto}, the default: the scalar kernel first, and the vector kernel once a {@link
 *       KernelTrial} has found it compiled, correct and faster.
 * </ul>
 *
 * <p>Why not the vector kernel at once: until C2 has compiled it every vector is an object, and it
 * hashes less than 1 MB/s. Short-lived processes are spared the trial: it begins when a process has
 * hashed {@link #TRIAL_AFTER_CHUNKS}.
 *
 * <p>Safe for any number of threads.
 */
final class Kernels {

  /** Name of the system property. */
  static final String PROPERTY = "unicache.blake3";

  private static final String VECTOR_KERNEL = "io.unicache.store.hash.VectorKernel";

  /**
   * Input after which a trial pays, in chunks: 256 MiB, half a second of scalar hashing. It takes
   * about a second of a processor, from those who wait for that input.
   */
  private static final int TRIAL_AFTER_CHUNKS = 256 * 1024;

  /**
   * The oldest Java whose compiler is trusted with the vector kernel. C2 of OpenJDK 17.0.15
   * compiled an earlier form of it wrongly after thousands of right results: a trial at the start
   * cannot rule that out, and a block under a wrong name is a lost block. On older versions {@code
   * auto} stays with plain code.
   */
  private static final int TRUSTED_JAVA = 21;

  private static volatile Kernel current = new ScalarKernel();

  /**
   * Chunks still to be hashed before the trial begins; not positive afterwards. Threads race on it,
   * which may delay the trial a little and does no other harm.
   */
  private static int chunksToTrial;

  private static final AtomicBoolean TRIAL_STARTED = new AtomicBoolean();

  static {
    String mode = System.getProperty(PROPERTY, "auto").toLowerCase(Locale.ROOT);
    switch (mode) {
      case "auto" -> chunksToTrial = mayOptimise() ? TRIAL_AFTER_CHUNKS : 0; // 0: no trial
      case "vector" -> current = loadVector();
      case "scalar" -> {}
      default ->
          throw new IllegalArgumentException(
              "system property " + PROPERTY + " is \"" + mode + "\", not auto, vector or scalar");
    }
  }

  private Kernels() {}

  /** Returns the kernel in use now. */
  static Kernel current() {
    return current;
  }

  /** Returns the kernel to use now for a number of whole chunks. */
  static Kernel forChunks(int count) {
    int left = chunksToTrial;
    if (left > 0) {
      chunksToTrial = left - count;
      if (left <= count) {
        startTrial();
      }
    }
    return current;
  }

  /** Has the trial begin now, if there is to be one. */
  static void warmUp() {
    if (chunksToTrial > 0) {
      chunksToTrial = 0;
      startTrial();
    }
  }

  private static void startTrial() {
    if (!TRIAL_STARTED.compareAndSet(false, true)) {
      return;
    }
    Thread thread = new Thread(Kernels::runTrial, "blake3-warm-up");
    thread.setDaemon(true);
    thread.start();
  }

  private static void runTrial() {
    Kernel vector;
    try {
      vector = loadVector();
    } catch (IllegalStateException e) {
      return; // The usual case of a JVM without the module: scalar is all there is.
    }
    if (new KernelTrial(current, vector).passes()) {
      current = vector;
    }
  }

  /**
   * Returns a new vector kernel. It is found by name, so that this class can be loaded, and even
   * compiled, without the incubating module.
   */
  static Kernel loadVector() {
    try {
      return Class.forName(VECTOR_KERNEL)
          .asSubclass(Kernel.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException | LinkageError e) {
      throw new IllegalStateException(
          "BLAKE3 in vectors needs the JVM option --add-modules jdk.incubator.vector", e);
    }
  }

  /**
   * Returns whether the JVM has an optimising compiler at work, which vectors need, and a trusted
   * one. HotSpot says in this property if it only interprets ("interpreted mode") or was told to
   * stop at C1 ("emulated-client"). Other JVMs may say anything; there the trial decides.
   */
  private static boolean mayOptimise() {
    if (Runtime.version().feature() < TRUSTED_JAVA) {
      return false;
    }
    String info = System.getProperty("java.vm.info", "");
    return !info.contains("interpreted mode") && !info.contains("emulated-client");
  }
}
