package io.unicache.store.ingest;

import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.hash.Blake3;

/**
 * What a finished stream of bytes is called.
 *
 * @param id content ID of the manifest
 * @param manifest the blocks and holes
 * @param newBytes bytes of blocks that the store did not have before
 */
public record Content(ContentId id, Manifest manifest, long newBytes) {

  /** Content ID of the empty file. */
  public static final ContentId EMPTY_ID = idOf(Manifest.EMPTY);

  /** Names a manifest. */
  public static Content of(Manifest manifest, long newBytes) {
    return new Content(idOf(manifest), manifest, newBytes);
  }

  /** Returns the content ID of a manifest. */
  public static ContentId idOf(Manifest manifest) {
    byte[] encoded = manifest.encode();
    return new ContentId(Blake3.hash(encoded, 0, encoded.length));
  }
}
