/*
 * A disk and a clock that fail on command, put between a program and the C library with LD_PRELOAD.
 *
 * FAULTFS_ROOT     The directory that is watched. It exists; its files are opened by their names.
 * FAULTFS_LOG      Every change below the root is appended here, in the order in which it happened, so that
 *                  power_disk.py can build what a disk may hold after a loss of power at any moment.
 * FAULTFS_CONTROL  A file of 16 bytes that is mapped: a signed 64-bit number of seconds that is added to the wall
 *                  clock; then a byte that is not 0 while the disk is full.
 * FAULTFS_LIE      "sync": fsync and fdatasync succeed and do nothing, as on cheap disks. Shows that a test can fail.
 *
 * Syncs take half a millisecond and never reach the real disk: what survives is decided from the log. Everything that
 * could change a file behind the log's back is logged as unsupported, and fails the test that reads it. A mapped -shm
 * file is the exception: SQLite makes it anew.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum operation {
    CREATE = 1, EXISTING, WRITE, RESIZE, SYNC, SYNC_DIRECTORY, RENAME, UNLINK, MKDIR, RMDIR, SYNC_ALL, UNSUPPORTED
};

/* 40 bytes, little-endian, then the first path, the second, the data. */
struct record {
    uint32_t magic, operation, file, path_length, second_length, data_length;
    uint64_t offset, begin;
};

struct control {
    volatile int64_t clock_offset;
    volatile uint8_t full;
};

enum { MAX_FDS = 65536, MAX_FILES = 65536 };
struct descriptor {
    uint32_t file; /* 0: not watched. */
    uint8_t is_directory, is_synchronous, is_shared_memory;
    char *directory; /* Relative to the root. */
};

static struct descriptor descriptors[MAX_FDS];
static struct { dev_t device; ino_t inode; } files[MAX_FILES];
static uint32_t file_count = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length;
static int log_fd = -1, lies, ready;
static uint64_t log_position, full_refusals;
static struct control none, *control = &none;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("FAULTFS_CONTROL");
    if (path) {
        int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
        void *map = fd < 0 ? MAP_FAILED : (void *)syscall(SYS_mmap, NULL, 16, PROT_READ, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED) { perror("faultfs: FAULTFS_CONTROL"); _exit(127); }
        syscall(SYS_close, fd);
        control = map;
    }
    path = getenv("FAULTFS_LOG");
    if (path) {
        log_fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        if (log_fd < 0) { perror("faultfs: FAULTFS_LOG"); _exit(127); }
    }
    path = getenv("FAULTFS_ROOT");
    if (path) {
        if (!realpath(path, root)) { perror("faultfs: FAULTFS_ROOT"); _exit(127); }
        root_length = strlen(root);
    }
    path = getenv("FAULTFS_LIE");
    lies = path && !strcmp(path, "sync");
    ready = root_length > 0;
}

/* MARK: the log */

static void append(enum operation operation, uint32_t file, const char *path, const char *second, const void *data,
                   size_t length, uint64_t offset, uint64_t begin) {
    if (log_fd < 0) return;
    struct record record = {0x53464c46, operation, file, path ? strlen(path) : 0, second ? strlen(second) : 0, length,
                            offset, begin};
    struct iovec parts[] = {{&record, sizeof record}, {(void *)path, record.path_length},
                            {(void *)second, record.second_length}, {(void *)data, length}};
    size_t total = sizeof record + record.path_length + record.second_length + length;
    if (syscall(SYS_writev, log_fd, parts, 4) != (ssize_t)total) { perror("faultfs: the log"); _exit(127); }
    log_position += total;
}

static void unsupported(const char *what) { append(UNSUPPORTED, 0, what, NULL, NULL, 0, 0, 0); }

