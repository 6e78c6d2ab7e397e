/*
 * Does random operations on files and compares every byte with a model in memory.
 *
 *   exerciser DIRECTORY SEED THREADS BLOCK ROOM [kill] [libfuse] [local]
 *
 * Each thread has two files of its own in the directory, of at most ROOM bytes each; what it does
 * follows from the seed alone. BLOCK is the store's block size: offsets and lengths are chosen near
 * its multiples, and near those of a page. With "kill" only what can be told apart after a crash is
 * done; with "libfuse" what that adapter cannot do is left out; with "local" what other file systems
 * do in their own way is not compared (to test this program).
 *
 * Orders come from the standard input, one to a line, and are answered with a line each: "ok", or
 * what is wrong, with vertical tabs where lines end.
 *
 *   run N       do N operations in each thread, and compare the files
 *   stream      write each first file anew in one go, to its full size, with no block as before
 *   read        open the first files for reading, and read them; they stay open
 *   close       close and unmap everything, and compare the files
 *   endure N    as "run", but answer after N operations and go on until nothing works any more
 *   recover     forget what is open, and find out which of the allowed states the files are in
 *
 * What a file holds tells where it comes from: eight bytes are the seed (16 bits), the operation
 * that wrote them (24) and their offset divided by eight (24), but where whole blocks are to be
 * equal, or zeros.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define FDS 4
#define MAPS 2
#define LOG_LINES 4096
#define SHOWN_LINES 60
#define MAX_THREADS 16
#define MAX_UNDO 400
/* The kernel's clock for files may be a tick behind the one that programs ask. */
#define CLOCK_SLACK_NS 20000000LL

struct map {
  unsigned char *at; /* NULL if there is none */
  long from, length;
  int writable;
};

/* What a change has overwritten. */
struct undo {
  long from, length, size;
  unsigned char *bytes;
};

struct file {
  char name; /* A or B */
  char path[4096];
  unsigned char *model; /* zeros from the size on */
  long size;
  int named;
  int fds[FDS], flags[FDS]; /* -1 if there is none */
  struct map maps[MAPS];
  int map_dirty; /* something may not have been written back yet */
  long long modified;
  struct undo undo[MAX_UNDO]; /* what was done since the file was safe */
  int undo_count;
};

struct entry {
  long operation;
  char text[200];
  char file;
  long from, to;
};

struct thread {
  int number;
  uint64_t random;
  struct file files[2];
  long operation, parts;
  struct entry log[LOG_LINES];
  long lines; /* of the log */
  unsigned char *buffer;
  int dead; /* the daemon is */
  pthread_t id;
  long count;
};

static const char *directory;
static uint64_t seed;
static long block, room;
static int thread_count, killing, libfuse, local;
static struct thread *threads;
static atomic_int stopping, dying;
static sem_t enduring; /* counts the threads that have done enough for the daemon to be killed */
static pthread_mutex_t report_lock = PTHREAD_MUTEX_INITIALIZER;
static char report[1 << 20];
static __thread sigjmp_buf on_bus_error;
static __thread volatile int may_bus_error;

/* Randomness: splitmix64. */

