package io.unicache.store.pack;

import java.nio.file.Path;

/**
 * Something that was found damaged when the packs were opened. What it does not touch stays
 * readable.
 *
 * @param file the pack or pack index
 * @param record number of the index record, from 0; -1 if it is the file as a whole
 * @param problem what is wrong with it, in words
 */
public record PackDamage(Path file, long record, String problem) {

  /** The {@link #record} of a damage that is not in one record. */
  public static final long WHOLE_FILE = -1;

  @Override
  public String toString() {
    return file + (record == WHOLE_FILE ? "" : ", record " + record) + ": " + problem;
  }
}
