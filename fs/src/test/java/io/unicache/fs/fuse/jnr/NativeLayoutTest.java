package io.unicache.fs.fuse.jnr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.fuse.jnr.OperationsTable.Slot;
import io.unicache.fs.ops.AttributeChange;
import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps.Statistics;
import io.unicache.store.meta.Timestamp;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import org.junit.jupiter.api.Test;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.FuseContext;
import ru.serce.jnrfuse.struct.FuseFileInfo;
import ru.serce.jnrfuse.struct.FuseOperations;
import ru.serce.jnrfuse.struct.Statvfs;

/** Holds offsets against jnr-fuse's structs, which know the platform. */
class NativeLayoutTest {

  private static final Runtime RUNTIME = Runtime.getSystemRuntime();

  private static Pointer memory(int size) {
    return Memory.allocateDirect(RUNTIME, size, true);
  }

  @Test
  void operationsLieWhereLibfuseLooks() {
    FuseOperations struct = new FuseOperations(RUNTIME);
    assertEquals(Struct.size(struct), OperationsTable.SIZE);
    assertEquals(struct.read.offset(), Slot.READ.offset());
    assertEquals(struct.releasedir.offset(), Slot.RELEASEDIR.offset());
    assertEquals(struct.fgetattr.offset(), Slot.FGETATTR.offset());
    assertEquals(struct.utimens.offset(), Slot.UTIMENS.offset());
    assertEquals(struct.bmap.offset() + Long.BYTES, Slot.FLAGS.offset());
    assertEquals(304, Slot.FLAGS.offset());
    assertEquals(struct.fallocate.offset(), Slot.FALLOCATE.offset());
  }

  @Test
  void fileInfoLiesWhereLibfuseLooks() {
    FuseFileInfo struct = FuseFileInfo.of(memory(40));
    assertEquals(struct.flags.offset(), FileInfo.FLAGS);
    assertEquals(struct.fh.offset(), FileInfo.HANDLE);
    assertEquals(40, Struct.size(struct));
  }

  @Test
  void theContextLiesWhereLibfusePutsIt() {
    FuseContext struct = FuseContext.of(memory(40));
    assertEquals(struct.uid.offset(), CallerContext.UID);
    assertEquals(struct.gid.offset(), CallerContext.GID);
    assertEquals(struct.pid.offset(), CallerContext.PID);
    assertEquals(
        32, CallerContext.UMASK, "jnr-fuse's struct lacks private_data, which is before it");
  }

  @Test
  void setsTheCachingBitsAndNoOthers() {
    Pointer info = memory(40);
    info.putByte(FileInfo.BITS, (byte) 0x84);
    FileInfo.setCaching(info, false, true);
    assertEquals((byte) 0x86, info.getByte(FileInfo.BITS));
    FileInfo.setCaching(info, true, true);
    assertEquals((byte) 0x85, info.getByte(FileInfo.BITS), "uncached files have nothing to keep");
    FileInfo.setHandle(info, -5);
    assertEquals(-5, FileInfo.handle(info));
    assertEquals((byte) 0x85, info.getByte(FileInfo.BITS));
  }

  @Test
  void fillsInStat() {
    Pointer memory = memory(StatLayout.STAT_SIZE);
    memory.setMemory(0, StatLayout.STAT_SIZE, (byte) 0xff);
    StatLayout.putStat(
        memory,
        new Attributes(
            1L << 40,
            0100644,
            3,
            1000,
            -2,
            0x0a05,
            1L << 41,
            1L << 33,
            4096,
            new Timestamp(-1, 1),
            new Timestamp(1L << 33, 2),
            new Timestamp(5, 999_999_999),
            new Timestamp(6, 7)));
    FileStat stat = FileStat.of(memory);
    assertEquals(1L << 40, stat.st_ino.longValue());
    assertEquals(0100644, stat.st_mode.intValue());
    assertEquals(3, stat.st_nlink.intValue());
    assertEquals(1000, stat.st_uid.intValue());
    assertEquals(-2, stat.st_gid.intValue());
    assertEquals(0x0a05, stat.st_rdev.intValue());
    assertEquals(1L << 41, stat.st_size.longValue());
    assertEquals(1L << 33, stat.st_blocks.longValue());
    assertEquals(4096, stat.st_blksize.intValue());
    assertEquals(-1, stat.st_atim.tv_sec.longValue());
    assertEquals(1, stat.st_atim.tv_nsec.longValue());
    assertEquals(1L << 33, stat.st_mtim.tv_sec.longValue());
    assertEquals(999_999_999, stat.st_ctim.tv_nsec.longValue());
    assertEquals(0, stat.st_dev.longValue(), "what is not set is zero");
  }

