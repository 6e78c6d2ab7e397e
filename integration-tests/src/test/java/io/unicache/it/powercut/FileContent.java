package io.unicache.it.powercut;

import io.unicache.it.powercut.DiskLog.Entry;
import io.unicache.it.powercut.DiskLog.Punch;
import io.unicache.it.powercut.DiskLog.Resize;
import io.unicache.it.powercut.DiskLog.Write;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One file as a power cut leaves it: entries of the record are applied in their order. */
final class FileContent {

  private static final int SECTOR = Fate.SECTOR;

  /** Bytes from one offset to another. */
  private record Range(long from, long to) {
    static Range of(Entry entry) {
      return entry instanceof Resize resize
          ? new Range(resize.size(), Long.MAX_VALUE)
          : new Range(((Punch) entry).from(), ((Punch) entry).to());
    }
  }

  private final Fate fate;
  private byte[] bytes = new byte[SECTOR];
  private long size;

  /** What was cut or punched out, but not durably: nothing that was written later is there. */
  private final List<Range> barred = new ArrayList<>();

  FileContent(Fate fate) {
    this.fate = fate;
  }

  /**
   * Bytes were written.
   *
   * @param position of the entry
   * @param sized whether the length that the file has with them is durable
   */
  void write(Write write, int position, boolean sized) {
    long end = write.offset() + write.data().length;
    reserve(end);
    for (long at = write.offset(); at < end; ) {
      long sector = at / SECTOR;
      int count = (int) (Math.min(end, (sector + 1) * SECTOR) - at);
      if (position < fate.upTo(sector) && !isBarred(sector)) {
        System.arraycopy(write.data(), (int) (at - write.offset()), bytes, (int) at, count);
      }
      at += count;
    }
    size = sized ? Math.max(size, end) : size;
  }

  /** The file got another length, or a hole, durably. */
  void cut(Entry entry) {
    Range range = Range.of(entry);
    int to = (int) Math.min(bytes.length, range.to());
    if (range.from() < to) {
      Arrays.fill(bytes, (int) range.from(), to, (byte) 0);
    }
    if (entry instanceof Resize resize) {
      size = resize.size();
    }
  }

  /** The file got another length, or a hole, but the disk does not know. */
  void bar(Entry entry) {
    barred.add(Range.of(entry));
  }

  private boolean isBarred(long sector) {
    long from = sector * SECTOR;
    return barred.stream().anyMatch(range -> range.from() < from + SECTOR && range.to() > from);
  }

  private void reserve(long end) {
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.max(end, 2L * bytes.length));
    }
  }

  byte[] bytes() {
    reserve(size);
    return Arrays.copyOf(bytes, (int) size);
  }
}
