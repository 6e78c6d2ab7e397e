package io.unicache.store.hash;

/**
 * The part of BLAKE3 where the time goes: compressing many chunks, or many inner nodes, that do not
 * depend on one another.
 *
 * <p>Arrays of chaining values hold eight ints for each and are indexed here by chaining value, not
 * by int. Arguments are trusted: callers check ranges. Kernels have no state that callers could see
 * and may be used by any number of threads at once, on arrays that are not shared.
 */
interface Kernel {

  /** Returns a short description for logs, such as {@code "scalar"}. */
  String describe();

  /**
   * Computes the chaining values of whole chunks, none of which is the root.
   *
   * @param data holds the chunks, one after the other
   * @param offset where in {@code data} the first chunk begins, in bytes
   * @param count number of chunks
   * @param key the eight words of the key, or of the initialisation vector
   * @param firstChunk index of the first chunk within the whole input
   * @param flags flags of the hashing mode, set in every compression
   * @param cvs receives {@code count} chaining values
   * @param to index in {@code cvs} of the first of them
   */
  void hashChunks(
      byte[] data, int offset, int count, int[] key, long firstChunk, int flags, int[] cvs, int to);

  /**
   * Computes the chaining values of inner nodes, none of which is the root.
   *
   * @param cvs holds the chaining values of the children, pair after pair, and receives those of
   *     the parents
   * @param from index in {@code cvs} of the first child
   * @param count number of parents
   * @param key the eight words of the key, or of the initialisation vector
   * @param flags flags of the hashing mode; {@link Blake3Spec#PARENT} is added to them
   * @param to index in {@code cvs} of the first parent, at most {@code from}: parents may overwrite
   *     children, since none is written before its own children are read
   */
  void hashParents(int[] cvs, int from, int count, int[] key, int flags, int to);
}
