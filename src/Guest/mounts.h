/*
 * The sandbox's filesystem: an overlay of the layers under a tmpfs, both inside the guest.
 */
#ifndef MOUNTS_H
#define MOUNTS_H

#include "configure.h"

/* Descriptors of what was mounted. */
struct mounts {
    int disk;     /* the tmpfs that holds what is written */
    int identity; /* the directory that programs see as /run/sandbox, where they cannot write */
    int root;     /* the programs' root */
};

/*
 * Mounts everything but /proc in a mount namespace of the caller's own, and makes it the caller's root. Nothing of the container's root
 * can be reached from there. Returns NULL, or what failed with errno set.
 */
const char *mounts_make(const struct configuration *configuration, struct mounts *mounts);

/* Mounts /proc for the PID namespace of the caller, with the files read-only through which root could change the whole sandbox. */
const char *mounts_make_proc(void);

#endif
