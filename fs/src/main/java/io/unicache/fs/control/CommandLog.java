package io.unicache.fs.control;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/** The recent commands and their states: what a read of {@code control} gives. Thread-safe. */
final class CommandLog {

  /** Commands that are kept; those that run are kept in any case. */
  static final int CAPACITY = 100;

  private enum State {
    RUNNING("running"),
    DONE("done"),
    FAILED("failed");

    private final String text;

    State(String text) {
      this.text = text;
    }
  }

  /** One command. Its fields belong to the log's lock. */
  final class Entry {
    private final long id;
    private final String command;
    private final Instant started;
    private State state = State.RUNNING;
    private long bytes = -1;
    private long total = -1;
    private String result;
    private String error;

    private Entry(long id, String command, Instant started) {
      this.id = id;
      this.command = command;
      this.started = started;
    }

    void progress(long received, OptionalLong expected) {
      synchronized (CommandLog.this) {
        bytes = received;
        total = expected.orElse(-1);
      }
    }

    void done(String outcome) {
      synchronized (CommandLog.this) {
        state = State.DONE;
        result = outcome;
      }
    }

    void failed(String reason) {
      synchronized (CommandLog.this) {
        state = State.FAILED;
        error = reason;
      }
    }

    private String toJson() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("id", id);
      fields.put("command", command);
      fields.put("state", state.text);
      fields.put("started", started.toString());
      putIfKnown(fields, "bytes", bytes);
      putIfKnown(fields, "total", total);
      if (result != null) {
        fields.put("result", result);
      }
      if (error != null) {
        fields.put("error", error);
      }
      return Json.object(fields);
    }

    private static void putIfKnown(Map<String, Object> fields, String key, long value) {
      if (value >= 0) {
        fields.put(key, value);
      }
    }
  }

  private final Clock clock;
  private final Deque<Entry> entries = new ArrayDeque<>();
  private long lastId;

  CommandLog(Clock clock) {
    this.clock = clock;
  }

  /** Adds a command that runs from now on. */
  synchronized Entry add(String command) {
    Entry entry = new Entry(++lastId, command, clock.instant().truncatedTo(ChronoUnit.MILLIS));
    entries.addLast(entry);
    Iterator<Entry> oldest = entries.iterator();
    while (entries.size() > CAPACITY && oldest.hasNext()) {
      if (oldest.next().state != State.RUNNING) {
        oldest.remove();
      }
    }
    return entry;
  }

  /** Returns one line for each command, oldest first. */
  synchronized byte[] toJsonLines() {
    StringBuilder lines = new StringBuilder();
    for (Entry entry : entries) {
      lines.append(entry.toJson()).append('\n');
    }
    return lines.toString().getBytes(StandardCharsets.UTF_8);
  }
}
