package io.unicache.store.pack;

import io.unicache.store.os.FileUse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * All that packs ask of the file system, in one place, so that a test can let any operation fail or
 * stop at the n-th. Safe for use by many threads.
 */
interface FileLayer {

  /** How a file is opened. */
  enum Mode {
    /** For reading only. */
    READ,
    /** For reading and writing; the file has to exist. */
    WRITE,
    /** As WRITE; the file must not exist and is made. */
    CREATE
  }

  PackFile open(Path file, Mode mode) throws IOException;

  /** Deletes a file; one that is not there is no error. */
  void delete(Path file) throws IOException;

  /** Gives a file a second name; the name must not exist. */
  void link(Path file, Path name) throws IOException;

  /** Puts a file in the place of another one, under its name, in one step. */
  void replace(Path file, Path name) throws IOException;

  /** Tells whether anyone, this process included, has a file open or mapped. */
  FileUse use(Path file) throws IOException;

  /** Makes the names in a directory durable. */
  void syncDirectory(Path directory) throws IOException;

  /** Punches a hole; false if that cannot be done here. */
  boolean punch(Path file, long offset, long length) throws IOException;

  /** Returns the bytes that a file takes on the disk, if that can be known. */
  OptionalLong allocatedBytes(Path file) throws IOException;
}
