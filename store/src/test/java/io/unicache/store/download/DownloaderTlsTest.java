package io.unicache.store.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DownloaderTlsTest {

  private static final char[] PASSWORD = "changeit".toCharArray();

  private static SSLContext tls;
  private static X509TrustManager trust;

  /** Makes a certificate for "localhost"; the JDK can do that in its keytool only. */
  @BeforeAll
  static void makeCertificate(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("localhost.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "it",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("keytool.log").toFile())
            .start();
    assertTrue(keytool.waitFor(30, TimeUnit.SECONDS));
    load(file);
  }

  private static void load(Path file) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD);
    }
    KeyManagerFactory key = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    key.init(keys, PASSWORD);
    KeyStore certificates = KeyStore.getInstance("PKCS12");
    certificates.load(null, null);
    certificates.setCertificateEntry("it", keys.getCertificate("it"));
    TrustManagerFactory trusts =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusts.init(certificates);
    trust = (X509TrustManager) trusts.getTrustManagers()[0];
    tls = SSLContext.getInstance("TLS");
    tls.init(key.getKeyManagers(), trusts.getTrustManagers(), null);
  }

  private static DownloadFixture trusting() {
    return new DownloadFixture(
        DownloadLimits.DEFAULT,
        new OkHttpClient.Builder().sslSocketFactory(tls.getSocketFactory(), trust).build());
  }

  private static MockWebServer server(MockResponse response) throws IOException {
    MockWebServer server = new MockWebServer();
    server.useHttps(tls.getSocketFactory());
    server.enqueue(response);
    server.start();
    return server;
  }

  private static MockResponse ok() {
    return new MockResponse.Builder().body("secure").build();
  }

  private static URI uri(MockWebServer server, String host) {
    return URI.create("https://" + host + ":" + server.getPort() + "/f");
  }

  @Test
  void fetchesByHttps() throws IOException {
    try (DownloadFixture fixture = trusting();
        MockWebServer server = server(ok());
        Download download = fixture.fetch(uri(server, "localhost"))) {
      assertEquals(6, download.size());
    }
  }

  @Test
  void doesNotTrustAStranger() throws IOException {
    try (DownloadFixture fixture = new DownloadFixture();
        MockWebServer server = server(ok())) {
      String message = fixture.failureOf(uri(server, "localhost"));
      assertTrue(message.contains("the TLS certificate of localhost is not trusted"), message);
      assertEquals(List.of(), fixture.pauses, "a certificate does not get better");
    }
  }

  @Test
  void doesNotTrustAnotherHostsCertificate() throws IOException {
    try (DownloadFixture fixture = trusting();
        MockWebServer server = server(ok())) {
      String message = fixture.failureOf(uri(server, "127.0.0.1"));
      assertTrue(message.contains("the TLS certificate of 127.0.0.1 is not trusted"), message);
      assertEquals(List.of(), fixture.pauses);
    }
  }

  @Test
  void saysSoWhereThereIsNoTls() throws IOException {
    try (DownloadFixture fixture = trusting();
        ScriptedServer server = new ScriptedServer(exchange -> exchange.text("not TLS"))) {
      URI url = URI.create("https://127.0.0.1:" + server.port() + "/f");
      String message = fixture.failureOf(url);
      assertTrue(message.contains("no TLS connection to 127.0.0.1"), message);
      assertEquals(3, fixture.pauses.size());
    }
  }

  @Test
  void followsFromHttpToHttps() throws IOException {
    try (DownloadFixture fixture = trusting();
        MockWebServer secure = server(ok());
        ScriptedServer plain =
            new ScriptedServer(ScriptedServer.redirect(301, uri(secure, "localhost").toString()));
        Download download = fixture.fetch(plain.uri("/f"))) {
      assertEquals(uri(secure, "localhost").toString(), download.finalUrl());
    }
  }

  @Test
  void doesNotFollowFromHttpsToHttp() throws IOException {
    try (DownloadFixture fixture = trusting();
        ScriptedServer plain = new ScriptedServer(ScriptedServer.reply("200 OK", "x"));
        MockWebServer secure =
            server(
                new MockResponse.Builder()
                    .code(302)
                    .setHeader("Location", plain.uri("/f?token=s3cret"))
                    .build())) {
      String message = fixture.failureOf(uri(secure, "localhost"));
      assertTrue(message.contains("redirects from https to " + plain.uri("/f")), message);
      assertFalse(message.contains("s3cret"), message);
      assertEquals(0, plain.requests().size());
    }
  }
}
