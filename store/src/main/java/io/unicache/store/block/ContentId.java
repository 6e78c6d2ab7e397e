package io.unicache.store.block;

import java.util.regex.Pattern;

/**
 * Names a file's content: BLAKE3-256 of the canonical encoding of its {@link Manifest}.
 *
 * @param hash the digest
 */
public record ContentId(BlockHash hash) implements Comparable<ContentId> {

  /** The fewest hex digits that may abbreviate a content ID. */
  public static final int MIN_PREFIX = 6;

  private static final Pattern PREFIX = Pattern.compile("[0-9a-f]{" + MIN_PREFIX + ",64}");

  /**
   * Parses 64 lower-case hex digits.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static ContentId parse(String hex) {
    return new ContentId(BlockHash.parse(hex));
  }

  /** Tells whether the text could be a content ID or an abbreviation of one. */
  public static boolean isPrefix(String text) {
    return PREFIX.matcher(text).matches();
  }

  @Override
  public int compareTo(ContentId other) {
    return hash.compareTo(other.hash);
  }

  /** Returns 64 lower-case hex digits. */
  @Override
  public String toString() {
    return hash.toString();
  }
}
