package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** A real model on the mount, from its first copy to the last one's removal. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ModelIT {

  private static final String RESOURCE = "/all-minilm-l6-v2-q.onnx";

  /** "[CLS] hello world , a sentence is embedded . [SEP]" or so: any tokens do. */
  private static final long[] TOKENS = {101, 7592, 2088, 1010, 1037, 6251, 2003, 11157, 1012, 102};

  private static final int COPIES = 5;

  private static MountedStore mounted;
  private static Path original;
  private static float[] expected;
  private static long storedBefore;
  private static long packBytesBefore;

  @BeforeAll
  static void mount() throws Exception {
    mounted = MountedStore.mounted();
    original = mounted.outside().resolve("original.onnx");
    try (InputStream in = ModelIT.class.getResourceAsStream(RESOURCE)) {
      Files.copy(in, original);
    }
    expected = embedding(original);
    storedBefore = mounted.storedBytes();
    packBytesBefore = mounted.packBytes();
  }

  @AfterAll
  static void unmount() throws IOException {
    if (mounted != null) {
      mounted.close();
    }
  }

  @Test
  @Order(1)
  void loadsFromTheMount() throws Exception {
    Program.of("cp", original, copy(1)).run().expect(0);
    Program.of("cmp", original, copy(1)).run().expect(0);
    assertArrayEquals(expected, embedding(copy(1)));
    Bytes.dropCache(copy(1));
    assertArrayEquals(expected, embedding(copy(1)), "read from the daemon");
  }

  @Test
  @Order(2)
  void moreCopiesTakeNoSpace() throws Exception {
    long stored = mounted.storedBytes();
    long packBytes = mounted.packBytes();
    long size = Files.size(original);
    assertTrue(stored - storedBefore <= size, stored + " bytes stored of " + size);
    for (int i = 2; i <= COPIES; i++) {
      Program.of("cp", original, copy(i)).run().expect(0);
    }
    assertTrue(mounted.storedBytes() - stored < size / 100, "stored: " + mounted.stats());
    assertTrue(mounted.packBytes() - packBytes < size / 100, "packs: " + mounted.packBytes());
    assertEquals(COPIES, mounted.stats().path("files").asLong());
    assertTrue(mounted.stats().path("logicalBytes").asLong() >= COPIES * size);
  }

  @Test
  @Order(3)
  void outlivesTheOtherNames() throws Exception {
    for (int i = 1; i < COPIES; i++) {
      Program.of("rm", copy(i)).run().expect(0);
    }
    mounted.cli().output("gc");
    Bytes.dropCache(copy(COPIES));
    Program.of("cmp", original, copy(COPIES)).run().expect(0);
    assertArrayEquals(expected, embedding(copy(COPIES)));
    mounted.restart();
    Program.of("cmp", original, copy(COPIES)).run().expect(0);
    assertArrayEquals(expected, embedding(copy(COPIES)), "after a remount");
  }

  @Test
  @Order(4)
  void givesItsSpaceBack() throws Exception {
    Program.of("rm", copy(COPIES)).run().expect(0);
    Waiting.until(
        () -> mounted.storedBytes() <= storedBefore, () -> "still stored: " + mounted.log());
    mounted.cli().output("gc");
    long left = mounted.packBytes() - packBytesBefore;
    assertTrue(left < Files.size(original) / 10, left + " bytes are left on the disk");
  }

  private static Path copy(int number) {
    return mounted.root().resolve("model " + number + ".onnx");
  }

  /** Returns the mean of the last layer over all tokens. */
  private static float[] embedding(Path model) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1); // always adds up in the same order
      try (OrtSession session = environment.createSession(model.toString(), options)) {
        return embedding(environment, session);
      }
    }
  }

  private static float[] embedding(OrtEnvironment environment, OrtSession session)
      throws OrtException {
    long[] ones = new long[TOKENS.length];
    Arrays.fill(ones, 1);
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try {
      for (String name : session.getInputNames()) {
        long[] values =
            switch (name) {
              case "input_ids" -> TOKENS;
              case "attention_mask" -> ones;
              case "token_type_ids" -> new long[TOKENS.length];
              default -> throw new AssertionError("the model wants " + name);
            };
        inputs.put(name, OnnxTensor.createTensor(environment, new long[][] {values}));
      }
      try (OrtSession.Result result = session.run(inputs)) {
        return mean(((float[][][]) result.get(0).getValue())[0]);
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  private static float[] mean(float[][] layer) {
    float[] sum = new float[layer[0].length];
    for (float[] token : layer) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += token[i] / layer.length;
      }
    }
    return sum;
  }
}
