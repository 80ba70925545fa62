/*
 * PACK: a directory as a tar archive (POSIX ustar, with pax headers for what does not fit). Files, directories and links; the rest is left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tar.h"
#include "work_walk.h"

static void send_entry(const char *name, enum tar_type type, const struct stat *info, uint64_t size, const char *target)
{
    struct tar_entry entry = { .type = type, .path = name, .target = target, .size = size, .info = info };
    tar_put_entry(work_put, &entry);
}

/* As many bytes as the header has said, whatever becomes of the file meanwhile. */
static void send_content(int file, uint64_t size)
{
    static uint8_t bytes[COPY_STEP];
    for (uint64_t left = size; left > 0;) {
        size_t step = left < sizeof bytes ? (size_t)left : sizeof bytes;
        ssize_t count = read(file, bytes, step);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            memset(bytes, 0, step);
            count = (ssize_t)step;
        }
        work_put(bytes, (size_t)count);
        left -= (uint64_t)count;
    }
    tar_pad(work_put, size);
}

static enum walk_step pack_one(struct walk *walk, int directory, const char *name, const struct stat *info)
{
    static char text[PATH_LENGTH_MAX + 2];
    if (S_ISDIR(info->st_mode)) {
        snprintf(text, sizeof text, "%s/", walk->path);
        send_entry(text, TAR_DIRECTORY, info, 0, "");
    } else if (S_ISLNK(info->st_mode)) {
        ssize_t length = readlinkat(directory, name, text, PATH_LENGTH_MAX);
        if (length < 0)
            return WALK_PAST;
        text[length] = 0;
        send_entry(walk->path, TAR_SYMBOLIC_LINK, info, 0, text);
    } else if (S_ISREG(info->st_mode)) {
        struct stat opened;
        int file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (file < 0)
            work_fail(walk->work, errno, walk->path);
        if (fstat(file, &opened) == 0 && S_ISREG(opened.st_mode)) {
            send_entry(walk->path, TAR_FILE, &opened, (uint64_t)opened.st_size, "");
            send_content(file, (uint64_t)opened.st_size);
        }
        close(file);
    }
    return WALK_DOWN;
}

void work_pack(const struct work *work)
{
    char path[PATH_LENGTH_MAX + 1];
    request_path(work, 0, work->request_length, path);
    struct walk walk = { .work = work, .depth = DEPTH_MAX, .enter = pack_one };
    walk_below(&walk, open_directory(work, path));
    if (walk.cut)
        work_fail(work, WORK_TOO_MANY, path);
    static const uint8_t end[2 * TAR_BLOCK];
    work_put(end, sizeof end);
    work_flush();
}
