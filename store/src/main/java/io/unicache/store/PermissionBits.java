package io.unicache.store;

import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** Permissions as Java has them, and as the nine bits of a mode. */
final class PermissionBits {

  /** From the owner's read to the others' execute: the order of the bits from the highest down. */
  private static final PosixFilePermission[] ALL = PosixFilePermission.values();

  private static final int HIGHEST = 0400;

  static Set<PosixFilePermission> toSet(int bits) {
    Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < ALL.length; i++) {
      if ((bits & (HIGHEST >> i)) != 0) {
        set.add(ALL[i]);
      }
    }
    return set;
  }

  static int toBits(Set<PosixFilePermission> set) {
    int bits = 0;
    for (int i = 0; i < ALL.length; i++) {
      if (set.contains(ALL[i])) {
        bits |= HIGHEST >> i;
      }
    }
    return bits;
  }

  private PermissionBits() {}
}
