/*
 * The ids of all accepted starts, for the life of the sandbox: an id starts one program, however often its start is repeated.
 */
#ifndef KNOWN_H
#define KNOWN_H

#include <stdbool.h>
#include <stdint.h>

/* More starts than this and none is accepted any more: 65,536 ids are 5 MB. */
enum { KNOWN_MAX = 65536 };

/* The entry of an id, its pid being what programs see and 0 while it is being born; NULL when it was not started. */
struct known {
    struct known *next;
    uint32_t pid;
    char id[];
};

struct known *known_find(const char *id);
/* NULL when there is no room. */
struct known *known_add(const char *id);
/* The start failed, so that it may be tried again. */
void known_remove(struct known *known);

#endif
