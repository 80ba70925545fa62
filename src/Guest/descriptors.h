#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include <stdbool.h>

/* The last descriptor that gVisor's close_range takes; Linux would take more. */
enum { DESCRIPTOR_LAST = 0x7fffffff };

/* Closes these descriptors, both included. False when one may still be open, which nobody may go on with. */
bool descriptors_close(unsigned first, unsigned last);

#endif
