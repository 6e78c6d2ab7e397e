package io.unicache.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads one of the words that stand for the values of an enum: their names in lower case. */
abstract class WordConverter<E extends Enum<E>> implements ITypeConverter<E> {

  private final Class<E> type;
  private final String choices;

  /**
   * @param choices the words, as a message names them
   */
  WordConverter(Class<E> type, String choices) {
    this.type = type;
    this.choices = choices;
  }

  /** Returns the word on the command line. */
  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public E convert(String text) {
    for (E value : type.getEnumConstants()) {
      if (word(value).equals(text)) {
        return value;
      }
    }
    throw new TypeConversionException("\"" + text + "\" is not " + choices);
  }
}
