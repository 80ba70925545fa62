/*
 * The bytes of one output channel that the host has not acknowledged yet, addressed by offset. Its memory is taken with the first byte
 * and given back with the ring; whenever it runs empty it starts over at its beginning, so that a quiet channel keeps using the same pages.
 */
#ifndef RING_H
#define RING_H

#include <stddef.h>
#include <stdint.h>

struct ring {
    uint8_t *bytes;   /* RING_SIZE of them, or NULL */
    size_t start;     /* where the first kept byte lies */
    size_t used;      /* kept bytes */
    uint64_t base;    /* the first kept byte's offset: all before it is acknowledged */
    uint64_t sent;    /* all before it was handed to the link */
};

static inline uint64_t ring_end(const struct ring *ring) { return ring->base + ring->used; }

/* Room for the next read: the longest piece in one run. Zero when the ring is full, or there is no memory for it. */
size_t ring_room(struct ring *ring, uint8_t **at);
void ring_add(struct ring *ring, size_t count);

/* The next piece to send, in one run, at most `most` bytes. */
size_t ring_unsent(const struct ring *ring, size_t most, const uint8_t **at);

/* Lets go of every byte before offset. The caller has checked that base <= offset <= sent. */
void ring_acknowledge(struct ring *ring, uint64_t offset);
void ring_free(struct ring *ring);

#endif
