package io.unicache.cli;

import io.unicache.store.CacheService;
import io.unicache.store.StoreConfig;
import io.unicache.store.error.CacheException;

/** Opens a store's service; tests put another in its place. */
@FunctionalInterface
interface Services {

  CacheService open(StoreConfig config) throws CacheException;
}
