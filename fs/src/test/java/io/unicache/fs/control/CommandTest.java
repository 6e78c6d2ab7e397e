package io.unicache.fs.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.control.Command.Download;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandTest {

  @ParameterizedTest
  @CsvSource({
    "download http://h/a/model.bin, /model.bin",
    "download http://h/a%20b.bin?x=1, /a b.bin",
    "download http://h/a+b, /a+b",
    "download http://h/a  /dir/name with blanks, /dir/name with blanks",
    "download http://h/a dir//sub/, /dir/sub/a",
  })
  void pathOfADownload(String line, String path) throws Exception {
    Download download = (Download) Command.parse(line);
    assertEquals(path, download.path());
    assertTrue(download.url().startsWith("http://h/a"));
  }

  @Test
  void wordsAndJsonMeanTheSame() throws Exception {
    assertEquals(
        Command.parse("download http://h/x /y"),
        Command.parse("{\"command\":\"download\", \"url\":\"http://h/x\", \"path\":\"\\/y\"}"));
    assertEquals(new Command.Sync(), Command.parse(" sync "));
    assertEquals(new Command.Collect(), Command.parse("{ \"command\" : \"gc\" }"));
    assertFalse(((Download) Command.parse("download http://h/x")).chosen());
    assertEquals("download http://h/x /x", Command.parse("download http://h/x").toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "reboot",
        "download",
        "download no-url",
        "download mailto:someone",
        "download http://h/%zz",
        "download http://h/",
        "download http://h/a%2Fb",
        "download http://h/x /../y",
        "download http://h/x /.unicache/control",
        "download http://h/.unicache",
        "sync now",
        "{}",
        "{\"command\":\"sync\"} x",
        "{\"command\":\"sync\",\"command\":\"gc\"}",
        "{\"command\":\"sync\",\"when\":\"now\"}",
        "{\"command\":3}",
        "{\"command\":\"sync\"",
        "{\"command\":\"sy\\qnc\"}",
        "{\"command\":\"\\u00zz\"}",
        "{\"command\":\"a\tb\"}",
      })
  void otherLinesAreRefused(String line) {
    InvalidCommandException refused =
        assertThrows(InvalidCommandException.class, () -> Command.parse(line));
    assertFalse(refused.getMessage().isBlank());
  }
}
