/*
 * The least that serves one file through the kernel's FUSE protocol: what any server has to spend on
 * a read. Each thread reads a request, reads the bytes of the file into a buffer, and writes them to
 * the kernel. As root; ends when it is unmounted.
 *
 *   fuse_loop FILE MOUNT THREADS      the file appears as MOUNT/<name of FILE>
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define BUFFER ((1 << 20) + 8192)
#define FILE_INODE 2
#define CACHED_SECONDS 3600

static int device;
static int file;
static struct stat status;
static char name[256];

static void fail(const char *what) {
  fprintf(stderr, "fuse_loop: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void reply(int fd, uint64_t unique, int error, const void *body, size_t size) {
  struct fuse_out_header out = {sizeof out + size, -error, unique};
  struct iovec parts[2] = {{&out, sizeof out}, {(void *)body, size}};
  /* ENOENT: the request was interrupted. */
  if (writev(fd, parts, size ? 2 : 1) < 0 && errno != ENOENT && errno != ENODEV) fail("reply");
}

static struct fuse_attr attributes(uint64_t inode) {
  struct fuse_attr a = {.ino = inode, .nlink = 1, .blksize = 4096};
  if (inode == FILE_INODE) {
    a.mode = S_IFREG | 0444;
    a.size = status.st_size;
    a.blocks = status.st_blocks;
  } else {
    a.mode = S_IFDIR | 0555;
  }
  return a;
}

static void init(int fd, uint64_t unique, const struct fuse_init_in *in) {
  struct fuse_init_out out = {
      .major = FUSE_KERNEL_VERSION,
      .minor = in->minor < FUSE_KERNEL_MINOR_VERSION ? in->minor : FUSE_KERNEL_MINOR_VERSION,
      .max_readahead = in->max_readahead,
      .flags = in->flags & (FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_MAX_PAGES | FUSE_PARALLEL_DIROPS),
      .max_background = 64,
      .congestion_threshold = 48,
      .max_write = 1 << 20,
      .time_gran = 1,
      .max_pages = 256,
  };
  reply(fd, unique, 0, &out, sizeof out);
}

static void lookup(int fd, const struct fuse_in_header *in, const char *wanted) {
  if (in->nodeid != FUSE_ROOT_ID || strcmp(wanted, name) != 0) {
    reply(fd, in->unique, ENOENT, NULL, 0);
    return;
  }
  struct fuse_entry_out out = {.nodeid = FILE_INODE,
                               .entry_valid = CACHED_SECONDS,
                               .attr_valid = CACHED_SECONDS,
                               .attr = attributes(FILE_INODE)};
  reply(fd, in->unique, 0, &out, sizeof out);
}

static void read_file(int fd, const struct fuse_in_header *in, const struct fuse_read_in *range,
                      char *bytes) {
  ssize_t n = pread(file, bytes, range->size, range->offset);
  reply(fd, in->unique, n < 0 ? errno : 0, bytes, n < 0 ? 0 : n);
}

static void serve(int fd, const struct fuse_in_header *in, const void *arguments, char *bytes) {
  struct fuse_attr_out attr;
  struct fuse_open_out opened = {.open_flags = FOPEN_KEEP_CACHE};
  switch (in->opcode) {
    case FUSE_INIT: init(fd, in->unique, arguments); break;
    case FUSE_LOOKUP: lookup(fd, in, arguments); break;
    case FUSE_GETATTR:
      attr = (struct fuse_attr_out){.attr_valid = CACHED_SECONDS, .attr = attributes(in->nodeid)};
      reply(fd, in->unique, 0, &attr, sizeof attr);
      break;
    case FUSE_OPEN: reply(fd, in->unique, 0, &opened, sizeof opened); break;
    case FUSE_READ: read_file(fd, in, arguments, bytes); break;
    case FUSE_RELEASE: reply(fd, in->unique, 0, NULL, 0); break;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT: break;
    default: reply(fd, in->unique, ENOSYS, NULL, 0);
  }
}

static void *loop(void *clone) {
  int fd = device;
  if (clone) {
    fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, FUSE_DEV_IOC_CLONE, &device) != 0) fail("clone of /dev/fuse");
  }
  char *request = aligned_alloc(4096, BUFFER), *bytes = aligned_alloc(4096, BUFFER);
  if (!request || !bytes) fail("memory");
  for (;;) {
    ssize_t n = read(fd, request, BUFFER);
    if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT)) continue;
    if (n < 0 && errno == ENODEV) exit(0);
    if (n < (ssize_t)sizeof(struct fuse_in_header)) fail("request");
    serve(fd, (void *)request, request + sizeof(struct fuse_in_header), bytes);
  }
}

int main(int argc, char **argv) {
  int threads = argc == 4 ? atoi(argv[3]) : 0;
  if (threads < 1) {
    fprintf(stderr, "usage: fuse_loop FILE MOUNT THREADS\n");
    return 2;
  }
  file = open(argv[1], O_RDONLY | O_CLOEXEC);
  if (file < 0 || fstat(file, &status) != 0) fail(argv[1]);
  snprintf(name, sizeof name, "%s", basename(argv[1]));
  device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (device < 0) fail("/dev/fuse");
  char options[128];
  snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
  if (mount("fuse_loop", argv[2], "fuse.fuse_loop", MS_NOSUID | MS_NODEV | MS_RDONLY, options) != 0)
    fail(argv[2]);
  for (int i = 1; i < threads; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, loop, (void *)1) != 0) fail("thread");
  }
  loop(NULL);
}
