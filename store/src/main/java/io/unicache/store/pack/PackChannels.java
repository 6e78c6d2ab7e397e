package io.unicache.store.pack;

import java.io.Closeable;
import java.io.IOException;

/** A pack and its index, open for writing. */
record PackChannels(PackFile data, PackFile index) implements Closeable {

  static PackChannels open(FileLayer files, PackPaths paths, int number) throws IOException {
    PackFile data = files.open(paths.pack(number), FileLayer.Mode.WRITE);
    try {
      return new PackChannels(data, files.open(paths.index(number), FileLayer.Mode.WRITE));
    } catch (IOException e) {
      try (data) {
        throw e;
      }
    }
  }

  /**
   * Makes both files. The index comes first, so that a pack without one is never a crash's work; if
   * anything fails neither is left.
   */
  static PackChannels create(FileLayer files, PackPaths paths, IndexHeader header)
      throws IOException {
    PackFile index = files.open(paths.index(header.pack()), FileLayer.Mode.CREATE);
    try {
      index.writeFully(header.encode(), 0);
      return new PackChannels(files.open(paths.pack(header.pack()), FileLayer.Mode.CREATE), index);
    } catch (IOException e) {
      try (index) {
        files.delete(paths.index(header.pack()));
      } catch (IOException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    try (data) {
      index.close();
    }
  }
}
