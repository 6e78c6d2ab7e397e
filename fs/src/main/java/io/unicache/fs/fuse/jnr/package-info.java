/**
 * Serves a {@link io.unicache.fs.ops.FileSystemOps} through libfuse 2, reached through jnr-ffi.
 *
 * <p>{@link io.unicache.fs.fuse.jnr.LibfuseTransport} is the entry: it mounts, and starts the
 * threads of a {@link io.unicache.fs.fuse.jnr.LibfuseSession}. Each thread reads a request and lets
 * libfuse serve it, which calls back into one of the four groups of callbacks ({@code
 * NamespaceCallbacks}, {@code AttributeCallbacks}, {@code FileCallbacks}, {@code
 * DirectoryCallbacks}). They translate arguments and errors, and nothing else.
 *
 * <h2>What libfuse's path-based interface means for what programs see</h2>
 *
 * <p>libfuse gives each <em>path</em> a node, and the kernel takes each node for an inode: the
 * names of one file are several inodes to it, each with attributes and pages of its own. Therefore:
 *
 * <ul>
 *   <li><b>attr_timeout=0.</b> With any other value, chmod, write or unlink through one name would
 *       leave stale mode, size and link count behind the other. libfuse cannot set the timeout file
 *       by file, nor say which nodes an inode has. It costs a GETATTR for each stat.
 *   <li><b>negative_timeout=0</b>, so that a file that appears without the kernel's doing (a
 *       download, {@code unicache store}) is seen at once. <b>entry_timeout=1</b>: a name that is
 *       gone or replaced behind the kernel's back is noticed anyway, as every use of it asks for
 *       attributes, and those are looked up by path.
 *   <li><b>kernel_cache is not set</b>; keep_cache is decided at each open by {@link
 *       io.unicache.fs.fuse.jnr.NodeCache}: only when the node showed the same inode at its last
 *       open, that inode was not used through another node since, it has one name, and the file
 *       system says that the pages are still true. A file's second reading is then served by the
 *       kernel alone.
 *   <li>A write through one node while another node of the same inode is open makes the kernel drop
 *       the other's pages, just after the write has been answered.
 *   <li><b>hard_remove is not set.</b> With it, fstat of a file that was unlinked while open fails
 *       with ENOENT (a temporary file in Python fails so). Without it, libfuse renames such a file
 *       to {@code .fuse_hidden…}; {@link io.unicache.fs.fuse.jnr.HiddenFiles} recognises that, and
 *       unlinks instead, so that no such name is ever in the tree. What remains: if its directory
 *       is removed as well, such a file can be read and written, but fstat fails with ENOENT.
 * </ul>
 */
package io.unicache.fs.fuse.jnr;
