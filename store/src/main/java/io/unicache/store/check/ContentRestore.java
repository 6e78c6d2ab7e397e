package io.unicache.store.check;

import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.block.Zeros;
import io.unicache.store.check.Finding.Kind;
import io.unicache.store.error.CacheException;
import io.unicache.store.hash.Blake3;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Makes lost manifests anew from files that a person has named: one that is cut as the store cuts
 * files, and hashes to the content ID, is the content. Its blocks are then looked for like others.
 * Used by one thread.
 */
final class ContentRestore {

  private final Parts parts;
  private final Report report;
  private final List<Path> files;

  ContentRestore(Parts parts, Report report, List<Path> files) {
    this.parts = parts;
    this.report = report;
    this.files = files;
  }

  /** Restores manifests and takes those that it has restored out of the map. */
  void run(Map<ContentId, String> lost) throws CacheException {
    FileCopies.forEachFile(
        files,
        file -> {
          if (!lost.isEmpty() && !report.cancelled()) {
            Manifest manifest = cut(file);
            ContentId id = ContentCheck.idOf(manifest);
            String problem = lost.remove(id);
            if (problem != null) {
              // References are counted by the steps that follow.
              parts.meta().mend((tx, mender) -> mender.putManifest(id, manifest, 1));
              report.repaired(Kind.CONTENT, "content " + id, problem + "; restored from " + file);
            }
          }
        });
  }

  private Manifest cut(Path file) throws CacheException {
    Manifest.Builder manifest = new Manifest.Builder();
    byte[] buffer = new byte[parts.blockSize()];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.readNBytes(buffer, 0, buffer.length);
          n > 0;
          n = in.readNBytes(buffer, 0, buffer.length)) {
        if (Zeros.isZero(buffer, 0, n)) {
          manifest.addHole(n);
        } else {
          manifest.addBlock(Blake3.hash(buffer, 0, n), n);
        }
      }
    } catch (IOException e) {
      throw CacheException.of("reading " + file, e);
    }
    return manifest.build();
  }
}
