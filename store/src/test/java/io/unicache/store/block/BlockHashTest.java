package io.unicache.store.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockHashTest {

  private static final String HEX =
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1dfeff";

  private final Random random = new Random(1);

  private byte[] randomBytes() {
    byte[] bytes = new byte[BlockHash.SIZE];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void hexadecimalFormIsOfTheBytesInOrder() {
    BlockHash hash = BlockHash.parse(HEX);
    assertEquals(HEX, hash.toString());
    assertEquals(1, hash.toBytes()[1]);
    assertEquals((byte) 0xff, hash.toBytes()[31]);
    assertEquals(hash, BlockHash.parse(HEX.toUpperCase(Locale.ROOT)));
  }

  @Test
  void malformedTextIsRefusedWithAReason() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> BlockHash.parse("abc")).getMessage();
    assertTrue(message.contains("64 hexadecimal digits, not 3"), message);
    String notHex = "g" + HEX.substring(1);
    message =
        assertThrows(IllegalArgumentException.class, () -> BlockHash.parse(notHex)).getMessage();
    assertTrue(message.contains(notHex), message);
  }

  @Test
  void arrayOfAnotherLengthIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> BlockHash.of(new byte[31]));
    assertThrows(IllegalArgumentException.class, () -> BlockHash.of(new byte[33]));
    assertThrows(IndexOutOfBoundsException.class, () -> BlockHash.of(new byte[33], 2));
  }

  @Test
  void bytesSurviveEveryWayInAndOut() {
    byte[] bytes = randomBytes();
    BlockHash hash = BlockHash.of(bytes);
    assertArrayEquals(bytes, hash.toBytes());

    byte[] padded = new byte[BlockHash.SIZE + 5];
    hash.writeTo(padded, 3);
    assertEquals(hash, BlockHash.of(padded, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> hash.writeTo(padded, 6));

    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(BlockHash.SIZE + 1).order(order);
      hash.writeTo(buffer);
      assertEquals(BlockHash.SIZE, buffer.position());
      assertThrows(BufferOverflowException.class, () -> hash.writeTo(buffer));
      buffer.flip();
      assertEquals(bytes[0], buffer.get(0));
      assertEquals(hash, BlockHash.read(buffer));
      assertThrows(BufferUnderflowException.class, () -> BlockHash.read(buffer));
    }
  }

  @Test
  void orderIsThatOfUnsignedBytes() {
    for (int i = 0; i < 2000; i++) {
      byte[] a = randomBytes();
      byte[] b = a.clone();
      // Differ in one byte, so that every byte gets to decide.
      b[i % BlockHash.SIZE] = (byte) random.nextInt();
      int expected = Integer.signum(Arrays.compareUnsigned(a, b));
      BlockHash x = BlockHash.of(a);
      BlockHash y = BlockHash.of(b);
      assertEquals(expected, Integer.signum(x.compareTo(y)));
      assertEquals(expected, Integer.signum(x.toString().compareTo(y.toString())));
      assertEquals(expected == 0, x.equals(y));
    }
  }

  @Test
  void equalHashesHaveEqualHashCodes() {
    BlockHash hash = BlockHash.of(randomBytes());
    assertEquals(hash.hashCode(), BlockHash.parse(hash.toString()).hashCode());
    assertNotEquals(hash, null);
    assertNotEquals(hash, hash.toString());
  }
}
