/*
 * Does system calls that it reads from its standard input, one to a line, in the directory that is
 * its argument, and answers each with a line: "ok" and the results, or the name of the error.
 *
 * Words are separated by single blanks. A byte is written as % and two hex digits where it could be
 * mistaken; a lone % is the empty word. Descriptors are numbers that the caller chooses. What
 * differs between file systems without meaning anything is left out of the answers: inode numbers
 * are shown as groups of names that are the same file, the present time as "now".
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/falloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define MAX_WORDS 16
#define MAX_SLOTS 64
#define MAX_NODES 4096
#define DAY 86400
#define VALUE_ROOM (128 << 10)

static int slots[MAX_SLOTS];
static DIR *streams[MAX_SLOTS];

/* The answer. */

static char *answer;
static size_t answer_length, answer_room;

static void say(const char *format, ...) {
  for (;;) {
    va_list arguments;
    va_start(arguments, format);
    size_t room = answer_room - answer_length;
    int length = vsnprintf(answer ? answer + answer_length : NULL, room, format, arguments);
    va_end(arguments);
    if ((size_t)length < room) {
      answer_length += length;
      return;
    }
    answer_room = 2 * answer_room + length + 1024;
    answer = realloc(answer, answer_room);
  }
}

static void say_bytes(const char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    unsigned char c = bytes[i];
    if (c > ' ' && c < 0x7f && c != '%') {
      say("%c", c);
    } else {
      say("%%%02X", c);
    }
  }
}

static void say_text(const char *text) { say_bytes(text, strlen(text)); }

static void say_error(int error) {
  const char *name = strerrorname_np(error);
  answer_length = 0;
  say("%s", name ? name : "unknown");
}

/* Returns whether a call went well; the answer is the error otherwise. */
static int done(long result) {
  if (result < 0) {
    say_error(errno);
    return 0;
  }
  say("ok");
  return 1;
}

static void fail(const char *what) {
  fprintf(stderr, "syscalls: %s\n", what);
  exit(2);
}

/* The request. */

static char *words[MAX_WORDS + 1];
static size_t lengths[MAX_WORDS + 1];
static int count;

static char *word(int index) {
  if (index >= count) fail("too few words");
  return words[index];
}

static int has(int index) { return index < count; }

static void decode(int index) {
  char *from = words[index], *to = from;
  if (strcmp(from, "%") == 0) from++;
  while (*from) {
    unsigned byte;
    if (*from == '%') {
      if (sscanf(from + 1, "%2x", &byte) != 1) fail("bad escape");
      *to++ = (char)byte;
      from += 3;
    } else {
      *to++ = *from++;
    }
  }
  *to = 0;
  lengths[index] = to - words[index];
}

static long long number(int index) { return strtoll(word(index), NULL, 10); }

static mode_t octal(int index) { return strtol(word(index), NULL, 8); }

static int slot(int index) {
  long long n = number(index);
  if (n < 0 || n >= MAX_SLOTS) fail("bad descriptor");
  return (int)n;
}

static int fd(int index) { return slots[slot(index)]; }

struct flag {
  const char *name;
  long value;
};

/* A word of flags is their names, joined by commas; "0" is none. */
static long flags(int index, const struct flag *known) {
  char copy[512];
  snprintf(copy, sizeof copy, "%s", word(index));
  long value = 0;
  for (char *rest = copy, *name; (name = strsep(&rest, ",")) != NULL;) {
    if (strcmp(name, "0") == 0) continue;
    const struct flag *f = known;
    while (f->name && strcmp(f->name, name) != 0) f++;
    if (!f->name) fail(name);
    value |= f->value;
  }
  return value;
}

static const struct flag OPEN[] = {
    {"RDONLY", O_RDONLY}, {"WRONLY", O_WRONLY}, {"RDWR", O_RDWR}, {"CREAT", O_CREAT},
    {"EXCL", O_EXCL}, {"TRUNC", O_TRUNC}, {"APPEND", O_APPEND}, {"DIRECTORY", O_DIRECTORY},
    {"NOFOLLOW", O_NOFOLLOW}, {"NONBLOCK", O_NONBLOCK}, {"TMPFILE", O_TMPFILE}, {"PATH", O_PATH},
    {"SYNC", O_SYNC}, {"DSYNC", O_DSYNC}, {"NOATIME", O_NOATIME}, {"ACCMODE", O_ACCMODE}, {NULL, 0}};
