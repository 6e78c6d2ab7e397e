package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Rows of "inodes": number -> attributes, content ID, symlink target. */
final class InodeRow {

  private static final int TIME_BYTES = 8 + 4;
  private static final int FIXED_BYTES = 1 + 5 * 4 + 2 * 8 + 4 * TIME_BYTES + 1 + 4;

  private InodeRow() {}

  static byte[] key(long number) {
    return Keys.number(number);
  }

  static byte[] encode(Inode inode) {
    ContentId content = inode.content().orElse(null);
    byte[] target = inode.target().getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer out =
        ByteBuffer.allocate(FIXED_BYTES + (content == null ? 0 : BlockHash.SIZE) + target.length);
    out.put(Rows.VERSION)
        .putInt(inode.mode())
        .putInt(inode.uid())
        .putInt(inode.gid())
        .putInt(inode.links())
        .putInt(inode.device())
        .putLong(inode.parent())
        .putLong(inode.size());
    putTime(out, inode.accessed());
    putTime(out, inode.modified());
    putTime(out, inode.changed());
    putTime(out, inode.born());
    out.put((byte) (content == null ? 0 : 1));
    if (content != null) {
      content.hash().writeTo(out);
    }
    return out.putInt(target.length).put(target).array();
  }

  static Inode decode(byte[] key, byte[] value) throws CacheException {
    return Rows.decode(Family.INODES, key, value, InodeRow::parse);
  }

  private static Inode parse(ByteBuffer key, ByteBuffer value) {
    Inode.Builder inode = Inode.builder(key.getLong(), value.getInt());
    inode.owner(value.getInt(), value.getInt());
    inode.links(value.getInt()).device(value.getInt()).parent(value.getLong());
    long size = Rows.unsigned(value, "size");
    inode.accessed(time(value)).modified(time(value)).changed(time(value)).born(time(value));
    inode.content(content(value), size);
    byte[] target = Rows.counted(value);
    if (target.length > 0) {
      if (target.length != size) {
        throw new IllegalArgumentException(
            "size " + size + " for a target of " + target.length + " bytes");
      }
      inode.target(new String(target, StandardCharsets.ISO_8859_1));
    }
    return inode.build();
  }

  private static ContentId content(ByteBuffer value) {
    byte present = value.get();
    return switch (present) {
      case 0 -> null;
      case 1 -> new ContentId(BlockHash.read(value));
      default -> throw new IllegalArgumentException("content flag " + present);
    };
  }

  private static void putTime(ByteBuffer out, Timestamp time) {
    out.putLong(time.seconds()).putInt(time.nanos());
  }

  private static Timestamp time(ByteBuffer value) {
    return new Timestamp(value.getLong(), value.getInt());
  }
}
