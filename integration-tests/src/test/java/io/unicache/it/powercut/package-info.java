/**
 * Power cuts: a store lies on a file system that notes every write and sync ({@link
 * io.unicache.it.powercut.RecordingFileSystem}), whoever makes them, Java or RocksDB; a {@link
 * io.unicache.it.powercut.DiskModel} makes of the record what the disk may hold at any moment of
 * it; and a {@link io.unicache.it.powercut.History} knows which states the store may be in then.
 */
package io.unicache.it.powercut;
