/*
 * The sandbox's filesystem: an overlay of the layers under a tmpfs, both inside the guest.
 */
#ifndef MOUNTS_H
#define MOUNTS_H

#include "configure.h"

/*
 * Mounts everything but /proc in a mount namespace of the caller's own, and makes it the caller's root. Nothing of the container's root
 * can be reached from there. Returns NULL, or what failed with errno set. disk becomes a descriptor of the tmpfs that holds what is written.
 */
const char *mounts_make(const struct configuration *configuration, int *disk);

/* Mounts /proc for the PID namespace of the caller, with the files read-only through which root could change the whole sandbox. */
const char *mounts_make_proc(void);

#endif
