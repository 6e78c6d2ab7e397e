package io.unicache.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.00 KiB",
    "1536, 1.50 KiB",
    "10229, 9.99 KiB",
    "10240, 10.0 KiB",
    "102348, 99.9 KiB",
    "102400, 100 KiB",
    "1048063, 1023 KiB",
    "1048575, 1.00 MiB",
    "1048576, 1.00 MiB",
    "3221225473, 3.00 GiB",
    "9223372036854775807, 8.00 EiB"
  })
  void forPeople(long bytes, String text) {
    assertEquals(text, Sizes.human(bytes));
  }

  @ParameterizedTest
  @CsvSource({
    "65536, 65536",
    "64K, 65536",
    "64k, 65536",
    "64KiB, 65536",
    "64kb, 65536",
    "1M, 1048576",
    "2G, 2147483648",
    "0, 0",
    "5B, 5"
  })
  void fromPeople(String text, long bytes) {
    assertEquals(bytes, Sizes.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "K", "-1", "1.5M", "1X", "1 M", "9999999999999T", "1e3"})
  void notASize(String text) {
    assertThrows(IllegalArgumentException.class, () -> Sizes.parse(text));
  }

  @Test
  void modes() {
    assertEquals("-rw-r--r--", FileModes.text(0100644));
    assertEquals("drwxrwxrwt", FileModes.text(0041777));
    assertEquals("lrwxrwxrwx", FileModes.text(0120777));
    assertEquals("-rwsr-Sr-T", FileModes.text(0107744));
    assertEquals("prw-------", FileModes.text(0010600));
  }

  @ParameterizedTest
  @CsvSource({
    "http://h/a/b.bin, b.bin",
    "http://h/b.bin?x=/y#z, b.bin",
    "http://h, ''",
    "http://h/, ''",
    "http://h/.., ''"
  })
  void namesInUrls(String url, String name) {
    assertEquals(name, DownloadCommand.nameIn(url));
  }
}
