package io.unicache.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which UniCache this is. */
public final class ProgramVersion {

  private static final String BUILD = "/META-INF/maven/io.unicache/unicache-store/pom.properties";

  /**
   * Returns the version as Maven wrote it into the jar, or "development" for classes without one.
   */
  public static String current() {
    try (InputStream in = ProgramVersion.class.getResourceAsStream(BUILD)) {
      if (in == null) {
        return "development";
      }
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version", "development");
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + BUILD, e);
    }
  }

  private ProgramVersion() {}
}
