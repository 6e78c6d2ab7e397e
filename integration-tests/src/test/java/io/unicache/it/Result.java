package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** How a program ended. */
final class Result {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<String> command;
  private final int exit;
  private final byte[] bytes;
  private final String errors;

  Result(List<String> command, int exit, byte[] bytes, String errors) {
    this.command = command;
    this.exit = exit;
    this.bytes = bytes;
    this.errors = errors;
  }

  /** Returns its exit status. */
  int exit() {
    return exit;
  }

  /** Returns what it wrote to its standard output. */
  byte[] bytes() {
    return bytes;
  }

  /** Returns what it wrote to its standard error. */
  String errors() {
    return errors;
  }

  /** Asserts the exit status. */
  Result expect(int status) {
    assertEquals(status, exit, this::toString);
    return this;
  }

  /** Asserts that it failed and told why in one line, which is returned. */
  String failure() {
    expect(1);
    List<String> lines = errors.lines().toList();
    assertEquals(1, lines.size(), () -> "errors are told in one line: " + this);
    return lines.get(0);
  }

  /** Returns the standard output without the white space at its end. */
  String text() {
    return new String(bytes, StandardCharsets.UTF_8).stripTrailing();
  }

  List<String> lines() {
    return text().lines().toList();
  }

  JsonNode json() {
    try {
      return JSON.readTree(bytes);
    } catch (IOException e) {
      throw new AssertionError("not JSON: " + this, e);
    }
  }

  @Override
  public String toString() {
    return String.join(" ", command)
        + "\nexit "
        + exit
        + "\nstdout: "
        + shortened(text())
        + "\nstderr: "
        + shortened(errors);
  }

  private static String shortened(String text) {
    int limit = 4000;
    return text.length() <= limit ? text : text.substring(0, limit) + "...";
  }
}
