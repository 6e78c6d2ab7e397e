/*
 * A disk that fails, for a program that this library is preloaded into: while the file that
 * FAILING_DISK names is there, writing and syncing files whose path contains what that file holds
 * ends with EIO.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int fails(int fd) {
  const char *switch_path = getenv("FAILING_DISK");
  if (switch_path == NULL || access(switch_path, F_OK) != 0) {
    return 0;
  }
  char wanted[256];
  int in = open(switch_path, O_RDONLY | O_CLOEXEC);
  if (in < 0) {
    return 0;
  }
  ssize_t count = read(in, wanted, sizeof wanted - 1);
  close(in);
  if (count <= 0) {
    return 0;
  }
  wanted[count] = 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) {
    return 0;
  }
  path[length] = 0;
  if (strstr(path, wanted) == NULL) {
    return 0;
  }
  errno = EIO;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd) { return fails(fd) ? -1 : REAL(fsync)(fd); }

int fdatasync(int fd) { return fails(fd) ? -1 : REAL(fdatasync)(fd); }

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  return fails(fd) ? -1 : REAL(pwrite)(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  return fails(fd) ? -1 : REAL(pwrite64)(fd, bytes, count, at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  return fails(fd) ? -1 : REAL(pwritev)(fd, parts, count, at);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
  return fails(fd) ? -1 : REAL(pwritev64)(fd, parts, count, at);
}
