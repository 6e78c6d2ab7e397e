package io.unicache.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Whether the kernel reads files by itself. */
enum Passthrough {
  /** Where it can. */
  AUTO,

  /** Never. */
  OFF;

  /** Returns the word on the command line. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads the word. */
  static final class Converter implements ITypeConverter<Passthrough> {
    @Override
    public Passthrough convert(String value) {
      for (Passthrough passthrough : values()) {
        if (passthrough.word().equals(value)) {
          return passthrough;
        }
      }
      throw new TypeConversionException("\"" + value + "\" is not auto or off");
    }
  }
}
