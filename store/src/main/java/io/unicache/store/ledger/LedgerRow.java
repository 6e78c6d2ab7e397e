package io.unicache.store.ledger;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/** A row of a table, as it is from now on. The arrays are not copied and must not be changed. */
public final class LedgerRow {

  private static final int HEAD_BYTES = 1 + 2 * Integer.BYTES;

  private final int table;
  private final byte[] key;
  private final byte[] value;

  /**
   * Makes a row.
   *
   * @param table code of the table, 1 to 127
   * @param value null if the row is gone
   */
  public LedgerRow(int table, byte[] key, byte[] value) {
    this.table = table;
    this.key = key;
    this.value = value;
  }

  /** Returns the code of the table. */
  public int table() {
    return table;
  }

  public byte[] key() {
    return key;
  }

  /** Returns null if the row is gone. */
  public byte[] value() {
    return value;
  }

  /** Returns how many bytes the row takes. */
  int bytes() {
    return Math.addExact(HEAD_BYTES, Math.addExact(key.length, value == null ? 0 : value.length));
  }

  void put(ByteBuffer out) {
    out.put((byte) table).putInt(key.length).putInt(value == null ? 0 : value.length + 1).put(key);
    if (value != null) {
      out.put(value);
    }
  }

  /**
   * Reads a row.
   *
   * @throws BufferUnderflowException if there is none
   */
  static LedgerRow get(ByteBuffer in) {
    int table = in.get();
    int keyLength = in.getInt();
    int valueLength = in.getInt() - 1;
    byte[] key = bytes(in, keyLength);
    return new LedgerRow(table, key, valueLength < 0 ? null : bytes(in, valueLength));
  }

  private static byte[] bytes(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }
}
