package io.unicache.store.meta;

/**
 * A journal that completes what an inode contains.
 *
 * @param inode number of the inode
 * @param number number of the journal, which names its file
 */
public record JournalEntry(long inode, long number) {}
