package io.unicache.it;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * One mount for all tests of a class, and a directory in it for each. When a test fails, the
 * daemon's log is printed.
 */
final class SharedMount
    implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback, TestWatcher {

  private final String[] options;
  private MountedStore store;
  private Path directory;
  private Path outside;

  SharedMount(String... options) {
    this.options = options.clone();
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    store = MountedStore.mounted(options);
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    String method = context.getRequiredTestMethod().getName();
    String name = method;
    for (int again = 2; Files.exists(store.root().resolve(name)); again++) {
      name = method + "-" + again; // a test that is run with several parameters
    }
    directory = Files.createDirectory(store.root().resolve(name));
    outside = Files.createDirectory(store.outside().resolve(name));
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    if (store != null) {
      store.close();
    }
  }

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    System.err.println(context.getDisplayName() + " failed; the daemon's log ends:");
    System.err.println(store.log());
  }

  MountedStore store() {
    return store;
  }

  /** Returns the running test's own directory in the mount. */
  Path directory() {
    return directory;
  }

  /** Runs a script in that directory, which has to go well; returns what it printed. */
  String sh(String script, Object... arguments) {
    return Program.script(script, arguments).in(directory).run().expect(0).text();
  }

  /** Returns the running test's own directory outside of the mount. */
  Path outside() {
    return outside;
  }
}