  @Test
  void fillsInStatvfs() {
    Pointer memory = memory(Struct.size(new Statvfs(RUNTIME)));
    StatLayout.putStatistics(memory, new Statistics(4096, 1L << 35, 20, 10, 300, 200, 255));
    Statvfs statvfs = Statvfs.of(memory);
    assertEquals(4096, statvfs.f_bsize.longValue());
    assertEquals(4096, statvfs.f_frsize.longValue());
    assertEquals(1L << 35, statvfs.f_blocks.longValue());
    assertEquals(20, statvfs.f_bfree.longValue());
    assertEquals(10, statvfs.f_bavail.longValue());
    assertEquals(300, statvfs.f_files.longValue());
    assertEquals(200, statvfs.f_ffree.longValue());
    assertEquals(255, statvfs.f_namemax.longValue());
  }

  @Test
  void readsTimes() {
    Pointer times = memory(32);
    times.putLong(0, 7);
    times.putLong(8, 8);
    times.putLong(24, AttributeCallbacks.UTIME_NOW);
    assertEquals(new Timestamp(7, 8), AttributeCallbacks.time(times, 0));
    assertSame(AttributeChange.NOW, AttributeCallbacks.time(times, 16));
    times.putLong(24, AttributeCallbacks.UTIME_OMIT);
    assertNull(AttributeCallbacks.time(times, 16));
  }

  @Test
  void wrapsMemoryWithoutACopy() {
    Pointer memory = memory(64);
    ByteBuffer buffer = NativeBytes.buffer(memory, 16);
    assertTrue(buffer.isDirect());
    assertEquals(16, buffer.remaining());
    buffer.put(3, (byte) 42);
    assertEquals(42, memory.getByte(3));
  }

  @Test
  void repliesWithBytesAsXattrsDo() throws FileSystemException {
    Pointer room = memory(8);
    byte[] value = "value".getBytes(StandardCharsets.US_ASCII);
    assertEquals(5, NativeBytes.reply(value, room, 0));
    assertEquals(5, NativeBytes.reply(value, room, 5));
    assertArrayEquals(value, NativeBytes.string(room));
    FileSystemException e =
        assertThrows(FileSystemException.class, () -> NativeBytes.reply(value, room, 4));
    assertEquals(Errno.ERANGE, e.errno());
  }

  @Test
  void asksForTruncatingOpensWhereTheKernelCan() {
    Pointer connection = memory(128);
    Connection.init(connection);
    assertEquals(0, connection.getInt(Connection.WANT));
    connection.putInt(Connection.CAPABLE, -1);
    connection.putInt(Connection.WANT, 1);
    Connection.init(connection);
    assertEquals(1 | Connection.ATOMIC_O_TRUNC, connection.getInt(Connection.WANT));
  }

  @Test
  void readsRequestsAsTheKernelWritesThem() {
    Pointer message = memory(256);
    message.putInt(4, Request.RENAME);
    message.putLong(16, 77);
    byte[] names = "old\0new\0".getBytes(StandardCharsets.US_ASCII);
    message.put(48, names, 0, names.length);
    Request request = new Request(message);
    assertEquals(77, request.node());
    assertTrue(request.renamesTo("new".getBytes(StandardCharsets.US_ASCII)));
    assertEquals(false, request.renamesTo("ne".getBytes(StandardCharsets.US_ASCII)));
    assertEquals(false, request.renamesTo("newer".getBytes(StandardCharsets.US_ASCII)));
    message.putInt(4, Request.UNLINK);
    assertEquals(false, request.renamesTo("new".getBytes(StandardCharsets.US_ASCII)));
  }
}
