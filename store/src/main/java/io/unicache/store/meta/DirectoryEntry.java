package io.unicache.store.meta;

/**
 * A name in a directory.
 *
 * @param name the name
 * @param inode number of the inode that it names
 * @param type the inode's type
 * @param cookie the entry's place in its directory, as in telldir(3): unique, greater than 2, fixed
 *     for as long as the entry is there
 */
public record DirectoryEntry(Name name, long inode, Inode.Type type, long cookie) {}
