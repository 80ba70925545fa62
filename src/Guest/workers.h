/*
 * The agent's side of its workers (work.h): starts one for each WORK, and carries their streams over the link. At most WORKERS_MAX at once.
 */
#ifndef WORKERS_H
#define WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

/* Descriptors of the programs' root and of the disk, which workers start from. */
void workers_open(int root, int disk);

/* A frame about a worker: WORK, WORK_INPUT, WORK_INPUT_END, WORK_ACK, WORK_CANCEL. Fails the agent when the host broke the rules. */
void workers_take(const struct frame *frame);

void workers_event(uint32_t number, uint32_t events);

/* The link's source of WORK_OUTPUT frames, in turn over the workers. */
bool workers_output(struct frame *frame, uint64_t *offset);

/* Frees what has ended and was sent. */
void workers_tick(void);

/* This is a copy, on whose link nobody knows of them: kills them all. */
void workers_forget(void);

#endif
