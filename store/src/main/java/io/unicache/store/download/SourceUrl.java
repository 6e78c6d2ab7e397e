package io.unicache.store.download;

import io.unicache.store.error.CacheException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import okhttp3.Credentials;
import okhttp3.HttpUrl;

/**
 * A URL to fetch from, its user info taken off: that goes into a header and nowhere else, so
 * whatever is shown or kept of the URL is free of it. Immutable.
 */
final class SourceUrl {

  /**
   * Up to the last '@' before the path; also in what is no proper URL, as "http:me:secret@host".
   */
  private static final Pattern USER_INFO =
      Pattern.compile("^([A-Za-z][A-Za-z0-9+.-]*:)?(/*)[^/?#]*@");

  private final HttpUrl url;
  private final Optional<String> authorization;

  private SourceUrl(HttpUrl url, Optional<String> authorization) {
    this.url = url;
    this.authorization = authorization;
  }

  /**
   * Takes a URL that a person gave.
   *
   * @throws CacheException.InvalidArgument if it is not http or https, or has no host
   */
  static SourceUrl of(URI uri) throws CacheException.InvalidArgument {
    if (!isHttp(uri)) {
      throw new CacheException.InvalidArgument(
          "cannot download '"
              + sanitised(uri.toString())
              + "': only http and https URLs are supported");
    }
    // HttpUrl is lenient: it would take the host from the path of "http:///path".
    HttpUrl parsed = uri.getRawAuthority() == null ? null : HttpUrl.parse(uri.toString());
    if (parsed == null) {
      throw new CacheException.InvalidArgument(
          "cannot download '"
              + sanitised(uri.toString())
              + "': it is not a URL such as https://host/path/file");
    }
    return new SourceUrl(withoutUserInfo(parsed), authorization(parsed));
  }

  /** Returns a URL's text without user info, whatever its scheme. */
  static String sanitised(String url) {
    return USER_INFO.matcher(url).replaceFirst("$1$2");
  }

  HttpUrl url() {
    return url;
  }

  /**
   * Returns what may be shown of a URL that a redirect gave: its query can be a secret signature.
   */
  String withoutQuery() {
    return withoutQuery(url);
  }

  /** Returns the Authorization header that goes with requests for this URL. */
  Optional<String> authorization() {
    return authorization;
  }

  /**
   * Follows a redirect. Credentials go along only within the same scheme, host and port; user info
   * in the new URL is dropped, since the person who asked did not give it.
   *
   * @throws CacheException.Source if it leads from https to http, or to another scheme
   */
  SourceUrl redirectedTo(String location) throws CacheException.Source {
    HttpUrl target = url.resolve(location);
    if (target == null) {
      throw new CacheException.Source(
          "cannot download "
              + withoutQuery()
              + ": it redirects to '"
              + Failures.oneLine(sanitised(location))
              + "', which is not an http or https URL");
    }
    if (url.isHttps() && !target.isHttps()) {
      throw new CacheException.Source(
          "cannot download "
              + withoutQuery()
              + ": it redirects from https to "
              + withoutQuery(withoutUserInfo(target))
              + ", which is not encrypted; if that is acceptable, download from there");
    }
    return new SourceUrl(
        withoutUserInfo(target), sameOrigin(target) ? authorization : Optional.empty());
  }

  private boolean sameOrigin(HttpUrl other) {
    return url.scheme().equals(other.scheme())
        && url.host().equals(other.host())
        && url.port() == other.port();
  }

  private static boolean isHttp(URI uri) {
    String scheme = Objects.requireNonNullElse(uri.getScheme(), "").toLowerCase(Locale.ROOT);
    return scheme.equals("http") || scheme.equals("https");
  }

  private static HttpUrl withoutUserInfo(HttpUrl url) {
    return url.newBuilder().username("").password("").fragment(null).build();
  }

  private static String withoutQuery(HttpUrl url) {
    return url.newBuilder().query(null).build().toString();
  }

  private static Optional<String> authorization(HttpUrl url) {
    if (url.username().isEmpty() && url.password().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(Credentials.basic(url.username(), url.password(), StandardCharsets.UTF_8));
  }

  /** Returns the URL, without user info. */
  @Override
  public String toString() {
    return url.toString();
  }
}
