package io.unicache.cli;

/** What serves a mount. */
enum Transport {
  /** The kernel's protocol on Linux, libfuse elsewhere. */
  AUTO,

  /** The kernel's protocol. */
  KERNEL,

  /** libfuse 2. */
  LIBFUSE;

  /** Returns the word on the command line. */
  String word() {
    return WordConverter.word(this);
  }

  /** Reads the word. */
  static final class Converter extends WordConverter<Transport> {
    Converter() {
      super(Transport.class, "auto, kernel or libfuse");
    }
  }
}
