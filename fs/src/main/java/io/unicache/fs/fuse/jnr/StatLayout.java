package io.unicache.fs.fuse.jnr;

import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.FileSystemOps.Statistics;
import io.unicache.store.meta.Timestamp;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.Statvfs;

/**
 * Fills in struct stat and struct statvfs. Where their fields lie on this platform is taken from
 * jnr-fuse's classes once; an object of those for every call would cost more than the call.
 */
final class StatLayout {

  private static final FileStat STAT = new FileStat(Runtime.getSystemRuntime());
  private static final Statvfs STATVFS = new Statvfs(Runtime.getSystemRuntime());

  /** Bytes of struct stat. */
  static final int STAT_SIZE = Struct.size(STAT);

  private static final Field INODE = new Field(STAT.st_ino);
  private static final Field LINKS = new Field(STAT.st_nlink);
  private static final Field MODE = new Field(STAT.st_mode);
  private static final Field UID = new Field(STAT.st_uid);
  private static final Field GID = new Field(STAT.st_gid);
  private static final Field DEVICE = new Field(STAT.st_rdev);
  private static final Field SIZE = new Field(STAT.st_size);
  private static final Field BLOCK_SIZE = new Field(STAT.st_blksize);
  private static final Field BLOCKS = new Field(STAT.st_blocks);

  private static final int STATVFS_SIZE = Struct.size(STATVFS);
  private static final Field FS_BLOCK_SIZE = new Field(STATVFS.f_bsize);
  private static final Field FS_UNIT = new Field(STATVFS.f_frsize);
  private static final Field FS_BLOCKS = new Field(STATVFS.f_blocks);
  private static final Field FS_FREE = new Field(STATVFS.f_bfree);
  private static final Field FS_AVAILABLE = new Field(STATVFS.f_bavail);
  private static final Field FS_FILES = new Field(STATVFS.f_files);
  private static final Field FS_FREE_FILES = new Field(STATVFS.f_ffree);
  private static final Field FS_AVAILABLE_FILES = new Field(STATVFS.f_favail);
  private static final Field FS_MAX_NAME = new Field(STATVFS.f_namemax);

  /** A number in a struct: 4 or 8 bytes at an offset. */
  private record Field(long offset, boolean wide) {

    Field(Struct.NumberField field) {
      this(field.offset(), isWide(field));
    }

    /** jnr-ffi does not tell a field's width: it shows when all its bits are set. */
    private static boolean isWide(Struct.NumberField field) {
      Pointer memory = Struct.getMemory(field.struct());
      memory.putInt(field.offset() + Integer.BYTES, 0);
      field.set(-1L);
      return memory.getInt(field.offset() + Integer.BYTES) == -1;
    }

    void put(Pointer struct, long value) {
      if (wide) {
        struct.putLong(offset, value);
      } else {
        struct.putInt(offset, (int) value);
      }
    }
  }

  private StatLayout() {}

  /** Fills in a struct stat. */
  static void putStat(Pointer stat, Attributes attributes) {
    stat.setMemory(0, STAT_SIZE, (byte) 0);
    INODE.put(stat, attributes.inode());
    LINKS.put(stat, attributes.links());
    MODE.put(stat, attributes.mode());
    UID.put(stat, attributes.uid());
    GID.put(stat, attributes.gid());
    DEVICE.put(stat, attributes.device());
    SIZE.put(stat, attributes.size());
    BLOCK_SIZE.put(stat, attributes.blockSize());
    BLOCKS.put(stat, attributes.blocks());
    putTime(stat, STAT.st_atim.tv_sec.offset(), attributes.accessed());
    putTime(stat, STAT.st_mtim.tv_sec.offset(), attributes.modified());
    putTime(stat, STAT.st_ctim.tv_sec.offset(), attributes.changed());
  }

  /** Fills in what readdir looks at: the inode number and the type. */
  static void putEntry(Pointer stat, long inode, int mode) {
    INODE.put(stat, inode);
    MODE.put(stat, mode);
  }

  /** Fills in a struct statvfs. */
  static void putStatistics(Pointer statvfs, Statistics statistics) {
    statvfs.setMemory(0, STATVFS_SIZE, (byte) 0);
    FS_BLOCK_SIZE.put(statvfs, statistics.blockSize());
    FS_UNIT.put(statvfs, statistics.blockSize());
    FS_BLOCKS.put(statvfs, statistics.blocks());
    FS_FREE.put(statvfs, statistics.free());
    FS_AVAILABLE.put(statvfs, statistics.available());
    FS_FILES.put(statvfs, statistics.files());
    FS_FREE_FILES.put(statvfs, statistics.freeFiles());
    FS_AVAILABLE_FILES.put(statvfs, statistics.freeFiles());
    FS_MAX_NAME.put(statvfs, statistics.maxName());
  }

  /** A struct timespec: two 8-byte numbers. */
  private static void putTime(Pointer stat, long offset, Timestamp time) {
    stat.putLong(offset, time.seconds());
    stat.putLong(offset + Long.BYTES, time.nanos());
  }
}
