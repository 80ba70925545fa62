/*
 * The agent's side of the nursery: births wait in a bounded queue and are carried out one at a time.
 */
#ifndef BIRTHS_H
#define BIRTHS_H

#include <stdbool.h>

#include "configure.h"
#include "wire.h"

/* Starts the nursery; READY or a failure comes later, as news. */
void births_open(const struct configuration *configuration);

/* Takes a START or POUR, whose process has a record. */
void births_ask(const struct frame *frame);

/* Whether the queue is full, so that nothing should be taken from the host that may need it. */
bool births_are_congested(void);

/* The nursery has news. */
void births_event(void);

/* Milliseconds until births_tick wants to be called; -1 = no need. */
int births_patience(void);
void births_tick(void);

/* While paused, no birth is begun, and the one that goes on is left to itself. */
void births_pause(bool pause);

/* Ends every program, and starts none any more: returns when none is left. */
void births_end(void);

/* A descriptor of the tmpfs that holds what programs write, or -1 before READY. */
int births_disk(void);

#endif
