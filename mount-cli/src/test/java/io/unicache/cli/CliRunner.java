package io.unicache.cli;

import io.unicache.store.StoreAccess;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs commands on one store, with streams that can be looked at. */
final class CliRunner {

  /** What a command did. */
  record Result(int status, String out, String err) {}

  private final Path store;
  private final Services services;
  private final Mounter mounter;
  private InputStream in = InputStream.nullInputStream();
  private boolean terminal;

  CliRunner(Path store) {
    this(store, StoreAccess::open, new FakeMounter());
  }

  CliRunner(Path store, Services services, Mounter mounter) {
    this.store = store;
    this.services = services;
    this.mounter = mounter;
  }

  CliRunner withInput(byte[] bytes) {
    in = new ByteArrayInputStream(bytes);
    return this;
  }

  CliRunner onTerminal() {
    terminal = true;
    return this;
  }

  Result run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    CliIo io =
        new CliIo(
            in,
            out,
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, false, StandardCharsets.UTF_8),
            terminal,
            terminal);
    List<String> all = new ArrayList<>(List.of(args));
    all.add("--store=" + store);
    int status = Main.run(io, services, () -> mounter, all.toArray(new String[0]));
    return new Result(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
