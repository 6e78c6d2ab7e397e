package io.unicache.store.meta;

import io.unicache.store.error.CacheException.Namespace;
import io.unicache.store.error.CacheException.Namespace.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A name in a directory: 1 to 255 bytes without '/' and NUL, as Linux has it (any bytes, not only
 * UTF-8). "." and ".." are not names. Or an extended attribute's name, which has fewer rules.
 * Immutable.
 */
public final class Name implements Comparable<Name> {

  /** The longest name, in bytes. */
  public static final int MAX_BYTES = 255;

  private final byte[] bytes;

  private Name(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Checks and wraps a copy of the bytes. */
  public static Name of(byte[] bytes) throws Namespace {
    Name name = ofAttribute(bytes);
    for (byte b : bytes) {
      if (b == '/') {
        throw new Namespace(Reason.INVALID, "a name cannot contain '/'");
      }
    }
    if (bytes[0] == '.' && (bytes.length == 1 || (bytes.length == 2 && bytes[1] == '.'))) {
      throw new Namespace(Reason.INVALID, "'.' and '..' are not names of files");
    }
    return name;
  }

  /** Checks and wraps a copy of the bytes of an extended attribute's name, which may have '/'. */
  public static Name ofAttribute(byte[] bytes) throws Namespace {
    if (bytes.length == 0) {
      throw new Namespace(Reason.NOT_FOUND, "a name cannot be empty");
    }
    if (bytes.length > MAX_BYTES) {
      throw new Namespace(
          Reason.NAME_TOO_LONG,
          "name of " + bytes.length + " bytes; at most " + MAX_BYTES + " are allowed");
    }
    for (byte b : bytes) {
      if (b == 0) {
        throw new Namespace(Reason.INVALID, "a name cannot contain a zero byte");
      }
    }
    return new Name(bytes.clone());
  }

  /** Checks and wraps the UTF-8 bytes of {@code text}. */
  public static Name of(String text) throws Namespace {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Returns a copy of the bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** Orders by unsigned bytes. */
  @Override
  public int compareTo(Name other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Name that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** Returns the bytes read as UTF-8; for people, not for comparing. */
  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
