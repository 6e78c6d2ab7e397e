package io.unicache.fs.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ModelFormatTest {

  private static Optional<ModelFormat> of(byte[] start, long size) {
    return ModelFormat.of(ByteBuffer.allocate(ModelFormat.HEAD_BYTES).put(0, start), size);
  }

  private static byte[] safetensors(long header) {
    return ByteBuffer.allocate(10)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header)
        .put((byte) '{')
        .put((byte) '"')
        .array();
  }

  @Test
  void recognisesSafetensors() {
    assertEquals(Optional.of(ModelFormat.SAFETENSORS), of(safetensors(500), 10_000));
    assertEquals(Optional.empty(), of(safetensors(500), 507), "the header does not fit");
    assertEquals(Optional.empty(), of(safetensors(-1), 10_000));
    assertEquals(Optional.empty(), of(safetensors(200_000_000), 1L << 40));
  }

  @Test
  void recognisesGguf() {
    byte[] start = {'G', 'G', 'U', 'F', 3, 0, 0, 0};
    assertEquals(Optional.of(ModelFormat.GGUF), of(start, 100));
    start[7] = 1;
    assertEquals(Optional.empty(), of(start, 100));
  }

  @Test
  void recognisesOnnx() {
    byte[] start = "\b\7\22\7pytorch\32".getBytes(StandardCharsets.ISO_8859_1);
    assertEquals(Optional.of(ModelFormat.ONNX), of(start, 100));
    start[2] = 'x';
    assertEquals(Optional.empty(), of(start, 100));
  }

  @Test
  void othersAreNoModels() {
    assertEquals(Optional.empty(), of("{\"json\": 1}".getBytes(StandardCharsets.UTF_8), 100));
    assertEquals(Optional.empty(), of(new byte[16], 100));
    assertEquals(Optional.empty(), ModelFormat.of(ByteBuffer.allocate(3), 3));
  }
}
