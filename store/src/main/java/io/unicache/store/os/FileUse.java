package io.unicache.store.os;

/** Whether a file is open or mapped somewhere. */
public enum FileUse {
  /** Nobody has it open, this process included. */
  NONE,

  /** Someone has it open or mapped. */
  SOME,

  /** The system or the file system cannot tell. */
  UNKNOWN
}
