package io.unicache.fs.ops;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** Formats of machine-learning models, recognised by how a file begins. */
public enum ModelFormat {
  /** Length of a JSON header (u64), the header, tensors. */
  SAFETENSORS,

  /** The magic number GGUF, version, metadata, tensors. */
  GGUF,

  /** A protocol buffer with an ONNX ModelProto. */
  ONNX;

  /** Bytes from the start of a file that are enough to tell. */
  public static final int HEAD_BYTES = 16;

  /** The format's own limit. */
  private static final long LARGEST_HEADER = 100_000_000;

  private static final int GGUF_MAGIC = 0x46554747;
  private static final int GGUF_LARGEST_VERSION = 1000;

  // Tags of ModelProto's fields in their order: ir_version, then producer_name, graph or
  // opset_import.
  private static final byte ONNX_IR_VERSION = 0x08;
  private static final byte ONNX_PRODUCER = 0x12;
  private static final byte ONNX_GRAPH = 0x3a;
  private static final byte ONNX_OPSET = 0x42;
  private static final int ONNX_LARGEST_IR = 100;

  /**
   * Recognises a format.
   *
   * @param head the file's first bytes, {@link #HEAD_BYTES} if it has so many
   * @param size the file's size in bytes
   */
  public static Optional<ModelFormat> of(ByteBuffer head, long size) {
    ByteBuffer bytes = head.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.remaining() < HEAD_BYTES) {
      return Optional.empty();
    }
    long header = bytes.getLong(0);
    if (header >= 2 && header <= Math.min(LARGEST_HEADER, size - 8) && bytes.get(8) == '{') {
      return Optional.of(SAFETENSORS);
    }
    if (bytes.getInt(0) == GGUF_MAGIC
        && bytes.getInt(4) >= 1
        && bytes.getInt(4) <= GGUF_LARGEST_VERSION) {
      return Optional.of(GGUF);
    }
    return isOnnx(bytes) ? Optional.of(ONNX) : Optional.empty();
  }

  private static boolean isOnnx(ByteBuffer bytes) {
    byte version = bytes.get(1);
    byte next = bytes.get(2);
    return bytes.get(0) == ONNX_IR_VERSION
        && version >= 1
        && version <= ONNX_LARGEST_IR
        && (next == ONNX_PRODUCER || next == ONNX_GRAPH || next == ONNX_OPSET);
  }
}
