package io.unicache.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProtocolTest {

  /** sizeof of each struct, as a C compiler gives it for linux/fuse.h of 7.40. */
  private static final Map<String, Integer> SIZES = new HashMap<>();

  static {
    SIZES.put("InHeader", 40);
    SIZES.put("OutHeader", 16);
    SIZES.put("Attr", 88);
    SIZES.put("EntryOut", 128);
    SIZES.put("AttrOut", 104);
    SIZES.put("ForgetIn", 8);
    SIZES.put("ForgetOne", 16);
    SIZES.put("BatchForgetIn", 8);
    SIZES.put("GetattrIn", 16);
    SIZES.put("SetattrIn", 88);
    SIZES.put("MknodIn", 16);
    SIZES.put("MkdirIn", 8);
    SIZES.put("RenameIn", 8);
    SIZES.put("Rename2In", 16);
    SIZES.put("LinkIn", 8);
    SIZES.put("OpenIn", 8);
    SIZES.put("CreateIn", 16);
    SIZES.put("OpenOut", 16);
    SIZES.put("BackingMap", 16);
    SIZES.put("ReleaseIn", 24);
    SIZES.put("FlushIn", 24);
    SIZES.put("ReadIn", 40);
    SIZES.put("WriteIn", 40);
    SIZES.put("WriteOut", 8);
    SIZES.put("LseekIn", 24);
    SIZES.put("LseekOut", 8);
    SIZES.put("CopyFileRangeIn", 56);
    SIZES.put("CopyFileRangeOut", 8); // of 7.45
    SIZES.put("FallocateIn", 32);
    SIZES.put("StatfsOut", 80);
    SIZES.put("Statx", 256);
    SIZES.put("SxTime", 16);
    SIZES.put("StatxOut", 288);
    SIZES.put("FsyncIn", 16);
    SIZES.put("SetxattrIn", 16);
    SIZES.put("GetxattrIn", 8);
    SIZES.put("GetxattrOut", 8);
    SIZES.put("AccessIn", 8);
    SIZES.put("InitIn", 64);
    SIZES.put("InitOut", 64);
    SIZES.put("Dirent", 24);
    SIZES.put("DirentPlus", 152);
    SIZES.put("NotifyInvalInodeOut", 24);
    SIZES.put("NotifyInvalEntryOut", 16);
    SIZES.put("NotifyStoreOut", 24);
  }

  /** Constants of structs that are no offsets. */
  private static final Set<String> NO_OFFSETS =
      Set.of(
          "SIZE",
          "SHORT_SIZE",
          "KILL_SUIDGID",
          "FROM_CACHE",
          "DATA_ONLY",
          "OPEN",
          "CLOSE",
          "BASIC_AND_BTIME");

  private static final Set<String> NO_STRUCTS =
      Set.of("Opcode", "InitFlag", "OpenFlag", "Fattr", "Notice");

  private static List<Class<?>> structs() {
    return Arrays.stream(Protocol.class.getDeclaredClasses())
        .filter(type -> !NO_STRUCTS.contains(type.getSimpleName()))
        .toList();
  }

  private static int constant(Class<?> type, String name) throws ReflectiveOperationException {
    return type.getDeclaredField(name).getInt(null);
  }

  @Test
  void everyStructHasTheHeadersSize() throws ReflectiveOperationException {
    Map<String, Integer> sizes = new HashMap<>();
    for (Class<?> struct : structs()) {
      sizes.put(struct.getSimpleName(), constant(struct, "SIZE"));
    }
    assertEquals(SIZES, sizes);
  }

  @Test
  void fieldsAreInTheirStructAndApart() throws ReflectiveOperationException {
    for (Class<?> struct : structs()) {
      Set<Integer> offsets = new HashSet<>();
      for (Field field : struct.getDeclaredFields()) {
        if (!field.isSynthetic() && !NO_OFFSETS.contains(field.getName())) {
          int offset = field.getInt(null);
          String name = struct.getSimpleName() + "." + field.getName();
          assertTrue(offset >= 0 && offset <= constant(struct, "SIZE") - 2, name);
          assertTrue(offset % 2 == 0, name);
          assertTrue(offsets.add(offset), name + " has the place of another");
        }
      }
    }
  }

  @Test
  void offsetsThatACompilerGives() {
    assertEquals(36, Protocol.InHeader.TOTAL_EXTLEN);
    assertEquals(60, Protocol.Attr.MODE);
    assertEquals(68, Protocol.SetattrIn.MODE);
    assertEquals(80, Protocol.SetattrIn.GID);
    assertEquals(20, Protocol.InitOut.MAX_WRITE);
    assertEquals(28, Protocol.InitOut.MAX_PAGES);
    assertEquals(32, Protocol.InitOut.FLAGS2);
    assertEquals(36, Protocol.InitOut.MAX_STACK_DEPTH);
    assertEquals(12, Protocol.OpenOut.BACKING_ID);
    assertEquals(44, Protocol.StatfsOut.NAMELEN);
    assertEquals(20, Protocol.WriteIn.WRITE_FLAGS);
    assertEquals(16, Protocol.LseekIn.WHENCE);
    assertEquals(24, Protocol.CopyFileRangeIn.FH_OUT);
    assertEquals(32, Protocol.CopyFileRangeIn.OFF_OUT);
    assertEquals(40, Protocol.CopyFileRangeIn.LEN);
    assertEquals(24, Protocol.FallocateIn.MODE);
  }

  @Test
  void alignsToEightBytes() {
    assertEquals(0, Protocol.aligned(0));
    assertEquals(8, Protocol.aligned(1));
    assertEquals(8, Protocol.aligned(8));
    assertEquals(16, Protocol.aligned(9));
  }
}
