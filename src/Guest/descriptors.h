#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include <stdbool.h>

/* The last descriptor that gVisor's close_range takes; Linux would take more. */
enum { DESCRIPTOR_LAST = 0x7fffffff };

/* Closes these descriptors, both included. False when one may still be open, which nobody may go on with. */
bool descriptors_close(unsigned first, unsigned last);

/*
 * Opens a directory for reading below an open one (or AT_FDCWD), never following a link at the path's end: -1 with ENOTDIR then. It takes two steps, since gVisor 20240729
 * follows such a link in spite of O_NOFOLLOW where O_DIRECTORY stands beside it, though not where O_PATH does too.
 */
int directory_open(int above, const char *path);

#endif
