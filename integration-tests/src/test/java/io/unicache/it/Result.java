package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * How a program ended.
 *
 * @param command its words
 * @param exit its exit status
 * @param bytes what it wrote to its standard output
 * @param errors what it wrote to its standard error
 */
record Result(List<String> command, int exit, byte[] bytes, String errors) {

  private static final ObjectMapper JSON = new ObjectMapper();

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
    } catch (JsonProcessingException e) {
      throw new AssertionError("not JSON: " + this, e);
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
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