static const struct flag AT[] = {
    {"NOFOLLOW", AT_SYMLINK_NOFOLLOW}, {"FOLLOW", AT_SYMLINK_FOLLOW}, {"EMPTY", AT_EMPTY_PATH},
    {"EACCESS", AT_EACCESS}, {"BAD", 0x40000000}, {NULL, 0}};
static const struct flag RENAME[] = {
    {"NOREPLACE", 1}, {"EXCHANGE", 2}, {"WHITEOUT", 4}, {"BAD", 8}, {NULL, 0}};
static const struct flag XATTR[] = {
    {"CREATE", XATTR_CREATE}, {"REPLACE", XATTR_REPLACE}, {"BAD", 8}, {NULL, 0}};
static const struct flag TYPE[] = {
    {"file", S_IFREG}, {"fifo", S_IFIFO}, {"socket", S_IFSOCK}, {"char", S_IFCHR},
    {"block", S_IFBLK}, {"dir", S_IFDIR}, {"link", S_IFLNK}, {"bad", 0170000}, {NULL, 0}};
static const struct flag ACCESS[] = {
    {"R", R_OK}, {"W", W_OK}, {"X", X_OK}, {"F", F_OK}, {"BAD", 8}, {NULL, 0}};
static const struct flag WHENCE[] = {{"SET", SEEK_SET}, {"CUR", SEEK_CUR}, {"END", SEEK_END},
    {NULL, 0}};
static const struct flag FLOCK[] = {
    {"SH", LOCK_SH}, {"EX", LOCK_EX}, {"UN", LOCK_UN}, {"NB", LOCK_NB}, {NULL, 0}};
static const struct flag LOCK_COMMAND[] = {
    {"SETLK", F_SETLK}, {"SETLKW", F_SETLKW}, {"OFD_SETLK", F_OFD_SETLK},
    {"OFD_SETLKW", F_OFD_SETLKW}, {NULL, 0}};
static const struct flag LOCK_TYPE[] = {
    {"RD", F_RDLCK}, {"WR", F_WRLCK}, {"UN", F_UNLCK}, {NULL, 0}};

/* A time: "now", "omit", or seconds and nanoseconds with a point between. */
static struct timespec when(int index) {
  struct timespec t = {0, 0};
  const char *text = word(index);
  if (strcmp(text, "now") == 0) {
    t.tv_nsec = UTIME_NOW;
  } else if (strcmp(text, "omit") == 0) {
    t.tv_nsec = UTIME_OMIT;
  } else {
    char *point;
    t.tv_sec = strtoll(text, &point, 10);
    t.tv_nsec = *point == '.' ? strtol(point + 1, NULL, 10) : 0;
  }
  return t;
}

/* What is known of files. */

static char type_letter(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return '-';
    case S_IFDIR: return 'd';
    case S_IFLNK: return 'l';
    case S_IFIFO: return 'p';
    case S_IFSOCK: return 's';
    case S_IFCHR: return 'c';
    case S_IFBLK: return 'b';
    default: return '?';
  }
}

/* A file system chooses the size of a directory as it likes. */
static void say_attributes(const struct stat *s) {
  say(" %c%04o links=%lu owner=%u:%u", type_letter(s->st_mode), s->st_mode & 07777,
      (unsigned long)s->st_nlink, s->st_uid, s->st_gid);
  if (!S_ISDIR(s->st_mode)) say(" size=%lld", (long long)s->st_size);
  if (S_ISCHR(s->st_mode) || S_ISBLK(s->st_mode)) {
    say(" device=%u:%u", major(s->st_rdev), minor(s->st_rdev));
  }
}

static int is_recent(const struct timespec *t) {
  long long distance = (long long)t->tv_sec - time(NULL);
  return distance > -DAY && distance < DAY;
}

