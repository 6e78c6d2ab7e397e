package io.unicache.store.meta;

import io.unicache.store.os.NativeFiles;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * Space on the disk that is given up when there is no other: the database refuses every change once
 * the disk is full, those that would free some as well, and needs room to begin anew. Safe for use
 * by many threads.
 */
final class Reserve {

  private static final Logger LOG = System.getLogger(Reserve.class.getName());

  /** What the database wants to find free before it begins anew, and half as much for changes. */
  static final long BYTES = RocksSettings.FAMILY_BUFFER_BYTES * 3 / 2;

  /** Of a small disk no more than this part is taken. */
  private static final int PART = 8;

  /** It is made anew when so many times as much is free: whoever freed space is to have some. */
  private static final int PLENTY = 2;

  /** With less than this part of it free elsewhere, it is given up. */
  private static final int LOW_PART = 8;

  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Path file;

  // Guarded by this.
  private boolean there;
  private boolean given;
  private long looked = System.nanoTime();

  /** A reserve in a file; it is made at once if the disk has room for it. */
  Reserve(Path file) {
    this.file = file;
    restore();
  }

  /** Makes it if it is not there and the disk has plenty of room; an idle call costs nothing. */
  final synchronized void restore() {
    if (there) {
      return;
    }
    try {
      FileStore disk = disk();
      long bytes = Math.min(BYTES, disk.getTotalSpace() / PART);
      if (Files.exists(file) && NativeFiles.allocatedBytes(file).orElse(0) >= bytes) {
        there = true;
      } else if (disk.getUsableSpace() >= PLENTY * bytes) {
        Files.deleteIfExists(file);
        Files.createFile(file);
        there = NativeFiles.allocate(file, bytes);
      }
      given &= !there;
    } catch (IOException e) {
      LOG.log(Level.WARNING, "no space could be reserved in " + file, e);
    }
  }

  /**
   * Tells whether the space has been given up, and the disk has not got room for it again. Looks at
   * the disk now and then, so that the database hardly ever meets one that is full.
   */
  synchronized boolean isMissed() {
    long now = System.nanoTime();
    if (now - looked >= LOOK_NANOS) {
      looked = now;
      if (given) {
        restore();
      } else if (isLow()) {
        give();
      }
    }
    return given;
  }

  private boolean isLow() {
    try {
      return there && disk().getUsableSpace() < BYTES / LOW_PART;
    } catch (IOException e) {
      LOG.log(Level.WARNING, "the disk of " + file + " cannot be measured", e);
      return false;
    }
  }

  private FileStore disk() throws IOException {
    return Files.getFileStore(file.toAbsolutePath().getParent());
  }

  /** Gives the space up; false if there is none. */
  synchronized boolean give() {
    if (!there) {
      return false;
    }
    there = false;
    given = true;
    try {
      Files.newByteChannel(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)
          .close();
      LOG.log(Level.WARNING, "the disk is full; the space in {0} is given up", file);
      return true;
    } catch (IOException e) {
      LOG.log(Level.WARNING, "the space in " + file + " could not be given up", e);
      return false;
    }
  }
}
