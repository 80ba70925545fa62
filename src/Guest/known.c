#include "known.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 };

static struct known *buckets[BUCKETS];
static uint32_t count;

static struct known **bucket_of(const char *id)
{
    uint32_t hash = 2166136261u;
    for (const char *at = id; *at != 0; at++)
        hash = (hash ^ (uint8_t)*at) * 16777619u;
    return &buckets[hash % BUCKETS];
}

struct known *known_find(const char *id)
{
    struct known *known = *bucket_of(id);
    while (known != NULL && strcmp(known->id, id) != 0)
        known = known->next;
    return known;
}

struct known *known_add(const char *id)
{
    size_t size = strlen(id) + 1;
    struct known *known;
    if (count == KNOWN_MAX || (known = malloc(sizeof *known + size)) == NULL)
        return NULL;
    struct known **bucket = bucket_of(id);
    known->pid = 0;
    memcpy(known->id, id, size);
    known->next = *bucket;
    *bucket = known;
    count++;
    return known;
}

void known_remove(struct known *known)
{
    struct known **at = bucket_of(known->id);
    while (*at != known)
        at = &(*at)->next;
    *at = known->next;
    free(known);
    count--;
}