static void say_time(const char *name, const struct timespec *t) {
  if (is_recent(t)) {
    say(" %s=now", name);
  } else {
    say(" %s=%lld.%09ld", name, (long long)t->tv_sec, t->tv_nsec);
  }
}

static void say_stat(const struct stat *s) {
  say_attributes(s);
  say_time("atime", &s->st_atim);
  say_time("mtime", &s->st_mtim);
}

/* The whole tree below the directory, with what has changed since the last time. */

struct node {
  ino_t inode;
  struct timespec accessed, modified, changed;
};

static struct node before[MAX_NODES], nodes[MAX_NODES];
static char *paths[MAX_NODES];
static int nodes_before, node_count;

static int same_time(const struct timespec *a, const struct timespec *b) {
  return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/*
 * Without the time at which a symlink was read: the kernel remembers where it leads, and a file
 * system need not hear of the next reading.
 */
static void say_times(const struct node *now, int is_link) {
  const struct node *old = NULL;
  for (int i = 0; i < nodes_before && !old; i++) {
    if (before[i].inode == now->inode) old = &before[i];
  }
  say(" ");
  const struct {
    char letter;
    const struct timespec *t, *was;
  } all[] = {{'a', &now->accessed, old ? &old->accessed : NULL},
             {'m', &now->modified, old ? &old->modified : NULL},
             {'c', &now->changed, old ? &old->changed : NULL}};
  for (int i = is_link; i < 3; i++) {
    int changed = !all[i].was || !same_time(all[i].t, all[i].was);
    say("%c", changed ? all[i].letter : '-');
    if (!is_recent(all[i].t)) say("(%lld.%09ld)", (long long)all[i].t->tv_sec, all[i].t->tv_nsec);
  }
}

/* Root opens without leaving a trace. */
static void say_content(const char *path) {
  int file = open(path, O_RDONLY | O_NOATIME | O_NOFOLLOW);
  if (file < 0) {
    say(" unreadable:%s", strerrorname_np(errno));
    return;
  }
  uint64_t hash = 0xcbf29ce484222325u;
  static unsigned char buffer[65536];
  ssize_t length = read(file, buffer, sizeof buffer);
  for (ssize_t i = 0; i < length; i++) hash = (hash ^ buffer[i]) * 0x100000001b3u;
  say(" content=%zd:%08x", length, (unsigned)(hash ^ hash >> 32));
  close(file);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

static int is_ours(const char *name) { return strncmp(name, "user.unicache.", 14) == 0; }

/* The names, sorted, without those that UniCache adds to every file. */
static void say_names(char *list, ssize_t length, const char *path, int values) {
  char *names[1024];
  int total = 0;
  for (char *name = list; name < list + length && total < 1024; name += strlen(name) + 1) {
    if (!is_ours(name)) names[total++] = name;
  }
  qsort(names, total, sizeof *names, by_text);
  for (int i = 0; i < total; i++) {
    say(" ");
    say_text(names[i]);
    if (values) {
      static char value[VALUE_ROOM];
      ssize_t size = lgetxattr(path, names[i], value, sizeof value);
      say("=%zd:", size);
      if (size > 0 && size <= 128) say_bytes(value, size);
    }
  }
}

static void say_node(const char *path, const struct stat *s) {
  if (node_count == MAX_NODES) fail("too many files");
  struct node *node = &nodes[node_count];
  *node = (struct node){s->st_ino, s->st_atim, s->st_mtim, s->st_ctim};
  paths[node_count] = strdup(path);
  say(" | ");
  say_text(path);
  say_attributes(s);
  if (!S_ISDIR(s->st_mode)) {
    int first = 0;
    while (nodes[first].inode != s->st_ino) first++;
    if (first != node_count) {
      say(" is ");
      say_text(paths[first]);
    }
  }
  say_times(node, S_ISLNK(s->st_mode));
  node_count++;
  if (S_ISREG(s->st_mode)) say_content(path);
  static char names[VALUE_ROOM];
  ssize_t length = llistxattr(path, names, sizeof names);
  if (length > 0) say_names(names, length, path, 1);
}

static int not_dots(const struct dirent *entry) {
  return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static void walk(const char *path) {
  struct stat s;
  if (lstat(path, &s) < 0) {
    say(" | %s vanished", path);
    return;
  }
  say_node(path, &s);
  if (!S_ISDIR(s.st_mode)) return;
  int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOATIME);
  DIR *stream = directory < 0 ? NULL : fdopendir(directory);
  if (!stream) {
    say(" unlistable:%s", strerrorname_np(errno));
    return;
  }
  struct dirent **entries = NULL;
  int total = 0;
  for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
    if (not_dots(entry)) {
      entries = realloc(entries, (total + 1) * sizeof *entries);
      entries[total] = malloc(entry->d_reclen + sizeof **entries);
      memcpy(entries[total++], entry, entry->d_reclen);
    }
  }
  closedir(stream);
  if (total > 0) {
    qsort(entries, total, sizeof *entries, (int (*)(const void *, const void *))by_name);
  }
  for (int i = 0; i < total; i++) {
    char *child;
    if (asprintf(&child, "%s/%s", path, entries[i]->d_name) < 0) fail("memory");
    struct stat c;
    if (lstat(child, &c) == 0 && entries[i]->d_type != DT_UNKNOWN &&
        entries[i]->d_type != (c.st_mode & S_IFMT) >> 12) {
      say(" | %s listed as another type", child);
    }
    walk(child);
    free(child);
    free(entries[i]);
  }
  free(entries);
}

/* Who asks. Root stays the saved user, to come back. */

static uid_t user;
static gid_t group;
static gid_t more_groups[16];
static int more_count;

static void become(uid_t uid, gid_t gid, int groups, const gid_t *list) {
  if (setresuid(0, 0, 0) < 0 || setgroups(groups, list) < 0 || setresgid(gid, gid, 0) < 0 ||
      setresuid(uid, uid, 0) < 0) {
    fail("cannot change the user");
  }
  prctl(PR_SET_DUMPABLE, 1); /* so that /proc/self is the user's own */
}

static void do_as(void) {
  user = number(1);
  group = number(2);
  more_count = 0;
  for (int i = 3; i < count && more_count < 16; i++) more_groups[more_count++] = number(i);
  become(user, group, more_count, more_groups);
  say("ok");
}

/* Acts as a user who is not root, yet may change what belongs to others, and set-ID bits. */
static void do_able(void) {
  do_as();
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) < 0) fail("cannot ask for capabilities");
  data[0].effective = 1 << CAP_CHOWN | 1 << CAP_FOWNER | 1 << CAP_FSETID;
  if (syscall(SYS_capset, &header, data) < 0) fail("cannot take capabilities");
}

