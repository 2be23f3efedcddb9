// Loaded before the C library, this makes one call fail that changes the files of a folder: the one numbered FAULT_AT,
// and all after it if FAULT_LASTS is set. The failed call and, at the end, the number of calls are written to FAULT_LOG.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int n_calls;

static void record(const char *what, const char *path, int number) {
    const char *log = getenv("FAULT_LOG");
    if (!log) return;
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s %d %s\n", what, number, path);
    long fd = syscall(SYS_openat, AT_FDCWD, log, O_CREAT | O_WRONLY | O_APPEND, 0600);
    syscall(SYS_write, fd, line, length);
    syscall(SYS_close, fd);
}

static int path_fails(const char *what, const char *path) {
    const char *folder = getenv("FAULT_FOLDER"), *at = getenv("FAULT_AT");
    if (!folder || !at || strncmp(path, folder, strlen(folder)) != 0) return 0;
    int number = __atomic_add_fetch(&n_calls, 1, __ATOMIC_SEQ_CST);
    if (number != atoi(at) && !(getenv("FAULT_LASTS") && number > atoi(at))) return 0;
    if (number == atoi(at)) record(what, path, number);
    errno = atoi(getenv("FAULT_ERRNO"));
    return 1;
}

static int fd_fails(const char *what, int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return path_fails(what, path);
}

__attribute__((destructor)) static void finish(void) {
    record("calls", "", n_calls);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *from, size_t n) { return fd_fails("write", fd) ? -1 : NEXT(write)(fd, from, n); }
ssize_t writev(int fd, const struct iovec *v, int n) { return fd_fails("write", fd) ? -1 : NEXT(writev)(fd, v, n); }
ssize_t pwrite(int fd, const void *from, size_t n, off_t at) {
    return fd_fails("write", fd) ? -1 : NEXT(pwrite)(fd, from, n, at);
}
ssize_t pwrite64(int fd, const void *from, size_t n, off64_t at) {
    return fd_fails("write", fd) ? -1 : NEXT(pwrite64)(fd, from, n, at);
}
int fsync(int fd) { return fd_fails("sync", fd) ? -1 : NEXT(fsync)(fd); }
int fdatasync(int fd) { return fd_fails("sync", fd) ? -1 : NEXT(fdatasync)(fd); }
int ftruncate(int fd, off_t n) { return fd_fails("truncate", fd) ? -1 : NEXT(ftruncate)(fd, n); }
int ftruncate64(int fd, off64_t n) { return fd_fails("truncate", fd) ? -1 : NEXT(ftruncate64)(fd, n); }
int rename(const char *from, const char *to) { return path_fails("rename", to) ? -1 : NEXT(rename)(from, to); }
int unlink(const char *path) { return path_fails("unlink", path) ? -1 : NEXT(unlink)(path); }
int mkdir(const char *path, mode_t mode) {
    return path_fails("mkdir", path) ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

#define OPEN(name)                                                          \
    int name(const char *path, int flags, ...) {                            \
        va_list rest;                                                       \
        va_start(rest, flags);                                              \
        mode_t mode = (flags & O_CREAT) ? va_arg(rest, mode_t) : 0;         \
        va_end(rest);                                                       \
        if ((flags & O_CREAT) && path_fails("create", path)) return -1;     \
        return NEXT(name)(path, flags, mode);                               \
    }
OPEN(open)
OPEN(open64)
