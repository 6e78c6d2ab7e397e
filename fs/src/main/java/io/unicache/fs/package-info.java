/** The file system: file operations on a store, and what serves them to the kernel. */
package io.unicache.fs;
