package io.unicache.store.check;

import io.unicache.store.error.CacheException;
import io.unicache.store.pack.PackSet;

/** Looks for blocks that the packs have once more, or that only the block table has forgotten. */
final class PackCopies implements BlockRestore.Source {

  private final PackSet packs;

  PackCopies(PackSet packs) {
    this.packs = packs;
  }

  @Override
  public void search(BlockRestore.Wanted wanted) throws CacheException {
    for (int pack : packs.numbers()) {
      packs.inspectIndex(
          pack,
          block -> {
            if (wanted.contains(block.hash(), block.location().length())) {
              wanted.offer(
                  block.hash(), block.location(), "pack " + pack + ", which has it as well");
            }
          },
          (number, damage) -> {});
    }
  }
}
