package io.unicache.store.ipc;

import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Kind;
import io.unicache.store.error.CacheException.Namespace;
import io.unicache.store.ipc.Messages.ErrorMessage;

/** Errors of the store as messages and back, of the same class on both sides. */
final class Errors {

  static ErrorMessage toMessage(CacheException error) {
    String reason = error instanceof Namespace namespace ? namespace.reason().name() : null;
    return new ErrorMessage(error.kind().name(), reason, String.valueOf(error.getMessage()));
  }

  /**
   * An error whose kind or reason this version does not know becomes {@link
   * CacheException.Storage}.
   */
  static CacheException toException(ErrorMessage error) {
    Kind kind = constant(Kind.class, error.kind(), Kind.STORAGE);
    String message = error.message();
    return switch (kind) {
      case CORRUPT -> new CacheException.Corrupt(message);
      case MISSING -> new CacheException.Missing(message);
      case FULL -> new CacheException.Full(message, null);
      case BUSY -> new CacheException.Busy(message);
      case VERSION -> new CacheException.Version(message);
      case SOURCE -> new CacheException.Source(message);
      case INVALID_ARGUMENT -> new CacheException.InvalidArgument(message);
      case NAMESPACE ->
          new Namespace(
              constant(Namespace.Reason.class, error.reason(), Namespace.Reason.INVALID), message);
      case STORAGE -> new CacheException.Storage(message, null);
    };
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String name, E otherwise) {
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(name)) {
        return constant;
      }
    }
    return otherwise;
  }

  private Errors() {}
}
