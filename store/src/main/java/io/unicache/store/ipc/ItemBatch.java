package io.unicache.store.ipc;

import io.unicache.store.CacheService.IndexedFile;
import io.unicache.store.error.CacheException;
import io.unicache.store.ipc.Messages.FilePart;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Sends a long result as JSON arrays of bounded size. */
final class ItemBatch {

  private static final int BATCH_BYTES = 64 << 10;

  /** Characters of names and hashes in one part of a file. */
  private static final int PART_CHARS = 64 << 10;

  private final Connection connection;
  private final FrameType type;
  private final ByteArrayOutputStream array = new ByteArrayOutputStream();

  ItemBatch(Connection connection, FrameType type) {
    this.connection = connection;
    this.type = type;
  }

  void add(Object item) throws IOException {
    array.write(array.size() == 0 ? '[' : ',');
    array.writeBytes(Json.encode(item));
    if (array.size() >= BATCH_BYTES) {
      flush();
    }
  }

  void flush() throws IOException {
    if (array.size() > 0) {
      array.write(']');
      connection.send(type, array.toByteArray());
      array.reset();
    }
  }

  /** Sends a file of the index in as many parts as its names and blocks need. */
  static void sendFile(Connection connection, IndexedFile file) throws IOException {
    List<String> names = new ArrayList<>();
    List<String> blocks = new ArrayList<>();
    int chars = 0;
    for (String name : file.names()) {
      if (chars >= PART_CHARS) {
        sendPart(connection, file, names, blocks, true);
        chars = 0;
      }
      names.add(name);
      chars += name.length();
    }
    for (String block : file.blocks()) {
      if (chars >= PART_CHARS) {
        sendPart(connection, file, names, blocks, true);
        chars = 0;
      }
      blocks.add(block);
      chars += block.length();
    }
    sendPart(connection, file, names, blocks, false);
  }

  private static void sendPart(
      Connection connection,
      IndexedFile file,
      List<String> names,
      List<String> blocks,
      boolean more)
      throws IOException {
    FilePart part = new FilePart(names, file.contentId(), file.size(), blocks, more);
    connection.send(FrameType.FILE_PART, Json.encode(part));
    names.clear();
    blocks.clear();
  }

  /** The client has gone, or cannot be reached: what stops an operation that sends to it. */
  static CacheException lost(IOException cause) {
    return cause instanceof CacheException known
        ? known
        : new CacheException.Storage("sending to the client: " + cause.getMessage(), cause);
  }
}
