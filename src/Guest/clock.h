/*
 * The agent's time. It stands still while the sandbox is held, since a restore may come days after its checkpoint: gVisor's monotonic clock
 * then has gone on by all of that (measured), and whatever was due in a second would be overdue.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Milliseconds, not counting those in which the sandbox was held. */
uint64_t clock_ms(void);

void clock_stop(void);
void clock_go(void);

/* Milliseconds of the monotonic clock itself. */
uint64_t clock_monotonic_ms(void);

#endif
