/*
 * CHANGE: what is done to a path at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "wire.h"
#include "work_walk.h"

enum change { CHANGE_MAKE_DIRECTORY = 1, CHANGE_RENAME, CHANGE_COPY, CHANGE_REMOVE, CHANGE_MODE };
enum change_flags { CHANGE_PARENTS = 1, CHANGE_RECURSIVE = 2, CHANGE_MISSING_IS_FINE = 4, CHANGE_KEEP_EXISTING = 8 };
enum { HEADER = 10 };

static void answer(const struct work *work, const char *path)
{
    struct stat info;
    uint8_t entry[ENTRY_SIZE];
    if (lstat(path, &info) != 0)
        work_fail(work, errno, path);
    entry_put(entry, &info);
    work_answer(work, entry, sizeof entry);
}

/* ---- removing */

static enum walk_step remove_one(struct walk *walk, int directory, const char *name, const struct stat *info)
{
    if (S_ISDIR(info->st_mode))
        return WALK_DOWN;
    if (unlinkat(directory, name, 0) != 0 && errno != ENOENT)
        work_fail(walk->work, errno, walk->path);
    return WALK_PAST;
}

static bool remove_left(struct walk *walk, int directory, const char *name)
{
    if (unlinkat(directory, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        work_fail(walk->work, walk->cut && errno == ENOTEMPTY ? WORK_TOO_MANY : errno, walk->path);
    return true;
}

static void remove_path(const struct work *work, const char *path, uint16_t flags)
{
    struct stat info;
    if (lstat(path, &info) != 0) {
        if (errno == ENOENT && (flags & CHANGE_MISSING_IS_FINE))
            return;
        work_fail(work, errno, path);
    }
    if (S_ISDIR(info.st_mode) && (flags & CHANGE_RECURSIVE)) {
        struct walk walk = { .work = work, .depth = DEPTH_MAX, .enter = remove_one, .leave = remove_left };
        walk_below(&walk, open_directory(work, path));
    }
    if ((S_ISDIR(info.st_mode) ? rmdir(path) : unlink(path)) != 0)
        work_fail(work, errno, path);
}

/* ---- copying */

/* A file, in the place of what is there, as a copy of an open one. */
static void copy_file(const struct work *work, int from, const struct stat *info, int directory, const char *name, const char *path)
{
    static uint8_t bytes[COPY_STEP];
    if (unlinkat(directory, name, 0) != 0 && errno != ENOENT)
        work_fail(work, errno, path);
    int to = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (to < 0)
        fail_to_make(work, errno, path);
    ssize_t count;
    while ((count = read(from, bytes, sizeof bytes)) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 || !write_all(to, bytes, (size_t)count)) {
            int error = errno;
            unlinkat(directory, name, 0);
            work_fail(work, error, path);
        }
    }
    if (fchmod(to, info->st_mode & 07777) != 0)
        work_fail(work, errno, path);
    close(to);
    close(from);
}

static int opened_below(int directory, const char *name, struct stat *info)
{
    int file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file >= 0 && (fstat(file, info) != 0 || !S_ISREG(info->st_mode))) {
        close(file);
        errno = ENOENT;
        return -1;
    }
    return file;
}

static void copy_link(const struct work *work, int directory, const char *name, int to, const char *to_name, const char *path)
{
    char target[PATH_LENGTH_MAX + 1];
    ssize_t length = readlinkat(directory, name, target, PATH_LENGTH_MAX);
    if (length < 0)
        return;
    target[length] = 0;
    if ((unlinkat(to, to_name, 0) != 0 && errno != ENOENT) || symlinkat(target, to, to_name) != 0)
        fail_to_make(work, errno, path);
}

/* Devices, FIFOs and sockets are left out, as nothing of them can be copied. */
static enum walk_step copy_one(struct walk *walk, int directory, const char *name, const struct stat *info)
{
    int root = *(int *)walk->context;
    if (S_ISDIR(info->st_mode)) {
        if (mkdirat(root, walk->path, (info->st_mode & 0777) | 0700) != 0 && errno != EEXIST)
            work_fail(walk->work, errno, walk->path);
        return WALK_DOWN;
    }
    if (S_ISLNK(info->st_mode)) {
        copy_link(walk->work, directory, name, root, walk->path, walk->path);
    } else if (S_ISREG(info->st_mode)) {
        struct stat opened;
        int file = opened_below(directory, name, &opened);
        if (file < 0 && errno != ENOENT)
            work_fail(walk->work, errno, walk->path);
        if (file >= 0)
            copy_file(walk->work, file, &opened, root, walk->path, walk->path);
    }
    return WALK_PAST;
}

