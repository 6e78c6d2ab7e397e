package io.unicache.store.file;

import io.unicache.store.error.CacheException;

/** Makes the metadata durable, and all blocks that it names before. */
@FunctionalInterface
public interface MetadataSync {
  void sync() throws CacheException;
}
