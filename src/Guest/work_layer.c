#include "work_layer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "descriptors.h"
#include "tar.h"
#include "wire.h"

/* What the host takes for a path, and how deep it unpacks. */
enum { PATH_MAX_LAYER = 4095, DEPTH_MAX = 256, STEP = 256 * 1024, RECORD_HEADER = 5 };

enum record { RECORD_TAR = 1, RECORD_CHANGED = 2, RECORD_LEFT_OUT = 3 };

struct linked {
    uint64_t inode;
    char *path;
};

static const struct work *self;
static char path[PATH_MAX_LAYER + 512];
static uint8_t buffer[STEP];
static struct linked *linked;
static size_t linked_count, linked_room;

/* ---------------------------------------------------------------- what is sent */

static void send_record(enum record type, const void *bytes, size_t length)
{
    uint8_t head[RECORD_HEADER] = { (uint8_t)type };
    put32(head + 1, (uint32_t)length);
    work_put(head, sizeof head);
    work_put(bytes, length);
}

static void send_tar(const void *bytes, size_t length)
{
    if (length > 0)
        send_record(RECORD_TAR, bytes, length);
}

static void tell(enum record type) { send_record(type, path, strlen(path)); }

static void *grow(void *memory, size_t bytes)
{
    void *grown = realloc(memory, bytes);
    if (grown == NULL)
        work_fail(self, WORK_TOO_MANY, path);
    return grown;
}

/* ---------------------------------------------------------------- attributes */

/* The attributes that programs set, as pax records. */
static size_t attributes_of(int file, uint8_t *records)
{
    static char names[64 * 1024], value[64 * 1024], key[300];
    size_t length = 0;
    ssize_t count = flistxattr(file, names, sizeof names);
    for (ssize_t at = 0; at < count; at += (ssize_t)strlen(names + at) + 1) {
        const char *name = names + at;
        if (strncmp(name, "user.", 5) != 0 || strlen(name) > 255)
            continue;
        ssize_t size = fgetxattr(file, name, value, sizeof value);
        if (size < 0)
            continue;
        strcpy(key, "SCHILY.xattr.");
        strcat(key, name);
        size_t record = tar_record(records + length, TAR_ATTRIBUTES_MAX - length, key, value, (size_t)size);
        if (record == 0)
            tell(RECORD_LEFT_OUT);
        length += record;
    }
    return length;
}

static bool is_opaque(int directory)
{
    char value[2];
    return fgetxattr(directory, "trusted.overlay.opaque", value, sizeof value) == 1 && value[0] == 'y';
}

/* ---------------------------------------------------------------- entries */

static void put_entry(enum tar_type type, const char *target, const struct stat *info, uint64_t size, int file)
{
    static uint8_t attributes[TAR_ATTRIBUTES_MAX];
    struct tar_entry entry = { .type = type, .path = path, .target = target, .size = size, .info = info, .attributes = attributes };
    entry.attributes_length = file < 0 ? 0 : attributes_of(file, attributes);
    tar_put_entry(send_tar, &entry);
}

/* An empty file whose name says what it stands for, in the directory of the path's first `length` bytes. */
static void put_mark(size_t length, const char *mark, const char *name)
{
    static const struct stat nothing = { .st_mode = S_IFREG };
    char kept[PATH_MAX_LAYER + 512];
    strcpy(kept, path);
    if (length + strlen(mark) + strlen(name) > PATH_MAX_LAYER || strlen(mark) + strlen(name) > 255) {
        tell(RECORD_LEFT_OUT);
    } else {
        strcpy(path + length, mark);
        strcat(path + length, name);
        put_entry(TAR_FILE, "", &nothing, 0, -1);
    }
    strcpy(path, kept);
}

