package io.unicache.store.ipc;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Records as JSON. Properties that this version does not know are skipped, and an {@code
 * Optional<String>} (the only kind that the messages have) is a string or null.
 */
final class Json {

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(
              new SimpleModule()
                  .addSerializer(new OptionalSerializer())
                  .addDeserializer(Optional.class, new OptionalDeserializer()))
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  static byte[] encode(Object message) {
    try {
      return MAPPER.writeValueAsBytes(message);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot be written as JSON: " + message, e);
    }
  }

  static JsonNode tree(Object argument) {
    return MAPPER.valueToTree(argument);
  }

  /**
   * Reads the buffer's remaining bytes.
   *
   * @throws ProtocolException if they are not what is expected
   */
  static <T> T decode(ByteBuffer payload, Class<T> type) throws ProtocolException {
    byte[] bytes = bytes(payload);
    try {
      return present(MAPPER.readValue(bytes, type), type);
    } catch (IOException e) {
      throw malformed(type, e);
    }
  }

  static <T> List<T> decodeList(ByteBuffer payload, Class<T> type) throws ProtocolException {
    byte[] bytes = bytes(payload);
    try {
      return present(MAPPER.readerForListOf(type).readValue(bytes), type);
    } catch (IOException e) {
      throw malformed(type, e);
    }
  }

  static <T> T convert(JsonNode node, Class<T> type) throws ProtocolException {
    try {
      return present(MAPPER.treeToValue(node, type), type);
    } catch (JsonProcessingException e) {
      throw malformed(type, e);
    }
  }

  private static byte[] bytes(ByteBuffer payload) {
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    return bytes;
  }

  private static <T> T present(T value, Class<?> type) throws ProtocolException {
    if (value == null) {
      throw new ProtocolException("found null where a " + type.getSimpleName() + " was expected");
    }
    return value;
  }

  private static ProtocolException malformed(Class<?> type, IOException cause) {
    return new ProtocolException("found JSON that is not a " + type.getSimpleName(), cause);
  }

  private static final class OptionalSerializer extends StdSerializer<Optional<?>> {
    private static final long serialVersionUID = 1L;

    OptionalSerializer() {
      super(Optional.class, false);
    }

    @Override
    public void serialize(Optional<?> value, JsonGenerator generator, SerializerProvider provider)
        throws IOException {
      if (value.isPresent()) {
        generator.writeString((String) value.get());
      } else {
        generator.writeNull();
      }
    }
  }

  @SuppressWarnings("rawtypes") // Jackson's registry is keyed by the raw class.
  private static final class OptionalDeserializer extends StdDeserializer<Optional> {
    private static final long serialVersionUID = 1L;

    OptionalDeserializer() {
      super(Optional.class);
    }

    @Override
    public Optional<String> deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      return Optional.of(parser.getText());
    }

    @Override
    public Optional<String> getNullValue(DeserializationContext context) {
      return Optional.empty();
    }

    @Override
    public Object getAbsentValue(DeserializationContext context) {
      return Optional.empty();
    }
  }

  private Json() {}
}
