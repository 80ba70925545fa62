/*
 * Typing at a terminal whose kernel makes signals of characters in a way of its own, as gVisor does (20240729): it sends the signal
 * even when the program has switched signals off (ISIG), hands the character to the program all the same, and looks at it only when all that was
 * typed before has been read.
 */
#ifndef KEYS_H
#define KEYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* write(2) to a master, with signal characters as Linux has them. The replica does not block. */
ssize_t keys_write(int master, int replica, const uint8_t *bytes, size_t length);

#endif
