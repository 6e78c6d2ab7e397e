/*
 * What the benchmark does to a file system, timed without the start of a process.
 *
 *   probe read FILE            reads from start to end, 1 MiB at a time; prints seconds
 *   probe mmap FILE            maps and touches every page in order; prints seconds
 *   probe stat DIRECTORY LIST  stats each path of LIST (relative, one a line); prints seconds
 *   probe drop FILE...         drops the files' pages from the cache of the file system they are in
 *   probe forget MOUNT         drops the mount's names and inodes from the kernel's cache (root)
 *   probe resident FILE...     prints how much of the files is in the page cache, in percent
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define PIECE (1 << 20)

static void fail(const char *what) {
  fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static int open_file(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(path);
  return fd;
}

static off_t size_of(int fd, const char *path) {
  struct stat s;
  if (fstat(fd, &s) != 0) fail(path);
  return s.st_size;
}

static void read_all(const char *path) {
  char *buffer = aligned_alloc(4096, PIECE);
  if (!buffer) fail("memory");
  memset(buffer, 0, PIECE);
  double start = now();
  int fd = open_file(path);
  off_t size = size_of(fd, path), total = 0;
  ssize_t n;
  while ((n = read(fd, buffer, PIECE)) > 0) total += n;
  if (n < 0) fail(path);
  close(fd);
  double seconds = now() - start;
  if (total != size) {
    fprintf(stderr, "probe: %s: %lld bytes of %lld\n", path, (long long)total, (long long)size);
    exit(1);
  }
  printf("%.6f\n", seconds);
}

static void touch_pages(const char *path) {
  double start = now();
  int fd = open_file(path);
  off_t size = size_of(fd, path);
  unsigned char *at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) fail(path);
  unsigned sum = 0;
  for (off_t i = 0; i < size; i += 4096) sum += ((volatile unsigned char *)at)[i];
  munmap(at, size);
  close(fd);
  printf("%.6f\n", now() - start);
  (void)sum;
}

static void stat_all(const char *directory, const char *list) {
  int fd = open_file(list);
  off_t size = size_of(fd, list);
  char *text = malloc(size + 1);
  if (!text || read(fd, text, size) != size) fail(list);
  text[size] = 0;
  if (chdir(directory) != 0) fail(directory);
  struct stat s;
  double start = now();
  for (char *path = text, *end; (end = strchr(path, '\n')) != NULL; path = end + 1) {
    *end = 0;
    if (stat(path, &s) != 0) fail(path);
  }
  printf("%.6f\n", now() - start);
}

static void drop(const char *path) {
  int fd = open_file(path);
  int error = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  if (error != 0) {
    errno = error;
    fail(path);
  }
  close(fd);
}

/* A remount that changes nothing shrinks the cache of names, of this mount alone. */
static void forget(const char *mount_point) {
  struct statvfs fs;
  if (statvfs(mount_point, &fs) != 0) fail(mount_point);
  unsigned long flags = MS_REMOUNT;
  if (fs.f_flag & ST_RDONLY) flags |= MS_RDONLY;
  if (fs.f_flag & ST_NOSUID) flags |= MS_NOSUID;
  if (fs.f_flag & ST_NODEV) flags |= MS_NODEV;
  if (mount(NULL, mount_point, NULL, flags, NULL) != 0) fail(mount_point);
}

static void resident(int count, char **paths) {
  size_t all = 0, in = 0;
  for (int i = 0; i < count; i++) {
    int fd = open_file(paths[i]);
    off_t size = size_of(fd, paths[i]);
    if (size > 0) {
      size_t pages = (size + 4095) / 4096;
      void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
      unsigned char *bits = malloc(pages);
      if (at == MAP_FAILED || !bits || mincore(at, size, bits) != 0) fail(paths[i]);
      for (size_t p = 0; p < pages; p++) in += bits[p] & 1;
      all += pages;
      free(bits);
      munmap(at, size);
    }
    close(fd);
  }
  printf("%.0f\n", all ? 100.0 * in / all : 0.0);
}

int main(int argc, char **argv) {
  const char *what = argc > 2 ? argv[1] : "";
  if (!strcmp(what, "read") && argc == 3) {
    read_all(argv[2]);
  } else if (!strcmp(what, "mmap") && argc == 3) {
    touch_pages(argv[2]);
  } else if (!strcmp(what, "stat") && argc == 4) {
    stat_all(argv[2], argv[3]);
  } else if (!strcmp(what, "drop")) {
    for (int i = 2; i < argc; i++) drop(argv[i]);
  } else if (!strcmp(what, "forget") && argc == 3) {
    forget(argv[2]);
  } else if (!strcmp(what, "resident")) {
    resident(argc - 2, argv + 2);
  } else {
    fprintf(stderr, "probe: see the top of probe.c\n");
    return 2;
  }
  return 0;
}
