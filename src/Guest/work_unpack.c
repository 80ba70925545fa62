/*
 * UNPACK: a tar archive into a directory. Every name is taken apart and each directory opened from the one above it, so that nothing is written
 * through a link that the archive (or a program meanwhile) has made. Nothing but files, directories and links is made, and nothing of it is setuid.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "descriptors.h"
#include "tar.h"
#include "wire.h"
#include "work_walk.h"

enum { EXTENSION_MAX = 64 * 1024, NAME_MAX_LENGTH = PATH_LENGTH_MAX };

struct archive {
    const struct work *work;
    int root;
    uint64_t entries;
    /* Of the entry that comes next; empty = as its header says. */
    char name[NAME_MAX_LENGTH + 1];
    char target[NAME_MAX_LENGTH + 1];
    uint64_t size;
    bool has_size;
};

static _Noreturn void bad(const struct archive *archive, const char *what)
{
    char text[PATH_LENGTH_MAX];
    snprintf(text, sizeof text, "entry %llu (%.2000s): %s", (unsigned long long)archive->entries + 1, archive->name, what);
    work_fail(archive->work, WORK_BAD_ARCHIVE, text);
}

static _Noreturn void failed(const struct archive *archive)
{
    work_fail(archive->work, errno, archive->name);
}

static uint64_t number_of(const struct archive *archive, const char *field, size_t size)
{
    uint64_t value = 0;
    if ((uint8_t)field[0] == 0x80) {
        for (size_t i = size > 8 ? size - 8 : 1; i < size; i++)
            value = value << 8 | (uint8_t)field[i];
        return value;
    }
    size_t i = 0;
    while (i < size && field[i] == ' ')
        i++;
    for (; i < size && field[i] != 0 && field[i] != ' '; i++) {
        if (field[i] < '0' || field[i] > '7')
            bad(archive, "a number is none");
        value = value << 3 | (uint64_t)(field[i] - '0');
    }
    return value;
}

static void receive_exactly(const struct archive *archive, void *bytes, size_t length)
{
    if (receive_all(bytes, length) != length)
        bad(archive, "the archive is cut short");
}

static void skip(const struct archive *archive, uint64_t length)
{
    static uint8_t waste[COPY_STEP];
    for (uint64_t left = length; left > 0;) {
        size_t step = left < sizeof waste ? (size_t)left : sizeof waste;
        receive_exactly(archive, waste, step);
        left -= step;
    }
}

static uint64_t padding(uint64_t length)
{
    return (TAR_BLOCK - length % TAR_BLOCK) % TAR_BLOCK;
}

static void set_text(const struct archive *archive, char *text, const char *value, size_t length)
{
    if (length > NAME_MAX_LENGTH || memchr(value, 0, length) != NULL)
        bad(archive, "a name that is too long, or has a NUL");
    memcpy(text, value, length);
    text[length] = 0;
}

static void take_records(struct archive *archive, char *bytes, size_t length)
{
    for (char *at = bytes, *end = bytes + length; at < end;) {
        char *rest;
        unsigned long total = strtoul(at, &rest, 10);
        char *value = total > 0 && total <= (unsigned long)(end - at) ? memchr(at, '=', total) : NULL;
        if (value == NULL || *rest != ' ' || rest >= value || at[total - 1] != '\n')
            bad(archive, "a pax header that is none");
        size_t key = (size_t)(value - rest - 1), size = (size_t)(at + total - 1 - ++value);
        if (key == 4 && memcmp(rest + 1, "path", 4) == 0)
            set_text(archive, archive->name, value, size);
        else if (key == 8 && memcmp(rest + 1, "linkpath", 8) == 0)
            set_text(archive, archive->target, value, size);
        else if (key == 4 && memcmp(rest + 1, "size", 4) == 0) {
            archive->size = strtoull(value, NULL, 10);
            archive->has_size = true;
        }
        at += total;
    }
}

static void take_extension(struct archive *archive, char type, uint64_t size)
{
    static char bytes[EXTENSION_MAX + 1];
    if (size > EXTENSION_MAX)
        bad(archive, "an extended header over 65,536 bytes");
    receive_exactly(archive, bytes, (size_t)size);
    bytes[size] = 0;
    skip(archive, padding(size));
    if (type == TAR_PAX)
        take_records(archive, bytes, (size_t)size);
    else if (type == TAR_LONG_NAME)
        set_text(archive, archive->name, bytes, strlen(bytes));
    else if (type == TAR_LONG_LINK)
        set_text(archive, archive->target, bytes, strlen(bytes));
}

/* Opens the directory that a name lies in, making what is missing of it; its last part is left in *last. Empty parts and "." count for nothing. */
static int open_above(const struct archive *archive, const char *name, char last[256])
{
    int directory = dup(archive->root);
    last[0] = 0;
    if (name[0] == '/')
        bad(archive, "an absolute name");
    for (const char *at = name; *at != 0;) {
        size_t length = strcspn(at, "/");
        char part[256];
        if (length > 255)
            bad(archive, "a part of a name over 255 bytes");
        memcpy(part, at, length);
        part[length] = 0;
        at += length + (at[length] == '/');
        if (length == 0 || strcmp(part, ".") == 0)
            continue;
        if (strcmp(part, "..") == 0)
            bad(archive, "a name with ..");
        if (last[0] != 0) {
            if (mkdirat(directory, last, 0755) != 0 && errno != EEXIST)
                failed(archive);
            int next = directory_open(directory, last);
            if (next < 0)
                failed(archive);
            close(directory);
            directory = next;
        }
        memcpy(last, part, sizeof part);
    }
    if (directory < 0)
        failed(archive);
    return directory;
}

