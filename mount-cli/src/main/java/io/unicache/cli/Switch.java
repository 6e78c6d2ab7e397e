package io.unicache.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Whether something is done that makes reading faster. */
enum Switch {
  /** Where it can be done. */
  AUTO,

  /** Never. */
  OFF;

  /** Returns the word on the command line. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads the word. */
  static final class Converter implements ITypeConverter<Switch> {
    @Override
    public Switch convert(String value) {
      for (Switch choice : values()) {
        if (choice.word().equals(value)) {
          return choice;
        }
      }
      throw new TypeConversionException("\"" + value + "\" is not auto or off");
    }
  }
}