/* The path relative to the root in `result`, "" for the root itself; 0 if it lies elsewhere. */
static int below_root(int directory, const char *path, char *result) {
    if (!ready || !path || !*path) return 0;
    char joined[PATH_MAX], parent[PATH_MAX], resolved[PATH_MAX];
    if (path[0] != '/' && directory != AT_FDCWD) {
        char link[64], target[PATH_MAX];
        snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
        ssize_t length = readlink(link, target, sizeof target - 1);
        if (length < 0) return 0;
        target[length] = 0;
        if (snprintf(joined, sizeof joined, "%s/%s", target, path) >= (int)sizeof joined) return 0;
    } else if (snprintf(joined, sizeof joined, "%s", path) >= (int)sizeof joined) {
        return 0;
    }
    for (size_t end = strlen(joined); end > 1 && joined[end - 1] == '/'; end--) joined[end - 1] = 0;
    if (realpath(joined, resolved) && !strcmp(resolved, root)) { *result = 0; return 1; }
    char *slash = strrchr(joined, '/');
    const char *name = slash ? slash + 1 : joined;
    snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - joined) : 1, slash ? joined : ".");
    if (slash == joined) strcpy(parent, "/");
    if (!realpath(parent, resolved)) return 0;
    if (strncmp(resolved, root, root_length) || (resolved[root_length] && resolved[root_length] != '/')) return 0;
    const char *inner = resolved + root_length + (resolved[root_length] == '/');
    return snprintf(result, PATH_MAX, "%s%s%s", inner, *inner ? "/" : "", name) < PATH_MAX;
}

static struct descriptor *watched(int fd) {
    if (!ready || fd < 0 || fd >= MAX_FDS) return NULL;
    return descriptors[fd].file || descriptors[fd].is_directory ? &descriptors[fd] : NULL;
}

/* MARK: opening and closing */

static uint32_t number_of(const struct stat *status, int is_new) {
    for (uint32_t file = file_count - 1; !is_new && file > 0; file--)
        if (files[file].inode == status->st_ino && files[file].device == status->st_dev) return file;
    if (file_count == MAX_FILES) { unsupported("more files than faultfs can number"); return 0; }
    files[file_count].inode = status->st_ino;
    files[file_count].device = status->st_dev;
    return file_count++;
}

static void forget(int fd) {
    if (fd < 0 || fd >= MAX_FDS) return;
    free(descriptors[fd].directory);
    memset(&descriptors[fd], 0, sizeof descriptors[fd]);
}

static void opened(int fd, const char *path, int flags, int existed) {
    struct stat status;
    if (fd >= MAX_FDS || fstat(fd, &status)) { unsupported("a descriptor that faultfs cannot follow"); return; }
    forget(fd);
    struct descriptor *descriptor = &descriptors[fd];
    if (S_ISDIR(status.st_mode)) {
        descriptor->is_directory = 1;
        descriptor->directory = strdup(path);
        return;
    }
    uint32_t before = file_count;
    descriptor->file = number_of(&status, !existed);
    descriptor->is_synchronous = (flags & (O_SYNC | O_DSYNC)) != 0;
    size_t length = strlen(path);
    descriptor->is_shared_memory = length > 4 && !strcmp(path + length - 4, "-shm");
    if (!existed) append(CREATE, descriptor->file, path, NULL, NULL, 0, 0, 0);
    else if (descriptor->file >= before) append(EXISTING, descriptor->file, path, NULL, NULL, 0, 0, 0);
    if (existed && (flags & O_TRUNC)) append(RESIZE, descriptor->file, NULL, NULL, NULL, 0, 0, 0);
}

static int do_open(int directory, const char *path, int flags, mode_t mode) {
    char relative[PATH_MAX];
    if (!below_root(directory, path, relative)) {
        return syscall(SYS_openat, directory, path, flags, mode);
    }
    pthread_mutex_lock(&lock);
    struct stat status;
    int existed = !fstatat(directory, path, &status, 0), fd = -1;
    if ((flags & O_TMPFILE) == O_TMPFILE) unsupported("O_TMPFILE");
    if (!existed && (flags & O_CREAT) && control->full) errno = ENOSPC;
    else fd = syscall(SYS_openat, directory, path, flags, mode);
    if (fd >= 0) opened(fd, relative, flags, existed);
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return fd;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list list; \
        va_start(list, flags); \
        mode = va_arg(list, mode_t); \
        va_end(list); \
    }

