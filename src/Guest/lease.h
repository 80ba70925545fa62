/*
 * How long programs may run without word from the host. A host that is paused, or has lost its sandbox to another one, does not stop its
 * containers: so the agent does.
 */
#ifndef LEASE_H
#define LEASE_H

#include <stdint.h>

/* Programs may run for so many milliseconds from now; 0 = for ever. Lets go on what was stopped. */
void lease_renew(uint32_t milliseconds);

/* Stops the programs once it has run out. Milliseconds until it wants to look again; -1 = never. */
int lease_tick(void);

#endif
