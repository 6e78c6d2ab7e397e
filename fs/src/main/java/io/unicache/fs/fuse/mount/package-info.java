/**
 * Mount points, whatever serves them: the mount table, checking and repairing a directory before it
 * is mounted on, waiting until a mount answers, and taking it down again. Knows no FUSE library.
 */
package io.unicache.fs.fuse.mount;
