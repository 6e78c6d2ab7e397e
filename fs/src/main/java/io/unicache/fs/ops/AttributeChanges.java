package io.unicache.fs.ops;

import io.unicache.store.Store;
import io.unicache.store.error.CacheException;
import io.unicache.store.file.LiveFile;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Timestamp;
import io.unicache.store.tree.Tree;
import java.time.Clock;
import java.util.Optional;

/**
 * setattr: in which order, and which mode bits go with it. Who may change what, the kernel has
 * checked ({@code default_permissions}): it alone knows of capabilities and access control lists.
 */
final class AttributeChanges {

  private static final int PERMISSIONS = 07777;

  private final Store store;
  private final Stat stat;
  private final OpenFiles files;
  private final AccessControl accessControl;
  private final Clock clock;

  AttributeChanges(
      Store store, Stat stat, OpenFiles files, AccessControl accessControl, Clock clock) {
    this.accessControl = accessControl;
    this.store = store;
    this.stat = stat;
    this.files = files;
    this.clock = clock;
  }

  Attributes apply(long number, AttributeChange change, Caller caller)
      throws CacheException, FileSystemException {
    Inode inode = stat.inode(number);
    if (change.size() != null) {
      OpenFiles.checkRegular(inode);
      OpenFiles.checkSize(change.size());
      files.truncate(inode, change.size());
    }
    if (change.accessed() != null || change.modified() != null) {
      commitFirst(number);
    }
    Tree.AttributeChange plain = plain(inode, change, caller);
    if (change.mode() != null) {
      plain = plain.with(accessControl.afterChmod(number, plain.permissions()));
    }
    if (plain.permissions() != null
        || plain.uid() != null
        || plain.gid() != null
        || plain.accessed() != null
        || plain.modified() != null
        || change.isEmpty()) {
      store.tree().change(number, plain);
      files.modeChanged();
    }
    return stat.attributes(number);
  }

  private Tree.AttributeChange plain(Inode inode, AttributeChange change, Caller caller) {
    Timestamp now = Timestamp.now(clock);
    return new Tree.AttributeChange(
        permissions(inode, change, caller),
        change.uid(),
        change.gid(),
        change.accessed() == null ? null : FileSystemOps.resolve(change.accessed(), now),
        change.modified() == null ? null : FileSystemOps.resolve(change.modified(), now));
  }

  /** Returns the new permissions, or null if they stay. */
  private static Integer permissions(Inode inode, AttributeChange change, Caller caller) {
    int before = inode.permissions();
    int after = change.mode() == null ? before : change.mode() & PERMISSIONS;
    // An empty change is also what the kernel sends before somebody else writes.
    boolean ownersOwn = change.isEmpty() && Permissions.isOwner(inode.uid(), caller);
    boolean chown = change.uid() != null || change.gid() != null || ownersOwn;
    boolean truncates = change.size() != null && !Permissions.isRoot(caller);
    if ((chown && !inode.isDirectory() && change.mode() == null) || truncates) {
      after = Permissions.withoutSetId(after, inode.gid(), caller);
    }
    return change.mode() != null || after != before ? (Integer) after : null;
  }

  /** So that the times of what has been written do not overwrite those that are to be set. */
  private void commitFirst(long number) throws CacheException {
    Optional<LiveFile> live = store.files().find(number);
    if (live.isPresent()) {
      live.get().commit();
      files.remember(live.get());
    }
  }
}
