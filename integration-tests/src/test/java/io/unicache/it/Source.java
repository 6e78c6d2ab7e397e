package io.unicache.it;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** An HTTP server on the loopback address, to download from. */
final class Source implements AutoCloseable {

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  Source() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.start();
  }

  /** Serves bytes at a path; returns the URL. */
  String serve(String path, byte[] bytes) {
    return on(path, exchange -> send(exchange, bytes, bytes.length));
  }

  /** Serves only the first bytes of what it promises, and then hangs up. */
  String serveTruncated(String path, byte[] bytes, int sent) {
    return on(
        path,
        exchange -> {
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes, 0, sent);
          exchange.getResponseBody().flush();
        });
  }

  /** Serves bytes of which it does not tell how many there will be. */
  String serveChunked(String path, byte[] bytes) {
    return on(path, exchange -> send(exchange, bytes, 0));
  }

  String redirect(String path, String target) {
    return on(
        path,
        exchange -> {
          exchange.getResponseHeaders().set("Location", target);
          exchange.sendResponseHeaders(302, -1);
        });
  }

  /** Returns the URL of a path; what is not served is not found. */
  String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  /** Answers an exchange, which is closed thereafter. */
  private interface Answer {
    void give(HttpExchange exchange) throws IOException;
  }

  private String on(String path, Answer answer) {
    server.createContext(
        path,
        exchange -> {
          try (exchange) {
            answer.give(exchange);
          }
        });
    return url(path);
  }

  private static void send(HttpExchange exchange, byte[] bytes, long length) throws IOException {
    exchange.sendResponseHeaders(200, length);
    try (OutputStream body = exchange.getResponseBody()) {
      body.write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
