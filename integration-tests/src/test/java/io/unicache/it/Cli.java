package io.unicache.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs UniCache as users do, by its launcher, on one store. */
final class Cli {

  private static final Path LAUNCHER = Path.of(System.getProperty("unicache.launcher")).normalize();

  private final Path store;

  Cli(Path store) {
    this.store = store;
  }

  static Path launcher() {
    return LAUNCHER;
  }

  /** Returns a command with its arguments, of this store, to be run. */
  Program command(Object... words) {
    List<Object> command = new ArrayList<>();
    command.add(LAUNCHER);
    command.addAll(List.of(words));
    return Program.of(command.toArray()).with("UNICACHE_STORE", store.toString());
  }

  /** Runs a command, which may fail. */
  Result run(Object... words) {
    return command(words).run();
  }

  /** Runs a command that must succeed, and returns what it printed. */
  String output(Object... words) {
    return run(words).expect(0).text();
  }
}
