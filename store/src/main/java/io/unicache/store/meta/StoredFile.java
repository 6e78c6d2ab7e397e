package io.unicache.store.meta;

import io.unicache.store.block.ContentId;

/**
 * A file that is kept under an ID of its own, apart from the tree: what storing or downloading
 * makes when no path is given.
 *
 * @param id custom ID, or the content ID's 64 hex digits
 * @param content the content
 * @param size bytes
 * @param name the name that it came with, for people and for materialising it
 * @param source URL that it was downloaded from, or ""
 * @param stored when
 */
public record StoredFile(
    String id, ContentId content, long size, String name, String source, Timestamp stored) {}
