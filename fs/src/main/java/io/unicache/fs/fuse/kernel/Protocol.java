package io.unicache.fs.fuse.kernel;

/**
 * Numbers and layouts of the FUSE protocol, as {@code linux/fuse.h} has them: the one place that
 * knows them. Each struct is a class with its size and the offsets of its fields, in bytes; all
 * fields are in the machine's byte order. "In" is what the kernel sends, "out" what it receives.
 */
final class Protocol {

  static final int MAJOR = 7;

  /** The newest minor version that this adapter has been written for. */
  static final int MINOR = 45;

  /** The oldest minor version that it can talk to: some layouts were shorter before. */
  static final int OLDEST_MINOR = 12;

  /** From this minor version on, the answer to INIT is {@link InitOut#SIZE} bytes. */
  static final int MINOR_OF_LONG_INIT = 23;

  /** Units that directory entries are padded to. */
  static final int ALIGNMENT = 8;

  private Protocol() {}

  static int aligned(int length) {
    return (length + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /** Operations. */
  static final class Opcode {
    static final int LOOKUP = 1;
    static final int FORGET = 2;
    static final int GETATTR = 3;
    static final int SETATTR = 4;
    static final int READLINK = 5;
    static final int SYMLINK = 6;
    static final int MKNOD = 8;
    static final int MKDIR = 9;
    static final int UNLINK = 10;
    static final int RMDIR = 11;
    static final int RENAME = 12;
    static final int LINK = 13;
    static final int OPEN = 14;
    static final int READ = 15;
    static final int WRITE = 16;
    static final int STATFS = 17;
    static final int RELEASE = 18;
    static final int FSYNC = 20;
    static final int SETXATTR = 21;
    static final int GETXATTR = 22;
    static final int LISTXATTR = 23;
    static final int REMOVEXATTR = 24;
    static final int FLUSH = 25;
    static final int INIT = 26;
    static final int OPENDIR = 27;
    static final int READDIR = 28;
    static final int RELEASEDIR = 29;
    static final int FSYNCDIR = 30;
    static final int ACCESS = 34;
    static final int CREATE = 35;
    static final int INTERRUPT = 36;
    static final int DESTROY = 38;
    static final int BATCH_FORGET = 42;
    static final int FALLOCATE = 43;
    static final int READDIRPLUS = 44;
    static final int RENAME2 = 45;
    static final int LSEEK = 46;
    static final int COPY_FILE_RANGE = 47;
    static final int SYNCFS = 50;
    static final int TMPFILE = 51;
    static final int STATX = 52;
    static final int COPY_FILE_RANGE_64 = 53;

    private Opcode() {}
  }

  /** Flags of INIT; the upper half travels in a field of its own. */
  static final class InitFlag {
    static final long ASYNC_READ = 1L << 0;
    static final long ATOMIC_O_TRUNC = 1L << 3;

    /** Lookups of "." and ".." go well, for inodes that the kernel has forgotten too. */
    static final long EXPORT_SUPPORT = 1L << 4;

    static final long BIG_WRITES = 1L << 5;
    static final long DONT_MASK = 1L << 6;
    static final long DO_READDIRPLUS = 1L << 13;
    static final long READDIRPLUS_AUTO = 1L << 14;
    static final long ASYNC_DIO = 1L << 15;
    static final long PARALLEL_DIROPS = 1L << 18;
    static final long POSIX_ACL = 1L << 20;
    static final long MAX_PAGES = 1L << 22;
    static final long CACHE_SYMLINKS = 1L << 23;
    static final long EXPLICIT_INVAL_DATA = 1L << 25;
    static final long HANDLE_KILLPRIV_V2 = 1L << 28;
    static final long SETXATTR_EXT = 1L << 29;
    static final long INIT_EXT = 1L << 30;
    static final long PASSTHROUGH = 1L << 37;

    private InitFlag() {}
  }

  /** What an answer to OPEN, CREATE and OPENDIR may ask for. */
  static final class OpenFlag {
    static final int DIRECT_IO = 1 << 0;
    static final int KEEP_CACHE = 1 << 1;
    static final int NOFLUSH = 1 << 5;

    /** Reads and mappings go to the file that {@link OpenOut#BACKING_ID} stands for. */
    static final int PASSTHROUGH = 1 << 7;

    private OpenFlag() {}
  }

  /** Which fields of {@link SetattrIn} count. */
  static final class Fattr {
    static final int MODE = 1 << 0;
    static final int UID = 1 << 1;
    static final int GID = 1 << 2;
    static final int SIZE = 1 << 3;
    static final int ATIME = 1 << 4;
    static final int MTIME = 1 << 5;
    static final int FH = 1 << 6;
    static final int ATIME_NOW = 1 << 7;
    static final int MTIME_NOW = 1 << 8;
    static final int KILL_SUIDGID = 1 << 11;

    private Fattr() {}
  }

  /** Notices, in the place of the error in {@link OutHeader}. */
  static final class Notice {
    static final int INVAL_INODE = 2;
    static final int INVAL_ENTRY = 3;
    static final int STORE = 4;

    private Notice() {}
  }

  static final class InHeader {
    static final int LEN = 0;
    static final int OPCODE = 4;
    static final int UNIQUE = 8;
    static final int NODEID = 16;
    static final int UID = 24;
    static final int GID = 28;
    static final int PID = 32;

    /** Length of what is behind the arguments, in units of 8 bytes (16 bits). */
    static final int TOTAL_EXTLEN = 36;

    static final int SIZE = 40;

    private InHeader() {}
  }

  static final class OutHeader {
    static final int LEN = 0;
    static final int ERROR = 4;
    static final int UNIQUE = 8;
    static final int SIZE = 16;

    private OutHeader() {}
  }

  static final class Attr {
    static final int INO = 0;
    static final int SIZE_FIELD = 8;
    static final int BLOCKS = 16;
    static final int ATIME = 24;
    static final int MTIME = 32;
    static final int CTIME = 40;
    static final int ATIMENSEC = 48;
    static final int MTIMENSEC = 52;
    static final int CTIMENSEC = 56;
    static final int MODE = 60;
    static final int NLINK = 64;
    static final int UID = 68;
    static final int GID = 72;
    static final int RDEV = 76;
    static final int BLKSIZE = 80;
    static final int FLAGS = 84;
    static final int SIZE = 88;

    private Attr() {}
  }

  static final class EntryOut {
    static final int NODEID = 0;
    static final int GENERATION = 8;
    static final int ENTRY_VALID = 16;
    static final int ATTR_VALID = 24;
    static final int ENTRY_VALID_NSEC = 32;
    static final int ATTR_VALID_NSEC = 36;
    static final int ATTR = 40;
    static final int SIZE = ATTR + Attr.SIZE;

    private EntryOut() {}
  }

  static final class AttrOut {
    static final int ATTR_VALID = 0;
    static final int ATTR_VALID_NSEC = 8;
    static final int ATTR = 16;
    static final int SIZE = ATTR + Attr.SIZE;

    private AttrOut() {}
  }

  /** What statx(2) says; the attributes of its own kind are left out. */
  static final class Statx {
    static final int MASK = 0;
    static final int BLKSIZE = 4;
    static final int NLINK = 16;
    static final int UID = 20;
    static final int GID = 24;
    static final int MODE = 28;
    static final int INO = 32;
    static final int SIZE_FIELD = 40;
    static final int BLOCKS = 48;
    static final int ATIME = 64;
    static final int BTIME = 80;
    static final int CTIME = 96;
    static final int MTIME = 112;
    static final int RDEV_MAJOR = 128;
    static final int RDEV_MINOR = 132;
    static final int SIZE = 256;

    /** Bits of the mask: all that stat(2) says, and when the file was made. */
    static final int BASIC_AND_BTIME = 0xfff;

    private Statx() {}
  }

  /** A time in {@link Statx}. */
  static final class SxTime {
    static final int SEC = 0;
    static final int NSEC = 8;
    static final int SIZE = 16;

    private SxTime() {}
  }

  static final class StatxOut {
    static final int ATTR_VALID = 0;
    static final int STAT = 32;
    static final int SIZE = STAT + Statx.SIZE;

    private StatxOut() {}
  }

  static final class ForgetIn {
    static final int NLOOKUP = 0;
    static final int SIZE = 8;

    private ForgetIn() {}
  }

  static final class ForgetOne {
    static final int NODEID = 0;
    static final int NLOOKUP = 8;
    static final int SIZE = 16;

    private ForgetOne() {}
  }

  static final class BatchForgetIn {
    static final int COUNT = 0;
    static final int SIZE = 8;

    private BatchForgetIn() {}
  }

  static final class GetattrIn {
    static final int GETATTR_FLAGS = 0;
    static final int FH = 8;
    static final int SIZE = 16;

    private GetattrIn() {}
  }

  static final class SetattrIn {
    static final int VALID = 0;
    static final int FH = 8;
    static final int SIZE_FIELD = 16;
    static final int ATIME = 32;
    static final int MTIME = 40;
    static final int ATIMENSEC = 56;
    static final int MTIMENSEC = 60;
    static final int MODE = 68;
    static final int UID = 76;
    static final int GID = 80;
    static final int SIZE = 88;

    private SetattrIn() {}
  }

  /** A name follows. */
  static final class MknodIn {
    static final int MODE = 0;
    static final int RDEV = 4;
    static final int UMASK = 8;
    static final int SIZE = 16;

    private MknodIn() {}
  }

  /** A name follows. */
  static final class MkdirIn {
    static final int MODE = 0;
    static final int UMASK = 4;
    static final int SIZE = 8;

    private MkdirIn() {}
  }

  /** The old and the new name follow. */
  static final class RenameIn {
    static final int NEWDIR = 0;
    static final int SIZE = 8;

    private RenameIn() {}
  }

  /** The old and the new name follow. */
  static final class Rename2In {
    static final int NEWDIR = 0;
    static final int FLAGS = 8;
    static final int SIZE = 16;

    private Rename2In() {}
  }

  /** The new name follows. */
  static final class LinkIn {
    static final int OLDNODEID = 0;
    static final int SIZE = 8;

    private LinkIn() {}
  }

  static final class OpenIn {
    static final int FLAGS = 0;
    static final int OPEN_FLAGS = 4;
    static final int SIZE = 8;

    private OpenIn() {}
  }

  /** A name follows. */
  static final class CreateIn {
    static final int FLAGS = 0;
    static final int MODE = 4;
    static final int UMASK = 8;
    static final int OPEN_FLAGS = 12;
    static final int SIZE = 16;

    private CreateIn() {}
  }

  static final class OpenOut {
    static final int FH = 0;
    static final int OPEN_FLAGS = 8;
    static final int BACKING_ID = 12;
    static final int SIZE = 16;

    private OpenOut() {}
  }

  /** What the ioctl {@link #OPEN} on the device takes. */
  static final class BackingMap {
    static final int FD = 0;
    static final int FLAGS = 4;
    static final int PADDING = 8;
    static final int SIZE = 16;

    /** ioctl: makes an ID for the file of a descriptor; takes a {@link BackingMap}. */
    static final long OPEN = 0x4010e501L;

    /** ioctl: gives an ID back; takes a pointer to it. */
    static final long CLOSE = 0x4004e502L;

    private BackingMap() {}
  }

  static final class ReleaseIn {
    static final int FH = 0;
    static final int FLAGS = 8;
    static final int SIZE = 24;

    private ReleaseIn() {}
  }

  static final class FlushIn {
    static final int FH = 0;
    static final int SIZE = 24;

    private FlushIn() {}
  }

  /** For READ, READDIR and READDIRPLUS. */
  static final class ReadIn {
    static final int FH = 0;
    static final int OFFSET = 8;
    static final int SIZE_FIELD = 16;
    static final int SIZE = 40;

    private ReadIn() {}
  }

  /** The data follow. */
  static final class WriteIn {
    static final int FH = 0;
    static final int OFFSET = 8;
    static final int SIZE_FIELD = 16;
    static final int WRITE_FLAGS = 20;

    /** Those of open(2), as they are now; none for pages of a mapping. */
    static final int FLAGS = 32;

    static final int SIZE = 40;

    /**
     * Bit of the flags: pages that were changed through a mapping. The handle is any that writes.
     */
    static final int FROM_CACHE = 1;

    /** Bit of the flags: take the set-user-ID and set-group-ID bits off. */
    static final int KILL_SUIDGID = 1 << 2;

    private WriteIn() {}
  }

  static final class WriteOut {
    static final int SIZE_FIELD = 0;
    static final int SIZE = 8;

    private WriteOut() {}
  }

  static final class LseekIn {
    static final int FH = 0;
    static final int OFFSET = 8;
    static final int WHENCE = 16;
    static final int SIZE = 24;

    private LseekIn() {}
  }

  static final class LseekOut {
    static final int OFFSET = 0;
    static final int SIZE = 8;

    private LseekOut() {}
  }

  /** Answered with {@link WriteOut}, or with {@link CopyFileRangeOut} where that is asked for. */
  static final class CopyFileRangeIn {
    static final int FH_IN = 0;
    static final int OFF_IN = 8;
    static final int NODEID_OUT = 16;
    static final int FH_OUT = 24;
    static final int OFF_OUT = 32;
    static final int LEN = 40;
    static final int SIZE = 56;

    private CopyFileRangeIn() {}
  }

  static final class CopyFileRangeOut {
    static final int BYTES_COPIED = 0;
    static final int SIZE = 8;

    private CopyFileRangeOut() {}
  }

  static final class FallocateIn {
    static final int FH = 0;
    static final int OFFSET = 8;
    static final int LENGTH = 16;
    static final int MODE = 24;
    static final int SIZE = 32;

    private FallocateIn() {}
  }

  static final class StatfsOut {
    static final int BLOCKS = 0;
    static final int BFREE = 8;
    static final int BAVAIL = 16;
    static final int FILES = 24;
    static final int FFREE = 32;
    static final int BSIZE = 40;
    static final int NAMELEN = 44;
    static final int FRSIZE = 48;
    static final int SIZE = 80;

    private StatfsOut() {}
  }

  static final class FsyncIn {
    static final int FH = 0;
    static final int FSYNC_FLAGS = 8;
    static final int SIZE = 16;

    /** Bit of the flags. */
    static final int DATA_ONLY = 1;

    private FsyncIn() {}
  }

  /** The name and the value follow. */
  static final class SetxattrIn {
    static final int SIZE_FIELD = 0;
    static final int FLAGS = 4;

    /** With {@link InitFlag#SETXATTR_EXT}. */
    static final int SIZE = 16;

    static final int SHORT_SIZE = 8;

    private SetxattrIn() {}
  }

  /** For GETXATTR, where a name follows, and LISTXATTR. */
  static final class GetxattrIn {
    static final int SIZE_FIELD = 0;
    static final int SIZE = 8;

    private GetxattrIn() {}
  }

  static final class GetxattrOut {
    static final int SIZE_FIELD = 0;
    static final int SIZE = 8;

    private GetxattrOut() {}
  }

  static final class AccessIn {
    static final int MASK = 0;
    static final int SIZE = 8;

    private AccessIn() {}
  }

  static final class InitIn {
    static final int MAJOR = 0;
    static final int MINOR = 4;
    static final int MAX_READAHEAD = 8;
    static final int FLAGS = 12;

    /** Without {@link InitFlag#INIT_EXT}. */
    static final int SHORT_SIZE = 16;

    static final int FLAGS2 = 16;
    static final int SIZE = 64;

    private InitIn() {}
  }

  static final class InitOut {
    static final int MAJOR = 0;
    static final int MINOR = 4;
    static final int MAX_READAHEAD = 8;
    static final int FLAGS = 12;
    static final int MAX_BACKGROUND = 16;
    static final int CONGESTION_THRESHOLD = 18;
    static final int MAX_WRITE = 20;
    static final int TIME_GRAN = 24;
    static final int MAX_PAGES = 28;
    static final int MAP_ALIGNMENT = 30;
    static final int FLAGS2 = 32;
    static final int MAX_STACK_DEPTH = 36;
    static final int SIZE = 64;

    /** Before {@link #MINOR_OF_LONG_INIT}. */
    static final int SHORT_SIZE = 24;

    private InitOut() {}
  }

  /** The name follows, padded to {@link #ALIGNMENT}. */
  static final class Dirent {
    static final int INO = 0;
    static final int OFF = 8;
    static final int NAMELEN = 16;
    static final int TYPE = 20;
    static final int SIZE = 24;

    private Dirent() {}
  }

  /** A name follows, padded to {@link #ALIGNMENT}. */
  static final class DirentPlus {
    static final int ENTRY = 0;
    static final int DIRENT = EntryOut.SIZE;
    static final int SIZE = DIRENT + Dirent.SIZE;

    private DirentPlus() {}
  }

  static final class NotifyInvalInodeOut {
    static final int INO = 0;
    static final int OFF = 8;
    static final int LEN = 16;
    static final int SIZE = 24;

    private NotifyInvalInodeOut() {}
  }

  /** The name follows, with a zero behind it. */
  static final class NotifyInvalEntryOut {
    static final int PARENT = 0;
    static final int NAMELEN = 8;
    static final int FLAGS = 12;
    static final int SIZE = 16;

    private NotifyInvalEntryOut() {}
  }

  /** The data follow. */
  static final class NotifyStoreOut {
    static final int NODEID = 0;
    static final int OFFSET = 8;
    static final int SIZE_FIELD = 16;
    static final int PADDING = 20;
    static final int SIZE = 24;

    private NotifyStoreOut() {}
  }
}