/* Another name of a file that was sent already. */
static bool put_hard_link(const struct stat *info)
{
    for (size_t low = 0, high = linked_count; low < high;) {
        size_t middle = (low + high) / 2;
        if (linked[middle].inode == info->st_ino) {
            put_entry(TAR_HARD_LINK, linked[middle].path, info, 0, -1);
            return true;
        }
        if (linked[middle].inode < info->st_ino)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static void remember(const struct stat *info)
{
    if (linked_count == linked_room)
        linked = grow(linked, (linked_room = linked_room * 2 + 64) * sizeof *linked);
    size_t at = linked_count++;
    for (; at > 0 && linked[at - 1].inode > info->st_ino; at--)
        linked[at] = linked[at - 1];
    linked[at] = (struct linked){ info->st_ino, strcpy(grow(NULL, strlen(path) + 1), path) };
}

static void put_file(int directory, const char *name)
{
    struct stat info, after;
    int file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0 || fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
        /* It was a file a moment ago. */
        tell(RECORD_CHANGED);
        if (file >= 0)
            close(file);
        return;
    }
    if (info.st_nlink > 1 && put_hard_link(&info)) {
        close(file);
        return;
    }
    uint64_t size = (uint64_t)info.st_size, left = size;
    put_entry(TAR_FILE, "", &info, size, file);
    while (left > 0) {
        ssize_t count = read(file, buffer, left < sizeof buffer ? (size_t)left : sizeof buffer);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        send_tar(buffer, (size_t)count);
        left -= (uint64_t)count;
    }
    bool changed = left > 0 || fstat(file, &after) != 0 || after.st_size != info.st_size || after.st_mtim.tv_sec != info.st_mtim.tv_sec ||
        after.st_mtim.tv_nsec != info.st_mtim.tv_nsec || after.st_ctim.tv_sec != info.st_ctim.tv_sec || after.st_ctim.tv_nsec != info.st_ctim.tv_nsec;
    /* Its header has said how long it is. */
    for (memset(buffer, 0, sizeof buffer); left > 0;) {
        size_t step = left < sizeof buffer ? (size_t)left : sizeof buffer;
        send_tar(buffer, step);
        left -= step;
    }
    tar_pad(send_tar, size);
    close(file);
    if (info.st_nlink > 1)
        remember(&info);
    if (changed)
        tell(RECORD_CHANGED);
}

static void put_symbolic_link(int directory, const char *name, const struct stat *info)
{
    char target[PATH_MAX_LAYER + 1];
    ssize_t length = readlinkat(directory, name, target, sizeof target);
    if (length <= 0 || length == (ssize_t)sizeof target) {
        tell(length < 0 ? RECORD_CHANGED : RECORD_LEFT_OUT);
        return;
    }
    target[length] = 0;
    put_entry(TAR_SYMBOLIC_LINK, target, info, 0, -1);
}

/* ---------------------------------------------------------------- directories */

static int by_name(const void *one, const void *other) { return strcmp(*(char *const *)one, *(char *const *)other); }

/* The names in a directory, in their order, so that equal files make equal layers. */
static char **names_in(int directory, size_t *count)
{
    char **names = NULL;
    size_t room = 0;
    *count = 0;
    int own = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = own < 0 ? NULL : fdopendir(own);
    if (stream == NULL)
        work_fail(self, errno, path);
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (*count == room)
            names = grow(names, (room = room * 2 + 64) * sizeof *names);
        names[(*count)++] = strcpy(grow(NULL, strlen(entry->d_name) + 1), entry->d_name);
    }
    closedir(stream);
    if (*count > 1)
        qsort(names, *count, sizeof *names, by_name);

    /* What is replaced while it is listed may be listed twice. */
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (kept > 0 && strcmp(names[kept - 1], names[i]) == 0)
            free(names[i]);
        else
            names[kept++] = names[i];
    }
    *count = kept;
    return names;
}

static void walk(int directory, size_t length, int depth);

static void walk_into(int directory, const char *name, size_t length, int depth)
{
    struct stat info;
    int below = depth < DEPTH_MAX ? directory_open(directory, name) : -1;
    if (below < 0 || fstat(below, &info) != 0) {
        tell(depth < DEPTH_MAX ? RECORD_CHANGED : RECORD_LEFT_OUT);
        if (below >= 0)
            close(below);
        return;
    }
    put_entry(TAR_DIRECTORY, "", &info, 0, below);
    strcpy(path + length, "/");
    if (is_opaque(below))
        put_mark(length + 1, ".wh..wh..opq", "");
    walk(below, length + 1, depth + 1);
    path[length] = 0;
    close(below);
}

/* What is in a directory whose path, with its slash, has so many bytes. */
static void walk(int directory, size_t length, int depth)
{
    size_t count;
    char **names = names_in(directory, &count);
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        size_t name_length = strlen(names[i]);
        path[length] = 0;
        strncat(path + length, names[i], 255);
        if (length + name_length > PATH_MAX_LAYER || name_length > 255 || strncmp(names[i], ".wh.", 4) == 0)
            tell(RECORD_LEFT_OUT);
        else if (fstatat(directory, names[i], &info, AT_SYMLINK_NOFOLLOW) != 0)
            tell(RECORD_CHANGED);
        else if (S_ISCHR(info.st_mode) && info.st_rdev == makedev(0, 0))
            put_mark(length, ".wh.", names[i]);
        else if (S_ISREG(info.st_mode))
            put_file(directory, names[i]);
        else if (S_ISDIR(info.st_mode))
            walk_into(directory, names[i], length + name_length, depth);
        else if (S_ISLNK(info.st_mode))
            put_symbolic_link(directory, names[i], &info);
        else
            tell(RECORD_LEFT_OUT);
        free(names[i]);
    }
    free(names);
    path[length] = 0;
}

void work_layer(const struct work *work)
{
    self = work;
    struct stat info;
    int upper = directory_open(WORK_DISK, "upper");
    if (upper < 0 || fstat(upper, &info) != 0)
        work_fail(work, errno, "upper");
    strcpy(path, "./");
    put_entry(TAR_DIRECTORY, "", &info, 0, upper);
    walk(upper, 0, 1);
    static const uint8_t end[2 * TAR_BLOCK];
    send_tar(end, sizeof end);
    work_flush();
}
