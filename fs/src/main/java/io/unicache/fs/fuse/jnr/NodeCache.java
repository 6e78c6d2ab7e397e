package io.unicache.fs.fuse.jnr;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which inode's pages the kernel has under which of libfuse's nodes. A node is a path, and may show
 * one inode today and another tomorrow; an inode with several names is several nodes. Pages may be
 * kept only if node and inode belonged to each other at the last open of both. Safe for use by many
 * threads.
 *
 * <p>What has been forgotten, to bound the memory, costs a read again and nothing else.
 */
final class NodeCache {

  private static final int MAX_ENTRIES = 1 << 16;

  private final Map<Long, Long> inodeOfNode = new Bounded();
  private final Map<Long, Long> nodeOfInode = new Bounded();

  /** The entries that were used last. */
  private static final class Bounded extends LinkedHashMap<Long, Long> {
    private static final long serialVersionUID = 1L;

    Bounded() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
      return size() > MAX_ENTRIES;
    }
  }

  /**
   * Notes that a node is opened, or otherwise changed, as an inode.
   *
   * @return whether the kernel's pages of the node are of this inode, and nobody has used the inode
   *     through another node since
   */
  synchronized boolean use(long node, long inode) {
    Long inodeBefore = inodeOfNode.put(node, inode);
    Long nodeBefore = nodeOfInode.put(inode, node);
    return inodeBefore != null && inodeBefore == inode && nodeBefore != null && nodeBefore == node;
  }

  /**
   * Notes the node under which a file that was just made is open; its pages are of this inode, as
   * the kernel had none before. Does nothing if the inode has been used through a node already.
   */
  synchronized void created(long node, long inode) {
    if (nodeOfInode.putIfAbsent(inode, node) == null) {
      inodeOfNode.put(node, inode);
    }
  }
}
