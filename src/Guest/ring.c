#include "ring.h"

#include <stdlib.h>

#include "wire.h"

size_t ring_room(struct ring *ring, uint8_t **at)
{
    if (ring->used == RING_SIZE)
        return 0;
    if (ring->bytes == NULL && (ring->bytes = malloc(RING_SIZE)) == NULL)
        return 0;
    size_t end = (ring->start + ring->used) % RING_SIZE;
    *at = ring->bytes + end;
    return end < ring->start ? ring->start - end : RING_SIZE - end;
}

void ring_add(struct ring *ring, size_t count)
{
    ring->used += count;
}

size_t ring_unsent(const struct ring *ring, size_t most, const uint8_t **at)
{
    size_t skip = (size_t)(ring->sent - ring->base);
    size_t left = ring->used - skip;
    if (left == 0)
        return 0;
    size_t from = (ring->start + skip) % RING_SIZE;
    size_t run = RING_SIZE - from;
    *at = ring->bytes + from;
    if (run > left)
        run = left;
    return run < most ? run : most;
}

void ring_acknowledge(struct ring *ring, uint64_t offset)
{
    size_t count = (size_t)(offset - ring->base);
    ring->base = offset;
    ring->used -= count;
    ring->start = ring->used == 0 ? 0 : (ring->start + count) % RING_SIZE;
}

void ring_free(struct ring *ring)
{
    free(ring->bytes);
    ring->bytes = NULL;
}
