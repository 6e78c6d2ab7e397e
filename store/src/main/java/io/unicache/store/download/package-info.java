/**
 * Downloads by HTTP and HTTPS, streamed straight into blocks: {@link
 * io.unicache.store.download.Downloader} is the door, {@link io.unicache.store.download.Download}
 * what comes out of it.
 *
 * <p>A fetch is one {@code Transfer}: it follows redirects by the rules of {@code SourceUrl}, tries
 * again where {@code Retries} allows it, and says in one sentence ({@code Failures}) why it did not
 * work out. {@code Cancellation} lets another thread end it at any moment.
 */
package io.unicache.store.download;
