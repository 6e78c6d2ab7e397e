package io.unicache.store.hash;

import io.unicache.store.block.BlockHash;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/** The kernels that this JVM can run, for parameterised tests, and hashers that use one of them. */
final class TestKernels {

  private TestKernels() {}

  /** Returns the scalar kernel and, in a JVM with the incubating module, the vector kernel. */
  static Stream<Named<Kernel>> all() {
    Kernel scalar = new ScalarKernel();
    Stream<Kernel> kernels =
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
            ? Stream.of(scalar, Kernels.loadVector())
            : Stream.of(scalar);
    return kernels.map(kernel -> Named.of(kernel.describe(), kernel));
  }

  static Blake3Hasher hasher(Kernel kernel) {
    return new Blake3Hasher(Blake3Spec.iv(), 0, chunks -> kernel);
  }

  static BlockHash hash(Kernel kernel, byte[] data, int offset, int length) {
    return hasher(kernel).update(data, offset, length).finish();
  }
}
