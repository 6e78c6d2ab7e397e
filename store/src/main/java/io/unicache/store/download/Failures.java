package io.unicache.store.download;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.Response;
import okhttp3.ResponseBody;

/** Says in one line what went wrong between us and a server. */
final class Failures {

  private static final int MAX_LINE_CHARS = 200;
  private static final long PEEK_BYTES = 2048;

  private Failures() {}

  /** Says why no answer came. */
  static String beforeAnswer(IOException cause, String host, DownloadLimits limits) {
    if (cause instanceof UnknownHostException) {
      return "the host " + host + " was not found; check its name and the network";
    }
    if (cause instanceof SocketTimeoutException) {
      // The JDK and OkHttp tell the two timeouts apart only in the message.
      return text(cause).toLowerCase(Locale.ROOT).contains("connect")
          ? "no connection to " + host + " within " + seconds(limits.connectTimeout().toMillis())
          : "no answer from " + host + " for " + seconds(limits.stallTimeout().toMillis());
    }
    if (cause instanceof ConnectException) {
      return "cannot connect to " + host + ": " + text(rootOf(cause));
    }
    if (isCertificateProblem(cause)) {
      return "the TLS certificate of " + host + " is not trusted: " + text(cause);
    }
    if (cause instanceof SSLException) {
      return "no TLS connection to " + host + ": " + text(cause);
    }
    return "the connection to " + host + " failed: " + text(cause);
  }

  /** Tells whether the same attempt could go better a moment later. */
  static boolean isPassing(IOException cause) {
    return !isCertificateProblem(cause);
  }

  /** Says why a body ended early. */
  static String withinBody(IOException cause, long expected, long received, DownloadLimits limits) {
    if (cause instanceof SocketTimeoutException) {
      String of = expected < 0 ? "" : " of " + expected;
      return "no bytes for "
          + seconds(limits.stallTimeout().toMillis())
          + ", after "
          + received
          + of
          + " bytes";
    }
    if (cause instanceof ProtocolException && text(cause).startsWith("expected ")) {
      return text(cause); // OkHttp has counted more than it was to pass on
    }
    if (expected >= 0) {
      return wrongLength(expected, received) + " (" + text(cause) + ")";
    }
    return "the transfer was cut off after " + received + " bytes (" + text(cause) + ")";
  }

  static String wrongLength(long expected, long received) {
    return "expected " + expected + " bytes, got " + received;
  }

  /** Says how a server refused: the status, and the first line of a body made for people. */
  static String status(Response response) {
    String line = firstLine(response);
    String status = ("the server answers " + response.code() + " " + response.message()).strip();
    return line.isEmpty() ? oneLine(status) : oneLine(status) + ": " + line;
  }

  /** The first line of a page of HTML says nothing, so only other text counts. */
  private static String firstLine(Response response) {
    String type = response.header("Content-Type", "text/plain").toLowerCase(Locale.ROOT);
    if (type.startsWith("text/html") || !type.matches("(text/|application/(.*\\+)?(json|xml)).*")) {
      return "";
    }
    try (ResponseBody start = response.peekBody(PEEK_BYTES)) {
      return start
          .string()
          .lines()
          .map(Failures::oneLine)
          .filter(s -> !s.isEmpty())
          .findFirst()
          .orElse("");
    } catch (IOException broken) {
      return ""; // the status is what counts, and that is known
    }
  }

  /** Makes a stranger's text fit for a message: its first line, without control characters. */
  static String oneLine(String text) {
    String line = text.lines().findFirst().orElse("");
    String clean = line.replaceAll("\\p{Cntrl}", " ").strip();
    return clean.length() <= MAX_LINE_CHARS ? clean : clean.substring(0, MAX_LINE_CHARS) + "...";
  }

  private static boolean isCertificateProblem(IOException cause) {
    boolean found = cause instanceof SSLPeerUnverifiedException; // it is another host's
    for (Throwable t = cause; t != null && !found; t = t.getCause()) {
      found = t instanceof CertificateException;
    }
    return found;
  }

  private static Throwable rootOf(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  private static String text(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank()
        ? failure.getClass().getSimpleName()
        : oneLine(message);
  }

  private static String seconds(long millis) {
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }
}
