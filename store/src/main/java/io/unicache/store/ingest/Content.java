package io.unicache.store.ingest;

import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;

/**
 * What a finished stream of bytes is called.
 *
 * @param id content ID of the manifest
 * @param manifest the blocks and holes
 * @param newBytes bytes of blocks that the store did not have before
 */
public record Content(ContentId id, Manifest manifest, long newBytes) {}
