package io.unicache.store.ipc;

/** What a frame means; see the package's description. The codes never change their meaning. */
enum FrameType {
  HELLO(1),
  REQUEST(2),
  REPLY(3),
  ERROR(4),
  PROGRESS(5),
  ALIVE(6),
  BEGIN(7),
  DATA(8),
  END(9),

  /** A JSON array of lines of ls. */
  LISTED(10),

  /** A JSON array of lines of ls --ids. */
  IDS(11),

  /** A JSON array of blocks of the index. */
  BLOCKS(12),

  /** A file of the index, or the first or next part of one; see {@link Messages.FilePart}. */
  FILE_PART(13),

  /** JSON: something that a check has found. */
  FINDING(14);

  private static final FrameType[] BY_CODE = new FrameType[15];

  static {
    for (FrameType type : values()) {
      BY_CODE[type.code] = type;
    }
  }

  private final byte code;

  FrameType(int code) {
    this.code = (byte) code;
  }

  byte code() {
    return code;
  }

  /** Returns the type with a code, or null if there is none. */
  static FrameType of(byte code) {
    return code > 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}
