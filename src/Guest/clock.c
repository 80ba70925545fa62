#include "clock.h"

#include <stdbool.h>
#include <time.h>

static bool stands;
static uint64_t stood_at, skipped;

uint64_t clock_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t clock_ms(void)
{
    return (stands ? stood_at : clock_monotonic_ms()) - skipped;
}

void clock_stop(void)
{
    stood_at = clock_monotonic_ms();
    stands = true;
}

void clock_go(void)
{
    skipped += clock_monotonic_ms() - stood_at;
    stands = false;
}
