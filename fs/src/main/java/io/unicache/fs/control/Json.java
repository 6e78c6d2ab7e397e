package io.unicache.fs.control;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * As much JSON as the control files need: objects of plain values out, objects of strings in. (fs
 * has no JSON library; two small methods do not want one.)
 */
final class Json {

  private static final String BLANK = " \t\r\n";

  private Json() {}

  /**
   * Writes an object on one line: numbers and booleans as they are, all else as strings; no nulls.
   */
  static String object(Map<String, Object> values) {
    StringBuilder out = new StringBuilder("{");
    values.forEach(
        (key, value) -> {
          out.append(out.length() > 1 ? "," : "");
          quote(key, out);
          out.append(':');
          if (value instanceof Number || value instanceof Boolean) {
            out.append(value);
          } else {
            quote(value.toString(), out);
          }
        });
    return out.append('}').toString();
  }

  private static void quote(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ' || Character.isSurrogate(c) && !isPaired(text, i)) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static boolean isPaired(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }

  /**
   * Reads an object whose values are strings.
   *
   * @throws InvalidCommandException if the text is anything else
   */
  static Map<String, String> parseObject(String text) throws InvalidCommandException {
    return new Parser(text).object();
  }

  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    Map<String, String> object() throws InvalidCommandException {
      Map<String, String> values = new LinkedHashMap<>();
      expect('{');
      if (!accept('}')) {
        do {
          String key = string();
          expect(':');
          if (values.put(key, string()) != null) {
            throw wrong("\"" + key + "\" is there twice");
          }
        } while (accept(','));
        expect('}');
      }
      skipBlank();
      if (at < text.length()) {
        throw wrong("something follows the object");
      }
      return values;
    }

    private String string() throws InvalidCommandException {
      expect('"');
      StringBuilder out = new StringBuilder();
      while (true) {
        char c = next();
        if (c == '"') {
          return out.toString();
        }
        if (c < ' ') {
          throw wrong("a control character in a string");
        }
        out.append(c == '\\' ? escaped() : c);
      }
    }

    private char escaped() throws InvalidCommandException {
      char c = next();
      return switch (c) {
        case '"', '\\', '/' -> c;
        case 'b' -> '\b';
        case 'f' -> '\f';
        case 'n' -> '\n';
        case 'r' -> '\r';
        case 't' -> '\t';
        case 'u' -> {
          int code = 0;
          for (int i = 0; i < 4; i++) {
            int digit = Character.digit(next(), 16);
            if (digit < 0) {
              throw wrong("\\u wants four hex digits");
            }
            code = code * 16 + digit;
          }
          yield (char) code;
        }
        default -> throw wrong("\\" + c + " is no escape");
      };
    }

    private char next() throws InvalidCommandException {
      if (at == text.length()) {
        throw wrong("the text ends too early");
      }
      return text.charAt(at++);
    }

    private void expect(char wanted) throws InvalidCommandException {
      if (!accept(wanted)) {
        throw wrong("expected '" + wanted + "'");
      }
    }

    private boolean accept(char wanted) {
      skipBlank();
      if (at < text.length() && text.charAt(at) == wanted) {
        at++;
        return true;
      }
      return false;
    }

    private void skipBlank() {
      while (at < text.length() && BLANK.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private InvalidCommandException wrong(String what) {
      return new InvalidCommandException("not an object of strings: " + what + ", character " + at);
    }
  }
}