int open(const char *path, int flags, ...) { MODE(flags) return do_open(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return do_open(AT_FDCWD, path, flags, mode); }
int openat(int in, const char *path, int flags, ...) { MODE(flags) return do_open(in, path, flags, mode); }
int openat64(int in, const char *path, int flags, ...) { MODE(flags) return do_open(in, path, flags, mode); }
int __open_2(const char *path, int flags) { return do_open(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return do_open(AT_FDCWD, path, flags, 0); }
int __openat_2(int directory, const char *path, int flags) { return do_open(directory, path, flags, 0); }
int __openat64_2(int directory, const char *path, int flags) { return do_open(directory, path, flags, 0); }
int creat(const char *path, mode_t mode) { return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int fd) {
    if (!watched(fd)) return syscall(SYS_close, fd);
    pthread_mutex_lock(&lock);
    forget(fd);
    int result = syscall(SYS_close, fd);
    pthread_mutex_unlock(&lock);
    return result;
}

static int duplicated(int from, int to) {
    if (to < 0 || to >= MAX_FDS || from == to) return to;
    pthread_mutex_lock(&lock);
    forget(to);
    if (watched(from)) {
        descriptors[to] = descriptors[from];
        if (descriptors[from].directory) descriptors[to].directory = strdup(descriptors[from].directory);
    }
    pthread_mutex_unlock(&lock);
    return to;
}
int dup(int fd) { return duplicated(fd, syscall(SYS_dup, fd)); }
int dup2(int fd, int to) {
    if (fd == to) return syscall(SYS_fcntl, fd, F_GETFD) < 0 ? -1 : to;
    return duplicated(fd, syscall(SYS_dup3, fd, to, 0));
}
int dup3(int fd, int to, int flags) { return duplicated(fd, syscall(SYS_dup3, fd, to, flags)); }

/* MARK: writing */

static ssize_t do_write(int fd, const struct iovec *parts, int count, off64_t offset, int is_positioned) {
    struct descriptor *descriptor = &descriptors[fd];
    pthread_mutex_lock(&lock);
    size_t length = 0;
    for (int i = 0; i < count; i++) length += parts[i].iov_len;
    struct stat status;
    fstat(fd, &status);
    if (syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND) offset = status.st_size;
    else if (!is_positioned) offset = lseek(fd, 0, SEEK_CUR);
    char *data = malloc(length + 1);
    size_t filled = 0;
    for (int i = 0; i < count; i++) {
        memcpy(data + filled, parts[i].iov_base, parts[i].iov_len);
        filled += parts[i].iov_len;
    }
    ssize_t written;
    if (control->full && offset + (off64_t)length > status.st_size) {
        /* As a file system does: what fits is written, every other time, and only the next call fails. */
        length = full_refusals++ % 2 ? length / 2 : 0;
    }
    if (filled > 0 && length == 0) {
        written = -1;
        errno = ENOSPC;
    } else {
        written = is_positioned ? syscall(SYS_pwrite64, fd, data, length, offset)
                                : syscall(SYS_write, fd, data, length);
    }
    int error = errno;
    if (written > 0) {
        append(WRITE, descriptor->file, NULL, NULL, data, written, offset, 0);
        if (descriptor->is_synchronous && !lies) append(SYNC, descriptor->file, NULL, NULL, NULL, 0, 0, log_position);
    }
    free(data);
    pthread_mutex_unlock(&lock);
    errno = error;
    return written;
}

ssize_t write(int fd, const void *data, size_t length) {
    if (!watched(fd)) return syscall(SYS_write, fd, data, length);
    struct iovec part = {(void *)data, length};
    return do_write(fd, &part, 1, 0, 0);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    return watched(fd) ? do_write(fd, parts, count, 0, 0) : syscall(SYS_writev, fd, parts, count);
}
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    if (!watched(fd)) return syscall(SYS_pwrite64, fd, data, length, offset);
    struct iovec part = {(void *)data, length};
    return do_write(fd, &part, 1, offset, 1);
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return pwrite64(fd, data, length, offset); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
    if (watched(fd)) return do_write(fd, parts, count, offset, 1);
    return syscall(SYS_pwritev, fd, parts, count, (long)offset, 0L);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    return pwritev64(fd, parts, count, offset);
}
ssize_t pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags) {
    if (watched(fd)) return flags ? (errno = EOPNOTSUPP, -1) : do_write(fd, parts, count, offset, offset != -1);
    return syscall(SYS_pwritev2, fd, parts, count, (long)offset, 0L, flags);
}
ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags) {
    return pwritev64v2(fd, parts, count, offset, flags);
}

