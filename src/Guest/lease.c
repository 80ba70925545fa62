#include "lease.h"

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "births.h"
#include "clock.h"
#include "fail.h"
#include "programs.h"

enum {
    PROGRAMS_MAX = 4096,
    LOOK_MS = 100, /* between two looks for programs that run in spite of all */
};

static bool limited, ran_out;
static uint64_t ends, next_look;

static struct program programs[PROGRAMS_MAX];
static struct program stopped[PROGRAMS_MAX]; /* by the lease, in the order of their pids */
static size_t stopped_count;

static int by_pid(const void *a, const void *b)
{
    pid_t left = ((const struct program *)a)->pid, right = ((const struct program *)b)->pid;
    return (left > right) - (left < right);
}

static bool was_stopped(const struct program *program)
{
    const struct program *found = bsearch(program, stopped, stopped_count, sizeof *stopped, by_pid);
    return found != NULL && found->started == program->started;
}

/* One pass; whether a program was met that had not been stopped before. */
static bool stop_all(void)
{
    size_t count = programs_list(programs, PROGRAMS_MAX), ours = 0;
    bool any = false;
    if (count == PROGRAMS_MAX)
        fail(FAILURE_SYSTEM, "more programs than can be stopped");
    for (size_t i = 0; i < count; i++) {
        bool before = was_stopped(&programs[i]);
        if (programs[i].stopped && !before)
            continue; /* By somebody else, who also lets it go on. */
        if (!programs[i].stopped)
            kill(programs[i].pid, SIGSTOP);
        any |= !before;
        programs[ours++] = programs[i];
    }
    memcpy(stopped, programs, ours * sizeof *stopped);
    stopped_count = ours;
    return any;
}

static int youngest_first(const void *a, const void *b)
{
    const struct program *left = a, *right = b;
    if (left->started != right->started)
        return left->started < right->started ? 1 : -1;
    return (left->pid < right->pid) - (left->pid > right->pid);
}

/* Children before their parents: a shell that looks at its jobs must not find one stopped. */
static void let_go_on(void)
{
    size_t count = programs_list(programs, PROGRAMS_MAX), ours = 0;
    for (size_t i = 0; i < count; i++)
        if (was_stopped(&programs[i]))
            programs[ours++] = programs[i];
    qsort(programs, ours, sizeof *programs, youngest_first);
    for (size_t i = 0; i < ours; i++)
        kill(programs[i].pid, SIGCONT);
    stopped_count = 0;
}

void lease_renew(uint32_t milliseconds)
{
    limited = milliseconds != 0;
    ends = clock_ms() + milliseconds;
    if (!ran_out)
        return;
    ran_out = false;
    let_go_on();
    births_pause(false);
}

int lease_tick(void)
{
    if (!limited)
        return -1;
    uint64_t now = clock_ms();
    if (now < ends)
        return ends - now < INT_MAX ? (int)(ends - now) : INT_MAX;
    if (!ran_out) {
        ran_out = true;
        births_pause(true);
        next_look = now;
    }
    if (now >= next_look) {
        while (stop_all())
            ; /* What forks while it is being stopped is met again. */
        next_look = now + LOOK_MS;
    }
    return (int)(next_look - now);
}
