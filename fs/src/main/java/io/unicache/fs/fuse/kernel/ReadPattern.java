package io.unicache.fs.fuse.kernel;

/**
 * Recognises those who read a file forward, block after block or in even strides, among all that is
 * read of it: several threads may share a descriptor, and the kernel may ask out of order. Tells
 * what those who read in strides will want next; the kernel by itself reads ahead for the others.
 * Guarded by its user.
 */
final class ReadPattern {

  /** Readers at once; loaders of models use a handful of threads. */
  private static final int STREAMS = 8;

  /** Reads in a row that make a pattern. */
  private static final int CONVINCING = 3;

  /** The kernel's own read-ahead may ask for a later piece first. */
  private static final long SLACK = 1L << 20;

  private static final long FIRST_WINDOW = 2L << 20;
  private static final long LARGEST_WINDOW = 16L << 20;

  private static final class Stream {
    long start;
    long end;

    /**
     * Distance between the starts of the last two reads; 0 if they followed one another. With one
     * hit it is a guess.
     */
    long stride;

    int hits;

    /** In strides: everything before has been advised. */
    long advised;

    long window;
    long lastUse;
  }

  private final Stream[] streams = new Stream[STREAMS];
  private long clock;
  private boolean jumped;

  // The last advice.
  private long offset;
  private int size;
  private long step;
  private int count;

  /**
   * Takes a read in.
   *
   * @return whether there is an advice to follow
   */
  boolean read(long from, int length) {
    clock++;
    jumped = false;
    Stream stream = sequential(from);
    if (stream != null) {
      goesOn(stream, from, length);
      return false;
    }
    stream = strided(from, length);
    if (stream != null) {
      return strides(stream, from, length);
    }
    jumped = true;
    long stride = strideOf(from, length);
    begin(from, length).stride = stride;
    return false;
  }

  /** Tells whether the last read did not go on where another one has been. */
  boolean jumped() {
    return jumped;
  }

  /** Returns the first byte to read ahead. */
  long offset() {
    return offset;
  }

  /** Returns the bytes of one piece to read ahead. */
  int size() {
    return size;
  }

  /** Returns the distance between the starts of the pieces. */
  long step() {
    return step;
  }

  /** Returns the number of pieces. */
  int count() {
    return count;
  }

  /** Tells whether some reader follows a pattern. */
  boolean isForward() {
    for (Stream stream : streams) {
      if (stream != null && stream.hits >= CONVINCING && clock - stream.lastUse < STREAMS) {
        return true;
      }
    }
    return false;
  }

  private Stream sequential(long from) {
    for (Stream stream : streams) {
      if (stream != null
          && (stream.stride == 0 || stream.hits == 1)
          && from >= stream.end - SLACK
          && from <= stream.end + SLACK
          && from > stream.start - SLACK) {
        return stream;
      }
    }
    return null;
  }

  private void goesOn(Stream stream, long from, int length) {
    stream.lastUse = clock;
    stream.stride = 0;
    if (from + length > stream.end) { // not a piece that was left out before, or is read again
      stream.start = from;
      stream.end = from + length;
      stream.hits++;
    }
  }

  private Stream strided(long from, int length) {
    for (Stream stream : streams) {
      if (stream != null && stream.stride > length && from == stream.start + stream.stride) {
        return stream;
      }
    }
    return null;
  }

  private boolean strides(Stream stream, long from, int length) {
    stream.lastUse = clock;
    stream.start = from;
    stream.end = from + length;
    stream.hits++;
    if (stream.hits <= CONVINCING) {
      begin(from, length); // It may as well be another one who begins to read forward here.
    }
    if (stream.hits < CONVINCING) {
      return false;
    }
    stream.window = Math.min(LARGEST_WINDOW, Math.max(FIRST_WINDOW, stream.window * 2));
    long next = Math.max(stream.advised, from + stream.stride);
    long limit = from + stream.stride * Math.max(1, stream.window / Math.max(1, length));
    count = (int) Math.max(0, (limit - next) / stream.stride);
    if (count == 0) {
      return false;
    }
    offset = next;
    size = length;
    step = stream.stride;
    stream.advised = next + count * stream.stride;
    return true;
  }

  /**
   * Returns the distance from the last read before that this one may go on from in even strides.
   */
  private long strideOf(long from, int length) {
    Stream best = null;
    for (Stream stream : streams) {
      if (stream != null
          && from > stream.start
          && stream.end - stream.start == length
          && (best == null || stream.lastUse > best.lastUse)) {
        best = stream;
      }
    }
    return best == null || clock - best.lastUse > STREAMS ? 0 : from - best.start;
  }

  private Stream begin(long from, int length) {
    int oldest = 0;
    for (int i = 0; i < STREAMS; i++) {
      if (streams[i] == null) {
        oldest = i;
        break;
      }
      if (streams[i].lastUse < streams[oldest].lastUse) {
        oldest = i;
      }
    }
    Stream stream = streams[oldest] == null ? new Stream() : streams[oldest];
    stream.start = from;
    stream.end = from + length;
    stream.stride = 0;
    stream.hits = 1;
    stream.advised = 0;
    stream.window = 0;
    stream.lastUse = clock;
    streams[oldest] = stream;
    return stream;
  }
}
