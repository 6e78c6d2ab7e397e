package io.unicache.store.hash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.unicache.store.block.BlockHash;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every kernel must do: give the hashes that Bouncy Castle gives, however it is fed. */
class KernelContractTest {

  private static final int MAX_LENGTH = 2 * 1024 * 1024 + 1;

  private static final byte[] INPUT = TestInput.official(MAX_LENGTH + 4096);

  private final Random random = new Random(1);

  @ParameterizedTest
  @MethodSource("io.unicache.store.hash.TestKernels#all")
  void officialLengths(Kernel kernel) {
    TestInput.officialLengths()
        .forEach(
            length ->
                assertEquals(
                    TestInput.reference(INPUT, 0, length),
                    TestKernels.hash(kernel, INPUT, 0, length),
                    () -> "length " + length));
  }

  @ParameterizedTest
  @MethodSource("io.unicache.store.hash.TestKernels#all")
  void lengthsAroundPowersOfTwoChunks(Kernel kernel) {
    for (int chunks = 1; chunks * Blake3Spec.CHUNK_BYTES < MAX_LENGTH; chunks *= 2) {
      for (int length = chunks * Blake3Spec.CHUNK_BYTES - 1, i = 0; i < 3; length++, i++) {
        assertEquals(
            TestInput.reference(INPUT, 0, length),
            TestKernels.hash(kernel, INPUT, 0, length),
            "length " + length);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.unicache.store.hash.TestKernels#all")
  void everyNumberOfChunks(Kernel kernel) {
    for (int chunks = 1; chunks < 70; chunks++) {
      int length = chunks * Blake3Spec.CHUNK_BYTES + random.nextInt(Blake3Spec.CHUNK_BYTES);
      int offset = random.nextInt(4096);
      assertEquals(
          TestInput.reference(INPUT, offset, length),
          TestKernels.hash(kernel, INPUT, offset, length),
          () -> "length " + length);
    }
  }

  @ParameterizedTest
  @MethodSource("io.unicache.store.hash.TestKernels#all")
  void piecesMakeNoDifference(Kernel kernel) {
    Blake3Hasher hasher = TestKernels.hasher(kernel);
    for (int i = 0; i < 100; i++) {
      int length = random.nextInt(i < 90 ? 200_000 : MAX_LENGTH);
      int maxPiece = 1 << (1 + random.nextInt(19));
      hasher.reset();
      int done = 0;
      while (done < length) {
        int piece = Math.min(length - done, random.nextInt(maxPiece) + 1);
        hasher.update(INPUT, done, piece);
        done += piece;
        if (random.nextInt(16) == 0) {
          hasher.finish(); // Must not disturb what follows.
        }
      }
      assertEquals(
          TestInput.reference(INPUT, 0, length),
          hasher.finish(),
          "length " + length + ", pieces up to " + maxPiece);
    }
  }

  @ParameterizedTest
  @MethodSource("io.unicache.store.hash.TestKernels#all")
  void buffersOfEveryKind(Kernel kernel) {
    for (int length : new int[] {0, 1, 1024, 5000, 65_536, 65_537, 300_000}) {
      BlockHash expected = TestInput.reference(INPUT, 7, length);
      ByteBuffer heap = ByteBuffer.wrap(INPUT, 7, length);
      ByteBuffer direct = ByteBuffer.allocateDirect(length + 3).position(3).put(heap.duplicate());
      direct.position(3);
      ByteBuffer slice = ByteBuffer.wrap(INPUT, 4, length + 3).slice().position(3);
      for (ByteBuffer buffer : new ByteBuffer[] {heap, heap.asReadOnlyBuffer(), direct, slice}) {
        assertEquals(expected, TestKernels.hasher(kernel).update(buffer).finish());
        assertEquals(0, buffer.remaining());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.unicache.store.hash.TestKernels#all")
  void outputOfAnyLength(Kernel kernel) {
    for (int length : new int[] {0, 64, 1024, 1025, 100_000}) {
      byte[] expected = TestInput.reference(INPUT, 0, length, 1000);
      Blake3Hasher hasher = TestKernels.hasher(kernel).update(INPUT, 0, length);
      for (int outLength : new int[] {0, 1, 31, 32, 33, 63, 64, 65, 128, 131, 1000}) {
        byte[] out = new byte[outLength + 2];
        hasher.finish(out, 1, outLength);
        assertEquals(0, out[0]);
        assertEquals(0, out[outLength + 1]);
        assertArrayEquals(
            Arrays.copyOf(expected, outLength), Arrays.copyOfRange(out, 1, outLength + 1));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.unicache.store.hash.TestKernels#all")
  void resultsStayTheSameWhenTheCompilerHasBeenAtWork(Kernel kernel) {
    // OpenJDK 17's C2 was seen to miscompile an earlier vector kernel after some 800 calls.
    int length = 39 * Blake3Spec.CHUNK_BYTES;
    BlockHash expected = TestInput.reference(INPUT, 0, length);
    for (int i = 0; i < 4000; i++) {
      assertEquals(expected, TestKernels.hash(kernel, INPUT, 0, length));
    }
  }

  @ParameterizedTest
  @MethodSource("io.unicache.store.hash.TestKernels#all")
  void chunkIndicesBeyondAnInt(Kernel kernel) {
    int chunks = 21;
    long firstChunk = (1L << 32) - 5;
    int[] cvs = new int[chunks * Blake3Spec.CV_WORDS];
    kernel.hashChunks(INPUT, 0, chunks, Blake3Spec.iv(), firstChunk, 0, cvs, 0);
    for (int i = 0; i < chunks; i++) {
      byte[] chunk = Arrays.copyOfRange(INPUT, i * 1024, (i + 1) * 1024);
      int[] expected =
          Node.ofChunk(chunk, chunk.length, Blake3Spec.iv(), firstChunk + i, 0).chainingValue();
      int at = i * Blake3Spec.CV_WORDS;
      assertArrayEquals(expected, Arrays.copyOfRange(cvs, at, at + Blake3Spec.CV_WORDS));
    }
  }
}
