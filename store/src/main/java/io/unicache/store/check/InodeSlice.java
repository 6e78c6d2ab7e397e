package io.unicache.store.check;

import io.unicache.store.meta.Inode;
import java.util.Arrays;

/**
 * Consecutive inodes, with what names say of each: at most as many as a slice has rows, about 45
 * bytes each. Not thread-safe.
 */
final class InodeSlice {

  private final long from;
  private final int maxRows;
  private long next = -1;
  private long[] numbers = new long[1024];
  private int[] modes = new int[1024];
  private int[] links = new int[1024];
  private long[] parents = new long[1024];
  private int[] names = new int[1024];
  private int[] subdirectories = new int[1024];
  private long[] namedIn = new long[1024];
  private int size;

  /**
   * Starts an empty slice.
   *
   * @param from the first number that is its business
   */
  InodeSlice(long from, int maxRows) {
    this.from = from;
    this.maxRows = maxRows;
  }

  /** Adds the next inode; false if the slice is full. */
  boolean add(Inode inode) {
    if (size == maxRows) {
      next = inode.number();
      return false;
    }
    if (size == numbers.length) {
      grow(Math.min(maxRows, size * 2));
    }
    numbers[size] = inode.number();
    modes[size] = inode.mode();
    links[size] = inode.links();
    parents[size] = inode.parent();
    size++;
    return true;
  }

  private void grow(int length) {
    numbers = Arrays.copyOf(numbers, length);
    modes = Arrays.copyOf(modes, length);
    links = Arrays.copyOf(links, length);
    parents = Arrays.copyOf(parents, length);
    names = Arrays.copyOf(names, length);
    subdirectories = Arrays.copyOf(subdirectories, length);
    namedIn = Arrays.copyOf(namedIn, length);
  }

  /** Returns the first number of the next slice, or -1 if this is the last. */
  long next() {
    return next;
  }

  /** Tells whether an inode is the business of this slice, there or not. */
  boolean covers(long number) {
    return number >= from && (next < 0 || number < next);
  }

  /** Returns the index of an inode, negative if there is none. */
  int indexOf(long number) {
    return Arrays.binarySearch(numbers, 0, size, number);
  }

  int size() {
    return size;
  }

  long number(int index) {
    return numbers[index];
  }

  Inode.Type type(int index) {
    return Inode.Type.ofMode(modes[index]);
  }

  int links(int index) {
    return links[index];
  }

  long parent(int index) {
    return parents[index];
  }

  /** Counts a name. */
  void named(int index, long directory) {
    names[index]++;
    namedIn[index] = directory;
  }

  void countSubdirectory(int index) {
    subdirectories[index]++;
  }

  int names(int index) {
    return names[index];
  }

  int subdirectories(int index) {
    return subdirectories[index];
  }

  /** Returns the directory that has the last name that was counted. */
  long namedIn(int index) {
    return namedIn[index];
  }
}
