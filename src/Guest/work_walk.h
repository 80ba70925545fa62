/*
 * Walks a tree of directories without following a link, whatever happens to it meanwhile: each directory is opened from the one above it.
 */
#ifndef WORK_WALK_H
#define WORK_WALK_H

#include "work_file.h"

enum { DEPTH_MAX = 1000 };

enum walk_step {
    WALK_DOWN, /* and into it, when it is a directory */
    WALK_PAST,
    WALK_STOP,
};

struct walk {
    const struct work *work;
    char path[PATH_LENGTH_MAX + 1]; /* of what is visited, below where the walk began; no slash before it */
    size_t length;
    uint32_t depth;    /* levels that may be entered, at most DEPTH_MAX */
    bool shallow;      /* what is deeper than that is not wanted, and not left out */
    bool cut;       /* something was left out: too deep, too long a path, a directory that may not be read */
    void *context;
    enum walk_step (*enter)(struct walk *walk, int directory, const char *name, const struct stat *info);
    /* Behind what is in a directory; may be NULL. */
    bool (*leave)(struct walk *walk, int directory, const char *name);
};

/* Visits everything below an open directory, which it closes. False when a visit said stop. */
bool walk_below(struct walk *walk, int directory);

/* Opens a directory, never following a link at its end. Ends the worker otherwise. */
int open_directory(const struct work *work, const char *path);

#endif
