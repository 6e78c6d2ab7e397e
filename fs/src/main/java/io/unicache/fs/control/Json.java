package io.unicache.fs.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** The JSON of the control files: flat objects, one a line. */
final class Json {

  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  private Json() {}

  /** Writes an object of strings, numbers and booleans on one line. */
  static String object(Map<String, Object> values) {
    try {
      return MAPPER.writeValueAsString(values);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not plain values: " + values.keySet(), e);
    }
  }

  /** Reads an object whose values are all strings. */
  static Map<String, String> parseObject(String text) throws InvalidCommandException {
    JsonNode json;
    try {
      json = MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new InvalidCommandException("not JSON: " + e.getOriginalMessage());
    }
    if (!json.isObject()) {
      throw new InvalidCommandException("not a JSON object");
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      if (!field.getValue().isTextual()) {
        throw new InvalidCommandException("\"" + field.getKey() + "\" must be a string");
      }
      values.put(field.getKey(), field.getValue().textValue());
    }
    return values;
  }
}
