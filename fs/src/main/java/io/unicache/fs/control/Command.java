package io.unicache.fs.control;

import io.unicache.store.error.CacheException.Namespace;
import io.unicache.store.meta.Name;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A command that was written to {@code control}. */
sealed interface Command {

  /**
   * Download to the tree.
   *
   * @param path absolute, its components checked
   * @param chosen whether the command named the path; else it is made of the URL
   */
  record Download(String url, String path, boolean chosen) implements Command {
    @Override
    public String toString() {
      return "download " + url + " " + path;
    }
  }

  /** Make everything durable. */
  record Sync() implements Command {
    @Override
    public String toString() {
      return "sync";
    }
  }

  /** Give unused space back. */
  record Collect() implements Command {
    @Override
    public String toString() {
      return "gc";
    }
  }

  /** Reads a line: plain words, or one JSON object. */
  static Command parse(String line) throws InvalidCommandException {
    String text = line.strip();
    Map<String, String> fields = text.startsWith("{") ? Json.parseObject(text) : words(text);
    String name = fields.remove("command");
    if (name == null) {
      throw new InvalidCommandException("\"command\" is missing");
    }
    Command command =
        switch (name) {
          case "download" ->
              download(fields.remove("url"), Optional.ofNullable(fields.remove("path")));
          case "sync" -> new Sync();
          case "gc" -> new Collect();
          default ->
              throw new InvalidCommandException(
                  "no such command: " + name + "; there are download, sync and gc");
        };
    if (!fields.isEmpty()) {
      throw new InvalidCommandException(
          name + " does not take " + String.join(", ", fields.keySet()));
    }
    return command;
  }

  /** A path is the rest of the line, so that it may have blanks in it. */
  private static Map<String, String> words(String text) {
    String[] words = text.split("\\s+", 3);
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("command", words[0]);
    if (words.length > 1) {
      fields.put("url", words[1]);
    }
    if (words.length > 2) {
      fields.put("path", words[2]);
    }
    return fields;
  }

  private static Download download(String url, Optional<String> path)
      throws InvalidCommandException {
    if (url == null || url.isEmpty()) {
      throw new InvalidCommandException("download wants a URL");
    }
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new InvalidCommandException("not a URL: " + e.getMessage());
    }
    if (uri.getScheme() == null || uri.getRawPath() == null) {
      throw new InvalidCommandException("not an absolute URL: " + url);
    }
    if (path.isEmpty()) {
      return new Download(url, unreserved("/" + checkedName(lastSegment(uri))), false);
    }
    boolean intoDirectory = path.get().endsWith("/");
    return new Download(
        url, checkedPath(intoDirectory ? path.get() + lastSegment(uri) : path.get()), true);
  }

  private static String lastSegment(URI uri) throws InvalidCommandException {
    String raw = uri.getRawPath().substring(uri.getRawPath().lastIndexOf('/') + 1);
    if (raw.isEmpty()) {
      throw new InvalidCommandException("the URL has no file name; say which path it is to have");
    }
    // The decoder is made for forms, where '+' is a blank; in a path it is itself.
    return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String checkedPath(String path) throws InvalidCommandException {
    StringBuilder checked = new StringBuilder();
    for (String component : path.split("/", -1)) {
      if (!component.isEmpty()) {
        checked.append('/').append(checkedName(component));
      }
    }
    return unreserved(checked.toString());
  }

  private static String unreserved(String path) throws InvalidCommandException {
    if ((path + "/").startsWith("/" + ControlFileSystem.NAME + "/")) {
      throw new InvalidCommandException(path + ": " + ControlFileSystem.NAME + " is reserved");
    }
    return path;
  }

  private static String checkedName(String name) throws InvalidCommandException {
    try {
      return Name.of(name).toString();
    } catch (Namespace e) {
      throw new InvalidCommandException("not a file name: " + name + ": " + e.getMessage());
    }
  }
}
