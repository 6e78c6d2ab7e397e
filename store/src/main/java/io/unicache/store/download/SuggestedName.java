package io.unicache.store.download;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/**
 * What to call a downloaded file. The server and the URL are strangers: whatever they say, the
 * result is one name in one directory.
 */
final class SuggestedName {

  static final String FALLBACK = "download";
  static final int MAX_BYTES = 255;

  /** A longer Content-Disposition is not read: patterns recurse, and no honest one is so long. */
  private static final int MAX_HEADER_CHARS = 4096;

  /** An extension up to this long survives when a name is cut. */
  private static final int MAX_EXTENSION_BYTES = 16;

  /** {@code ; name = token} or {@code ; name = "quoted, with \" in it"}. */
  private static final Pattern PARAMETER =
      Pattern.compile(
          ";\\s*([\\w!#$&+.^`|~*-]+)\\s*=\\s*(?:\"((?:[^\"\\\\]++|\\\\.)*+)\"|([^;\\s]*))");

  private static final Pattern EXTENDED = Pattern.compile("([\\w-]+)'[^']*'(.*)");

  private SuggestedName() {}

  /**
   * Chooses a name: the first of these that gives one.
   *
   * @param contentDisposition the header, if there is one (RFC 6266)
   * @param urls whose last path segments are tried, in order
   */
  static String choose(Optional<String> contentDisposition, HttpUrl... urls) {
    Optional<String> name =
        contentDisposition
            .filter(header -> header.length() <= MAX_HEADER_CHARS)
            .flatMap(SuggestedName::fileName);
    for (int i = 0; i < urls.length && name.isEmpty(); i++) {
      name = sanitised(lastSegment(urls[i]));
    }
    return name.orElse(FALLBACK);
  }

  /** Takes {@code filename*} before {@code filename}, as RFC 6266 says. */
  private static Optional<String> fileName(String header) {
    Optional<String> plain = Optional.empty();
    Optional<String> extended = Optional.empty();
    Matcher parameter = PARAMETER.matcher(header);
    while (parameter.find()) {
      String value =
          parameter.group(2) != null
              ? parameter.group(2).replaceAll("\\\\(.)", "$1")
              : parameter.group(3);
      switch (parameter.group(1).toLowerCase(Locale.ROOT)) {
        case "filename*" -> extended = decodeExtended(value).flatMap(SuggestedName::lastComponent);
        case "filename" -> plain = lastComponent(value);
        default -> {
          // size, creation-date and the like
        }
      }
    }
    return extended.isPresent() ? extended : plain;
  }

  /** Decodes {@code charset'language'percent-encoded}; empty if it is anything else. */
  private static Optional<String> decodeExtended(String value) {
    Matcher matcher = EXTENDED.matcher(value);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Charset charset =
        switch (matcher.group(1).toLowerCase(Locale.ROOT)) {
          case "utf-8" -> StandardCharsets.UTF_8;
          case "iso-8859-1" -> StandardCharsets.ISO_8859_1;
          default -> null;
        };
    if (charset == null) {
      return Optional.empty();
    }
    return percentDecoded(matcher.group(2)).flatMap(bytes -> decoded(bytes, charset));
  }

  private static Optional<byte[]> percentDecoded(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '%') {
        bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
        continue;
      }
      int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
      int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
      if (high < 0 || low < 0) {
        return Optional.empty();
      }
      bytes.write(high << 4 | low);
      i += 2;
    }
    return Optional.of(bytes.toByteArray());
  }

  private static Optional<String> decoded(byte[] bytes, Charset charset) {
    try {
      return Optional.of(charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException malformed) {
      return Optional.empty(); // then the plain filename, or the URL, has to do
    }
  }

  /** Some servers send a whole path, of their own or of Windows: its last part is the name. */
  private static Optional<String> lastComponent(String path) {
    return sanitised(path.substring(path.lastIndexOf('\\') + 1));
  }

  private static String lastSegment(HttpUrl url) {
    return url.pathSegments().get(url.pathSize() - 1);
  }

  private static Optional<String> sanitised(String name) {
    StringBuilder kept = new StringBuilder(name.length());
    name.substring(name.lastIndexOf('/') + 1)
        .codePoints()
        .filter(c -> !Character.isISOControl(c))
        .map(c -> Character.getType(c) == Character.SURROGATE ? '_' : c)
        .forEach(kept::appendCodePoint);
    String stripped = kept.toString().strip();
    if (stripped.isEmpty() || stripped.equals(".") || stripped.equals("..")) {
      return Optional.empty();
    }
    return Optional.of(shortened(stripped));
  }

  /** Cuts a long name between two characters, before its extension. */
  private static String shortened(String name) {
    if (utf8Length(name) <= MAX_BYTES) {
      return name;
    }
    int dot = name.lastIndexOf('.');
    String extension = dot > 0 ? name.substring(dot) : "";
    if (utf8Length(extension) > MAX_EXTENSION_BYTES) {
      extension = "";
    }
    int room = MAX_BYTES - utf8Length(extension);
    int end = 0;
    for (int next = end; next < name.length(); end = next) {
      next = name.offsetByCodePoints(end, 1);
      room -= utf8Length(name.substring(end, next));
      if (room < 0) {
        break;
      }
    }
    return name.substring(0, end) + extension;
  }

  private static int utf8Length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
