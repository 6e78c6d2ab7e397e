package io.unicache.store;

import io.unicache.store.check.BlockTableRebuild;
import io.unicache.store.check.Finding;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaRestore;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.os.Directories;
import io.unicache.store.pack.PackSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Makes the metadata of a store anew where it cannot be opened, or has damaged files that cannot be
 * made from others: rows from the ledger, the block table from the packs. What there was is kept
 * beside. For a repair, before the store is opened.
 */
final class MetadataRestore {

  private final Path store;
  private final Path meta;
  private final Path ledger;
  private final StoreFormat format;

  /** Whether the last owner left without closing the store: then an index may name lost blocks. */
  private final boolean crashed;

  MetadataRestore(Path store, StoreFormat format, boolean crashed) {
    this.store = store;
    this.meta = store.resolve(StoreParts.META);
    this.ledger = store.resolve(StoreParts.LEDGER);
    this.format = format;
    this.crashed = crashed;
  }

  /** Does it if need be; returns what was found, nothing if the metadata can be used. */
  List<Finding> run() throws CacheException {
    Optional<String> problem = problem();
    if (problem.isEmpty()) {
      return List.of();
    }
    Path made = meta.resolveSibling("meta.new");
    delete(made);
    MetaRestore.Result restored;
    try {
      restored = MetaRestore.restore(made, ledger, format.id());
    } catch (CacheException.Missing e) {
      delete(made);
      return List.of(); // Whether what is left can be used shows when the store is opened.
    }
    BlockTableRebuild.Result blocks = rebuildBlocks(made);
    Path old = putAside(made);
    MetaRestore.restartLedger(meta, ledger, format.id());
    List<Finding> findings = new ArrayList<>();
    findings.add(
        finding(
            "meta/",
            problem.get()
                + "; made anew from the ledger, with "
                + restored.rows()
                + " rows and "
                + blocks.rows()
                + " blocks"
                + (old == null ? "" : "; what there was is in " + old.getFileName())));
    restored.damage().forEach(damage -> findings.add(finding("ledger/", damage)));
    return findings;
  }

  private static Finding finding(String where, String problem) {
    return new Finding(Finding.Kind.METADATA, where, List.of(), problem, Finding.State.REPAIRED);
  }

  /** Returns why the metadata cannot be used, if it cannot. */
  private Optional<String> problem() throws CacheException {
    try {
      StoreParts.requireMetadata(store);
      if (!MetaStore.exists(meta)) {
        return Optional.empty(); // A store that was never used.
      }
      try (MetaStore opened = MetaStore.open(places(), format.id(), false)) {
        return opened.irreplaceableDamage();
      }
    } catch (CacheException.Corrupt e) {
      return Optional.of(e.getMessage());
    }
  }

  private MetaStore.Places places() {
    return new MetaStore.Places(meta, ledger, store.resolve(StoreParts.RESERVE));
  }

  private BlockTableRebuild.Result rebuildBlocks(Path made) throws CacheException {
    CloseStack parts = new CloseStack();
    try {
      PackSet packs = parts.add(PackSet.open(store.resolve(StoreParts.PACKS), format.id()));
      MetaStore opened = parts.add(MetaStore.open(made));
      BlockTableRebuild.Result result = new BlockTableRebuild(packs, opened, crashed).run();
      opened.sync();
      parts.close();
      return result;
    } catch (CacheException | RuntimeException | Error e) {
      parts.closeAfter(e);
      throw e;
    }
  }

  /** Puts the new metadata in the place of the old; returns where that is now, null if none was. */
  private Path putAside(Path made) throws CacheException {
    try {
      Path old = null;
      if (Files.exists(meta)) {
        int number = 1;
        do {
          old = meta.resolveSibling("meta.damaged" + number++);
        } while (Files.exists(old));
        Files.move(meta, old, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.move(made, meta, StandardCopyOption.ATOMIC_MOVE);
      Directories.sync(store);
      return old;
    } catch (IOException e) {
      throw CacheException.of("putting " + made + " in the place of " + meta, e);
    }
  }

  private static void delete(Path directory) throws CacheException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw CacheException.of("removing " + directory, e);
    }
  }
}
