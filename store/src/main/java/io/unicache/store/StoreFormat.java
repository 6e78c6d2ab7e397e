package io.unicache.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.unicache.store.error.CacheException;
import io.unicache.store.os.Directories;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The file {@code store.json}: what was chosen when the store was made. Written atomically, once
 * for each version.
 *
 * @param version format version
 * @param id identity of the store
 * @param blockSize bytes
 * @param chunking how files are cut
 * @param createdBy version of UniCache that made it
 */
record StoreFormat(int version, UUID id, int blockSize, String chunking, String createdBy) {

  /** The version that is written. Version 1 had no second copy of its metadata. */
  static final int CURRENT_VERSION = 2;

  private static final String FILE = "store.json";
  private static final String REMEDY = "; `unicache check --repair` makes it anew";
  private static final String FIXED = "fixed";
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** Tells whether a directory holds a store. */
  static boolean exists(Path store) {
    return Files.exists(store.resolve(FILE));
  }

  /** Tells whether the file is missing from what was a store: its metadata is there. */
  static boolean isLost(Path store) {
    return !exists(store) && Files.exists(store.resolve("meta").resolve("CURRENT"));
  }

  /** Returns the file's bytes, for a copy to be kept of them. */
  static byte[] bytes(Path store) throws CacheException {
    Path file = store.resolve(FILE);
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw CacheException.of("reading " + file, e);
    }
  }

  /** Puts a copy of the file in the place of one that is lost or damaged. */
  static void restore(Path store, byte[] copy) throws CacheException {
    write(store, ByteBuffer.wrap(copy));
  }

  /** Makes a new format and writes it. */
  static StoreFormat create(Path store, OptionalInt blockSize, String createdBy)
      throws CacheException {
    StoreFormat format =
        new StoreFormat(
            CURRENT_VERSION,
            UUID.randomUUID(),
            checkBlockSize(blockSize.orElse(StoreConfig.DEFAULT_BLOCK_SIZE)),
            FIXED,
            createdBy);
    format.write(store);
    return format;
  }

  /** Throws InvalidArgument unless a store may have blocks of so many bytes. */
  static int checkBlockSize(int bytes) throws CacheException {
    if (bytes < StoreConfig.MIN_BLOCK_SIZE
        || bytes > StoreConfig.MAX_BLOCK_SIZE
        || Integer.bitCount(bytes) != 1) {
      throw new CacheException.InvalidArgument(
          "block size "
              + bytes
              + " is not possible; it must be a power of two from 64 KiB to 16 MiB");
    }
    return bytes;
  }

  private void write(Path store) throws CacheException {
    ObjectNode json =
        JSON.createObjectNode()
            .put("format", version)
            .put("id", id.toString())
            .put("blockSize", blockSize)
            .put("chunking", chunking)
            .put("createdBy", createdBy)
            .put("createdAt", Instant.now().toString());
    replace(store, json);
  }

  /** Says that a store has another version from now on; everything else stays. */
  StoreFormat raise(Path store, int to) throws CacheException {
    ObjectNode json = readObject(store);
    json.remove("crc32c");
    replace(store, json.put("format", to));
    return new StoreFormat(to, id, blockSize, chunking, createdBy);
  }

  private static void replace(Path store, ObjectNode json) throws CacheException {
    json.put("crc32c", checksum(json));
    try {
      write(store, StandardCharsets.UTF_8.encode(JSON.writeValueAsString(json) + "\n"));
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalStateException("an object of strings and numbers", e);
    }
  }

  private static void write(Path store, ByteBuffer text) throws CacheException {
    Path file = store.resolve(FILE);
    Path temporary = store.resolve(FILE + ".new");
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        while (text.hasRemaining()) {
          channel.write(text);
        }
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      Directories.sync(store);
    } catch (IOException e) {
      throw CacheException.of("writing " + file, e);
    }
  }

  /** Reads and checks the format of a store. */
  static StoreFormat read(Path store) throws CacheException {
    Path file = store.resolve(FILE);
    ObjectNode json = readObject(store);
    int version = json.path("format").asInt();
    if (version < 1) {
      throw new CacheException.Corrupt(file + " does not say which format it has" + REMEDY);
    }
    if (version > CURRENT_VERSION) {
      throw new CacheException.Version(
          file
              + " has format "
              + json.path("format").asText("none")
              + ", and this UniCache reads up to "
              + CURRENT_VERSION
              + "; use the version that made it ("
              + json.path("createdBy").asText("unknown")
              + ") or a newer one");
    }
    if (!checksum(json).equals(json.path("crc32c").asText())) {
      throw new CacheException.Corrupt(
          file + " does not have its checksum: it was changed or is damaged" + REMEDY);
    }
    String chunking = json.path("chunking").asText();
    if (!FIXED.equals(chunking)) {
      throw new CacheException.Version(
          file + " has chunking '" + chunking + "', which this UniCache does not know");
    }
    try {
      return new StoreFormat(
          version,
          UUID.fromString(json.path("id").asText()),
          checkBlockSize(json.path("blockSize").asInt()),
          chunking,
          json.path("createdBy").asText());
    } catch (IllegalArgumentException e) {
      throw new CacheException.Corrupt(file + " has no valid ID", e);
    }
  }

  private static ObjectNode readObject(Path store) throws CacheException {
    Path file = store.resolve(FILE);
    try {
      JsonNode json = JSON.readTree(Files.readString(file));
      if (json instanceof ObjectNode object) {
        return object;
      }
      throw new CacheException.Corrupt(file + " is not a JSON object" + REMEDY);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new CacheException.Corrupt(
          file + " is not JSON: " + e.getOriginalMessage().lines().findFirst().orElse("") + REMEDY,
          e);
    } catch (IOException e) {
      throw CacheException.of("reading " + file, e);
    }
  }

  /** CRC32C of the compact JSON without the checksum, as 8 hex digits. */
  private static String checksum(ObjectNode json) {
    ObjectNode bare = json.deepCopy();
    bare.remove("crc32c");
    CRC32C crc = new CRC32C();
    crc.update(bare.toString().getBytes(StandardCharsets.UTF_8));
    return String.format("%08x", crc.getValue());
  }
}
