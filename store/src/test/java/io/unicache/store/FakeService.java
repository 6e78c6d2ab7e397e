package io.unicache.store;

import io.unicache.store.block.ByteRange;
import io.unicache.store.check.CheckSummary;
import io.unicache.store.check.Finding;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A service that keeps whole files in memory, and can be told to fail or to wait. */
public final class FakeService implements CacheService {

  /** Zeros of this length and alignment are a hole. */
  private static final int BLOCK = 4096;

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Held(byte[] bytes, String name, String source, int permissions) {}

  private final Map<String, Held> files = new ConcurrentSkipListMap<>();
  private volatile CacheException failure;
  private volatile RuntimeException bug;
  private volatile Optional<Path> mountPoint = Optional.empty();

  /** Downloads report until this is counted down or they are cancelled. */
  public final CountDownLatch downloadMayEnd = new CountDownLatch(1);

  public final CountDownLatch downloadCancelled = new CountDownLatch(1);
  public final CountDownLatch storeFailed = new CountDownLatch(1);
  public final CountDownLatch retrieveFailed = new CountDownLatch(1);
  public volatile long slowMillis;
  public volatile boolean closed;

  public void failWith(CacheException error) {
    failure = error;
  }

  public void breakWith(RuntimeException error) {
    bug = error;
  }

  public void mountAt(Path path) {
    mountPoint = Optional.of(path);
  }

  public int count() {
    return files.size();
  }

  @Override
  public Stored store(InputStream in, StoreRequest request) throws CacheException {
    check();
    byte[] bytes;
    try {
      bytes = in.readAllBytes();
    } catch (IOException e) {
      storeFailed.countDown();
      throw CacheException.of("reading", e);
    }
    String contentId = contentId(bytes);
    String key = request.path().or(request::id).orElse(contentId);
    Held held = new Held(bytes, request.name(), "", request.permissions());
    if (request.replace()) {
      files.put(key, held);
    } else if (files.putIfAbsent(key, held) != null && !key.equals(contentId)) {
      throw new CacheException.Namespace(
          CacheException.Namespace.Reason.EXISTS, key + " exists; replace it with --replace");
    }
    return new Stored(
        request.id().orElse(contentId), contentId, bytes.length, bytes.length, request.path());
  }

  @Override
  public Found find(String idOrPath) throws CacheException {
    check();
    Held held = held(idOrPath);
    return new Found(contentId(held.bytes), held.bytes.length, held.name, held.permissions);
  }

  @Override
  public void retrieve(String idOrPath, Sink sink) throws CacheException {
    check();
    byte[] bytes = held(idOrPath).bytes;
    try {
      sink.begin(bytes.length);
      for (int at = 0; at < bytes.length; at += BLOCK) {
        int length = Math.min(BLOCK, bytes.length - at);
        if (!Arrays.equals(bytes, at, at + length, new byte[length], 0, length)) {
          sink.write(at, ByteBuffer.wrap(bytes, at, length));
        }
      }
    } catch (CacheException e) {
      retrieveFailed.countDown();
      throw e;
    }
  }

  @Override
  public Removed remove(String idOrPath) throws CacheException {
    check();
    long size = held(idOrPath).bytes.length;
    files.remove(idOrPath);
    return new Removed(idOrPath, size);
  }

  @Override
  public Stored download(DownloadRequest request, Progress progress) throws CacheException {
    check();
    try {
      long received = 0;
      do {
        progress.report(received++, OptionalLong.of(100));
        if (progress.cancelled()) {
          downloadCancelled.countDown();
          throw new CacheException.Source("cancelled");
        }
      } while (!downloadMayEnd.await(5, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    byte[] bytes = request.url().getBytes(StandardCharsets.UTF_8);
    String contentId = contentId(bytes);
    String name = request.url().substring(request.url().lastIndexOf('/') + 1);
    files.put(
        request.path().or(request::id).orElse(contentId),
        new Held(bytes, name, request.url(), 0644));
    return new Stored(
        request.id().orElse(contentId), contentId, bytes.length, bytes.length, request.path());
  }

  @Override
  public List<Listed> list(String path) throws CacheException {
    check();
    List<Listed> lines = new ArrayList<>();
    files.forEach(
        (key, held) -> {
          if (key.startsWith("/")) {
            Optional<String> id = Optional.of(contentId(held.bytes));
            lines.add(
                new Listed(
                    key.substring(1),
                    0100000 | held.permissions,
                    1,
                    0,
                    0,
                    held.bytes.length,
                    1_700_000_000L,
                    id,
                    Optional.empty()));
          }
        });
    return lines;
  }

  @Override
  public List<ListedId> listIds() throws CacheException {
    check();
    List<ListedId> lines = new ArrayList<>();
    files.forEach(
        (key, held) -> {
          if (!key.startsWith("/")) {
            String id = contentId(held.bytes);
            lines.add(
                new ListedId(key, id, held.bytes.length, held.name, held.source, 1_700_000_000L));
          }
        });
    return lines;
  }

  @Override
  public CacheStats stats() throws CacheException {
    check();
    long bytes = files.values().stream().mapToLong(held -> held.bytes.length).sum();
    return new CacheStats(files.size(), files.size(), bytes, bytes, bytes, 1 << 20);
  }

  @Override
  public Info info() throws CacheException {
    check();
    return new Info(
        "1",
        "/s",
        "x",
        1,
        1 << 20,
        "fixed",
        7,
        mountPoint.map(Path::toString),
        "jnr",
        "fake",
        false,
        new MountStatistics("in use", 5, 2));
  }

  @Override
  public void index(IndexSink sink) throws CacheException {
    check();
    for (Held held : files.values()) {
      sink.block(new IndexedBlock(contentId(held.bytes), 1, 0, held.bytes.length, 1));
    }
    for (Map.Entry<String, Held> file : files.entrySet()) {
      String id = contentId(file.getValue().bytes);
      List<String> blocks = new ArrayList<>();
      for (int at = 0; at < file.getValue().bytes.length; at += 64) {
        blocks.add(id);
      }
      sink.file(new IndexedFile(List.of(file.getKey()), id, file.getValue().bytes.length, blocks));
    }
  }

  @Override
  public CheckSummary check(CheckRequest request, CheckSink sink) throws CacheException {
    check();
    sink.progress(1, 2);
    sink.found(
        new Finding(
            Finding.Kind.DATA,
            "/a",
            List.of(new ByteRange(4096, 4096)),
            String.join(" ", request.from()),
            request.repair() ? Finding.State.LOST : Finding.State.FOUND));
    return new CheckSummary(files.size(), 0, 0, 0, 0, 0, 0, 1, 0, 0);
  }

  @Override
  public void sync() throws CacheException {
    check();
  }

  @Override
  public long gc() throws CacheException {
    check();
    return 42;
  }

  @Override
  public Optional<Path> mountPoint() throws CacheException {
    check();
    return mountPoint;
  }

  @Override
  public void close() {
    closed = true;
  }

  /** Not BLAKE3, but as long. */
  public static String contentId(byte[] bytes) {
    return String.format("%064x", Arrays.hashCode(bytes) & 0xffff_ffffL);
  }

  private Held held(String idOrPath) throws CacheException {
    Held held = files.get(idOrPath);
    if (held == null) {
      throw new CacheException.Missing(idOrPath + " is not in the store");
    }
    return held;
  }

  private void check() throws CacheException {
    if (slowMillis > 0) {
      try {
        Thread.sleep(slowMillis);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    if (bug != null) {
      throw bug;
    }
    if (failure != null) {
      throw failure;
    }
  }
}
