package io.unicache.store.check;

import io.unicache.store.error.CacheException;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaSnapshot;
import io.unicache.store.meta.Name;
import java.util.Optional;

/**
 * Says for findings where a name is. Climbs from directory to directory, which may be damaged: what
 * cannot be found is called by its inode. Not thread-safe.
 */
final class DirectoryPaths {

  private static final int MAX_DEPTH = 1000;

  private final MetaSnapshot snapshot;
  private long last = Inode.ROOT;
  private String lastPath = "";

  DirectoryPaths(MetaSnapshot snapshot) {
    this.snapshot = snapshot;
  }

  String of(long directory, Name name) throws CacheException {
    if (directory != last) {
      lastPath = climb(directory);
      last = directory;
    }
    return lastPath + "/" + name;
  }

  private String climb(long directory) throws CacheException {
    StringBuilder path = new StringBuilder();
    long at = directory;
    for (int i = 0; at != Inode.ROOT; i++) {
      Optional<Inode> inode = snapshot.inode(at);
      Name name = inode.isEmpty() ? null : nameIn(inode.get().parent(), at);
      if (name == null || i == MAX_DEPTH) {
        return "inode " + at + path;
      }
      path.insert(0, "/" + name);
      at = inode.get().parent();
    }
    return path.toString();
  }

  private Name nameIn(long directory, long inode) throws CacheException {
    Name[] found = new Name[1];
    snapshot.listing(
        directory,
        0,
        row -> {
          if (row.directory() == directory && row.entry().inode() == inode) {
            found[0] = row.entry().name();
          }
          return row.directory() == directory && found[0] == null;
        });
    return found[0];
  }
}