static void do_tree(void) {
  become(0, 0, 0, NULL);
  say("ok");
  node_count = 0;
  walk(".");
  memcpy(before, nodes, sizeof nodes);
  nodes_before = node_count;
  for (int i = 0; i < node_count; i++) free(paths[i]);
  become(user, group, more_count, more_groups);
}

/* The calls. */

static void do_open(void) {
  int opened = open(word(2), flags(3, OPEN), has(4) ? octal(4) : 0);
  if (done(opened)) slots[slot(1)] = opened;
}
static void do_close(void) {
  int result = close(fd(1));
  slots[slot(1)] = -1;
  done(result);
}
static void do_dup(void) {
  int made = dup(fd(2));
  if (done(made)) slots[slot(1)] = made;
}
static void do_read(void) {
  static char buffer[65536];
  ssize_t length = read(fd(1), buffer, number(2));
  if (done(length)) {
    say(" ");
    say_bytes(buffer, length);
  }
}
static void do_pread(void) {
  static char buffer[65536];
  ssize_t length = pread(fd(1), buffer, number(2), number(3));
  if (done(length)) {
    say(" ");
    say_bytes(buffer, length);
  }
}
static void do_write(void) {
  ssize_t length = write(fd(1), word(2), lengths[2]);
  if (done(length)) say(" %zd", length);
}
static void do_pwrite(void) {
  ssize_t length = pwrite(fd(1), word(2), lengths[2], number(3));
  if (done(length)) say(" %zd", length);
}
static void do_lseek(void) {
  off_t at = lseek(fd(1), number(2), flags(3, WHENCE));
  if (done(at)) say(" %lld", (long long)at);
}
/* Changes the flags of an open file. */
static void do_setfl(void) { done(fcntl(fd(1), F_SETFL, flags(2, OPEN))); }