static uint64_t next(struct thread *t) {
  uint64_t z = (t->random += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static long below(struct thread *t, long bound) { return bound <= 0 ? 0 : next(t) % bound; }

static int chance(struct thread *t, int percent) { return below(t, 100) < percent; }

static long smaller(long a, long b) { return a < b ? a : b; }

static long larger(long a, long b) { return a > b ? a : b; }

/* Mostly at, or next to, the multiple of something. */
static long near(struct thread *t, long at) {
  long delta = chance(t, 50) ? 0 : below(t, 3) - 1;
  return larger(0, at + delta);
}

static long offset_in(struct thread *t, long bound) {
  switch (below(t, 6)) {
    case 0: return below(t, bound + 1);
    case 1: return smaller(bound, near(t, below(t, bound / PAGE + 1) * PAGE));
    case 2: return smaller(bound, near(t, bound));
    case 3: return smaller(bound, near(t, 0));
    default: return smaller(bound, near(t, below(t, bound / block + 1) * block));
  }
}

static long some_length(struct thread *t) {
  switch (below(t, 12)) {
    case 0: case 1: return 1 + below(t, 16);
    case 2: case 3: return 1 + below(t, 3 * PAGE);
    case 4: case 5: case 6: return larger(1, near(t, PAGE * (1 + below(t, 4))));
    case 7: case 8: return 1 + below(t, 128 << 10);
    case 9: return larger(1, near(t, block));
    case 10: return larger(1, near(t, block * (1 + below(t, 3))));
    default: return chance(t, 20) ? 1 + below(t, room) : 1 + below(t, 2 * block);
  }
}

/* The log, and what is reported. */

/* Says what is done now; once more if it turns out to be something else. */
static void note(struct thread *t, struct file *f, long from, long to, const char *format, ...) {
  struct entry *e = &t->log[t->lines % LOG_LINES];
  e->operation = t->operation;
  e->file = f->name;
  e->from = from;
  e->to = to;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(e->text, sizeof e->text, format, arguments);
  va_end(arguments);
}

static void add(const char *format, ...) {
  size_t length = strlen(report);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(report + length, sizeof report - length, format, arguments);
  va_end(arguments);
}

static void add_bytes(const char *what, const unsigned char *bytes, long length) {
  add("  %s", what);
  for (long i = 0; i < smaller(length, 32); i++) add(" %02x", bytes[i]);
  uint64_t word;
  if (length >= 16) {
    memcpy(&word, bytes + (length >= 24 ? 8 : 0), 8);
    if (word >> 48 == (seed & 0xffff)) {
      add("  (of operation %ld)", (long)(word >> 24 & 0xffffff));
    }
  }
  add("\n");
}

/* Says what is wrong, at a range of a file, and ends all threads. The first one counts. */
static void wrong(struct thread *t, struct file *f, long from, long to, const char *format, ...) {
  pthread_mutex_lock(&report_lock);
  if (!report[0]) {
    add("seed %lu, thread %d, file %c (%ld bytes), operation %ld: ", seed, t->number, f->name,
        f->size, t->operation);
    size_t length = strlen(report);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(report + length, sizeof report - length, format, arguments);
    va_end(arguments);
    add("\nwhat was done before (* what touched bytes %ld to %ld of it):\n", from, to);
    for (long i = larger(1, t->lines - LOG_LINES + 1); i <= t->lines; i++) {
      struct entry *e = &t->log[i % LOG_LINES];
      int touched = e->file == f->name && e->from < to && e->to > from;
      if (i > t->lines - SHOWN_LINES || touched) {
        add("%c %ld %c %s\n", touched ? '*' : ' ', e->operation, e->file, e->text);
      }
    }
  }
  stopping = 1;
  pthread_mutex_unlock(&report_lock);
}

/* Compares bytes that were found at an offset with the model. */
static void compare(struct thread *t, struct file *f, long from, const unsigned char *found,
                    long length, const char *how) {
  const unsigned char *expected = f->model + from;
  if (memcmp(expected, found, length) == 0) return;
  long first = 0, last = length - 1, different = 0;
  while (expected[first] == found[first]) first++;
  while (expected[last] == found[last]) last--;
  for (long i = first; i <= last; i++) different += expected[i] != found[i];
  pthread_mutex_lock(&report_lock);
  int is_first = !report[0];
  pthread_mutex_unlock(&report_lock);
  wrong(t, f, from + first, from + last + 1,
        "%s of %ld bytes at %ld (%#lx): the first that differs is at %ld (%#lx), the last at %ld, "
        "%ld in all",
        how, length, from, from, from + first, from + first, from + last, different);
  pthread_mutex_lock(&report_lock);
  if (is_first) {
    add("from offset %ld on:\n", from + first);
    add_bytes("expected", expected + first, length - first);
    add_bytes("found   ", found + first, length - first);
  }
  pthread_mutex_unlock(&report_lock);
}

/* A call has failed: that is wrong, unless the daemon is being killed. */
static void failed(struct thread *t, struct file *f, const char *call) {
  int error = errno;
  if (dying && (error == ENOTCONN || error == ECONNABORTED || error == EIO || error == EFAULT)) {
    t->dead = 1;
    return;
  }
  wrong(t, f, 0, 0, "%s: %s", call, strerror(error));
}

/* The model. */

/* To be called before bytes of the model, or its size, are changed. */
static void changing(struct thread *t, struct file *f, long from, long length) {
  if (!killing) return;
  if (f->undo_count == MAX_UNDO) {
    wrong(t, f, 0, 0, "too much was done since the file was safe");
    return;
  }
  struct undo *u = &f->undo[f->undo_count++];
  *u = (struct undo){from, length, f->size, malloc(length + 1)};
  memcpy(u->bytes, f->model + from, length);
}

static void undo_one(struct file *f) {
  struct undo *u = &f->undo[--f->undo_count];
  memcpy(f->model + u->from, u->bytes, u->length);
  f->size = u->size;
  free(u->bytes);
}

/* From here on the file is safe from a crash as it is. */
static void safe(struct file *f) {
  while (f->undo_count > 0) free(f->undo[--f->undo_count].bytes);
}

static void model_write(struct thread *t, struct file *f, long at, const void *bytes, long length) {
  changing(t, f, at, length);
  memcpy(f->model + at, bytes, length);
  f->size = larger(f->size, at + length);
}

static void model_zero(struct thread *t, struct file *f, long from, long to) {
  changing(t, f, from, to - from);
  memset(f->model + from, 0, to - from);
}

static void model_resize(struct thread *t, struct file *f, long size) {
  if (size < f->size) {
    model_zero(t, f, size, f->size);
  } else {
    changing(t, f, f->size, 0);
  }
  f->size = size;
}

static int all_zero(const unsigned char *bytes, long length) {
  return length <= 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

/* What is to be written at an offset; returns how to call it. */
static const char *fill(struct thread *t, long at, long length) {
  unsigned char *to = t->buffer;
  int kind = below(t, 20);
  if (kind == 0) {
    memset(to, 0, length);
    return "zeros";
  }
  if (kind == 1) {
    memset(to, 'a' + below(t, 3), length);
    return "one letter";
  }
  /* Blocks that are the same in other places, files and threads. */
  uint64_t known = below(t, 4), operation = t->operation;
  uint64_t origin = kind < 6 ? known << 60 : (seed & 0xffff) << 48 | operation << 24;
  long period = kind < 6 ? block : 1L << 27;
  long done = 0;
  while (done < length) {
    long offset = (at + done) % period;
    uint64_t word = (origin | offset / 8) + ((uint64_t)t->number << 44) * (kind >= 6);
    long skip = offset % 8, part = smaller(8 - skip, length - done);
    memcpy(to + done, (char *)&word + skip, part);
    done += part;
  }
  return kind < 6 ? "a known block" : "new";
}

/* Attributes. */

static long long nanoseconds(const struct timespec *time) {
  return time->tv_sec * 1000000000LL + time->tv_nsec;
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return nanoseconds(&time);
}

static int any_fd(struct thread *t, struct file *f) {
  int first = below(t, FDS);
  for (int i = 0; i < FDS; i++) {
    int index = (first + i) % FDS;
    if (f->fds[index] >= 0) return index;
  }
  return -1;
}

/* What the file takes once it is committed: its blocks that are not zeros. */
static long data_bytes(struct file *f) {
  long bytes = 0;
  for (long at = 0; at < f->size; at += block) {
    long length = smaller(block, f->size - at);
    if (!all_zero(f->model + at, length)) bytes += length;
  }
  return bytes;
}

/* Looks at the attributes; content was changed at or after `changed`, unless that is 0. */
static void check_attributes(struct thread *t, struct file *f, long long changed) {
  int index = any_fd(t, f);
  int by_path = f->named && (index < 0 || chance(t, 50));
  if (!by_path && index < 0) return;
  /* Half of the time the daemon is asked, else the kernel may know. */
  int flags = chance(t, 50) ? AT_STATX_FORCE_SYNC : AT_STATX_SYNC_AS_STAT;
  struct statx s;
  int result = by_path ? statx(AT_FDCWD, f->path, flags, STATX_BASIC_STATS, &s)
                       : statx(f->fds[index], "", flags | AT_EMPTY_PATH, STATX_BASIC_STATS, &s);
  if (result < 0) {
    failed(t, f, "statx");
    return;
  }
  if ((long)s.stx_size != f->size) {
    wrong(t, f, smaller(f->size, s.stx_size), larger(f->size, s.stx_size), "%s: size %ld",
          flags ? "asked for anew" : "as remembered", (long)s.stx_size);
  }
  long long modified = s.stx_mtime.tv_sec * 1000000000LL + s.stx_mtime.tv_nsec;
  if (modified < f->modified) {
    wrong(t, f, 0, f->size, "the modification time went back by %lld ns", f->modified - modified);
  }
  if (changed && modified < changed - CLOCK_SLACK_NS) {
    wrong(t, f, 0, f->size, "the modification time is %lld ns before the change",
          changed - modified);
  }
  f->modified = modified;
  long most = f->size + 2 * block;
  if (!local && (long)s.stx_blocks * 512 > most) {
    wrong(t, f, 0, f->size, "%ld blocks of 512 bytes", (long)s.stx_blocks);
  }
}

/*
 * A committed file takes just what it holds. Its last close may still be under way: close(2) does
 * not wait for all of it.
 */
static void check_blocks(struct thread *t, struct file *f) {
  long expected = (data_bytes(f) + 511) / 512;
  struct stat s;
  for (int attempt = 0; attempt < 3000; attempt++) {
    if (stat(f->path, &s) < 0) {
      failed(t, f, "stat");
      return;
    }
    if (local || s.st_blocks == expected) break;
    usleep(10000);
  }
  if (s.st_size != f->size || (!local && s.st_blocks != expected)) {
    wrong(t, f, 0, f->size, "closed, it has %ld bytes in %ld blocks of 512, not %ld",
          (long)s.st_size, (long)s.st_blocks, expected);
  }
}

/* Descriptors and mappings. */

static int open_one(struct thread *t, struct file *f, int index, int flags) {
  char path[64];
  const char *from = f->path;
  if (!f->named) {
    snprintf(path, sizeof path, "/proc/self/fd/%d", f->fds[any_fd(t, f)]);
    from = path;
  }
  int fd = open(from, flags);
  if (fd < 0) {
    failed(t, f, "open");
    return -1;
  }
  f->fds[index] = fd;
  f->flags[index] = flags;
  return index;
}

static const char *flags_text(int flags) {
  static __thread char text[64];
  int access = flags & O_ACCMODE;
  snprintf(text, sizeof text, "%s%s%s%s%s", access == O_RDWR ? "RDWR" : access ? "WRONLY" : "RDONLY",
           flags & O_APPEND ? ",APPEND" : "", flags & O_DIRECT ? ",DIRECT" : "",
           (flags & O_SYNC) == O_SYNC ? ",SYNC" : flags & O_DSYNC ? ",DSYNC" : "",
           flags & O_TRUNC ? ",TRUNC" : "");
  return text;
}

static int close_one(struct thread *t, struct file *f, int index) {
  int fd = f->fds[index], flags = f->flags[index];
  f->fds[index] = -1;
  if (close(fd) < 0) {
    failed(t, f, "close");
    return -1;
  }
  if ((flags & O_ACCMODE) != O_RDONLY) {
    safe(f);
    f->map_dirty = 0;
  }
  return 0;
}

static void unmap_one(struct file *f, int index) {
  munmap(f->maps[index].at, f->maps[index].length);
  f->maps[index].at = NULL;
}

/* Nothing is left open; a file without a name is gone with that. */
static void close_all(struct thread *t, struct file *f) {
  for (int i = 0; i < MAPS; i++) {
    if (f->maps[i].at) unmap_one(f, i);
  }
  for (int i = 0; i < FDS && !t->dead; i++) {
    if (f->fds[i] >= 0) close_one(t, f, i);
  }
}

/* Finds, or opens, a descriptor that may do something; the flags are wanted or not. */
static int a_descriptor(struct thread *t, struct file *f, int access, int unwanted) {
  int first = below(t, FDS), empty = -1;
  for (int i = 0; i < FDS; i++) {
    int index = (first + i) % FDS, has = f->flags[index] & O_ACCMODE;
    if (f->fds[index] < 0) {
      empty = index;
    } else if ((has == access || has == O_RDWR) && !(f->flags[index] & unwanted)) {
      return index;
    }
  }
  if (empty < 0) {
    if (close_one(t, f, first) < 0) return -1;
    empty = first;
  }
  return open_one(t, f, empty, access == O_RDONLY && chance(t, 60) ? O_RDONLY : O_RDWR);
}

/* A signal for what a mapping cannot give. */
static void bus_error(int signal) {
  (void)signal;
  if (may_bus_error) siglongjmp(on_bus_error, 1);
  static const char text[] = "exerciser: SIGBUS\n";
  if (write(2, text, sizeof text - 1) < 0) _exit(4);
  _exit(3);
}

/* Copies from or to a mapping; -1 and errno if that gives SIGBUS. */
static int touch(void *to, const void *from, long length) {
  if (sigsetjmp(on_bus_error, 1)) {
    may_bus_error = 0;
    errno = EFAULT;
    return -1;
  }
  may_bus_error = 1;
  memcpy(to, from, length);
  may_bus_error = 0;
  return 0;
}

/* Operations. */

static void do_read(struct thread *t, struct file *f) {
  int index = a_descriptor(t, f, O_RDONLY, 0);
  if (index < 0) return;
  long at = offset_in(t, f->size), length = smaller(some_length(t), room);
  if (f->flags[index] & O_DIRECT) {
    at = at / PAGE * PAGE;
    length = (length + PAGE - 1) / PAGE * PAGE;
  }
  note(t, f, at, at + length, "read %ld bytes at %ld by %d (%s)", length, at, index,
       flags_text(f->flags[index]));
  long expected = larger(0, smaller(length, f->size - at)), done = 0;
  while (done < expected) {
    ssize_t result = pread(f->fds[index], t->buffer + done, length - done, at + done);
    if (result < 0) {
      failed(t, f, "pread");
      return;
    }
    if (result == 0) break;
    done += result;
    if (f->flags[index] & O_DIRECT && done % PAGE) break;
  }
  if (done != expected) {
    wrong(t, f, at, at + length, "read %ld bytes, not %ld", done, expected);
    return;
  }
  compare(t, f, at, t->buffer, done, "read");
}

/* Reads all of it, from the beginning on, in pieces. */
static void scan(struct thread *t, struct file *f, int fd, long piece, const char *how) {
  long at = 0;
  for (;;) {
    ssize_t result = pread(fd, t->buffer, piece, at);
    if (result < 0) {
      failed(t, f, "pread");
      return;
    }
    if (at + result > f->size) {
      wrong(t, f, f->size, at + result, "%s: there is something behind the end", how);
      return;
    }
    if (result == 0) break;
    compare(t, f, at, t->buffer, result, how);
    at += result;
  }
  if (at != f->size) wrong(t, f, at, f->size, "%s: it ends at %ld", how, at);
}

static void do_scan(struct thread *t, struct file *f) {
  int index = a_descriptor(t, f, O_RDONLY, O_DIRECT);
  if (index < 0) return;
  long piece = chance(t, 50) ? 128 << 10 : PAGE * (1 + below(t, 100));
  int drop = chance(t, 70);
  if (drop) posix_fadvise(f->fds[index], 0, 0, POSIX_FADV_DONTNEED);
  note(t, f, 0, f->size, "scan by %d (%s) in pieces of %ld%s", index, flags_text(f->flags[index]),
       piece, drop ? ", the cache dropped" : "");
  scan(t, f, f->fds[index], piece, "scan");
}

static void do_drop_cache(struct thread *t, struct file *f) {
  int index = a_descriptor(t, f, O_RDONLY, 0);
  if (index < 0) return;
  note(t, f, 0, 0, "drop the cache by %d", index);
  posix_fadvise(f->fds[index], 0, 0, POSIX_FADV_DONTNEED);
}

static int is_synchronous(int flags) { return (flags & O_DSYNC) != 0; }

static void do_write(struct thread *t, struct file *f) {
  int index = a_descriptor(t, f, O_WRONLY, 0);
  if (index < 0) return;
  int flags = f->flags[index], append = flags & O_APPEND;
  long at = append ? f->size : chance(t, 85) ? offset_in(t, f->size) : offset_in(t, room);
  if (!append && chance(t, 15)) at = f->size;
  long length = smaller(some_length(t), room - at);
  /* A request goes as a whole, or not at all: so has what is synced at once. */
  if (killing && is_synchronous(flags)) length = smaller(length, 64 << 10);
  if (flags & O_DIRECT) {
    if (append && at % PAGE) return;
    at = at / PAGE * PAGE;
    length = smaller((length + PAGE - 1) / PAGE * PAGE, (room - at) / PAGE * PAGE);
  }
  if (length <= 0) return;
  const char *what = fill(t, at, length);
  note(t, f, at, at + length, "write %ld bytes (%s) at %ld by %d (%s), size %ld", length, what, at,
       index, flags_text(flags), f->size);
  long long begun = now();
  long split = chance(t, 20) ? below(t, length) / PAGE * PAGE : 0;
  struct iovec parts[] = {{t->buffer, split}, {t->buffer + split, length - split}};
  ssize_t result = append ? writev(f->fds[index], parts, 2)
                          : pwritev(f->fds[index], parts, 2, at);
  if (result < 0) {
    failed(t, f, "pwritev");
    result = length; /* it may have got so far */
  }
  if (result != length) {
    wrong(t, f, at, at + length, "wrote %zd bytes, not %ld", result, length);
    return;
  }
  model_write(t, f, at, t->buffer, length);
  if (!t->dead && is_synchronous(flags)) safe(f);
  if (!t->dead && chance(t, 40)) check_attributes(t, f, begun);
}

static void do_truncate(struct thread *t, struct file *f) {
  long size = chance(t, 30)   ? smaller(room, near(t, f->size))
              : chance(t, 60) ? offset_in(t, f->size)
                              : offset_in(t, room);
  int by_path = f->named && chance(t, 30);
  int index = by_path ? 0 : a_descriptor(t, f, O_WRONLY, 0);
  if (index < 0) return;
  note(t, f, smaller(f->size, size), larger(f->size, size), "truncate from %ld to %ld%s", f->size,
       size, by_path ? " by its path" : "");
  long long begun = now();
  int result = by_path ? truncate(f->path, size) : ftruncate(f->fds[index], size);
  if (result < 0) failed(t, f, "truncate");
  model_resize(t, f, size);
  if (!t->dead && chance(t, 40)) check_attributes(t, f, begun);
}

static void do_allocate(struct thread *t, struct file *f) {
  static const struct {
    int mode;
    const char *name;
  } modes[] = {{0, "extend"},
               {FALLOC_FL_KEEP_SIZE, "allocate, size kept"},
               {FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, "punch"},
               {FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, "punch"},
               {FALLOC_FL_ZERO_RANGE, "zero"},
               {FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, "zero, size kept"}};
  int kind = below(t, sizeof modes / sizeof *modes), mode = modes[kind].mode;
  int index = a_descriptor(t, f, O_WRONLY, 0);
  if (index < 0) return;
  long at = chance(t, 85) ? offset_in(t, f->size) : offset_in(t, room);
  long length = smaller(some_length(t), room - at);
  if (length <= 0) return;
  note(t, f, at, at + length, "%s %ld bytes at %ld by %d, size %ld", modes[kind].name, length, at,
       index, f->size);
  if (fallocate(f->fds[index], mode, at, length) < 0) failed(t, f, "fallocate");
  if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) model_zero(t, f, at, at + length);
  if (!(mode & FALLOC_FL_KEEP_SIZE) && at + length > f->size) model_resize(t, f, at + length);
  if (!t->dead && chance(t, 40)) check_attributes(t, f, 0);
}

static void do_copy(struct thread *t, struct file *to) {
  struct file *from = chance(t, 40) ? to : &t->files[to == &t->files[0]];
  int source = a_descriptor(t, from, O_RDONLY, O_DIRECT);
  int target = source < 0 ? -1 : a_descriptor(t, to, O_WRONLY, O_APPEND | O_DIRECT);
  if (target < 0) return;
  /* Finding the second may have closed the first. */
  if (from->fds[source] < 0 || (from->flags[source] & O_ACCMODE) == O_WRONLY) return;
  long at = offset_in(t, from->size), length = some_length(t);
  /* Often where blocks can be shared. */
  long into = chance(t, 60) ? at % block + below(t, room / block) * block : offset_in(t, room);
  if (chance(t, 30)) at = at / block * block, into = into / block * block;
  length = smaller(length, room - into);
  if (from == to && labs(at - into) < length) length = labs(at - into);
  if (length <= 0) return;
  note(t, to, into, into + length, "copy %ld bytes from %c at %ld to %ld, sizes %ld and %ld", length,
       from->name, at, into, from->size, to->size);
  long expected = smaller(length, from->size - at), done = 0;
  while (done < expected && !t->dead) {
    off_t in = at + done, out = into + done;
    ssize_t result =
        copy_file_range(from->fds[source], &in, to->fds[target], &out, length - done, 0);
    if (result < 0) {
      failed(t, to, "copy_file_range");
      result = expected - done;
    }
    if (result == 0) break;
    done += result;
  }
  if (done != expected) {
    wrong(t, to, into, into + length, "copied %ld bytes, not %ld", done, expected);
    return;
  }
  if (expected <= 0) return;
  memcpy(t->buffer, from->model + at, expected);
  model_write(t, to, into, t->buffer, expected);
  if (!t->dead && is_synchronous(to->flags[target])) safe(to);
  if (!t->dead && chance(t, 40)) check_attributes(t, to, 0);
}

/* Goes from hole to data to hole. Bytes that are not zeros are data. */
static void do_seek(struct thread *t, struct file *f) {
  int index = a_descriptor(t, f, O_RDONLY, 0);
  if (index < 0 || f->map_dirty) return;
  note(t, f, 0, f->size, "look for holes by %d", index);
  int fd = f->fds[index];
  long at = 0;
  while (at < f->size) {
    off_t data = lseek(fd, at, SEEK_DATA);
    if (data < 0 && errno != ENXIO) {
      failed(t, f, "lseek");
      return;
    }
    long until = data < 0 ? f->size : data;
    if (until < at || until > f->size) {
      wrong(t, f, at, f->size, "from %ld on there is data at %ld", at, until);
      return;
    }
    if (!all_zero(f->model + at, until - at)) {
      wrong(t, f, at, until, "a hole from %ld to %ld, in which there is data", at, until);
      return;
    }
    if (until == f->size) return;
    off_t hole = lseek(fd, until, SEEK_HOLE);
    if (hole < 0) {
      failed(t, f, "lseek");
      return;
    }
    if (hole <= until || hole > f->size) {
      wrong(t, f, until, f->size, "from %ld on, where there is data, there is a hole at %ld", until,
            (long)hole);
      return;
    }
    at = hole;
  }
  off_t behind = lseek(fd, f->size, chance(t, 50) ? SEEK_DATA : SEEK_HOLE);
  if (behind >= 0 || errno != ENXIO) wrong(t, f, 0, 0, "something is at the end: %ld", (long)behind);
}

static void do_sync(struct thread *t, struct file *f) {
  /* Any descriptor will do for all of the file. */
  int index = any_fd(t, f);
  if (index < 0) return;
  int data_only = chance(t, 40);
  note(t, f, 0, 0, "%s by %d (%s)", data_only ? "fdatasync" : "fsync", index,
       flags_text(f->flags[index]));
  if ((data_only ? fdatasync(f->fds[index]) : fsync(f->fds[index])) < 0) {
    failed(t, f, "fsync");
    return;
  }
  safe(f);
  f->map_dirty = 0;
}

static void do_open(struct thread *t, struct file *f) {
  int index = below(t, FDS);
  if (!f->named && any_fd(t, f) == index) return;
  if (f->fds[index] >= 0 && close_one(t, f, index) < 0) return;
  static const int access[] = {O_RDONLY, O_RDONLY, O_RDWR, O_RDWR, O_RDWR, O_WRONLY};
  static const int more[] = {0, 0, 0, 0, O_APPEND, O_DIRECT, O_DIRECT, O_SYNC, O_DSYNC};
  int flags = access[below(t, 6)] | more[below(t, 9)];
  int truncates = f->named && !killing && (flags & O_ACCMODE) != O_RDONLY && chance(t, 4);
  note(t, f, 0, truncates ? f->size : 0, "open as %d (%s%s)", index, flags_text(flags),
       truncates ? ", cut" : "");
  if (open_one(t, f, index, flags | (truncates ? O_TRUNC : 0)) < 0) return;
  f->flags[index] = flags;
  if (truncates) model_resize(t, f, 0);
}

static void do_close(struct thread *t, struct file *f) {
  int index = any_fd(t, f);
  if (index < 0) return;
  note(t, f, 0, 0, "close %d (%s)", index, flags_text(f->flags[index]));
  int last = 1;
  for (int i = 0; i < FDS; i++) last &= i == index || f->fds[i] < 0;
  if (!f->named && last) return; /* would be the end of it */
  close_one(t, f, index);
}

static void do_close_all(struct thread *t, struct file *f) {
  if (!f->named) return;
  note(t, f, 0, 0, "close all");
  close_all(t, f);
}

static int a_mapping(struct thread *t, struct file *f, int writable) {
  int first = below(t, MAPS);
  for (int i = 0; i < MAPS; i++) {
    int index = (first + i) % MAPS;
    struct map *m = &f->maps[index];
    if (m->at && m->from < f->size && (m->writable || !writable) && chance(t, 70)) return index;
  }
  int fd = a_descriptor(t, f, writable ? O_RDWR : O_RDONLY, O_DIRECT);
  if (fd < 0 || (writable && (f->flags[fd] & O_ACCMODE) != O_RDWR)) return -1;
  if (f->maps[first].at) unmap_one(f, first);
  long from = chance(t, 50) ? 0 : below(t, f->size) / PAGE * PAGE;
  long length = chance(t, 50) ? room - from : some_length(t);
  void *at = mmap(NULL, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
                  f->fds[fd], from);
  if (at == MAP_FAILED) {
    failed(t, f, "mmap");
    return -1;
  }
  f->maps[first] = (struct map){at, from, length, writable};
  return first;
}

/* Chooses a range that is both in the mapping and in the file. */
static void range_in(struct thread *t, struct file *f, struct map *m, long *at, long *length) {
  long bound = smaller(m->length, f->size - m->from);
  *at = m->from + smaller(offset_in(t, bound), bound - 1);
  *length = smaller(some_length(t), m->from + bound - *at);
}

static void do_map_read(struct thread *t, struct file *f) {
  int index = f->size == 0 ? -1 : a_mapping(t, f, 0);
  if (index < 0) return;
  struct map *m = &f->maps[index];
  long at, length;
  range_in(t, f, m, &at, &length);
  note(t, f, at, at + length, "read %ld bytes at %ld by mapping %d, from %ld to %ld", length, at,
       index, m->from, m->from + m->length);
  if (touch(t->buffer, m->at + (at - m->from), length) < 0) {
    failed(t, f, "reading a mapping");
    return;
  }
  compare(t, f, at, t->buffer, length, "read from a mapping");
}

static void do_map_write(struct thread *t, struct file *f) {
  int index = f->size == 0 ? -1 : a_mapping(t, f, 1);
  if (index < 0) return;
  struct map *m = &f->maps[index];
  long at, length;
  range_in(t, f, m, &at, &length);
  const char *what = fill(t, at, length);
  /* What the kernel writes back, and when, could not be told after a crash. */
  int syncs = killing || chance(t, 35);
  note(t, f, at, at + length, "write %ld bytes (%s) at %ld by mapping %d, from %ld to %ld%s",
       length, what, at, index, m->from, m->from + m->length, syncs ? ", and sync it" : "");
  if (touch(m->at + (at - m->from), t->buffer, length) < 0) failed(t, f, "writing to a mapping");
  model_write(t, f, at, t->buffer, length);
  f->map_dirty = 1;
  if (syncs && !t->dead) {
    long first = at / PAGE * PAGE;
    if (msync(m->at + (first - m->from), at + length - first, MS_SYNC) < 0) failed(t, f, "msync");
  }
  if (killing && !t->dead) {
    int fd = a_descriptor(t, f, O_WRONLY, 0);
    if (fd >= 0 && fsync(f->fds[fd]) < 0) failed(t, f, "fsync");
    if (!t->dead) safe(f);
  }
  if (chance(t, 20)) unmap_one(f, index);
}

static void create(struct thread *t, struct file *f) {
  int fd = open(f->path, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (fd < 0) {
    failed(t, f, "open to create");
    return;
  }
  f->named = 1;
  f->modified = 0;
  f->map_dirty = 0;
  memset(f->model, 0, room);
  f->size = 0;
  safe(f);
  close(fd);
}

/* The file loses its name, and goes on for as long as it is open, or another takes its place. */
static void do_remove(struct thread *t, struct file *f) {
  if (killing) return;
  int was_named = f->named;
  note(t, f, 0, room, was_named ? "remove" : "close the one without a name, and make another");
  if (was_named) {
    if (libfuse || any_fd(t, f) < 0) {
      close_all(t, f);
    }
    if (unlink(f->path) < 0) failed(t, f, "unlink");
    f->named = 0;
  }
  if (!was_named || any_fd(t, f) < 0) {
    close_all(t, f);
    create(t, f);
  }
}

/* Everything anew, in one go, as cp does it. */
static void do_stream(struct thread *t, struct file *f, long size, int all_new) {
  if (!f->named) return;
  if (chance(t, 70)) close_all(t, f);
  long piece = PAGE * (1 + below(t, 300));
  note(t, f, 0, larger(size, f->size), "write %ld bytes in one go, in pieces of %ld, size %ld", size,
       piece, f->size);
  int fd = open(f->path, O_WRONLY | O_TRUNC);
  if (fd < 0) {
    failed(t, f, "open to cut");
    return;
  }
  model_resize(t, f, 0);
  for (long at = 0; at < size; at += piece) {
    long length = smaller(piece, size - at);
    if (all_new) {
      for (long i = 0; i < length; i += 8) {
        uint64_t word = (seed & 0xffff) << 48 | (uint64_t)t->operation << 24 | (at + i) / 8;
        memcpy(t->buffer + i, &word, 8);
      }
    } else {
      fill(t, at, length);
    }
    if (write(fd, t->buffer, length) != length) {
      failed(t, f, "write");
      break;
    }
    model_write(t, f, at, t->buffer, length);
  }
  if (close(fd) < 0) failed(t, f, "close");
  if (!t->dead) {
    safe(f);
    check_attributes(t, f, 0);
  }
}

/* Compares all of a file by a descriptor of its own. */
static void check_all(struct thread *t, struct file *f) {
  if (!f->named) return;
  int fd = open(f->path, O_RDONLY);
  if (fd < 0) {
    failed(t, f, "open");
    return;
  }
  if (chance(t, 50)) posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  scan(t, f, fd, 1 << 20, "looking at all of it");
  close(fd);
  if (!t->dead) check_attributes(t, f, 0);
}

static const struct {
  void (*run)(struct thread *, struct file *);
  int weight;
} operations[] = {{do_read, 20},    {do_write, 20},    {do_map_read, 8}, {do_map_write, 9},
                  {do_truncate, 6}, {do_allocate, 12}, {do_copy, 8},     {do_seek, 4},
                  {do_sync, 4},     {do_open, 7},      {do_close, 5},    {do_close_all, 2},
                  {do_scan, 1},     {do_drop_cache, 8}, {do_remove, 1}};

static void operate(struct thread *t) {
  t->operation++;
  t->lines++;
  struct file *f = &t->files[chance(t, 25)];
  note(t, f, 0, 0, "nothing");
  if (chance(t, 1) && chance(t, 30) && !killing) {
    do_stream(t, f, offset_in(t, room), 0);
    return;
  }
  int total = 0;
  for (unsigned i = 0; i < sizeof operations / sizeof *operations; i++) {
    total += operations[i].weight;
  }
  int at = below(t, total);
  for (unsigned i = 0;; i++) {
    at -= operations[i].weight;
    if (at < 0) {
      operations[i].run(t, f);
      break;
    }
  }
  if (chance(t, 10) && !t->dead && !stopping) check_attributes(t, f, 0);
  if (killing && f->undo_count > 40 && !t->dead) do_sync(t, f);
  if (killing && f->undo_count > 60 && !t->dead) close_all(t, f);
}

/* Orders. */

static void each_file(struct thread *t, void (*what)(struct thread *, struct file *)) {
  for (int i = 0; i < 2 && !stopping && !t->dead; i++) what(t, &t->files[i]);
}

/* What is done in a part does not depend on how often the files were looked at before. */
static void begin_part(struct thread *t) {
  t->random = (seed * MAX_THREADS + t->number) * 1000 + t->parts++;
}

static void *run(void *argument) {
  struct thread *t = argument;
  begin_part(t);
  for (long i = 0; i < t->count && !stopping && !t->dead; i++) operate(t);
  each_file(t, check_all);
  return NULL;
}

static void *endure(void *argument) {
  struct thread *t = argument;
  begin_part(t);
  for (long i = 0; (!t->dead) && !stopping; i++) {
    if (i == t->count) sem_post(&enduring);
    operate(t);
  }
  if (stopping) sem_post(&enduring); /* whoever waits need not any more */
  return NULL;
}

static void *stream(void *argument) {
  struct thread *t = argument;
  t->operation++;
  t->lines++;
  do_stream(t, &t->files[0], room - 777, 1);
  return NULL;
}

static void *open_to_read(void *argument) {
  struct thread *t = argument;
  struct file *f = &t->files[0];
  t->lines++;
  note(t, f, 0, f->size, "open for reading as 0, and scan");
  if (f->fds[0] >= 0) close_one(t, f, 0);
  if (open_one(t, f, 0, O_RDONLY) == 0) scan(t, f, f->fds[0], 1 << 20, "scan");
  return NULL;
}

static void *close_everything(void *argument) {
  struct thread *t = argument;
  t->lines++;
  note(t, &t->files[0], 0, 0, "close everything");
  for (int i = 0; i < 2; i++) {
    struct file *f = &t->files[i];
    close_all(t, f);
    if (!f->named) create(t, f);
  }
  each_file(t, check_all);
  each_file(t, check_blocks);
  return NULL;
}

/* Finds the file as it was at some time since it was safe. */
static void find_state(struct thread *t, struct file *f) {
  f->modified = 0;
  f->map_dirty = 0;
  for (int i = 0; i < MAPS; i++) {
    if (f->maps[i].at) unmap_one(f, i);
  }
  for (int i = 0; i < FDS; i++) {
    if (f->fds[i] >= 0) close(f->fds[i]);
    f->fds[i] = -1;
  }
  int fd = open(f->path, O_RDONLY);
  if (fd < 0) {
    failed(t, f, "open");
    return;
  }
  long size = 0;
  ssize_t result;
  while ((result = pread(fd, t->buffer + size, room + 1 - size, size)) > 0) size += result;
  if (result < 0) failed(t, f, "pread");
  close(fd);
  while (size != f->size || memcmp(t->buffer, f->model, size) != 0) {
    if (f->undo_count == 0) {
      if (size != f->size) {
        wrong(t, f, 0, 0, "after the crash it has %ld bytes, and is in no state that is allowed",
              size);
      } else {
        compare(t, f, 0, t->buffer, size, "after the crash, the oldest state that is allowed:");
      }
      return;
    }
    undo_one(f);
  }
  safe(f);
}

static void *recover(void *argument) {
  struct thread *t = argument;
  t->dead = 0;
  t->lines++;
  note(t, &t->files[0], 0, 0, "killed, and mounted again");
  each_file(t, find_state);
  each_file(t, check_blocks);
  return NULL;
}

static void all_threads(void *(*what)(void *), long count) {
  for (int i = 0; i < thread_count; i++) {
    threads[i].count = count;
    if (pthread_create(&threads[i].id, NULL, what, &threads[i]) != 0) exit(2);
  }
}

static void join(void) {
  for (int i = 0; i < thread_count; i++) pthread_join(threads[i].id, NULL);
}

static void answer(void) {
  if (report[0]) {
    for (char *c = report; *c; c++) {
      if (*c == '\n') *c = '\v';
    }
    puts(report);
    fflush(stdout);
    exit(1);
  } else {
    puts("ok");
  }
  fflush(stdout);
}

static void together(void *(*what)(void *), long count) {
  all_threads(what, count);
  join();
  answer();
}

static void *memory(long size) {
  void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) exit(2);
  return at;
}

static void prepare(struct thread *t, int number) {
  t->number = number;
  t->buffer = memory(room + block + 2 * PAGE);
  for (int i = 0; i < 2; i++) {
    struct file *f = &t->files[i];
    f->name = "AB"[i];
    snprintf(f->path, sizeof f->path, "%s/%d%c", directory, number, f->name);
    f->model = memory(room + block + PAGE);
    for (int k = 0; k < FDS; k++) f->fds[k] = -1;
    create(t, f);
  }
}

int main(int count, char **arguments) {
  if (count < 6) return 2;
  directory = arguments[1];
  seed = strtoull(arguments[2], NULL, 10);
  thread_count = smaller(atoi(arguments[3]), MAX_THREADS);
  block = atol(arguments[4]);
  room = atol(arguments[5]);
  for (int i = 6; i < count; i++) {
    killing |= strcmp(arguments[i], "kill") == 0;
    libfuse |= strcmp(arguments[i], "libfuse") == 0;
    local |= strcmp(arguments[i], "local") == 0;
  }
  struct sigaction action = {.sa_handler = bus_error};
  sigaction(SIGBUS, &action, NULL);
  sem_init(&enduring, 0, 0);
  threads = memory(thread_count * sizeof *threads);
  for (int i = 0; i < thread_count; i++) prepare(&threads[i], i);
  char line[100], order[20];
  while (fgets(line, sizeof line, stdin)) {
    long number = 0;
    if (sscanf(line, "%19s %ld", order, &number) < 1) return 2;
    if (strcmp(order, "run") == 0) {
      together(run, number);
    } else if (strcmp(order, "stream") == 0) {
      together(stream, 0);
    } else if (strcmp(order, "read") == 0) {
      together(open_to_read, 0);
    } else if (strcmp(order, "close") == 0) {
      together(close_everything, 0);
    } else if (strcmp(order, "endure") == 0) {
      dying = 1;
      all_threads(endure, number);
      for (int i = 0; i < thread_count; i++) sem_wait(&enduring);
      answer();
    } else if (strcmp(order, "recover") == 0) {
      if (dying) join();
      dying = 0;
      together(recover, 0);
    } else {
      return 2;
    }
  }
  return 0;
}
