/*
 * What CONFIGURE says, kept for the life of the sandbox.
 */
#ifndef CONFIGURE_H
#define CONFIGURE_H

#include <stdint.h>

#include "wire.h"

enum { LAYERS_MAX = 64 };

struct configuration {
    char hostname[HOSTNAME_MAX + 1];
    char *lower[LAYERS_MAX]; /* topmost first */
    uint32_t lower_count;
    uint64_t disk_bytes;
    uint64_t memory_bytes; /* 0 = no watchdog */
    uint32_t processes;
    uint32_t open_files;
    char generation[ID_MAX + 1]; /* empty = none */
    char sandbox[ID_MAX + 1];    /* its id; empty = unknown */
};

/* Reads the payload; fails the agent on anything that the protocol does not allow. */
void configuration_read(struct configuration *configuration, const struct frame *frame);

#endif