/* Answers a file's handle, which outlives a mount. */
static void do_handle(void) {
  struct {
    struct file_handle head;
    unsigned char bytes[MAX_HANDLE_SZ];
  } h = {.head.handle_bytes = MAX_HANDLE_SZ};
  int mount;
  if (!done(name_to_handle_at(AT_FDCWD, word(1), &h.head, &mount, 0))) return;
  say(" %d:", h.head.handle_type);
  for (unsigned i = 0; i < h.head.handle_bytes; i++) say("%02x", h.bytes[i]);
}
/* Opens by handle, and answers the inode. */
static void do_openhandle(void) {
  struct {
    struct file_handle head;
    unsigned char bytes[MAX_HANDLE_SZ];
  } h = {.head.handle_bytes = 0};
  char *hex;
  h.head.handle_type = strtol(word(2), &hex, 10);
  for (hex++; hex[0] && hex[1]; hex += 2) {
    unsigned byte;
    sscanf(hex, "%2x", &byte);
    h.bytes[h.head.handle_bytes++] = byte;
  }
  int mount = open(".", O_RDONLY | O_DIRECTORY);
  int opened = open_by_handle_at(mount, &h.head, flags(3, OPEN));
  if (done(opened)) {
    struct stat s;
    fstat(opened, &s);
    say(" %llu", (unsigned long long)s.st_ino);
    slots[slot(1)] = opened;
  }
  close(mount);
}

static void do_fsync(void) { done(fsync(fd(1))); }
static void do_fstat(void) {
  struct stat s;
  if (done(fstat(fd(1), &s))) say_stat(&s);
}
static void do_stat(void) {
  struct stat s;
  if (done(stat(word(1), &s))) say_stat(&s);
}
static void do_lstat(void) {
  struct stat s;
  if (done(lstat(word(1), &s))) say_stat(&s);
}
static void do_born(void) {
  struct statx s;
  if (done(statx(AT_FDCWD, word(1), AT_SYMLINK_NOFOLLOW, STATX_BTIME, &s))) {
    say(" %s", s.stx_mask & STATX_BTIME ? "known" : "unknown");
  }
}
static void do_inode(void) {
  struct stat s;
  if (done(lstat(word(1), &s))) say(" %llu", (unsigned long long)s.st_ino);
}
static void do_mkdir(void) { done(mkdir(word(1), octal(2))); }
static void do_rmdir(void) { done(rmdir(word(1))); }
static void do_unlink(void) { done(unlink(word(1))); }
static void do_link(void) { done(link(word(1), word(2))); }
static void do_linkat(void) { done(linkat(AT_FDCWD, word(1), AT_FDCWD, word(2), flags(3, AT))); }
static void do_linkfd(void) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd(1));
  done(linkat(AT_FDCWD, path, AT_FDCWD, word(2), AT_SYMLINK_FOLLOW));
}
static void do_symlink(void) { done(symlink(word(1), word(2))); }
static void do_readlink(void) {
  static char target[8192];
  ssize_t length = readlink(word(1), target, has(2) ? (size_t)number(2) : sizeof target);
  if (done(length)) {
    say(" ");
    say_bytes(target, length);
  }
}
static void do_rename(void) { done(rename(word(1), word(2))); }
static void do_renameat2(void) {
  done(syscall(SYS_renameat2, AT_FDCWD, word(1), AT_FDCWD, word(2), (unsigned)flags(3, RENAME)));
}
static void do_mknod(void) {
  dev_t device = has(4) ? makedev(number(4), number(5)) : 0;
  done(mknod(word(1), flags(2, TYPE) | octal(3), device));
}
static void do_mkfifo(void) { done(mkfifo(word(1), octal(2))); }
static void do_chmod(void) { done(chmod(word(1), octal(2))); }
static void do_fchmod(void) { done(fchmod(fd(1), octal(2))); }
static void do_chown(void) { done(chown(word(1), number(2), number(3))); }
static void do_lchown(void) { done(lchown(word(1), number(2), number(3))); }
static void do_fchown(void) { done(fchown(fd(1), number(2), number(3))); }
static void do_truncate(void) { done(truncate(word(1), number(2))); }
static void do_ftruncate(void) { done(ftruncate(fd(1), number(2))); }
static void do_utimensat(void) {
  struct timespec times[] = {when(2), when(3)};
  done(utimensat(AT_FDCWD, word(1), times, has(4) ? flags(4, AT) : 0));
}
static void do_futimens(void) {
  struct timespec times[] = {when(2), when(3)};
  done(futimens(fd(1), times));
}
static void do_access(void) { done(access(word(1), flags(2, ACCESS))); }
static void do_faccessat(void) {
  done(syscall(SYS_faccessat2, AT_FDCWD, word(1), (int)flags(2, ACCESS), (int)flags(3, AT)));
}
static void do_fallocate(void) { done(fallocate(fd(1), number(2), number(3), number(4))); }
static void do_posix_fallocate(void) {
  int error = posix_fallocate(fd(1), number(2), number(3));
  if (error) {
    say_error(error);
  } else {
    say("ok");
  }
}
static void do_umask(void) {
  umask(octal(1));
  say("ok");
}
static void do_chdir(void) { done(chdir(word(1))); }