static int resize(int fd, off64_t length, int only_grow, int keeps_size, int mode) {
    struct descriptor *descriptor = &descriptors[fd];
    pthread_mutex_lock(&lock);
    struct stat status;
    int result = fstat(fd, &status);
    if (!result && control->full && (length > status.st_size || keeps_size)) {
        result = -1;
        errno = ENOSPC;
    } else if (!result && only_grow && mode & ~FALLOC_FL_KEEP_SIZE) {
        unsupported("fallocate with a mode");
    } else if (!result && !(only_grow && length <= status.st_size) && !keeps_size) {
        result = syscall(SYS_ftruncate, fd, length);
        if (!result) append(RESIZE, descriptor->file, NULL, NULL, NULL, 0, length, 0);
    }
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
int ftruncate64(int fd, off64_t length) {
    return watched(fd) ? resize(fd, length, 0, 0, 0) : syscall(SYS_ftruncate, fd, length);
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }
int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
    if (!watched(fd)) return syscall(SYS_fallocate, fd, mode, offset, length);
    return resize(fd, offset + length, 1, (mode & FALLOC_FL_KEEP_SIZE) != 0, mode);
}
int fallocate(int fd, int mode, off_t offset, off_t length) { return fallocate64(fd, mode, offset, length); }
int posix_fallocate64(int fd, off64_t offset, off64_t length) { return fallocate64(fd, 0, offset, length) ? errno : 0; }
int posix_fallocate(int fd, off_t offset, off_t length) { return posix_fallocate64(fd, offset, length); }
int truncate64(const char *path, off64_t length) {
    int fd = do_open(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0) return -1;
    int result = ftruncate64(fd, length), error = errno;
    close(fd);
    errno = error;
    return result;
}
int truncate(const char *path, off_t length) { return truncate64(path, length); }

static int do_sync(int fd) {
    pthread_mutex_lock(&lock);
    uint64_t begin = log_position;
    /* Another thread may close it meanwhile. */
    uint32_t file = descriptors[fd].file;
    char *directory = descriptors[fd].directory ? strdup(descriptors[fd].directory) : NULL;
    pthread_mutex_unlock(&lock);
    struct timespec half_a_millisecond = {0, 500000};
    nanosleep(&half_a_millisecond, NULL);
    pthread_mutex_lock(&lock);
    if (directory && !lies) append(SYNC_DIRECTORY, 0, directory, NULL, NULL, 0, 0, begin);
    else if (file && !lies) append(SYNC, file, NULL, NULL, NULL, 0, 0, begin);
    pthread_mutex_unlock(&lock);
    free(directory);
    return 0;
}
int fsync(int fd) { return watched(fd) ? do_sync(fd) : syscall(SYS_fsync, fd); }
int fdatasync(int fd) { return watched(fd) ? do_sync(fd) : syscall(SYS_fdatasync, fd); }
void sync(void) {
    pthread_mutex_lock(&lock);
    if (!lies) append(SYNC_ALL, 0, NULL, NULL, NULL, 0, 0, log_position);
    pthread_mutex_unlock(&lock);
}
int syncfs(int fd) {
    if (!watched(fd)) return syscall(SYS_syncfs, fd);
    sync();
    return 0;
}
/* It writes without waiting for the disk's cache or the file's size, so nothing is promised. */
int sync_file_range(int fd, off64_t offset, off64_t count, unsigned int flags) {
    return watched(fd) ? 0 : syscall(SYS_sync_file_range, fd, offset, count, flags);
}

/* MARK: names */

