package io.unicache.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

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
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads the word. */
  static final class Converter implements ITypeConverter<Transport> {
    @Override
    public Transport convert(String value) {
      for (Transport transport : values()) {
        if (transport.word().equals(value)) {
          return transport;
        }
      }
      throw new TypeConversionException("\"" + value + "\" is not auto, kernel or libfuse");
    }
  }
}
