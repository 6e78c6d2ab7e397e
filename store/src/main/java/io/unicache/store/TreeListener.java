package io.unicache.store;

import io.unicache.store.meta.Name;

/** Told of changes that a client makes to the tree behind the back of those who have it mounted. */
@FunctionalInterface
public interface TreeListener {

  /** A name has come, gone, or means another inode now. */
  void changed(long directory, Name name);
}
