package io.unicache.store.meta;

import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;

/**
 * A row of the manifest table.
 *
 * @param id the content ID
 * @param manifest the content
 * @param references how many inodes and stored files have this content, at least 1
 */
public record ManifestEntry(ContentId id, Manifest manifest, long references) {}