/* The file system is not told apart by sizes; but its limits and flags mean something. */
static void do_statvfs(void) {
  struct statvfs s;
  if (done(statvfs(word(1), &s))) {
    say(" names=%lu readonly=%d", s.f_namemax, (s.f_flag & ST_RDONLY) != 0);
    int sane = s.f_bsize > 0 && s.f_frsize > 0 && s.f_blocks >= s.f_bfree &&
               s.f_bfree >= s.f_bavail && s.f_files >= s.f_ffree;
    say(" sane=%d", sane);
  }
}

static void fill(char *value, int index) {
  /* "*N" is a value of N bytes. */
  memset(value, 'v', strtol(word(index) + 1, NULL, 10));
}
static void set_attribute(int (*set)(const char *, const char *, const void *, size_t, int)) {
  static char value[VALUE_ROOM];
  if (word(3)[0] == '*') {
    fill(value, 3);
    done(set(word(1), word(2), value, strtol(word(3) + 1, NULL, 10), flags(4, XATTR)));
  } else {
    done(set(word(1), word(2), word(3), lengths[3], flags(4, XATTR)));
  }
}
static void do_setxattr(void) { set_attribute(setxattr); }
static void do_lsetxattr(void) { set_attribute(lsetxattr); }
static void do_fsetxattr(void) {
  done(fsetxattr(fd(1), word(2), word(3), lengths[3], flags(4, XATTR)));
}
static void get_attribute(ssize_t (*get)(const char *, const char *, void *, size_t)) {
  static char value[VALUE_ROOM];
  ssize_t length = get(word(1), word(2), value, has(3) ? (size_t)number(3) : sizeof value);
  if (done(length)) {
    say(" %zd ", length);
    if (!has(3) || number(3) > 0) say_bytes(value, length > 128 ? 128 : length);
  }
}
static void do_getxattr(void) { get_attribute(getxattr); }
static void do_lgetxattr(void) { get_attribute(lgetxattr); }
static void do_fgetxattr(void) {
  static char value[VALUE_ROOM];
  ssize_t length = fgetxattr(fd(1), word(2), value, sizeof value);
  if (done(length)) {
    say(" ");
    say_bytes(value, length);
  }
}
static void do_llistxattr(void) {
  static char names[VALUE_ROOM];
  ssize_t length = llistxattr(word(1), names, has(2) ? (size_t)number(2) : sizeof names);
  if (done(length) && !has(2)) say_names(names, length, word(1), 0);
}
static void do_removexattr(void) { done(removexattr(word(1), word(2))); }
static void do_lremovexattr(void) { done(lremovexattr(word(1), word(2))); }

