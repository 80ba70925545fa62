#include "lease.h"

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "births.h"
#include "clock.h"
#include "fail.h"
#include "programs.h"

enum {
    PROGRAMS_MAX = 4096,
    LOOK_MS = 100, /* between two looks for programs that run in spite of all */
    PASSES_IN_ORDER = 6, /* with 1, 2, 4 ... 32 ms between them */
};

static bool limited, ran_out;
static uint64_t ends, next_look;
static uint32_t passes;

static struct program programs[PROGRAMS_MAX];
static struct program stopped[PROGRAMS_MAX]; /* by the lease, in the order of their pids */
static size_t stopped_count;
static bool due[PROGRAMS_MAX];

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

/* Whether its parent is a program that runs. */
static bool parent_runs(const struct program *program, size_t count)
{
    struct program parent = { .pid = program->parent };
    const struct program *found = bsearch(&parent, programs, count, sizeof *programs, by_pid);
    return found != NULL && !found->stopped;
}

/*
 * One pass; whether every program is stopped. Parents first, and children once these stand: a shell must not find its job stopped. A parent may
 * wait for its child, though, and not stop before that one has gone on (vfork): so there is an end to the order.
 */
static bool stop_all(bool in_order)
{
    size_t count = programs_list(programs, PROGRAMS_MAX), ours = 0;
    bool all = true;
    if (count == PROGRAMS_MAX)
        fail(FAILURE_SYSTEM, "more programs than can be stopped");
    for (size_t i = 0; i < count; i++) {
        all &= programs[i].stopped;
        due[i] = was_stopped(&programs[i]) || (!programs[i].stopped && !(in_order && parent_runs(&programs[i], count)));
        if (due[i] && !programs[i].stopped)
            kill(programs[i].pid, SIGSTOP);
    }
    /* Whoever stands and is not due was stopped by somebody else, who also lets it go on. */
    for (size_t i = 0; i < count; i++)
        if (due[i])
            stopped[ours++] = programs[i];
    stopped_count = ours;
    return all;
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
    /* Before READY there are no programs, and nobody has said which processes are none. */
    if (!limited || births_disk() < 0)
        return -1;
    uint64_t now = clock_ms();
    if (now < ends)
        return ends - now < INT_MAX ? (int)(ends - now) : INT_MAX;
    if (!ran_out) {
        ran_out = true;
        births_pause(true);
        next_look = now;
        passes = 0;
    }
    if (now >= next_look) {
        bool all = stop_all(passes < PASSES_IN_ORDER);
        next_look = now + (all || passes > PASSES_IN_ORDER ? LOOK_MS : UINT64_C(1) << passes);
        passes++;
    }
    return (int)(next_look - now);
}
