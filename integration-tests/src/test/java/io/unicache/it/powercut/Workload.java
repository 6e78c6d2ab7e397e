package io.unicache.it.powercut;

import io.unicache.fs.ops.AttributeChange;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.OpenFlags;
import io.unicache.fs.ops.StoreFileSystem;
import io.unicache.it.powercut.History.Content;
import io.unicache.store.CacheService.StoreRequest;
import io.unicache.store.LocalService;
import io.unicache.store.Store;
import io.unicache.store.StoreConfig;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * Random operations on a store, by one thread, that follow from a seed; each is noted in a {@link
 * History}.
 */
final class Workload {

  static final int BLOCK = StoreConfig.MIN_BLOCK_SIZE;

  /** The attribute that files get. */
  static final String ATTRIBUTE = "user.note";

  private static final Caller CALLER = Caller.ROOT;
  private static final List<String> DIRECTORIES = List.of("a", "b");
  private static final int NAMES = 4;
  private static final int IDS = 4;
  private static final int MOST_OPEN = 4;
  private static final int MOST_BYTES = 5 * BLOCK;
  private static final int STREAM_PIECE = 4 << 20;

  /** What one file is, apart from its names. */
  private static final class File {
    final int id;
    final long inode;
    byte[] bytes = {};
    String attribute;
    long handle = -1;

    /** The version that survives a crash of the process. */
    int saved;

    /** The version with which it took another one's place, if it did. */
    Integer least;

    File(int id, long inode) {
      this.id = id;
      this.inode = inode;
    }

    boolean isOpen() {
      return handle >= 0;
    }
  }

  /** An operation; it tells what it does before it does it. */
  private interface Action {
    void run() throws Exception;
  }

  private final StoreConfig config;
  private final Random random;
  private final DiskLog log;
  private final History history = new History();
  private final TreeMap<String, File> names = new TreeMap<>();
  private final TreeMap<String, Long> directories = new TreeMap<>(Map.of("", FileSystemOps.ROOT));
  private final TreeMap<String, Content> stored = new TreeMap<>();
  private final List<File> unnamed = new ArrayList<>();
  private final List<byte[]> pool = new ArrayList<>();
  private Store store;
  private StoreFileSystem fs;
  private LocalService service;
  private int files;

  Workload(Path directory, long seed, DiskLog log) {
    this.config = StoreConfig.at(directory).withBlockSize(BLOCK);
    this.random = new Random(seed);
    this.log = log;
    for (int i = 0; i < 6; i++) {
      byte[] block = new byte[BLOCK];
      random.nextBytes(block);
      pool.add(block);
    }
  }

  History history() {
    return history;
  }