/* Directories that are being read. */

struct listed {
  uint64_t inode;
  int64_t next;
  unsigned short length;
  unsigned char type;
  char name[];
};

/* Reads what fits into so many bytes; answers names with the position behind each. */
static void do_getdents(void) {
  static char buffer[65536];
  long length = syscall(SYS_getdents64, fd(1), buffer, number(2));
  if (!done(length)) return;
  for (long at = 0; at < length;) {
    struct listed *entry = (struct listed *)(buffer + at);
    say(" ");
    say_text(entry->name);
    say("@%lld", (long long)entry->next);
    at += entry->length;
  }
}
static void do_opendir(void) {
  DIR *stream = opendir(word(2));
  if (done(stream ? 0 : -1)) streams[slot(1)] = stream;
}
static void do_readdir(void) {
  say("ok");
  for (long long i = 0; i < number(2); i++) {
    struct dirent *entry = readdir(streams[slot(1)]);
    if (!entry) return;
    say(" ");
    say_text(entry->d_name);
  }
}
static void do_telldir(void) { say("ok %ld", telldir(streams[slot(1)])); }
static void do_seekdir(void) {
  seekdir(streams[slot(1)], number(2));
  say("ok");
}
static void do_rewinddir(void) {
  rewinddir(streams[slot(1)]);
  say("ok");
}
static void do_closedir(void) {
  DIR *stream = streams[slot(1)];
  streams[slot(1)] = NULL;
  done(closedir(stream));
}

/* Locks. */

static void on_alarm(int signal) { (void)signal; }

/* Interrupts the next call that waits, after so many milliseconds. */
static void do_alarm(void) {
  struct itimerval timer = {{0, 0}, {number(1) / 1000, number(1) % 1000 * 1000}};
  done(setitimer(ITIMER_REAL, &timer, NULL));
}
static void do_flock(void) { done(flock(fd(1), flags(2, FLOCK))); }
static void do_fcntl(void) {
  struct flock lock = {.l_type = flags(3, LOCK_TYPE), .l_whence = SEEK_SET,
                       .l_start = number(4), .l_len = number(5)};
  done(fcntl(fd(1), flags(2, LOCK_COMMAND), &lock));
}
/* Answers what stands in the way of a lock. */
static void do_getlk(void) {
  struct flock lock = {.l_type = flags(2, LOCK_TYPE), .l_whence = SEEK_SET,
                       .l_start = number(3), .l_len = number(4)};
  if (!done(fcntl(fd(1), F_GETLK, &lock))) return;
  if (lock.l_type == F_UNLCK) {
    say(" free");
  } else {
    say(" %s %lld %lld", lock.l_type == F_RDLCK ? "RD" : "WR", (long long)lock.l_start,
        (long long)lock.l_len);
  }
}
/* Answers a clock that all processes share, in nanoseconds. */
static void do_clock(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  say("ok %lld", (long long)t.tv_sec * 1000000000 + t.tv_nsec);
}

static void do_fsize(void) {
  struct rlimit limit = {number(1) < 0 ? RLIM_INFINITY : (rlim_t)number(1), RLIM_INFINITY};
  done(setrlimit(RLIMIT_FSIZE, &limit));
}

/* Starts anew in another directory, as root. */
static void do_reset(void) {
  user = group = more_count = 0;
  become(0, 0, 0, NULL);
  umask(0);
  setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
  for (int i = 0; i < MAX_SLOTS; i++) {
    if (slots[i] >= 0) close(slots[i]);
    slots[i] = -1;
    if (streams[i]) closedir(streams[i]);
    streams[i] = NULL;
  }
  nodes_before = 0;
  done(chdir(word(1)));
}

/* Whether each call waits until it can have another time than the one before. */
static int paced;

