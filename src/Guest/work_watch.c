/*
 * WATCH: what changes in a directory, and in those below it, as it happens. It ends only when it is ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "descriptors.h"
#include "wire.h"
#include "work_walk.h"

enum { WATCHES_MAX = 4096, EVENTS_SIZE = 64 * 1024 };
enum watch_kind { WATCH_READY, WATCH_CREATED, WATCH_MODIFIED, WATCH_DELETED, WATCH_MOVED_FROM, WATCH_MOVED_TO, WATCH_ATTRIBUTES, WATCH_OVERFLOW, WATCH_GONE };
enum watch_flags { WATCH_RECURSIVE = 1 };

static const uint32_t wanted = IN_CREATE | IN_MODIFY | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

/* Watched directories by their paths below the first one, which is "". */
static struct watched {
    int number;
    char *path;
} watched[WATCHES_MAX];
static size_t count;
static int queue;
static const struct work *watching;
static bool recursive;
static char root[PATH_LENGTH_MAX + 1];

static void tell(enum watch_kind kind, bool directory, uint32_t cookie, const char *above, const char *name)
{
    char path[2 * PATH_LENGTH_MAX + 2];
    uint8_t record[8 + sizeof path];
    int length = snprintf(path, sizeof path, "%s%s%s", above, above[0] != 0 && name[0] != 0 ? "/" : "", name);
    record[0] = (uint8_t)kind;
    record[1] = directory;
    put16(record + 2, (uint16_t)length);
    put32(record + 4, cookie);
    memcpy(record + 8, path, (size_t)length);
    work_send(record, 8 + (size_t)length);
}

static void forget(size_t index)
{
    free(watched[index].path);
    watched[index] = watched[--count];
}

static bool add(const char *path)
{
    char full[2 * PATH_LENGTH_MAX + 2];
    snprintf(full, sizeof full, "%s%s%s", root, path[0] != 0 ? "/" : "", path);
    int number = inotify_add_watch(queue, full, wanted | IN_DONT_FOLLOW | IN_EXCL_UNLINK);
    if (number < 0)
        return errno != ENOSPC && errno != ENOMEM;
    for (size_t i = 0; i < count; i++)
        if (watched[i].number == number) {
            forget(i); /* The same directory under a new name. */
            break;
        }
    char *copy = count < WATCHES_MAX ? strdup(path) : NULL;
    if (copy == NULL)
        return false;
    watched[count++] = (struct watched){ number, copy };
    return true;
}

struct addition {
    bool tells; /* what is found was made before it could be watched, so it is told as created */
    size_t prefix;
    char path[2 * PATH_LENGTH_MAX + 2];
};

static enum walk_step add_one(struct walk *walk, int directory, const char *name, const struct stat *info)
{
    (void)directory;
    (void)name;
    struct addition *addition = walk->context;
    snprintf(addition->path + addition->prefix, sizeof addition->path - addition->prefix, "%s%s", addition->prefix > 0 ? "/" : "", walk->path);
    if (addition->tells)
        tell(WATCH_CREATED, S_ISDIR(info->st_mode), 0, "", addition->path);
    if (S_ISDIR(info->st_mode) && !add(addition->path))
        work_fail(walk->work, WORK_TOO_MANY, addition->path);
    return WALK_DOWN;
}

static void add_tree(const char *path, bool tells)
{
    static struct addition addition;
    char full[2 * PATH_LENGTH_MAX + 2];
    if (!add(path))
        work_fail(watching, WORK_TOO_MANY, path);
    if (!recursive)
        return;
    addition.tells = tells;
    addition.prefix = (size_t)snprintf(addition.path, sizeof addition.path, "%s", path);
    snprintf(full, sizeof full, "%s%s%s", root, path[0] != 0 ? "/" : "", path);
    int directory = directory_open(AT_FDCWD, full);
    struct walk walk = { .work = watching, .depth = DEPTH_MAX, .enter = add_one, .context = &addition };
    if (directory >= 0)
        walk_below(&walk, directory);
}

/* A directory went elsewhere: where it comes back, it is watched anew. */
static void drop_tree(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = count; i-- > 0;)
        if (strncmp(watched[i].path, path, length) == 0 && (watched[i].path[length] == 0 || watched[i].path[length] == '/')) {
            inotify_rm_watch(queue, watched[i].number);
            forget(i);
        }
}

static enum watch_kind kind_of(uint32_t mask)
{
    return mask & IN_CREATE ? WATCH_CREATED : mask & IN_MODIFY ? WATCH_MODIFIED : mask & IN_DELETE ? WATCH_DELETED
        : mask & IN_MOVED_FROM ? WATCH_MOVED_FROM : mask & IN_MOVED_TO ? WATCH_MOVED_TO : WATCH_ATTRIBUTES;
}

static void take(const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW) {
        tell(WATCH_OVERFLOW, false, 0, "", "");
        return;
    }
    size_t index = 0;
    while (index < count && watched[index].number != event->wd)
        index++;
    if (index == count)
        return;
    if (event->mask & IN_IGNORED) {
        forget(index);
        return;
    }
    char above[PATH_LENGTH_MAX + 1], path[2 * PATH_LENGTH_MAX + 2];
    snprintf(above, sizeof above, "%s", watched[index].path);
    if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF)) {
        /* Of those below, the directory above has told. */
        if (above[0] == 0) {
            tell(WATCH_GONE, true, 0, "", "");
            _exit(0);
        }
        return;
    }
    const char *name = event->len > 0 ? event->name : "";
    bool directory = event->mask & IN_ISDIR;
    if (event->mask & IN_ATTRIB && name[0] == 0 && above[0] != 0)
        return;
    tell(kind_of(event->mask), directory, event->cookie, above, name);
    snprintf(path, sizeof path, "%s%s%s", above, above[0] != 0 ? "/" : "", name);
    if (directory && recursive && (event->mask & (IN_MOVED_FROM | IN_DELETE)))
        drop_tree(path);
    if (directory && recursive && (event->mask & (IN_CREATE | IN_MOVED_TO)))
        add_tree(path, event->mask & IN_CREATE);
}

void work_watch(const struct work *work)
{
    if (work->request_length < 2)
        work_fail(work, WORK_BAD_REQUEST, "WATCH is cut short");
    request_path(work, 2, work->request_length - 2, root);
    struct stat info;
    watching = work;
    recursive = get16(work->request) & WATCH_RECURSIVE;
    queue = inotify_init1(IN_CLOEXEC);
    if (queue < 0 || lstat(root, &info) != 0)
        work_fail(work, errno, root);
    if (!S_ISDIR(info.st_mode))
        work_fail(work, ENOTDIR, root);
    add_tree("", false);
    if (count == 0)
        work_fail(work, EACCES, root);
    tell(WATCH_READY, true, 0, "", "");
    static _Alignas(struct inotify_event) char events[EVENTS_SIZE];
    for (;;) {
        ssize_t length = read(queue, events, sizeof events);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            work_fail(work, errno, root);
        for (char *at = events; at < events + length;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
            take(event);
            at += sizeof *event + event->len;
        }
    }
}
