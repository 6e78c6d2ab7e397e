package io.unicache.store.file;

import io.unicache.store.error.CacheException;
import io.unicache.store.meta.JournalEntry;
import io.unicache.store.os.Directories;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Brings back what files that were open at a crash had saved: replays the journals that the
 * metadata names, commits the result, and removes whatever else is in the staging directory.
 */
final class Recovery {

  private static final System.Logger LOG = System.getLogger(Recovery.class.getName());

  /** What the names of journals end in that could not be replayed. */
  private static final String DAMAGED = ".damaged";

  private final LiveFiles files;
  private final Journals journals;
  private final Path staging;

  /** Files that have to stay, at least until the metadata is durable. */
  private final Set<Path> kept = new HashSet<>();

  Recovery(LiveFiles files, Path staging) {
    this.files = files;
    this.journals = files.journals();
    this.staging = staging;
  }

  /**
   * @return files that got something back
   * @throws CacheException.Full if the disk has no room even to keep it in mind; nothing is lost
   */
  int run() throws CacheException {
    List<JournalEntry> entries = new ArrayList<>();
    files.meta().forEachJournal(entries::add);
    for (JournalEntry entry : entries) {
      journals.reserve(entry.number());
      kept.add(journals.file(entry.number()));
    }
    removeTheRest(); // first, as names come again
    Directories.sync(staging); // or a name that is gone comes back with a power cut
    int recovered = 0;
    for (JournalEntry entry : entries) {
      recovered += recover(entry) ? 1 : 0;
    }
    return recovered;
  }

  private boolean recover(JournalEntry entry) throws CacheException {
    Path path = journals.file(entry.number());
    if (!Files.exists(path)) {
      forget(entry); // Its name was not durable at a power cut, so nothing in it was.
      return false;
    }
    try (JournalReplay replay = JournalReplay.open(path, entry)) {
      if (replay.modified().isEmpty()) {
        forget(entry);
        return false;
      }
      if (replay.rest().length() > 0) {
        LOG.log(Level.INFO, "{0}: what follows {1} was not saved", path, replay.rest());
      }
      replay(entry, replay);
      return true;
    } catch (CacheException.Corrupt e) {
      LOG.log(
          Level.ERROR,
          "what was saved of inode "
              + entry.inode()
              + " before the crash cannot be put into it, and stays in "
              + setAside(path),
          e);
      forget(entry);
      return false;
    }
  }

  private static Path setAside(Path path) throws CacheException {
    Path aside = path.resolveSibling(path.getFileName() + DAMAGED);
    try {
      return Files.move(path, aside, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw CacheException.of("setting " + path + " aside", e);
    }
  }

  private void replay(JournalEntry entry, JournalReplay replay) throws CacheException {
    LiveFile file = files.open(entry.inode());
    try {
      file.recover(entry, replay);
    } finally {
      files.leave(file, false);
    }
  }

  private void forget(JournalEntry entry) throws CacheException {
    files
        .meta()
        .update(
            tx -> {
              tx.deleteJournal(entry.inode());
              return null;
            });
    journals.retire(journals.file(entry.number()));
  }

  private void removeTheRest() throws CacheException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(staging)) {
      for (Path file : left) {
        if (!kept.contains(file) && !file.toString().endsWith(DAMAGED)) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw CacheException.of("clearing " + staging, e);
    }
  }
}