static void do_pace(void) {
  paced = number(1);
  say("ok");
}

static const struct {
  const char *name;
  void (*run)(void);
} CALLS[] = {
    {"reset", do_reset}, {"pace", do_pace},
    {"as", do_as}, {"able", do_able}, {"tree", do_tree}, {"open", do_open}, {"close", do_close}, {"dup", do_dup},
    {"read", do_read}, {"pread", do_pread}, {"write", do_write}, {"pwrite", do_pwrite},
    {"lseek", do_lseek}, {"setfl", do_setfl}, {"handle", do_handle},
    {"openhandle", do_openhandle}, {"fsync", do_fsync}, {"fstat", do_fstat}, {"stat", do_stat},
    {"lstat", do_lstat}, {"born", do_born}, {"inode", do_inode}, {"mkdir", do_mkdir},
    {"rmdir", do_rmdir}, {"unlink", do_unlink}, {"link", do_link}, {"linkat", do_linkat},
    {"linkfd", do_linkfd}, {"symlink", do_symlink}, {"readlink", do_readlink},
    {"rename", do_rename}, {"renameat2", do_renameat2}, {"mknod", do_mknod},
    {"mkfifo", do_mkfifo}, {"chmod", do_chmod}, {"fchmod", do_fchmod}, {"chown", do_chown},
    {"lchown", do_lchown}, {"fchown", do_fchown}, {"truncate", do_truncate},
    {"ftruncate", do_ftruncate}, {"utimensat", do_utimensat}, {"futimens", do_futimens},
    {"access", do_access}, {"faccessat", do_faccessat}, {"fallocate", do_fallocate},
    {"posix_fallocate", do_posix_fallocate}, {"umask", do_umask}, {"chdir", do_chdir},
    {"statvfs", do_statvfs}, {"setxattr", do_setxattr}, {"lsetxattr", do_lsetxattr},
    {"fsetxattr", do_fsetxattr}, {"getxattr", do_getxattr}, {"lgetxattr", do_lgetxattr},
    {"fgetxattr", do_fgetxattr}, {"llistxattr", do_llistxattr},
    {"removexattr", do_removexattr}, {"lremovexattr", do_lremovexattr},
    {"getdents", do_getdents}, {"opendir", do_opendir}, {"readdir", do_readdir},
    {"telldir", do_telldir}, {"seekdir", do_seekdir}, {"rewinddir", do_rewinddir},
    {"closedir", do_closedir}, {"alarm", do_alarm}, {"flock", do_flock}, {"fcntl", do_fcntl},
    {"getlk", do_getlk}, {"clock", do_clock}, {"fsize", do_fsize}, {NULL, NULL}};

static void serve(char *line) {
  count = 0;
  for (char *rest = line, *next; (next = strsep(&rest, " ")) != NULL;) {
    if (count == MAX_WORDS) fail("too many words");
    words[count++] = next;
  }
  for (int i = 0; i < count; i++) decode(i);
  for (int i = 0; CALLS[i].name; i++) {
    if (strcmp(CALLS[i].name, words[0]) == 0) {
      answer_length = 0;
      CALLS[i].run();
      return;
    }
  }
  fail(words[0]);
}

/* Waits until the clock that the kernel takes file times from has moved on. */
static void next_tick(void) {
  struct timespec start, now, pause = {0, 500000};
  clock_gettime(CLOCK_REALTIME_COARSE, &start);
  do {
    nanosleep(&pause, NULL);
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
  } while (same_time(&start, &now));
}

int main(int total, char **arguments) {
  if (total != 2 || chdir(arguments[1]) < 0) fail("needs a directory");
  for (int i = 0; i < MAX_SLOTS; i++) slots[i] = -1;
  umask(0);
  signal(SIGXFSZ, SIG_IGN);
  struct sigaction action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &action, NULL);
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  while ((length = getline(&line, &room, stdin)) > 0) {
    line[length - 1] = 0;
    if (paced && strcmp(line, "tree") != 0) next_tick();
    serve(line);
    puts(answer);
    fflush(stdout);
  }
  return 0;
}
