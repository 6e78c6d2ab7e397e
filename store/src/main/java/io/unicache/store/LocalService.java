package io.unicache.store;

import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.check.CheckSummary;
import io.unicache.store.download.Download;
import io.unicache.store.download.Downloader;
import io.unicache.store.error.CacheException;
import io.unicache.store.hash.Blake3;
import io.unicache.store.ingest.Content;
import io.unicache.store.ingest.ContentWriter;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.ManifestEntry;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.StoredFile;
import io.unicache.store.read.ContentReader;
import io.unicache.store.tree.Tree;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Answers clients from a store that this process owns. Closing it closes the store. */
public final class LocalService implements CacheService {

  /** Paths that the mount's own directory would hide. */
  private static final Pattern RESERVED = Pattern.compile("^/*\\.unicache(/|$)");

  private static final int COPY_BYTES = 1 << 20;
  private static final int LIST_PAGE = 1000;
  private static final int DIRECTORY_PERMISSIONS = 0755;

  /** Where a store is mounted, and through what. */
  private record Mount(Path mountPoint, String transport, Supplier<MountStatistics> statistics) {}

  private final Store store;
  private final FileFinder finder;
  private final StoredFiles storedFiles;
  private final Downloader downloader = new Downloader();
  private final AtomicReference<Mount> mount = new AtomicReference<>();

  /** Held while a check reads everything: the store must not be closed under it. */
  private final ReentrantLock checking = new ReentrantLock();

  private volatile boolean closing;
  private volatile TreeListener listener = (directory, name) -> {};

  public LocalService(Store store) {
    this.store = store;
    this.finder = new FileFinder(store);
    this.storedFiles = new StoredFiles(store.meta(), Clock.systemUTC());
  }

  /** Says where the store is mounted, for {@link #info} and {@link #mountPoint}. */
  public void mounted(Path mountPoint, String transport, Supplier<MountStatistics> statistics) {
    mount.set(new Mount(mountPoint, transport, statistics));
  }

  /** Sets who is told when a client changes the tree. */
  public void onTreeChange(TreeListener newListener) {
    listener = newListener;
  }

  @Override
  public Stored store(InputStream in, StoreRequest request) throws CacheException {
    checkWritable();
    try (ContentWriter writer = store.writer(request.size())) {
      copy(in, writer);
      if (request.size() >= 0 && writer.size() != request.size()) {
        throw new CacheException.InvalidArgument(
            request.name()
                + " has "
                + writer.size()
                + " bytes, not "
                + request.size()
                + "; it changed while it was read");
      }
      return place(writer.finish(), request, "");
    }
  }

