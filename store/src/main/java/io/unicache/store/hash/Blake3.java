package io.unicache.store.hash;

import io.unicache.store.block.BlockHash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The BLAKE3 hash function (<a href="https://github.com/BLAKE3-team/BLAKE3-specs">paper</a>), in
 * pure Java.
 *
 * <p>Input of several KiB is hashed in the lanes of the vector unit if the JVM runs with {@code
 * --add-modules jdk.incubator.vector}; see {@link Kernels} for how that is decided. The result is
 * the same either way. The methods may be called by any number of threads at once.
 */
public final class Blake3 {

  private Blake3() {}

  /** Returns the hash of bytes of an array. */
  public static BlockHash hash(byte[] data, int offset, int length) {
    return hasher().update(data, offset, length).finish();
  }

  /** Returns the hash of the remaining bytes of a buffer of any kind, whose position stays. */
  public static BlockHash hash(ByteBuffer data) {
    return hasher().update(data.duplicate()).finish();
  }

  /** Returns a new hasher for input that comes in pieces. */
  public static Blake3Hasher hasher() {
    return new Blake3Hasher(Blake3Spec.iv(), 0);
  }

  /**
   * Returns a new hasher in keyed mode: its output is a message authentication code.
   *
   * @throws IllegalArgumentException if the key does not have 32 bytes
   */
  public static Blake3Hasher keyedHasher(byte[] key) {
    if (key.length != Blake3Spec.KEY_BYTES) {
      throw new IllegalArgumentException(
          "a BLAKE3 key has " + Blake3Spec.KEY_BYTES + " bytes, not " + key.length);
    }
    return withKey(key, Blake3Spec.KEYED_HASH);
  }

  /**
   * Returns a new hasher that derives a key from the key material it is given.
   *
   * @param context constant text that says, uniquely, what the key is for
   */
  public static Blake3Hasher keyDeriver(String context) {
    byte[] text = context.getBytes(StandardCharsets.UTF_8);
    byte[] contextKey = new byte[Blake3Spec.KEY_BYTES];
    new Blake3Hasher(Blake3Spec.iv(), Blake3Spec.DERIVE_KEY_CONTEXT)
        .update(text, 0, text.length)
        .finish(contextKey, 0, contextKey.length);
    return withKey(contextKey, Blake3Spec.DERIVE_KEY_MATERIAL);
  }

  private static Blake3Hasher withKey(byte[] key, int flags) {
    int[] words = new int[Blake3Spec.CV_WORDS];
    Words.load(key, 0, words);
    return new Blake3Hasher(words, flags);
  }

  /**
   * Prepares the fastest kernel in the background, if the JVM has not begun to: for a process that
   * lives long, before there is something to hash in a hurry. It takes about a second of a
   * processor.
   */
  public static void warmUp() {
    Kernels.warmUp();
  }

  /** Returns which kernel is in use now, such as {@code "vector 512 bit, 16 lanes"}. */
  public static String engine() {
    return Kernels.current().describe();
  }
}
