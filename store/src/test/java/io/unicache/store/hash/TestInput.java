package io.unicache.store.hash;

import io.unicache.store.block.BlockHash;
import java.util.stream.IntStream;
import org.bouncycastle.crypto.digests.Blake3Digest;

/** Input for tests, and what an independent implementation makes of it. */
final class TestInput {

  /** The lengths of the official test vectors. */
  private static final int[] OFFICIAL_LENGTHS = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025, 2048, 2049, 3072, 3073,
    4096, 4097, 5120, 5121, 6144, 6145, 7168, 7169, 8192, 8193, 16384, 31744, 102400
  };

  private TestInput() {}

  static IntStream officialLengths() {
    return IntStream.of(OFFICIAL_LENGTHS);
  }

  /** Returns the input of the official test vectors: the numbers from 0 to 250, repeated. */
  static byte[] official(int length) {
    byte[] input = new byte[length];
    for (int i = 0; i < length; i++) {
      input[i] = (byte) (i % 251);
    }
    return input;
  }

  /** Returns Bouncy Castle's BLAKE3 output of some length. */
  static byte[] reference(byte[] data, int offset, int length, int outLength) {
    Blake3Digest digest = new Blake3Digest();
    digest.init(null);
    digest.update(data, offset, length);
    byte[] out = new byte[outLength];
    digest.doFinal(out, 0, outLength);
    return out;
  }

  /** Returns Bouncy Castle's BLAKE3 hash. */
  static BlockHash reference(byte[] data, int offset, int length) {
    return BlockHash.of(reference(data, offset, length, BlockHash.SIZE));
  }
}
