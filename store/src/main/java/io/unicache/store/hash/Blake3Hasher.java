package io.unicache.store.hash;

import io.unicache.store.block.BlockHash;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * Computes the BLAKE3 hash of input that comes in pieces. How the input is cut makes no difference
 * to the hash; pieces of 64 KiB and more make the most of the vector unit.
 *
 * <p>A hasher may be used again after {@link #reset()}. It is for one thread at a time.
 */
public final class Blake3Hasher {

  /** Chunks given to the kernel at once: enough to keep its lanes full in the lower tree levels. */
  private static final int MAX_BATCH = 256;

  /** Size of the pieces in which buffers without an accessible array are copied, in bytes. */
  private static final int COPY_BYTES = 64 * Blake3Spec.CHUNK_BYTES;

  private final int[] key;
  private final int flags;
  private final IntFunction<Kernel> kernels;
  private final SubtreeStack subtrees;

  /**
   * The input after the last whole chunk in {@link #subtrees}. A full chunk stays here as long as
   * it may be the only one, and so the root.
   */
  private final byte[] pending = new byte[Blake3Spec.CHUNK_BYTES];

  private int pendingBytes;

  /** Chaining values of one batch; grows to what the largest batch needs. */
  private int[] cvs = {};

  /** Copy of a piece of a buffer; allocated when first needed. */
  private byte[] copy;

  Blake3Hasher(int[] key, int flags) {
    this(key, flags, Kernels::forChunks);
  }

  /**
   * Makes a hasher that uses certain kernels.
   *
   * @param kernels returns the kernel for a number of whole chunks
   */
  Blake3Hasher(int[] key, int flags, IntFunction<Kernel> kernels) {
    this.key = key;
    this.flags = flags;
    this.kernels = kernels;
    subtrees = new SubtreeStack(key, flags);
  }

  /**
   * Adds bytes of an array to the input.
   *
   * @return this hasher
   */
  public Blake3Hasher update(byte[] data, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, data.length);
    int at = offset;
    int end = offset + length;
    if (pendingBytes > 0) {
      at += appendPending(data, at, end - at);
      if (at == end) {
        return this;
      }
      absorb(pending, 0, 1);
      pendingBytes = 0;
    }
    boolean maybeRoot = subtrees.chunks() == 0 && end - at == Blake3Spec.CHUNK_BYTES;
    if (!maybeRoot) {
      at += absorbWholeChunks(data, at, end - at);
    }
    appendPending(data, at, end - at);
    return this;
  }

  /**
   * Adds the remaining bytes of a buffer, of whatever kind, to the input. The buffer's position
   * moves to its limit.
   *
   * @return this hasher
   */
  public Blake3Hasher update(ByteBuffer data) {
    if (data.hasArray()) {
      update(data.array(), data.arrayOffset() + data.position(), data.remaining());
      data.position(data.limit());
      return this;
    }
    if (copy == null || copy.length < Math.min(data.remaining(), COPY_BYTES)) {
      copy = new byte[Math.min(data.remaining(), COPY_BYTES)];
    }
    while (data.hasRemaining()) {
      int n = Math.min(data.remaining(), copy.length);
      data.get(copy, 0, n);
      update(copy, 0, n);
    }
    return this;
  }

  /** Returns the hash of the input so far. More input may follow. */
  public BlockHash finish() {
    byte[] hash = new byte[BlockHash.SIZE];
    finish(hash, 0, hash.length);
    return BlockHash.of(hash, 0);
  }

  /**
   * Writes output of any length: the hash of the input so far, extended as far as wanted. Shorter
   * outputs are prefixes of longer ones, and the first 32 bytes are what {@link #finish()} returns.
   * More input may follow.
   */
  public void finish(byte[] out, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, out.length);
    long chunks = subtrees.chunks();
    Node lastChunk =
        pendingBytes > 0 || chunks == 0
            ? Node.ofChunk(pending, pendingBytes, key, chunks, flags)
            : null;
    subtrees.root(lastChunk).rootOutput(out, offset, length);
  }

  /**
   * Forgets the input, but not the key.
   *
   * @return this hasher
   */
  public Blake3Hasher reset() {
    subtrees.clear();
    pendingBytes = 0;
    return this;
  }

  /** Copies what fits of some input behind the pending bytes and returns its size. */
  private int appendPending(byte[] data, int offset, int length) {
    int n = Math.min(length, pending.length - pendingBytes);
    System.arraycopy(data, offset, pending, pendingBytes, n);
    pendingBytes += n;
    return n;
  }

  /** Hashes the whole chunks at the beginning of some input and returns their size in bytes. */
  private int absorbWholeChunks(byte[] data, int offset, int length) {
    int whole = length / Blake3Spec.CHUNK_BYTES;
    for (int done = 0; done < whole; done += MAX_BATCH) {
      absorb(data, offset + done * Blake3Spec.CHUNK_BYTES, Math.min(whole - done, MAX_BATCH));
    }
    return whole * Blake3Spec.CHUNK_BYTES;
  }

  /** Hashes a batch of whole chunks, at least two unless there were some before or more will be. */
  private void absorb(byte[] data, int offset, int count) {
    if (cvs.length < count * Blake3Spec.CV_WORDS) {
      cvs = new int[count * Blake3Spec.CV_WORDS];
    }
    Kernel kernel = kernels.apply(count);
    kernel.hashChunks(data, offset, count, key, subtrees.chunks(), flags, cvs, 0);
    int subtree;
    for (int first = 0; first < count; first += subtree) {
      subtree = subtreeAt(subtrees.chunks(), count - first);
      for (int parents = subtree / 2; parents >= 2; parents /= 2) {
        kernel.hashParents(cvs, first, parents, key, flags, first);
      }
      subtrees.push(cvs, first, subtree);
    }
  }

  /** Returns the size of the largest complete subtree that begins at some chunk. */
  private static int subtreeAt(long firstChunk, int available) {
    int largest = Integer.highestOneBit(available);
    return firstChunk == 0 ? largest : (int) Math.min(largest, Long.lowestOneBit(firstChunk));
  }
}