/* Leaves room for what is not a directory. */
static void clear(const struct archive *archive, int directory, const char *name)
{
    if (unlinkat(directory, name, 0) != 0 && errno != ENOENT)
        failed(archive);
}

static void unpack_file(const struct archive *archive, int directory, const char *name, const struct tar_header *header, uint64_t size)
{
    static uint8_t bytes[COPY_STEP];
    clear(archive, directory, name);
    int file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        failed(archive);
    for (uint64_t left = size; left > 0;) {
        size_t step = left < sizeof bytes ? (size_t)left : sizeof bytes;
        receive_exactly(archive, bytes, step);
        if (!write_all(file, bytes, step))
            failed(archive);
        left -= step;
    }
    skip(archive, padding(size));
    struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_sec = (time_t)number_of(archive, header->mtime, sizeof header->mtime) } };
    if (fchmod(file, number_of(archive, header->mode, sizeof header->mode) & 01777) != 0 || futimens(file, times) != 0)
        failed(archive);
    close(file);
}

static void unpack_hard_link(const struct archive *archive, int directory, const char *name)
{
    char last[256];
    int from = open_above(archive, archive->target, last);
    struct stat info;
    if (fstatat(from, last, &info, AT_SYMLINK_NOFOLLOW) != 0)
        failed(archive);
    if (!S_ISREG(info.st_mode))
        bad(archive, "a hard link to what is no file");
    clear(archive, directory, name);
    if (linkat(from, last, directory, name, 0) != 0)
        failed(archive);
    close(from);
}

static void unpack_one(struct archive *archive, const struct tar_header *header, char type, uint64_t size)
{
    char last[256];
    int directory = open_above(archive, archive->name, last);
    if (last[0] == 0) {
        close(directory); /* The directory itself: "./" */
        skip(archive, size + padding(size));
        return;
    }
    if (type == TAR_FILE) {
        unpack_file(archive, directory, last, header, size);
    } else if (type == TAR_DIRECTORY) {
        if (mkdirat(directory, last, 0700 | (number_of(archive, header->mode, sizeof header->mode) & 01777)) != 0 && errno != EEXIST)
            failed(archive);
    } else if (type == TAR_SYMBOLIC_LINK) {
        clear(archive, directory, last);
        if (symlinkat(archive->target, directory, last) != 0)
            failed(archive);
    } else if (type == TAR_HARD_LINK) {
        unpack_hard_link(archive, directory, last);
    } else {
        bad(archive, "neither file, nor directory, nor link");
    }
    close(directory);
    if (type != TAR_FILE)
        skip(archive, size + padding(size));
}

static void take_header(struct archive *archive, const struct tar_header *header)
{
    if (number_of(archive, header->checksum, sizeof header->checksum) != tar_sum(header))
        bad(archive, "a header whose sum is wrong: this is no tar archive, or it is compressed");
    uint64_t size = number_of(archive, header->size, sizeof header->size);
    char type = header->type == 0 ? TAR_FILE : header->type;
    if (type == TAR_PAX || type == TAR_PAX_GLOBAL || type == TAR_LONG_NAME || type == TAR_LONG_LINK) {
        take_extension(archive, type, size);
        return;
    }
    if (archive->has_size)
        size = archive->size;
    if (archive->name[0] == 0) {
        bool prefixed = memcmp(header->magic, "ustar", 6) == 0 && header->prefix[0] != 0;
        snprintf(archive->name, sizeof archive->name, "%.155s%s%.100s", prefixed ? header->prefix : "", prefixed ? "/" : "", header->name);
    }
    if (size > INT64_MAX / 2)
        bad(archive, "a size that no file has");
    if (archive->target[0] == 0)
        snprintf(archive->target, sizeof archive->target, "%.100s", header->link);
    /* Of old archives: a name that ends in a slash is a directory's. */
    if (type == TAR_FILE && archive->name[0] != 0 && archive->name[strlen(archive->name) - 1] == '/')
        type = TAR_DIRECTORY;
    unpack_one(archive, header, type, type == TAR_FILE || size > 0 ? size : 0);
    archive->entries++;
    archive->name[0] = archive->target[0] = 0;
    archive->has_size = false;
}

void work_unpack(const struct work *work)
{
    static struct archive archive;
    char path[PATH_LENGTH_MAX + 1];
    request_path(work, 0, work->request_length, path);
    archive.work = work;
    make_parents(work, path);
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        work_fail(work, errno, path);
    archive.root = open_directory(work, path);
    for (bool ended = false;;) {
        struct tar_header header;
        static const struct tar_header zeros;
        size_t length = receive_all(&header, sizeof header);
        if (length == 0)
            break;
        if (ended)
            continue; /* What lies behind an archive's end is padding. */
        if (length != sizeof header)
            bad(&archive, "the archive is cut short");
        ended = memcmp(&header, &zeros, sizeof header) == 0;
        if (!ended)
            take_header(&archive, &header);
    }
    uint8_t entries[8];
    put64(entries, archive.entries);
    work_answer(work, entries, sizeof entries);
}
