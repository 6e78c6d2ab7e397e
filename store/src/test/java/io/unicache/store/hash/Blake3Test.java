package io.unicache.store.hash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.unicache.store.block.BlockHash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hashes made with the reference implementation's b3sum 1.2.0, of the official vectors' input. */
class Blake3Test {

  @ParameterizedTest
  @CsvSource({
    "0, af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    "1, 2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
    "2, 7b7015bb92cf0b318037702a6cdd81dee41224f734684c2c122cd6359cb1ee63",
    "3, e1be4d7a8ab5560aa4199eea339849ba8e293d55ca0a81006726d184519e647f",
    "63, e9bc37a594daad83be9470df7f7b3798297c3d834ce80ba85d6e207627b7db7b",
    "64, 4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98",
    "65, de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee",
    "127, d81293fda863f008c09e92fc382a81f5a0b4a1251cba1634016a0f86a6bd640d",
    "128, f17e570564b26578c33bb7f44643f539624b05df1a76c81f30acd548c44b45ef",
    "129, 683aaae9f3c5ba37eaaf072aed0f9e30bac0865137bae68b1fde4ca2aebdcb12",
    "1023, 10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11",
    "1024, 42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7",
    "1025, d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444",
    "2048, e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a",
    "2049, 5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030",
    "3072, b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2",
    "3073, 7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3",
    "4096, 015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969",
    "4097, 9b4052b38f1c5fc8b1f9ff7ac7b27cd242487b3d890d15c96a1c25b8aa0fb995",
    "5120, 9cadc15fed8b5d854562b26a9536d9707cadeda9b143978f319ab34230535833",
    "8192, aae792484c8efe4f19e2ca7d371d8c467ffb10748d8a5a1ae579948f718a2a63",
    "8193, bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b",
    "16384, f875d6646de28985646f34ee13be9a576fd515f76b5b0a26bb324735041ddde4",
    "31744, 62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47",
    "102400, bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085",
    "2097153, 52dc212cb4cc61cb94d25bd7b1d47b256e4c3a6d68956df50c235c37a2aeacd7"
  })
  void hashesAreThoseOfTheReferenceImplementation(int length, String hash) {
    byte[] input = TestInput.official(length);
    assertEquals(BlockHash.parse(hash), Blake3.hash(input, 0, length));
    ByteBuffer buffer = ByteBuffer.wrap(input);
    assertEquals(BlockHash.parse(hash), Blake3.hash(buffer));
    assertEquals(length, buffer.remaining());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26",
    "1, 6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b",
    "1024, 75c46f6f3d9eb4f55ecaaee480db732e6c2105546f1e675003687c31719c7ba4",
    "1025, 357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69",
    "102400, 1c35d1a5811083fd7119f5d5d1ba027b4d01c0c6c49fb6ff2cf75393ea5db4a7"
  })
  void keyedHashesAreThoseOfTheReferenceImplementation(int length, String hash) {
    byte[] key = "whats the Elvish word for friend".getBytes(StandardCharsets.US_ASCII);
    Blake3Hasher hasher = Blake3.keyedHasher(key);
    for (int use = 0; use < 2; use++) {
      hasher.update(TestInput.official(length), 0, length);
      assertEquals(BlockHash.parse(hash), hasher.finish());
      hasher.reset();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 2cc39783c223154fea8dfb7c1b1660f2ac2dcbd1c1de8277b0b0dd39b7e50d7d",
    "1, b3e2e340a117a499c6cf2398a19ee0d29cca2bb7404c73063382693bf66cb06c",
    "1024, 7356cd7720d5b66b6d0697eb3177d9f8d73a4a5c5e968896eb6a689684302706",
    "1025, effaa245f065fbf82ac186839a249707c3bddf6d3fdda22d1b95a3c970379bcb",
    "102400, 4652cff7a3f385a6103b5c260fc1593e13c778dbe608efb092fe7ee69df6e9c6"
  })
  void derivedKeysAreThoseOfTheReferenceImplementation(int length, String key) {
    Blake3Hasher hasher = Blake3.keyDeriver("BLAKE3 2019-12-27 16:29:52 test vectors context");
    hasher.update(TestInput.official(length), 0, length);
    assertEquals(BlockHash.parse(key), hasher.finish());
  }

  @Test
  void keyOfAnotherLengthIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Blake3.keyedHasher(new byte[31]));
  }

  @Test
  void rangeOutsideTheArrayIsRefused() {
    assertThrows(IndexOutOfBoundsException.class, () -> Blake3.hash(new byte[10], 5, 6));
    assertThrows(IndexOutOfBoundsException.class, () -> Blake3.hasher().finish(new byte[10], 5, 6));
  }

  @Test
  void engineHasAName() {
    assertFalse(Blake3.engine().isEmpty());
  }
}
