package io.unicache.store.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceUrlTest {

  @ParameterizedTest
  @CsvSource({
    "https://me:pw@host/a@b?c=d@e, https://host/a@b?c=d@e",
    "https://me:p@w@host, https://host",
    "https://token@host:8080/f, https://host:8080/f",
    "https://host/a@b, https://host/a@b",
    "ftp://me:pw@host/f, ftp://host/f",
    "//me:pw@host/f, //host/f",
    "http:me:pw@host/f, http:host/f",
    "/a/path, /a/path",
  })
  void takesUserInfoOff(String url, String sanitised) {
    assertEquals(sanitised, Downloader.sanitisedUrl(url));
  }

  @Test
  void isWithoutUserInfoAndFragment() throws CacheException {
    SourceUrl url = SourceUrl.of(URI.create("HTTPS://me:pw@Host/a?b#c"));
    assertEquals("https://host/a?b", url.toString());
    assertEquals("https://host/a", url.withoutQuery());
    assertTrue(url.authorization().isPresent());
  }

  @ParameterizedTest
  @CsvSource({
    "/b, true",
    "https://host/b, true",
    "https://HOST:443/b, true",
    "https://host:444/b, false",
    "https://other/b, false",
    "//other/b, false",
    "https://you:too@other/b, false",
  })
  void keepsCredentialsAtHome(String location, boolean kept) throws CacheException {
    SourceUrl url = SourceUrl.of(URI.create("https://me:pw@host/a"));
    SourceUrl next = url.redirectedTo(location);
    assertEquals(kept ? url.authorization() : Optional.empty(), next.authorization());
  }

  @Test
  void doesNotCarryCredentialsFromHttpToHttps() throws CacheException {
    SourceUrl url = SourceUrl.of(URI.create("http://me:pw@host/a"));
    assertEquals(Optional.empty(), url.redirectedTo("https://host/a").authorization());
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://host/a", "ftp://host/a", "javascript:x", "https://host:99999/"})
  void refusesToLeaveHttps(String location) throws CacheException {
    SourceUrl url = SourceUrl.of(URI.create("https://host/a"));
    assertThrows(CacheException.Source.class, () -> url.redirectedTo(location));
  }
}
