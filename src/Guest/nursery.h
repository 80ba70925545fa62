/*
 * The process that starts every program. See birth.h for why it is one of its own.
 */
#ifndef NURSERY_H
#define NURSERY_H

#include "birth.h"
#include "configure.h"

/*
 * Runs in a fresh child of the agent: mounts the filesystem, makes the programs' PID namespace, says NEWS_READY or NEWS_BROKEN, and serves
 * births until the agent's end of the socket closes.
 */
_Noreturn void nursery_run(const struct configuration *configuration, struct birth *birth, int socket);

#endif
