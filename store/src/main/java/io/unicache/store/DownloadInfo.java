package io.unicache.store;

import java.time.Instant;

/**
 * What is known of a file that was downloaded.
 *
 * @param id file ID
 * @param contentId names its bytes
 * @param size bytes
 * @param name the name that the source gave it
 * @param url where it came from
 * @param stored when
 */
public record DownloadInfo(
    String id, String contentId, long size, String name, String url, Instant stored) {}
