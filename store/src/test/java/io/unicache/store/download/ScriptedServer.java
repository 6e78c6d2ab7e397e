package io.unicache.store.download;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A server on loopback that says exactly what a test wants, however wrong that is. Each connection
 * gets one request and one script; the last script is used again for all that come later.
 */
final class ScriptedServer implements AutoCloseable {

  /** What to do once a request has been read; the connection is closed after it. */
  @FunctionalInterface
  interface Script {
    void run(Exchange exchange) throws IOException, InterruptedException;
  }

  /** The first byte of a client that speaks TLS: no head will come. */
  private static final int TLS_HANDSHAKE = 0x16;

  private final ServerSocket listener;
  private final Script[] scripts;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();

  ScriptedServer(Script... scripts) throws IOException {
    this.scripts = scripts;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  /** A script that answers with a head and a body, and a length that fits. */
  static Script reply(String statusLine, String body, String... headers) {
    return exchange -> {
      exchange.head(statusLine, headers);
      exchange.text("Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n");
      exchange.text(body);
    };
  }

  static Script redirect(int code, String location) {
    return reply(code + " Elsewhere", "", "Location: " + location);
  }

  /** One request and its connection. */
  final class Exchange {
    private final Socket socket;
    private final OutputStream out;

    private Exchange(Socket socket) throws IOException {
      this.socket = socket;
      this.out = socket.getOutputStream();
    }

    /** Sends the status line and headers; the caller ends the head with an empty line. */
    void head(String statusLine, String... headers) throws IOException {
      text("HTTP/1.1 " + statusLine + "\r\nConnection: close\r\n");
      for (String header : headers) {
        text(header + "\r\n");
      }
    }

    void text(String text) throws IOException {
      bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    void bytes(byte[] bytes) throws IOException {
      out.write(bytes);
      out.flush();
    }

    /** Closes with RST instead of FIN. */
    void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    /** Says nothing more until the server is closed. */
    void hold() throws InterruptedException {
      if (!closing.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the test has not closed its server");
      }
    }
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Heads of the requests so far. */
  List<String> requests() {
    return requests;
  }

  @Override
  public void close() throws IOException {
    closing.countDown();
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    threads.shutdown();
  }

  private void accept() {
    for (int i = 0; !listener.isClosed(); i++) {
      Script script = scripts[Math.min(i, scripts.length - 1)];
      try {
        Socket socket = listener.accept();
        sockets.add(socket);
        threads.execute(() -> serve(socket, script));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket, Script script) {
    try (socket) {
      requests.add(readHead(socket.getInputStream()));
      script.run(new Exchange(socket));
    } catch (IOException | InterruptedException clientIsGone) {
      // As it should be where the client gives up.
    }
  }

  private static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0 || next == TLS_HANDSHAKE) {
        break;
      }
      head.append((char) next);
    }
    return head.toString();
  }
}