static void copy_path(const struct work *work, const char *from, const char *to, uint16_t flags)
{
    struct stat info;
    if (lstat(from, &info) != 0)
        work_fail(work, errno, from);
    if (S_ISDIR(info.st_mode)) {
        if (!(flags & CHANGE_RECURSIVE))
            work_fail(work, EISDIR, from);
        size_t length = strlen(from);
        if (strncmp(from, to, length) == 0 && (to[length] == '/' || to[length] == 0 || from[length - 1] == '/'))
            work_fail(work, EINVAL, to); /* Into itself. */
        if (mkdir(to, (info.st_mode & 0777) | 0700) != 0 && errno != EEXIST)
            fail_to_make(work, errno, to);
        int root = open_directory(work, to);
        struct walk walk = { .work = work, .depth = DEPTH_MAX, .enter = copy_one, .context = &root };
        walk_below(&walk, open_directory(work, from));
        if (walk.cut)
            work_fail(work, WORK_TOO_MANY, from);
    } else if (S_ISLNK(info.st_mode)) {
        copy_link(work, AT_FDCWD, from, AT_FDCWD, to, to);
    } else {
        struct stat there;
        int file = open_regular(work, from, from, O_RDONLY, &info);
        if (stat(to, &there) == 0 && there.st_dev == info.st_dev && there.st_ino == info.st_ino)
            work_fail(work, EINVAL, to);
        copy_file(work, file, &info, AT_FDCWD, to, to);
    }
}

static void rename_path(const struct work *work, const char *from, const char *to)
{
    struct stat info;
    if (rename(from, to) == 0)
        return;
    int error = errno;
    if (error == EACCES || error == EPERM || error == EBUSY || lstat(from, &info) != 0)
        work_fail(work, error, from);
    fail_to_make(work, error, to);
}

static void change_mode(const struct work *work, const char *path, uint32_t mode)
{
    /* A link's own mode means nothing, and what it leads to is to be named. */
    struct stat info;
    if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode))
        work_fail(work, ELOOP, path);
    if (mode > 07777)
        work_fail(work, WORK_BAD_REQUEST, "no mode");
    if (chmod(path, mode) != 0)
        work_fail(work, errno, path);
}

static void make_directory(const struct work *work, char *path, uint16_t flags, uint32_t mode)
{
    struct stat info;
    if (flags & CHANGE_PARENTS)
        make_parents(work, path);
    if (mkdir(path, 0755) != 0) {
        int error = errno;
        if (error != EEXIST || !(flags & CHANGE_PARENTS) || lstat(path, &info) != 0 || !S_ISDIR(info.st_mode))
            fail_to_make(work, error, path);
    } else if (mode != UINT32_MAX && chmod(path, mode & 07777) != 0) {
        work_fail(work, errno, path);
    }
}

void work_change(const struct work *work)
{
    static char path[PATH_LENGTH_MAX + 1], other[PATH_LENGTH_MAX + 1];
    if (work->request_length < HEADER || HEADER + (uint32_t)get16(work->request + 8) > work->request_length)
        work_fail(work, WORK_BAD_REQUEST, "CHANGE is cut short");
    uint16_t kind = get16(work->request), flags = get16(work->request + 2), length = get16(work->request + 8);
    uint32_t mode = get32(work->request + 4);
    request_path(work, HEADER, length, path);
    if (kind == CHANGE_RENAME || kind == CHANGE_COPY) {
        request_path(work, HEADER + length, work->request_length - HEADER - length, other);
        struct stat info;
        if ((flags & CHANGE_KEEP_EXISTING) && lstat(other, &info) == 0)
            work_fail(work, EEXIST, other);
        if (flags & CHANGE_PARENTS)
            make_parents(work, other);
    }
    switch ((enum change)kind) {
    case CHANGE_MAKE_DIRECTORY: make_directory(work, path, flags, mode); break;
    case CHANGE_RENAME:
        rename_path(work, path, other);
        break;
    case CHANGE_COPY: copy_path(work, path, other, flags); break;
    case CHANGE_REMOVE: remove_path(work, path, flags); return;
    case CHANGE_MODE: change_mode(work, path, mode); break;
    default: work_fail(work, WORK_BAD_REQUEST, "no such change");
    }
    answer(work, kind == CHANGE_RENAME || kind == CHANGE_COPY ? other : path);
}
