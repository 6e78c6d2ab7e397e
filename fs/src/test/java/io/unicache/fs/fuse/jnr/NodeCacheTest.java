package io.unicache.fs.fuse.jnr;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class NodeCacheTest {

  private final NodeCache cache = new NodeCache();

  @Test
  void theFirstOpenHasNoPagesToKeep() {
    assertFalse(cache.use(10, 1));
    assertTrue(cache.use(10, 1));
  }

  @Test
  void aNodeThatShowsAnotherInodeHasTheWrongPages() {
    cache.use(10, 1);
    assertFalse(cache.use(10, 2));
    assertFalse(cache.use(10, 1));
  }

  @Test
  void useThroughAnotherNameMakesPagesDoubtful() {
    cache.use(10, 1);
    assertFalse(cache.use(11, 1));
    assertFalse(cache.use(10, 1));
    assertTrue(cache.use(10, 1));
  }

  @Test
  void aNewFilesPagesAreItsOwn() {
    cache.created(10, 1);
    assertTrue(cache.use(10, 1));
  }

  @Test
  void aNewFileThatWasUsedThroughAnotherNameIsDoubtful() {
    cache.use(11, 1);
    cache.created(10, 1);
    assertFalse(cache.use(10, 1));
  }

  @Test
  void forgetsWhatWasNotUsedForLong() {
    cache.use(1, 1);
    for (long i = 2; i <= (1 << 16) + 1; i++) {
      cache.use(i, i);
    }
    assertFalse(cache.use(1, 1));
  }
}
