package io.unicache.store.check;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.ByteRange;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.ManifestEntry;
import io.unicache.store.meta.MetaSnapshot;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tells which bytes of which files are damaged, by path and ID. Used by one thread. */
final class Holders {

  private static final System.Logger LOG = System.getLogger(Holders.class.getName());

  /** Contents that are told of at once; each time costs a walk through the tree. */
  private static final int CONTENTS_AT_ONCE = 1 << 16;

  /**
   * What is damaged of a content.
   *
   * @param ranges null for all of it, whatever its length
   */
  private record Affected(List<ByteRange> ranges, String problem) {

    List<ByteRange> ranges(long size) {
      return ranges == null ? List.of(new ByteRange(0, size)) : ranges;
    }
  }

  private final MetaSnapshot snapshot;
  private final Report report;
  private final Map<ContentId, Affected> contents = new HashMap<>();

  Holders(MetaSnapshot snapshot, Report report) {
    this.snapshot = snapshot;
    this.report = report;
  }

  void ofBlocks(Map<BlockHash, DamagedBlocks.Damaged> blocks) throws CacheException {
    Set<BlockHash> unnamed = new HashSet<>(blocks.keySet());
    asFarAsPossible(
        () ->
            snapshot.manifests(
                null,
                entry -> {
                  Affected affected = affected(entry, blocks, unnamed);
                  if (affected != null) {
                    contents.put(entry.id(), affected);
                    if (contents.size() == CONTENTS_AT_ONCE) {
                      tell();
                    }
                  }
                  return true;
                }));
    tell();
    for (BlockHash hash : unnamed) {
      report.lost("block " + hash, List.of(), blocks.get(hash).problem());
    }
  }

  @FunctionalInterface
  private interface Scan {
    void run() throws CacheException;
  }

  /** A table that cannot be read is told of by itself; here it only means that less is known. */
  private static void asFarAsPossible(Scan scan) throws CacheException {
    try {
      scan.run();
    } catch (CacheException.Corrupt e) {
      LOG.log(Level.DEBUG, "not all holders of damaged blocks can be found", e);
    }
  }

  private static Affected affected(
      ManifestEntry entry, Map<BlockHash, DamagedBlocks.Damaged> blocks, Set<BlockHash> unnamed) {
    Manifest manifest = entry.manifest();
    List<ByteRange> ranges = new ArrayList<>();
    String problem = null;
    for (int i = 0; i < manifest.extents(); i++) {
      DamagedBlocks.Damaged damaged = manifest.isHole(i) ? null : blocks.get(manifest.hash(i));
      if (damaged != null) {
        unnamed.remove(manifest.hash(i));
        problem =
            problem == null ? "block " + manifest.hash(i) + ": " + damaged.problem() : problem;
        add(ranges, new ByteRange(manifest.start(i), manifest.length(i)));
      }
    }
    return problem == null ? null : new Affected(ranges, problem);
  }

  private static void add(List<ByteRange> ranges, ByteRange range) {
    int last = ranges.size() - 1;
    if (last >= 0 && ranges.get(last).end() == range.offset()) {
      long offset = ranges.get(last).offset();
      ranges.set(last, new ByteRange(offset, range.end() - offset));
    } else {
      ranges.add(range);
    }
  }

  void ofContents(Map<ContentId, String> lost) throws CacheException {
    lost.forEach(
        (id, problem) -> contents.put(id, new Affected(null, "content " + id + ": " + problem)));
    tell();
  }

  private void tell() throws CacheException {
    if (contents.isEmpty()) {
      return;
    }
    Set<ContentId> unnamed = new HashSet<>(contents.keySet());
    Map<Long, ContentId> inodes = new HashMap<>();
    Map<Long, Long> sizes = new HashMap<>();
    asFarAsPossible(
        () ->
            snapshot.inodes(
                0,
                inode -> {
                  if (inode.content().filter(contents::containsKey).isPresent()) {
                    inodes.put(inode.number(), inode.content().get());
                    sizes.put(inode.number(), inode.size());
                  }
                  return true;
                }));
    tellPaths(inodes, sizes);
    unnamed.removeAll(inodes.values());
    asFarAsPossible(() -> tellStoredFiles(unnamed));
    for (ContentId id : unnamed) {
      report.lost("content " + id, List.of(), contents.get(id).problem());
    }
    contents.clear();
  }

  private void tellStoredFiles(Set<ContentId> unnamed) throws CacheException {
    snapshot.storedFiles(
        file -> {
          Affected affected = contents.get(file.content());
          if (affected != null) {
            unnamed.remove(file.content());
            report.lost("id:" + file.id(), affected.ranges(file.size()), affected.problem());
          }
          return true;
        });
  }

  private void tellPaths(Map<Long, ContentId> inodes, Map<Long, Long> sizes) throws CacheException {
    if (inodes.isEmpty()) {
      return;
    }
    Set<Long> unnamed = new HashSet<>(inodes.keySet());
    asFarAsPossible(
        () ->
            new TreeWalk(snapshot)
                .run(
                    (path, entry) -> {
                      ContentId content = inodes.get(entry.inode());
                      if (content != null) {
                        unnamed.remove(entry.inode());
                        tell(path, content, sizes.get(entry.inode()));
                      }
                    }));
    for (long inode : unnamed) {
      tell("inode " + inode, inodes.get(inode), sizes.get(inode));
    }
  }

  private void tell(String where, ContentId content, long size) throws CacheException {
    Affected affected = contents.get(content);
    report.lost(where, affected.ranges(size), affected.problem());
  }
}
