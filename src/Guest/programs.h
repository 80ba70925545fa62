/*
 * The programs that run in the sandbox, as /proc shows them to the agent: with the agent's and nursery's own pids left out.
 */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct program {
    pid_t pid;
    pid_t parent;
    pid_t group;
    pid_t session;
    uint64_t started;  /* with the pid, this tells a program from a later one that got the same */
    uint64_t resident; /* bytes */
    bool stopped;
};

/* All of them, at most `most`; how many were found. */
size_t programs_list(struct program *programs, size_t most);

/* Ends all of them, and returns when none is left; none can be started any more. */
void programs_end(void);

/* The pids that are no programs: set once, before any is started. */
void programs_except(pid_t nursery, pid_t init);

#endif
