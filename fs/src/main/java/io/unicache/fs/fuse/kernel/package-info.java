/**
 * Serves a {@link io.unicache.fs.ops.FileSystemOps} to Linux by speaking the FUSE protocol itself,
 * through the descriptor of /dev/fuse: no libfuse.
 *
 * <p>{@link io.unicache.fs.fuse.kernel.KernelTransport} is the entry: it has the directory mounted
 * (by mount(2) for root, by fusermount for others) and starts the threads of a {@code
 * KernelSession}. Each thread reads a request, has the {@code Dispatcher} serve it by one of the
 * groups of handlers ({@code NamespaceRequests}, {@code AttributeRequests}, {@code FileRequests},
 * {@code RangeRequests}, {@code DirectoryRequests}), and sends the reply. {@code Protocol} has
 * every number and layout.
 *
 * <h2>What is cached, and why that is right</h2>
 *
 * <ul>
 *   <li>A node of the kernel is an inode of the file system, whatever its name; node IDs are inode
 *       numbers, which are never used twice. So all names of a file share attributes and pages.
 *   <li>Names and attributes are valid for an hour: what changes through the kernel the kernel
 *       knows, and what changes behind its back is announced by {@code onInvalidation} and passed
 *       on by the {@code Invalidator}. Not so what {@code FileSystemOps.cacheable} says no to, nor
 *       for long the attributes of files with several names: one of the names may go behind the
 *       kernel's back, and its notice names the directory and not the file. Nor the attributes of a
 *       file that is open for writing: zeros may turn into holes by a commit, of which the kernel
 *       does not know.
 *   <li>EXPLICIT_INVAL_DATA: pages go when an open says so (no KEEP_CACHE) or by a notice, not when
 *       a new size or time is seen: those come from the kernel's own writes.
 *   <li>A range that was copied to, zeroed or punched: the kernel drops its own pages of it when
 *       the request has been answered.
 *   <li>No writeback cache: a write is in the file system before write(2) returns.
 * </ul>
 *
 * <h2>Passthrough</h2>
 *
 * <p>{@code Passthrough} has the kernel read and map files by itself, where the file system lends a
 * file that has the same bytes. The kernel wants all that is open of an inode in one mode, so the
 * first opening decides. A writer who joins gets DIRECT_IO as well: its writes come here, and only
 * mappings go past. While that may happen, {@code FileSystemOps.cacheable} says no.
 *
 * <h2>Threads</h2>
 *
 * <p>Operations run in the thread that has read the request. One thread leads, more where requests
 * pile up; before a request that may take long (an fsync, a read of a block that has to be
 * verified) and when one takes long, another takes the lead, so that there is always one to read
 * the next request: {@code Crew}.
 *
 * <h2>Copies</h2>
 *
 * <p>What is read of committed files goes from the mapped pack to the kernel in one copy, by {@code
 * writev} of the header and the pieces of memory where the blocks are.
 *
 * <h2>Reading without a request</h2>
 *
 * <p>{@code Prefetcher} puts into the kernel's cache what readers will want; {@code Passthrough}
 * has the kernel read a file by itself.
 */
package io.unicache.fs.fuse.kernel;
