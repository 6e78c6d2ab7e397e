package io.unicache.store.ipc;

import com.fasterxml.jackson.databind.JsonNode;
import io.unicache.store.error.CacheException;
import java.util.List;

/** The JSON payloads that are not nouns of {@link io.unicache.store.CacheService} themselves. */
final class Messages {

  static final String MAGIC = "unicache";

  /** Raised whenever one side could misunderstand the other. */
  static final int PROTOCOL = 1;

  /** What can be asked for; {@link io.unicache.store.CacheService} says what each means. */
  enum Operation {
    STORE,
    FIND,
    RETRIEVE,
    REMOVE,
    DOWNLOAD,
    LIST,
    LIST_IDS,
    STATS,
    INFO,
    INDEX,
    SYNC,
    GC,
    CHECK,
    MOUNT_POINT,
    SHUTDOWN
  }

  /**
   * First frame of either side.
   *
   * @param version of the program, for people
   */
  record Hello(String magic, int protocol, String version) {

    static Hello of(int protocol, String version) {
      return new Hello(MAGIC, protocol, version);
    }
  }

  record Request(Operation operation, JsonNode argument) {}

  /**
   * An error on its way.
   *
   * @param kind name of a {@link CacheException.Kind}
   * @param reason name of a {@link CacheException.Namespace.Reason}, or null
   */
  record ErrorMessage(String kind, String reason, String message) {}

  /**
   * @param total -1 if it is not known
   */
  record ProgressMessage(long received, long total) {}

  /**
   * A file of the index in one or more frames; names and blocks of all parts are put together.
   *
   * @param more whether another part of the same file follows
   */
  record FilePart(
      List<String> names, String contentId, long size, List<String> blocks, boolean more) {}

  private Messages() {}
}
