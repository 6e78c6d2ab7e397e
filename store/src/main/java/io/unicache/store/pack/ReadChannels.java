package io.unicache.store.pack;

import io.unicache.store.os.Descriptors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The packs that are open for reading: at most {@code capacity}, the least recently used is closed
 * for the next. One that is being read is closed when its last read has ended, so that for a moment
 * there may be more, by one for each thread. Safe for use by many threads.
 */
final class ReadChannels {

  /** Enough for the working set. */
  static final int CAPACITY = Descriptors.share(8, 8, 128);

  private final FileLayer files;
  private final int capacity;

  /** In the order of use; guarded by itself. */
  private final LinkedHashMap<Path, Shared<PackFile>> open = new LinkedHashMap<>(16, 0.75f, true);

  ReadChannels(FileLayer files, int capacity) {
    this.files = files;
    this.capacity = capacity;
  }

  /** Reads from a file until {@code into} has no room left. */
  void read(Path file, long position, ByteBuffer into) throws IOException {
    Shared<PackFile> channel = hold(file);
    try {
      channel.get().readFully(into, position);
    } finally {
      channel.release();
    }
  }

  /** Forgets a file that is about to be deleted. */
  void forget(Path file) throws IOException {
    Shared<PackFile> channel;
    synchronized (open) {
      channel = open.remove(file);
    }
    if (channel != null) {
      channel.release();
    }
  }

  void closeAll() throws IOException {
    List<Shared<PackFile>> all;
    synchronized (open) {
      all = new ArrayList<>(open.values());
      open.clear();
    }
    releaseAll(all);
  }

  int size() {
    synchronized (open) {
      return open.size();
    }
  }

  private Shared<PackFile> hold(Path file) throws IOException {
    synchronized (open) {
      Shared<PackFile> known = open.get(file);
      // What is in the map is held by the map, so this cannot fail while the lock is held.
      if (known != null && known.tryHold()) {
        return known;
      }
    }
    // Opened outside of the lock: a slow disk must not stop the readers of other packs.
    Shared<PackFile> opened = new Shared<>(files.open(file, FileLayer.Mode.READ));
    List<Shared<PackFile>> surplus = new ArrayList<>();
    synchronized (open) {
      opened.tryHold();
      Shared<PackFile> replaced = open.put(file, opened);
      if (replaced != null) {
        surplus.add(replaced);
      }
      var eldest = open.entrySet().iterator();
      while (open.size() > capacity && eldest.hasNext()) {
        Map.Entry<Path, Shared<PackFile>> entry = eldest.next();
        surplus.add(entry.getValue());
        eldest.remove();
      }
    }
    releaseAll(surplus);
    return opened;
  }

  private static void releaseAll(List<Shared<PackFile>> channels) throws IOException {
    IOException failure = null;
    for (Shared<PackFile> channel : channels) {
      try {
        channel.release();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
