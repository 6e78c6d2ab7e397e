package io.unicache.cli;

/** Whether something is done that makes reading faster. */
enum Switch {
  /** Where it can be done. */
  AUTO,

  /** Never. */
  OFF;

  /** Returns the word on the command line. */
  String word() {
    return WordConverter.word(this);
  }

  /** Reads the word. */
  static final class Converter extends WordConverter<Switch> {
    Converter() {
      super(Switch.class, "auto or off");
    }
  }
}
