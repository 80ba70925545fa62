/*
 * PACK: a directory as a tar archive (POSIX ustar, with pax headers for what does not fit). Files, directories and links; the rest is left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "wire.h"
#include "work_tar.h"
#include "work_walk.h"

static void put_number(char *field, size_t size, uint64_t value)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%0*llo", (int)size - 1, (unsigned long long)value);
    memcpy(field, digits + strlen(digits) - (size - 1), size - 1);
}

static void send_padding(uint64_t length)
{
    static const uint8_t zeros[TAR_BLOCK];
    if (length % TAR_BLOCK != 0)
        work_send(zeros, TAR_BLOCK - length % TAR_BLOCK);
}

static void send_header(const char *name, char type, const struct stat *info, uint64_t size, const char *target)
{
    struct tar_header header = { .magic = "ustar", .version = { '0', '0' }, .type = type };
    memcpy(header.name, name, strnlen(name, sizeof header.name));
    memcpy(header.link, target, strnlen(target, sizeof header.link));
    put_number(header.mode, sizeof header.mode, info->st_mode & 07777);
    put_number(header.uid, sizeof header.uid, info->st_uid & 07777777);
    put_number(header.gid, sizeof header.gid, info->st_gid & 07777777);
    put_number(header.size, sizeof header.size, size < TAR_SIZE_MAX ? size : 0);
    put_number(header.mtime, sizeof header.mtime, info->st_mtim.tv_sec > 0 ? (uint64_t)info->st_mtim.tv_sec : 0);
    memset(header.checksum, ' ', sizeof header.checksum);
    put_number(header.checksum, 7, tar_sum(&header));
    header.checksum[6] = 0;
    work_send(&header, sizeof header);
}

static size_t put_record(char *into, size_t room, const char *key, const char *value)
{
    /* A record's length counts its own digits. */
    size_t length = strlen(key) + strlen(value) + 3, total = length + 1;
    for (;;) {
        size_t with_digits = length + (size_t)snprintf(NULL, 0, "%zu", total);
        if (with_digits == total)
            break;
        total = with_digits;
    }
    snprintf(into, room, "%zu %s=%s\n", total, key, value);
    return total;
}

/* What a plain header has no room for goes before it. */
static void send_entry(const char *name, char type, const struct stat *info, uint64_t size, const char *target)
{
    static char records[2 * PATH_LENGTH_MAX + 256];
    char number[32];
    size_t length = 0;
    if (strlen(name) > 100)
        length += put_record(records + length, sizeof records - length, "path", name);
    if (strlen(target) > 100)
        length += put_record(records + length, sizeof records - length, "linkpath", target);
    snprintf(number, sizeof number, "%llu", (unsigned long long)size);
    if (size >= TAR_SIZE_MAX)
        length += put_record(records + length, sizeof records - length, "size", number);
    if (length > 0) {
        send_header("pax", TAR_PAX, info, length, "");
        work_send(records, length);
        send_padding(length);
    }
    send_header(name, type, info, size, target);
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
        work_send(bytes, (size_t)count);
        left -= (uint64_t)count;
    }
    send_padding(size);
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
        send_entry(walk->path, TAR_LINK, info, 0, text);
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
    work_send(end, sizeof end);
}