static int do_rename(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
    char source[PATH_MAX], target[PATH_MAX];
    int source_inside = below_root(from_directory, from, source), target_inside = below_root(to_directory, to, target);
    pthread_mutex_lock(&lock);
    int result = syscall(SYS_renameat2, from_directory, from, to_directory, to, flags), error = errno;
    if (!result && source_inside && target_inside && !(flags & RENAME_EXCHANGE))
        append(RENAME, 0, source, target, NULL, 0, 0, 0);
    else if (!result && (source_inside || target_inside)) unsupported("rename across the root, or an exchange");
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
int rename(const char *from, const char *to) { return do_rename(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return do_rename(a, from, b, to, 0); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    return do_rename(a, from, b, to, flags);
}

static int do_unlink(int directory, const char *path, int flags) {
    char relative[PATH_MAX];
    int inside = below_root(directory, path, relative);
    pthread_mutex_lock(&lock);
    int result = syscall(SYS_unlinkat, directory, path, flags), error = errno;
    if (!result && inside) append(flags & AT_REMOVEDIR ? RMDIR : UNLINK, 0, relative, NULL, NULL, 0, 0, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
int unlink(const char *path) { return do_unlink(AT_FDCWD, path, 0); }
int unlinkat(int directory, const char *path, int flags) { return do_unlink(directory, path, flags); }
int rmdir(const char *path) { return do_unlink(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
    struct stat status;
    return do_unlink(AT_FDCWD, path, !lstat(path, &status) && S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0);
}

int mkdirat(int directory, const char *path, mode_t mode) {
    char relative[PATH_MAX];
    int inside = below_root(directory, path, relative);
    if (inside && control->full) {
        struct stat status;
        errno = fstatat(directory, path, &status, 0) ? ENOSPC : EEXIST;
        return -1;
    }
    pthread_mutex_lock(&lock);
    int result = syscall(SYS_mkdirat, directory, path, mode), error = errno;
    if (!result && inside) append(MKDIR, 0, relative, NULL, NULL, 0, 0, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

/* MARK: what the log cannot follow */

static void check_link(int a, const char *from, int b, const char *to) {
    char path[PATH_MAX];
    if (below_root(a, from, path) || below_root(b, to, path)) unsupported("a hard or symbolic link");
}
int linkat(int a, const char *from, int b, const char *to, int flags) {
    check_link(a, from, b, to);
    return syscall(SYS_linkat, a, from, b, to, flags);
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
ssize_t copy_file_range(int from, off64_t *a, int to, off64_t *b, size_t length, unsigned flags) {
    if (watched(to)) unsupported("copy_file_range");
    return syscall(SYS_copy_file_range, from, a, to, b, length, flags);
}
ssize_t sendfile64(int to, int from, off64_t *offset, size_t count) {
    if (watched(to)) unsupported("sendfile");
    return syscall(SYS_sendfile, to, from, offset, count);
}
ssize_t sendfile(int to, int from, off_t *offset, size_t count) { return sendfile64(to, from, offset, count); }
void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
    struct descriptor *descriptor = flags & MAP_ANONYMOUS ? NULL : watched(fd);
    if (descriptor && !descriptor->is_shared_memory && flags & MAP_SHARED && protection & PROT_WRITE)
        unsupported("a writable mapping");
    return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}
void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    return mmap64(address, length, protection, flags, fd, offset);
}

/* MARK: the clock */

static int is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

int clock_gettime(clockid_t clock, struct timespec *result) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next) next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int status = next(clock, result);
    if (!status && is_wall(clock)) result->tv_sec += control->clock_offset;
    return status;
}
int gettimeofday(struct timeval *restrict result, void *restrict zone) {
    (void)zone;
    struct timespec now;
    int status = clock_gettime(CLOCK_REALTIME, &now);
    if (!status) *result = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return status;
}
time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

/* Deadlines are on the shifted clock, and the kernel waits on its own. A monotonic one is much smaller than any wall
 * time of this century. */
static struct timespec real_deadline(const struct timespec *deadline) {
    struct timespec result = *deadline;
    int64_t offset = control->clock_offset;
    if (offset && result.tv_sec - offset > 1000000000) result.tv_sec -= offset;
    return result;
}
static void *next_of(const char *name, const char *version) {
    void *function = dlvsym(RTLD_NEXT, name, version);
    return function ? function : dlsym(RTLD_NEXT, name);
}
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict deadline) {
    static int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    /* The unversioned symbol would be a condition variable of another layout. */
    if (!next) next = next_of("pthread_cond_timedwait", "GLIBC_2.3.2");
    struct timespec real = real_deadline(deadline);
    return next(condition, mutex, &real);
}
int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline) {
    static int (*next)(sem_t *, const struct timespec *);
    if (!next) next = next_of("sem_timedwait", "GLIBC_2.34");
    struct timespec real = real_deadline(deadline);
    return next(semaphore, &real);
}
