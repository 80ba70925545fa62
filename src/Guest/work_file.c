#include "work_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "wire.h"

enum { PROC_MAGIC = 0x9fa0, SYSFS_MAGIC = 0x62656572 };

static uint8_t type_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG: return 1;
    case S_IFDIR: return 2;
    case S_IFLNK: return 3;
    case S_IFIFO: return 4;
    case S_IFSOCK: return 5;
    case S_IFCHR: return 6;
    default: return 7;
    }
}

void entry_put(uint8_t entry[ENTRY_SIZE], const struct stat *info)
{
    memset(entry, 0, ENTRY_SIZE);
    entry[0] = type_of(info->st_mode);
    put16(entry + 2, info->st_mode & 07777);
    put32(entry + 4, info->st_uid);
    put32(entry + 8, info->st_gid);
    put32(entry + 12, (uint32_t)info->st_nlink);
    put64(entry + 16, (uint64_t)info->st_size);
    put64(entry + 24, (uint64_t)info->st_mtim.tv_sec);
    put32(entry + 32, (uint32_t)info->st_mtim.tv_nsec);
    put32(entry + 36, (uint32_t)info->st_ctim.tv_nsec);
    put64(entry + 40, (uint64_t)info->st_ctim.tv_sec);
    put64(entry + 48, info->st_ino);
    put64(entry + 56, info->st_dev);
}

void request_path(const struct work *work, size_t from, size_t length, char path[PATH_LENGTH_MAX + 1])
{
    if (from > work->request_length || length > work->request_length - from)
        work_fail(work, WORK_BAD_REQUEST, "the request is cut short");
    if (length > PATH_LENGTH_MAX)
        work_fail(work, ENAMETOOLONG, "");
    if (length == 0 || work->request[from] != '/' || memchr(work->request + from, 0, length) != NULL)
        work_fail(work, WORK_BAD_REQUEST, "a path is absolute, and has no NUL");
    memcpy(path, work->request + from, length);
    path[length] = 0;
}

_Noreturn void fail_to_make(const struct work *work, int error, const char *path)
{
    static char above[PATH_LENGTH_MAX + 1];
    const char *slash = strrchr(path, '/');
    if (error != ENOENT || slash == NULL || slash == path)
        work_fail(work, error, path);
    snprintf(above, sizeof above, "%.*s", (int)(slash - path), path);
    work_fail(work, error, above);
}

int open_regular(const struct work *work, const char *path, const char *named, int flags, struct stat *info)
{
    /* Opening a FIFO would be seen at its other end, so that what is known not to be a file is not opened; what it is then, the open file says. */
    if (lstat(path, info) == 0 && !S_ISREG(info->st_mode))
        work_fail(work, S_ISDIR(info->st_mode) ? EISDIR : S_ISLNK(info->st_mode) ? ELOOP : WORK_NOT_REGULAR, path);
    int file = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    struct statfs system;
    if (file < 0 && (flags & O_CREAT))
        fail_to_make(work, errno, named);
    if (file < 0 || fstat(file, info) != 0 || fstatfs(file, &system) != 0)
        work_fail(work, errno, named);
    if (!S_ISREG(info->st_mode) || system.f_type == PROC_MAGIC || system.f_type == SYSFS_MAGIC)
        work_fail(work, WORK_NOT_REGULAR, path);
    return file;
}

void make_parents(const struct work *work, char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        struct stat info;
        if (mkdir(path, 0755) != 0) {
            int error = errno;
            if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
                work_fail(work, error == EEXIST ? ENOTDIR : error, path);
        }
        *slash = '/';
    }
}

bool write_all(int file, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    while (length > 0) {
        ssize_t count = write(file, at, length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        at += count;
        length -= (size_t)count;
    }
    return true;
}

size_t receive_all(void *bytes, size_t length)
{
    size_t total = 0;
    while (total < length) {
        size_t count = work_receive((uint8_t *)bytes + total, length - total);
        if (count == 0)
            break;
        total += count;
    }
    return total;
}

void work_read(const struct work *work)
{
    char path[PATH_LENGTH_MAX + 1];
    request_path(work, 16, work->request_length < 16 ? 0 : work->request_length - 16, path);
    uint64_t offset = get64(work->request), left = get64(work->request + 8);
    struct stat info;
    int file = open_regular(work, path, path, O_RDONLY, &info);
    uint8_t entry[ENTRY_SIZE];
    entry_put(entry, &info);
    work_send(entry, sizeof entry);
    if (offset > INT64_MAX || lseek(file, (off_t)offset, SEEK_SET) < 0)
        return;
    static uint8_t bytes[COPY_STEP];
    while (left > 0) {
        ssize_t count = read(file, bytes, left < sizeof bytes ? (size_t)left : sizeof bytes);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            work_fail(work, errno, path);
        if (count == 0)
            return;
        work_send(bytes, (size_t)count);
        left -= (uint64_t)count;
    }
}
