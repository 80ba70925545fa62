/*
 * Kills the largest program shortly before the sandbox's memory is used up, so that a memory bomb ends itself and not the sandbox. The
 * host's cgroup is the second line: what grows faster than the watchdog looks is met there.
 */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <stdint.h>

void watchdog_open(uint64_t memory_bytes);

/* Looks, if it is time. Returns the milliseconds until it wants to look again; -1 while nothing runs that could grow. */
int watchdog_tick(void);

#endif
