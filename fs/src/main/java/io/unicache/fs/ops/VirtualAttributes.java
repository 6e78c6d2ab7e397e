package io.unicache.fs.ops;

import io.unicache.store.Store;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.hash.Blake3;
import io.unicache.store.meta.Inode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Extended attributes of regular files that are worked out when they are asked for. All speak of
 * the committed content.
 */
final class VirtualAttributes {

  /** Content ID, 64 hex digits. */
  static final String ID = "user.unicache.id";

  /** Number of the blocks that the content is made of, repeats included. */
  static final String BLOCKS = "user.unicache.blocks";

  /** Bytes of blocks that are in no other content. */
  static final String UNIQUE_BYTES = "user.unicache.unique-bytes";

  static final List<String> NAMES = List.of(ID, BLOCKS, UNIQUE_BYTES);

  /**
   * Those that a copy has as well, wherever it lies. A program that copies what is listed would
   * find the others changed the next time, though nobody has touched the file.
   */
  static final List<String> LISTED = List.of(ID, BLOCKS);

  private static final ContentId EMPTY =
      new ContentId(Blake3.hash(ByteBuffer.wrap(Manifest.EMPTY.encode())));

  private final Store store;

  VirtualAttributes(Store store) {
    this.store = store;
  }

  /** Returns one of {@link #NAMES}; throws Missing if the content has just been replaced. */
  byte[] get(Inode inode, String name) throws CacheException {
    Optional<ContentId> content = inode.content();
    String value =
        switch (name) {
          case ID -> content.orElse(EMPTY).toString();
          case BLOCKS -> content.isEmpty() ? "0" : Integer.toString(blocks(content.get()));
          case UNIQUE_BYTES ->
              content.isEmpty() ? "0" : Long.toString(store.uniqueBytes(content.get()));
          default -> throw new IllegalArgumentException(name);
        };
    return value.getBytes(StandardCharsets.US_ASCII);
  }

  private int blocks(ContentId id) throws CacheException {
    return store
        .meta()
        .manifest(id)
        .orElseThrow(
            () -> new CacheException.Missing("content " + id + " of a file has no manifest"))
        .manifest()
        .blocks()
        .size();
  }
}