  private static void copy(InputStream in, ContentWriter writer) throws CacheException {
    byte[] buffer = new byte[COPY_BYTES];
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        writer.append(ByteBuffer.wrap(buffer, 0, n));
      }
    } catch (IOException e) {
      throw CacheException.of("reading the input", e);
    }
  }

  /** Gives a content its names: a path, a custom ID, or (with neither) its content ID. */
  private Stored place(Content content, StoreRequest request, String source) throws CacheException {
    if (request.id().isPresent()) {
      storedFiles.check(request.id().get(), content.id(), request.replace());
    }
    if (request.path().isPresent()) {
      try {
        placeInTree(content, request, source);
      } catch (CacheException.Namespace e) {
        throw e.at(request.path().get());
      }
    }
    String id = request.id().orElse(content.id().toString());
    if (request.id().isPresent() || request.path().isEmpty()) {
      storedFiles.put(id, content, request.name(), source, request.replace());
    }
    return new Stored(
        id, content.id().toString(), content.manifest().size(), content.newBytes(), request.path());
  }

  private void placeInTree(Content content, StoreRequest request, String source)
      throws CacheException {
    String path = request.path().orElseThrow();
    if (RESERVED.matcher(path).find()) {
      throw new CacheException.InvalidArgument(
          "'" + path + "' is not possible: /.unicache is UniCache's own; choose another path");
    }
    int slash = path.lastIndexOf('/');
    Name name = Name.of(path.substring(slash + 1));
    int uid = Ownership.uid(store.directory());
    int gid = Ownership.gid(store.directory());
    Inode directory =
        store
            .tree()
            .makeDirectories(
                path.substring(0, slash + 1), new Tree.NewFile(DIRECTORY_PERMISSIONS, uid, gid));
    if (request.replace()) {
      store.syncBlocks();
    }
    store
        .tree()
        .putFile(
            directory.number(),
            name,
            content.id(),
            content.manifest(),
            new Tree.NewFile(request.permissions(), uid, gid),
            source,
            request.replace());
    listener.changed(directory.number(), name);
  }

  @Override
  public Found find(String idOrPath) throws CacheException {
    FileFinder.Match match = finder.find(idOrPath);
    if (match.stored().isPresent()) {
      StoredFile file = match.stored().get();
      return new Found(file.content().toString(), file.size(), file.name(), 0644);
    }
    if (match.content().isPresent()) {
      ManifestEntry entry = match.content().get();
      return new Found(entry.id().toString(), entry.manifest().size(), "", 0644);
    }
    Inode inode = regular(match.inode().orElseThrow(), idOrPath);
    return new Found(
        inode.content().orElse(Content.EMPTY_ID).toString(),
        inode.size(),
        idOrPath.substring(idOrPath.lastIndexOf('/') + 1),
        inode.permissions());
  }

  private static Inode regular(Inode inode, String path) throws CacheException {
    if (!inode.isRegular()) {
      throw new CacheException.InvalidArgument(
          "'" + path + "' is not a regular file; only those have a content");
    }
    return inode;
  }

  @Override
  public void retrieve(String idOrPath, Sink sink) throws CacheException {
    ContentId content = ContentId.parse(find(idOrPath).contentId());
    if (content.equals(Content.EMPTY_ID)) {
      sink.begin(0);
      return;
    }
    // Whoever removes the file meanwhile does not pull the blocks away under the reader.
    try (PinnedReader pinned = store.pinnedReader(content)) {
      copy(pinned.reader(), sink);
    }
  }

  private static void copy(ContentReader reader, Sink sink) throws CacheException {
    Manifest manifest = reader.manifest();
    sink.begin(manifest.size());
    ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
    for (int i = 0; i < manifest.extents(); i++) {
      long end = manifest.start(i) + manifest.length(i);
      for (long at = manifest.start(i); !manifest.isHole(i) && at < end; ) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
        int n = reader.read(at, buffer);
        sink.write(at, buffer.flip());
        at += n;
      }
    }
  }

  @Override
  public Removed remove(String idOrPath) throws CacheException {
    checkWritable();
    forgetWhatFilesWere();
    FileFinder.Match match = finder.find(idOrPath);
    if (match.stored().isPresent()) {
      StoredFile file = match.stored().get();
      long freed = store.uniqueBytes(file.content());
      storedFiles.remove(file.id());
      return new Removed(file.id(), freed);
    }
    if (match.content().isPresent()) {
      throw new CacheException.InvalidArgument(
          "content "
              + idOrPath
              + " belongs to files in the tree ("
              + holders(match)
              + "); remove them by path");
    }
    return removePath(idOrPath, match.inode().orElseThrow());
  }

  /** What files were at the last sync needs blocks as well, which a removal would not free. */
  private void forgetWhatFilesWere() throws CacheException {
    try {
      store.sync();
    } catch (CacheException.Full e) {
      // Then it may free more than it says; room is what is wanted.
    }
  }

  /** Names up to three files that have a content. */
  private String holders(FileFinder.Match match) throws CacheException {
    ContentId content = match.content().orElseThrow().id();
    List<String> paths = new ArrayList<>();
    store
        .meta()
        .forEachInode(
            inode -> {
              if (inode.content().filter(content::equals).isPresent()) {
                paths.addAll(store.tree().pathsOf(inode.number()));
              }
              return paths.size() < 3;
            });
    return String.join(", ", paths);
  }

  private Removed removePath(String path, Inode inode) throws CacheException {
    String trimmed = path.replaceAll("/+$", "");
    int slash = trimmed.lastIndexOf('/');
    Inode directory = store.tree().resolve(trimmed.substring(0, slash + 1));
    Name name = Name.of(trimmed.substring(slash + 1));
    long freed =
        inode.content().isPresent() && inode.links() == 1
            ? store.uniqueBytes(inode.content().get())
            : 0;
    if (inode.isDirectory()) {
      store.tree().removeDirectory(directory.number(), name);
    } else {
      store.tree().unlink(directory.number(), name);
    }
    listener.changed(directory.number(), name);
    return new Removed(trimmed.startsWith("/") ? trimmed : "/" + trimmed, freed);
  }

  @Override
  public Stored download(DownloadRequest request, Progress progress) throws CacheException {
    checkWritable();
    try (Download download =
        downloader.fetch(
            url(request.url()),
            store::writer,
            progress::report,
            () -> progress.cancelled() || Thread.currentThread().isInterrupted())) {
      return place(
          download.content(),
          new StoreRequest(
              download.suggestedName(),
              download.size(),
              request.id(),
              request.path(),
              request.replace(),
              0644),
          download.sourceUrl());
    }
  }

  static URI url(String text) throws CacheException {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw new CacheException.InvalidArgument(
          "'" + Downloader.sanitisedUrl(text) + "' is not a URL: " + e.getReason());
    }
  }

  @Override
  public List<Listed> list(String path) throws CacheException {
    Inode inode = resolve(path);
    List<Listed> lines = new ArrayList<>();
    if (!inode.isDirectory()) {
      lines.add(listed(path, inode));
      return lines;
    }
    long cookie = 0;
    List<DirectoryEntry> page;
    do {
      page = store.tree().list(inode.number(), cookie, LIST_PAGE);
      for (DirectoryEntry entry : page) {
        cookie = entry.cookie();
        Optional<Inode> child = store.meta().inode(entry.inode());
        if (child.isPresent()) { // else it was removed a moment ago
          lines.add(listed(entry.name().toString(), child.get()));
        }
      }
    } while (page.size() == LIST_PAGE);
    return lines;
  }

  private Inode resolve(String path) throws CacheException {
    try {
      return store.tree().resolve(path);
    } catch (CacheException.Namespace e) {
      throw e.at(path);
    }
  }

  private static Listed listed(String name, Inode inode) {
    return new Listed(
        name,
        inode.mode(),
        inode.links(),
        inode.uid(),
        inode.gid(),
        inode.size(),
        inode.modified().seconds(),
        inode.content().map(ContentId::toString),
        inode.type() == Inode.Type.SYMLINK ? Optional.of(inode.target()) : Optional.empty());
  }

  @Override
  public List<ListedId> listIds() throws CacheException {
    List<ListedId> lines = new ArrayList<>();
    store
        .meta()
        .forEachStoredFile(
            file -> {
              lines.add(
                  new ListedId(
                      file.id(),
                      file.content().toString(),
                      file.size(),
                      file.name(),
                      file.source(),
                      file.stored().seconds()));
              return true;
            });
    return lines;
  }

  @Override
  public CacheStats stats() throws CacheException {
    return store.stats();
  }

  @Override
  public Info info() {
    Optional<Mount> mounted = Optional.ofNullable(mount.get());
    return new Info(
        Store.VERSION,
        store.directory().toString(),
        store.id().toString(),
        store.formatVersion(),
        store.blockSize(),
        store.chunking(),
        ProcessHandle.current().pid(),
        mounted.map(m -> m.mountPoint().toString()),
        mounted.map(Mount::transport).orElse(""),
        Blake3.engine(),
        store.readOnly(),
        mounted.map(m -> m.statistics().get()).orElse(MountStatistics.NONE));
  }

  @Override
  public void index(IndexSink sink) throws CacheException {
    new IndexWalk(store).run(sink);
  }

  @Override
  public CheckSummary check(CheckRequest request, CheckSink sink) throws CacheException {
    checking.lock();
    try {
      return new CheckRun(store, downloader, sink, () -> closing).run(request);
    } finally {
      checking.unlock();
    }
  }

  @Override
  public void sync() throws CacheException {
    store.files().commitAll();
    store.sync();
  }

  @Override
  public long gc() throws CacheException {
    checkWritable();
    return store.gc();
  }

  @Override
  public Optional<Path> mountPoint() {
    return Optional.ofNullable(mount.get()).map(Mount::mountPoint);
  }

  private void checkWritable() throws CacheException {
    if (store.readOnly()) {
      String why =
          store
              .diskFailure()
              .map(
                  failure ->
                      "is read-only since its disk failed ("
                          + failure
                          + "); look at the disk, then unmount and mount again")
              .orElse("is mounted read-only");
      throw new CacheException.Namespace(
          CacheException.Namespace.Reason.READ_ONLY, "store " + store.directory() + " " + why);
    }
  }

  /** A check that is under way ends first. */
  @Override
  public void close() throws CacheException {
    closing = true;
    downloader.close();
    checking.lock();
    try {
      store.close();
    } finally {
      checking.unlock();
    }
  }
}