  static Content content(byte[] bytes) throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
    return new Content(bytes.length, HexFormat.of().formatHex(hash, 0, 8));
  }

  /** Opens the store, does some operations, and closes it. */
  void session(int operations) throws Exception {
    step("open the store", true, this::open);
    try {
      for (int i = 0; i < operations; i++) {
        next();
      }
      for (File file : openFiles()) {
        close(file);
      }
    } finally {
      step("close the store", true, this::closeStore);
    }
  }

  /** Writes one file that is long enough for a pack of its own, and goes on with it. */
  void stream(long bytes) throws Exception {
    step("open the store", true, this::open);
    try {
      File file = create("stream");
      for (long left = bytes; left > 0; left -= STREAM_PIECE) {
        byte[] piece = new byte[STREAM_PIECE];
        random.nextBytes(piece);
        write(file, file.bytes.length, piece);
      }
      close(file);
      sync();
      reopen(file, false);
      for (int i = 0; i < 4; i++) {
        write(file);
        punch(file);
        if (random.nextBoolean()) {
          fsync(file);
        }
      }
      close(file);
      create();
      sync();
      unlink("stream");
      sync();
      for (File open : openFiles()) {
        close(open);
      }
    } finally {
      step("close the store", true, this::closeStore);
    }
  }

  private void open() throws Exception {
    store = Store.open(config);
    fs = new StoreFileSystem(store, Clock.systemUTC());
    service = new LocalService(store);
  }

  private void closeStore() throws Exception {
    fs.close();
    service.close();
  }

  private void step(String what, boolean sync, Action action) throws Exception {
    int begin = log.position();
    action.run();
    int end = log.position();
    Map<Integer, Integer> durable = null;
    if (sync) {
      durable = new HashMap<>();
      for (File file : names.values()) {
        durable.put(file.id, file.saved);
      }
    }
    history.step(new History.Step(what, begin, end, state(), durable));
  }

  private History.State state() {
    Map<String, Integer> paths = new HashMap<>();
    Map<Integer, String> attributes = new HashMap<>();
    Map<Integer, Integer> least = new HashMap<>();
    directories.keySet().stream()
        .filter(path -> !path.isEmpty())
        .forEach(path -> paths.put(path, History.DIRECTORY));
    names.forEach(
        (path, file) -> {
          paths.put(path, file.id);
          if (file.attribute != null) {
            attributes.put(file.id, file.attribute);
          }
          if (file.least != null) {
            least.put(file.id, file.least);
          }
        });
    return new History.State(paths, attributes, Map.copyOf(stored), least);
  }

  private void next() throws Exception {
    int choice = random.nextInt(100);
    if (choice < 10) {
      create();
    } else if (choice < 16) {
      reopen();
    } else if (choice < 40) {
      change();
    } else if (choice < 52) {
      pick(openFiles()).ifPresentOrThrow(this::close);
    } else if (choice < 55) {
      pick(openFiles()).ifPresentOrThrow(this::fsync);
    } else if (choice < 70) {
      rename();
    } else if (choice < 78) {
      rewrite();
    } else if (choice < 92) {
      changeNames();
    } else if (choice < 97) {
      storeUnderId();
    } else {
      sync();
    }
  }

  /** Something that may be there. */
  private record Picked<T>(Optional<T> value) {
    interface Use<T> {
      void on(T value) throws Exception;
    }

    void ifPresentOrThrow(Use<T> use) throws Exception {
      if (value.isPresent()) {
        use.on(value.get());
      }
    }
  }

  private <T> Picked<T> pick(List<T> from) {
    return new Picked<>(
        from.isEmpty() ? Optional.empty() : Optional.of(from.get(random.nextInt(from.size()))));
  }

  private List<File> openFiles() {
    List<File> open = new ArrayList<>();
    for (File file : names.values()) {
      if (file.isOpen() && !open.contains(file)) {
        open.add(file);
      }
    }
    open.addAll(unnamed);
    return open;
  }

  private List<File> closedFiles() {
    return names.values().stream().filter(file -> !file.isOpen()).distinct().toList();
  }

  private String anyPath() {
    String directory = pick(List.copyOf(directories.keySet())).value().orElseThrow();
    return (directory.isEmpty() ? "" : directory + "/") + "f" + random.nextInt(NAMES);
  }

  private long parent(String path) {
    int slash = path.lastIndexOf('/');
    return directories.get(slash < 0 ? "" : path.substring(0, slash));
  }

  private static byte[] name(String path) {
    return path.substring(path.lastIndexOf('/') + 1).getBytes(StandardCharsets.UTF_8);
  }

  private void changed(File file, byte[] bytes) throws Exception {
    file.bytes = bytes;
    history.version(file.id, content(bytes));
  }

  private void saved(File file) {
    file.saved = history.lastVersion(file.id);
  }

  // Open files

  private void create() throws Exception {
    String path = anyPath();
    if (names.containsKey(path) || openFiles().size() >= MOST_OPEN) {
      return;
    }
    create(path);
  }

  private File create(String path) throws Exception {
    File[] made = new File[1];
    step(
        "create " + path,
        false,
        () -> {
          FileSystemOps.Created created =
              fs.create(
                  parent(path),
                  name(path),
                  0644,
                  OpenFlags.READ_WRITE | OpenFlags.CREATE | OpenFlags.EXCLUSIVE,
                  CALLER);
          File file = new File(files++, created.attributes().inode());
          file.handle = created.opened().handle();
          changed(file, new byte[0]);
          names.put(path, file);
          made[0] = file;
        });
    return made[0];
  }

  private void reopen() throws Exception {
    if (openFiles().size() < MOST_OPEN) {
      pick(closedFiles()).ifPresentOrThrow(file -> reopen(file, random.nextBoolean()));
    }
  }

  private void reopen(File file, boolean truncate) throws Exception {
    step(
        "open " + file.id + (truncate ? " and cut it" : ""),
        false,
        () -> {
          int flags = OpenFlags.READ_WRITE | (truncate ? OpenFlags.TRUNCATE : 0);
          file.handle = fs.open(file.inode, flags, CALLER).handle();
          if (truncate) {
            changed(file, new byte[0]);
          }
        });
  }

  private void close(File file) throws Exception {
    step(
        "close " + file.id,
        false,
        () -> {
          fs.flush(file.handle);
          fs.release(file.handle);
          file.handle = -1;
          saved(file);
          unnamed.remove(file);
        });
  }

  private void fsync(File file) throws Exception {
    // Before the step is over, as it says what is durable then.
    step(
        "fsync " + file.id,
        true,
        () -> {
          fs.fsync(file.handle, random.nextBoolean());
          saved(file);
        });
  }

  private void change() throws Exception {
    switch (random.nextInt(8)) {
      case 0 -> truncate();
      case 1 -> pick(openFiles()).ifPresentOrThrow(this::punch);
      case 2 -> copyRange();
      default -> pick(openFiles()).ifPresentOrThrow(this::write);
    }
  }

  private void write(File file) throws Exception {
    int offset =
        switch (random.nextInt(4)) {
          case 0 -> random.nextInt(file.bytes.length + 1);
          case 1 -> random.nextInt(file.bytes.length / BLOCK + 1) * BLOCK;
          default -> file.bytes.length;
        };
    write(file, Math.min(offset, MOST_BYTES), someBytes());
  }

  private byte[] someBytes() {
    if (random.nextInt(3) == 0) {
      return pool.get(random.nextInt(pool.size()));
    }
    byte[] bytes = new byte[1 + random.nextInt(random.nextInt(4) == 0 ? 2 * BLOCK : BLOCK / 4)];
    random.nextBytes(bytes);
    return bytes;
  }

  private void write(File file, int offset, byte[] bytes) throws Exception {
    step(
        "write " + bytes.length + " at " + offset + " of " + file.id,
        false,
        () -> {
          fs.write(file.handle, offset, ByteBuffer.wrap(bytes), OpenFlags.READ_WRITE);
          byte[] all =
              Arrays.copyOf(file.bytes, Math.max(file.bytes.length, offset + bytes.length));
          System.arraycopy(bytes, 0, all, offset, bytes.length);
          changed(file, all);
        });
  }

  private void truncate() throws Exception {
    pick(names.values().stream().distinct().toList())
        .ifPresentOrThrow(
            file -> {
              int size = random.nextInt(MOST_BYTES);
              step(
                  "truncate " + file.id + " to " + size,
                  false,
                  () -> {
                    fs.setattr(file.inode, AttributeChange.size(size), CALLER);
                    changed(file, Arrays.copyOf(file.bytes, size));
                    saved(file);
                  });
            });
  }

  private void punch(File file) throws Exception {
    if (file.bytes.length == 0) {
      return;
    }
    int from = random.nextInt(file.bytes.length);
    int to = from + 1 + random.nextInt(file.bytes.length - from);
    step(
        "punch " + from + " to " + to + " of " + file.id,
        false,
        () -> {
          fs.allocate(
              file.handle,
              FileSystemOps.ALLOCATE_KEEP_SIZE | FileSystemOps.ALLOCATE_PUNCH_HOLE,
              from,
              to - from);
          byte[] all = file.bytes.clone();
          Arrays.fill(all, from, to, (byte) 0);
          changed(file, all);
        });
  }

  private void copyRange() throws Exception {
    List<File> open = openFiles();
    if (open.size() < 2) {
      return;
    }
    File from = pick(open).value().orElseThrow();
    File to = pick(open).value().orElseThrow();
    if (from == to || from.bytes.length == 0) {
      return;
    }
    int offset = random.nextInt(3) * BLOCK;
    int target = Math.min(to.bytes.length / BLOCK, 4) * BLOCK;
    step(
        "copy " + from.id + " to " + to.id,
        false,
        () -> {
          int copied =
              (int) fs.copyRange(from.handle, offset, to.handle, target, random.nextInt(3 * BLOCK));
          byte[] all = Arrays.copyOf(to.bytes, Math.max(to.bytes.length, target + copied));
          System.arraycopy(from.bytes, Math.min(offset, from.bytes.length), all, target, copied);
          if (copied > 0) {
            changed(to, all);
          }
        });
  }

  // Names

  private void rename() throws Exception {
    String to = anyPath();
    if (random.nextBoolean() && openFiles().size() < MOST_OPEN && names.containsKey(to)) {
      String temporary = anyPath();
      if (!names.containsKey(temporary)) { // as programs replace a file
        File file = create(temporary);
        write(file, 0, someBytes());
        if (random.nextInt(8) == 0) {
          fsync(file);
        }
        boolean openStill = random.nextInt(4) == 0;
        if (!openStill) {
          close(file);
        }
        rename(temporary, to);
      }
      return;
    }
    pick(List.copyOf(names.keySet())).ifPresentOrThrow(from -> rename(from, to));
  }

  private void rename(String from, String to) throws Exception {
    if (from.equals(to)) {
      return;
    }
    step(
        "rename " + from + (names.containsKey(to) ? " over " : " to ") + to,
        false,
        () -> {
          fs.rename(parent(from), name(from), parent(to), name(to), 0, CALLER);
          File replaced = names.get(to);
          File file = names.get(from);
          if (replaced == file) {
            return;
          }
          names.remove(from);
          names.put(to, file);
          if (replaced != null) {
            file.least = history.lastVersion(file.id);
            saved(file);
            gone(replaced);
          }
        });
  }

  /** A name of a file has gone. */
  private void gone(File file) {
    if (!names.containsValue(file) && file.isOpen()) {
      unnamed.add(file);
    }
  }

  private void rewrite() throws Exception {
    if (openFiles().size() < MOST_OPEN) {
      pick(closedFiles())
          .ifPresentOrThrow(
              file -> {
                reopen(file, random.nextInt(3) > 0);
                write(file);
                if (random.nextInt(8) == 0) {
                  fsync(file);
                }
                close(file);
              });
    }
  }

  private void changeNames() throws Exception {
    String path = anyPath();
    switch (random.nextInt(5)) {
      case 0 -> pick(List.copyOf(names.keySet())).ifPresentOrThrow(this::unlink);
      case 1 -> pick(List.copyOf(names.keySet())).ifPresentOrThrow(from -> link(from, path));
      case 2 -> makeOrRemoveDirectory(DIRECTORIES.get(random.nextInt(DIRECTORIES.size())));
      case 3 -> pick(List.copyOf(names.values())).ifPresentOrThrow(this::setAttribute);
      default -> storeAs(path);
    }
  }

  private void unlink(String path) throws Exception {
    step(
        "unlink " + path,
        false,
        () -> {
          fs.unlink(parent(path), name(path), CALLER);
          gone(names.remove(path));
        });
  }

  private void link(String from, String to) throws Exception {
    if (names.containsKey(to)) {
      return;
    }
    step(
        "link " + from + " to " + to,
        false,
        () -> {
          fs.link(names.get(from).inode, parent(to), name(to), CALLER);
          names.put(to, names.get(from));
        });
  }

  private void makeOrRemoveDirectory(String path) throws Exception {
    if (!directories.containsKey(path)) {
      step(
          "mkdir " + path,
          false,
          () ->
              directories.put(
                  path, fs.mkdir(FileSystemOps.ROOT, name(path), 0755, CALLER).inode()));
    } else if (names.keySet().stream().noneMatch(name -> name.startsWith(path + "/"))) {
      step(
          "rmdir " + path,
          false,
          () -> {
            fs.rmdir(FileSystemOps.ROOT, name(path), CALLER);
            directories.remove(path);
          });
    }
  }

  private void setAttribute(File file) throws Exception {
    String value = "note " + random.nextInt(1000);
    step(
        "note on " + file.id,
        false,
        () -> {
          byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
          fs.setxattr(file.inode, name(ATTRIBUTE), bytes, 0, CALLER);
          file.attribute = value;
        });
  }

  // What clients of the service do

  private void storeAs(String path) throws Exception {
    byte[] bytes = someBytes();
    boolean replace = names.containsKey(path);
    step(
        "store as " + path,
        false,
        () -> {
          service.store(
              new ByteArrayInputStream(bytes),
              new StoreRequest(
                  "", bytes.length, Optional.empty(), Optional.of("/" + path), replace, 0644));
          File file = new File(files++, fs.lookup(parent(path), name(path), CALLER).inode());
          changed(file, bytes);
          saved(file);
          File replaced = names.put(path, file);
          if (replaced != null) {
            file.least = 0;
            gone(replaced);
          }
        });
  }

  private void storeUnderId() throws Exception {
    String id = "id" + random.nextInt(IDS);
    if (stored.containsKey(id) && random.nextInt(3) == 0) {
      step(
          "remove " + id,
          false,
          () -> {
            service.remove(id);
            stored.remove(id);
          });
      return;
    }
    byte[] bytes = someBytes();
    step(
        "store " + id,
        false,
        () -> {
          service.store(
              new ByteArrayInputStream(bytes),
              new StoreRequest("", bytes.length, Optional.of(id), Optional.empty(), true, 0644));
          stored.put(id, content(bytes));
        });
  }

  private void sync() throws Exception {
    switch (random.nextInt(4)) {
      case 0 -> step("collect garbage", true, store::gc);
      case 1 ->
          step(
              "commit all",
              true,
              () -> {
                service.sync();
                openFiles().forEach(this::saved);
              });
      default -> step("sync", true, store::sync);
    }
  }
}
