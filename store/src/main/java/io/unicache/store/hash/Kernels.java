package io.unicache.store.hash;

/** The choice of the kernel. */
final class Kernels {

  private static final Kernel SCALAR = new ScalarKernel();

  private Kernels() {}

  /** Returns the kernel to use now. */
  static Kernel current() {
    return SCALAR;
  }
}
