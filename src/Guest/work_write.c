/*
 * WRITE: a file comes in parts, each an operation of its own, into a file beside the one that it is to become; the last part puts it in
 * its place at once. So nobody sees half a file, a part that is sent twice is taken once, and a broken upload goes on where it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "wire.h"
#include "work_file.h"

enum { HEADER = 24, UPLOAD_ID_MAX = 64 };
enum write_flags { WRITE_PARENTS = 1, WRITE_FINISH = 2, WRITE_APPEND = 4, WRITE_EXCLUSIVE = 8, WRITE_ABANDON = 16, WRITE_FLAGS = 31 };

struct upload {
    const struct work *work;
    uint64_t offset;
    uint32_t mode, uid, gid; /* all ones: as the file before had them, or as new files have */
    uint16_t flags;
    char path[PATH_LENGTH_MAX + 1];
    char part[PATH_LENGTH_MAX + UPLOAD_ID_MAX + 16];
};

static void read_request(struct upload *upload)
{
    const struct work *work = upload->work;
    if (work->request_length < HEADER)
        work_fail(work, WORK_BAD_REQUEST, "WRITE is cut short");
    upload->offset = get64(work->request);
    upload->mode = get32(work->request + 8);
    upload->uid = get32(work->request + 12);
    upload->gid = get32(work->request + 16);
    upload->flags = get16(work->request + 20);
    uint16_t id_length = get16(work->request + 22);
    char id[UPLOAD_ID_MAX + 1];
    if (id_length > UPLOAD_ID_MAX || HEADER + (uint32_t)id_length > work->request_length || (upload->flags & ~WRITE_FLAGS) ||
        (upload->offset > INT64_MAX && (upload->offset != UINT64_MAX || !(upload->flags & WRITE_APPEND))) || (upload->mode != UINT32_MAX && upload->mode > 07777))
        work_fail(work, WORK_BAD_REQUEST, "WRITE");
    memcpy(id, work->request + HEADER, id_length);
    id[id_length] = 0;
    if (strchr(id, '/') != NULL || (id_length == 0) != ((upload->flags & WRITE_APPEND) != 0))
        work_fail(work, WORK_BAD_REQUEST, "an upload has an id, and appending none");
    request_path(work, HEADER + id_length, work->request_length - HEADER - id_length, upload->path);
    int directory = (int)(strrchr(upload->path, '/') - upload->path);
    snprintf(upload->part, sizeof upload->part, "%.*s/.upload-%s", directory, upload->path, id);
}

/* Takes in the rest of the stream. */
static uint64_t take(const struct upload *upload, int file)
{
    static uint8_t bytes[COPY_STEP];
    uint64_t total = 0;
    size_t count;
    while ((count = work_receive(bytes, sizeof bytes)) > 0) {
        if (!write_all(file, bytes, count)) {
            int error = errno;
            /* What there is no room for leaves room for others. */
            if (error == ENOSPC && !(upload->flags & WRITE_APPEND))
                unlink(upload->part);
            work_fail(upload->work, error, upload->path);
        }
        total += count;
    }
    return total;
}

static void answer(const struct upload *upload, int file)
{
    struct stat info;
    uint8_t entry[ENTRY_SIZE];
    if (fstat(file, &info) != 0)
        work_fail(upload->work, errno, upload->path);
    entry_put(entry, &info);
    work_answer(upload->work, entry, sizeof entry);
}

static void dress(const struct upload *upload, int file, mode_t mode)
{
    if ((upload->uid != UINT32_MAX || upload->gid != UINT32_MAX) && fchown(file, upload->uid, upload->gid) != 0)
        work_fail(upload->work, errno, upload->path);
    if (fchmod(file, upload->mode != UINT32_MAX ? upload->mode : mode) != 0)
        work_fail(upload->work, errno, upload->path);
}

static _Noreturn void fail_at(const struct upload *upload, off_t size)
{
    uint8_t end[8];
    put64(end, (uint64_t)size);
    work_fail_with(upload->work, WORK_OTHER_OFFSET, end, sizeof end);
}

static void append(const struct upload *upload)
{
    struct stat before;
    bool is_new = lstat(upload->path, &before) != 0;
    int file = open_regular(upload->work, upload->path, upload->path, O_WRONLY | O_APPEND | O_CREAT, &before);
    if (upload->offset != UINT64_MAX && upload->offset != (uint64_t)before.st_size)
        fail_at(upload, before.st_size);
    if (is_new || upload->mode != UINT32_MAX || upload->uid != UINT32_MAX || upload->gid != UINT32_MAX)
        dress(upload, file, is_new ? 0644 : before.st_mode & 07777);
    take(upload, file);
    answer(upload, file);
}

static void finish(const struct upload *upload, int file, uint64_t total)
{
    struct stat before;
    bool exists = lstat(upload->path, &before) == 0;
    if (exists && (upload->flags & WRITE_EXCLUSIVE))
        work_fail(upload->work, EEXIST, upload->path);
    if (exists && S_ISDIR(before.st_mode))
        work_fail(upload->work, EISDIR, upload->path);
    if (ftruncate(file, (off_t)total) != 0)
        work_fail(upload->work, errno, upload->path);
    dress(upload, file, exists && S_ISREG(before.st_mode) ? before.st_mode & 07777 : 0644);
    if (upload->flags & WRITE_EXCLUSIVE ? link(upload->part, upload->path) != 0 : rename(upload->part, upload->path) != 0)
        work_fail(upload->work, errno, upload->path);
    if (upload->flags & WRITE_EXCLUSIVE)
        unlink(upload->part);
}

void work_write(const struct work *work)
{
    static struct upload upload;
    upload.work = work;
    read_request(&upload);
    if (upload.flags & WRITE_PARENTS)
        make_parents(work, upload.path);
    if (upload.flags & WRITE_APPEND) {
        append(&upload);
        return;
    }
    if (upload.flags & WRITE_ABANDON) {
        if (unlink(upload.part) != 0)
            work_fail(work, errno == ENOENT ? WORK_NO_UPLOAD : errno, upload.path);
        return;
    }
    struct stat info;
    if (upload.offset > 0 && lstat(upload.part, &info) != 0 && errno == ENOENT)
        work_fail(work, WORK_NO_UPLOAD, upload.path);
    int file = open_regular(work, upload.part, upload.path, O_WRONLY | (upload.offset == 0 ? O_CREAT : 0), &info);
    if ((uint64_t)info.st_size < upload.offset)
        fail_at(&upload, info.st_size);
    if (lseek(file, (off_t)upload.offset, SEEK_SET) < 0)
        work_fail(work, errno, upload.path);
    uint64_t total = upload.offset + take(&upload, file);
    if (upload.flags & WRITE_FINISH)
        finish(&upload, file, total);
    answer(&upload, file);
}
