package io.unicache.store.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestedNameTest {

  private static final HttpUrl URL = HttpUrl.get("https://host/from-url");

  private static String fromHeader(String value) {
    return SuggestedName.choose(Optional.of(value), URL);
  }

  private static String fromUrl(String url) {
    return SuggestedName.choose(Optional.empty(), HttpUrl.get(url));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "attachment; filename=model.onnx                        | model.onnx",
        "attachment; filename=\"a b; c.bin\"                    | a b; c.bin",
        "attachment; filename=\"a \\\"b\\\".bin\"               | a \"b\".bin",
        "inline;FILENAME = x.bin ; size=3                       | x.bin",
        "attachment; filename*=UTF-8''gr%C3%BC%C3%9Fe.txt       | grüße.txt",
        "attachment; filename*=iso-8859-1'de'gr%FC%DFe.txt      | grüße.txt",
        "attachment; filename*=UTF-8''good.txt; filename=bad    | good.txt",
        "attachment; filename=plain; filename*=UTF-8''%ff       | plain",
        "attachment; filename=plain; filename*=koi8-r''x        | plain",
        "attachment; filename=plain; filename*=UTF-8''%4        | plain",
        "attachment; filename=plain; filename*=no-quotes        | plain",
        "attachment; filename=\"../../etc/passwd\"              | passwd",
        "attachment; filename=\"C:\\\\dir\\\\file.bin\"         | file.bin",
        "attachment; filename*=UTF-8''..%2F..%2Fpasswd          | passwd",
        "attachment; filename=\"..\"                            | from-url",
        "attachment; filename=\".\"                             | from-url",
        "attachment; filename=\"dir/\"                          | from-url",
        "attachment; filename=\"\"                              | from-url",
        "attachment; filename*=UTF-8''a%00b%0A%7F               | ab",
        "attachment                                             | from-url",
      })
  void readsContentDisposition(String header, String name) {
    assertEquals(name, fromHeader(header));
  }

  @ParameterizedTest
  @CsvSource({
    "https://host/a/b.bin?c=d, b.bin",
    "https://host/a%20b, a b",
    "https://host/%C3%BC, ü",
    "https://host/x%2Fy, y",
    "https://host/x%5Cy, x\\y",
    "https://host/%00, download",
    "https://host/.., download",
    "https://host/%2e%2e%2f, download",
    "https://host, download",
    "https://host/dir/, download",
  })
  void readsTheUrl(String url, String name) {
    assertEquals(name, fromUrl(url));
  }

  @Test
  void triesTheUrlsInOrder() {
    HttpUrl none = HttpUrl.get("https://host/");
    assertEquals("from-url", SuggestedName.choose(Optional.empty(), none, URL));
  }

  @Test
  void cutsALongNameBeforeItsExtension() {
    String name = fromHeader("a; filename=\"" + "ü".repeat(200) + ".tar\"");
    assertEquals("ü".repeat(125) + ".tar", name);
    String noExtension = fromHeader("a; filename=\"x." + "y".repeat(300) + "\"");
    assertEquals("x." + "y".repeat(253), noExtension);
    String exact = "z".repeat(255);
    assertEquals(exact, fromHeader("a; filename=" + exact));
  }

  @Test
  void survivesHeadersOfAnyLength() {
    assertEquals("from-url", fromHeader("a; filename=\"" + "\\a".repeat(100_000) + "\""));
    assertEquals("a".repeat(255), fromHeader("a; filename=\"" + "\\a".repeat(2000) + "\""));
  }

  @Property(tries = 300)
  void anyTextGivesAName(@ForAll String text) {
    String name = fromHeader("attachment; filename=\"" + text + "\"");
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    assertTrue(length >= 1 && length <= SuggestedName.MAX_BYTES);
    assertFalse(name.equals(".") || name.equals(".."));
    assertTrue(name.chars().noneMatch(c -> c == '/' || Character.isISOControl(c)));
    // Every character can be encoded.
    assertEquals(name, new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
  }
}
