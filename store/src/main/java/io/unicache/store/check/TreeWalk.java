package io.unicache.store.check;

import io.unicache.store.error.CacheException;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaSnapshot;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** Goes through all names that lead somewhere from the root, with their paths. Used once. */
final class TreeWalk {

  /** Told of every name that is no directory's. */
  @FunctionalInterface
  interface Visitor {
    void visit(String path, DirectoryEntry entry) throws CacheException;
  }

  /** A directory that the walk is in. */
  private static final class Frame {
    private final long directory;
    private final String path;
    private long cookie;

    Frame(long directory, String path) {
      this.directory = directory;
      this.path = path;
    }
  }

  private final MetaSnapshot snapshot;
  private final Deque<Frame> frames = new ArrayDeque<>();

  /** Directories on the way here: a damaged tree may lead in a circle. */
  private final Set<Long> within = new HashSet<>();

  /** The subdirectory that comes next; null at the end of a directory. */
  private DirectoryEntry next;

  TreeWalk(MetaSnapshot snapshot) {
    this.snapshot = snapshot;
  }

  void run(Visitor visitor) throws CacheException {
    enter(Inode.ROOT, "");
    while (!frames.isEmpty()) {
      Frame frame = frames.peek();
      next = null;
      snapshot.listing(
          frame.directory, frame.cookie, row -> step(frame, row.directory(), row.entry(), visitor));
      if (next == null) {
        within.remove(frames.pop().directory);
      } else if (!within.contains(next.inode())) {
        enter(next.inode(), frame.path + "/" + next.name());
      }
    }
  }

  private void enter(long directory, String path) {
    within.add(directory);
    frames.push(new Frame(directory, path));
  }

  /** Returns whether to go on in the same directory. */
  private boolean step(Frame frame, long directory, DirectoryEntry entry, Visitor visitor)
      throws CacheException {
    if (directory != frame.directory) {
      return false;
    }
    frame.cookie = entry.cookie();
    if (entry.type() == Inode.Type.DIRECTORY) {
      next = entry;
      return false;
    }
    visitor.visit(frame.path + "/" + entry.name(), entry);
    return true;
  }
}
