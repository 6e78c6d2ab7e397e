package io.unicache.store.check;

import io.unicache.store.block.ByteRange;
import java.util.ArrayList;
import java.util.List;

/**
 * Something that is not as it has to be.
 *
 * @param kind what is concerned
 * @param where a file of the store, a path in the tree, the ID of a stored file, or (where nothing
 *     else is known) a block, content or inode
 * @param ranges the bytes of the file at {@code where} that cannot be read; empty if it is not
 *     about bytes of a file in the tree or a stored file
 * @param problem what was expected and what was found, in one line
 * @param state what has become of it
 */
public record Finding(
    Kind kind, String where, List<ByteRange> ranges, String problem, State state) {

  /** What is concerned. */
  public enum Kind {
    /** A file of the metadata's database. */
    METADATA,
    /** A row that cannot be read. */
    ROW,
    /** A pack or a pack index as a file. */
    PACK,
    /** A block's place: row and index do not agree. */
    BLOCK,
    /** Bytes of a file that cannot be read. */
    DATA,
    /** A count of references. */
    REFERENCES,
    /** What an inode or stored file says of its content. */
    CONTENT,
    /** A name in a directory. */
    NAME,
    /** An inode's links, parent or reachability. */
    INODE,
    /** What is kept beside: totals, numbers, notes. */
    STATE,
    /** A journal that could not be put into its file. */
    JOURNAL
  }

  /** What has become of a finding. */
  public enum State {
    /** It was found; nothing was changed. */
    FOUND,
    /** It is mended. */
    REPAIRED,
    /** It cannot be mended with what there is. */
    LOST
  }

  public Finding {
    ranges = List.copyOf(ranges);
  }

  /** Returns the same as several findings with at most so many ranges each, for a message. */
  public List<Finding> parts(int maxRanges) {
    if (ranges.size() <= maxRanges) {
      return List.of(this);
    }
    List<Finding> parts = new ArrayList<>();
    for (int start = 0; start < ranges.size(); start += maxRanges) {
      List<ByteRange> some = ranges.subList(start, Math.min(ranges.size(), start + maxRanges));
      parts.add(new Finding(kind, where, some, problem, state));
    }
    return parts;
  }
}
