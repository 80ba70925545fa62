#include "signals.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "process.h"
#include "programs.h"

enum { PROGRAMS_MAX = 4096, PASSES_MAX = 8 };

static struct program programs[PROGRAMS_MAX];
static bool member[PROGRAMS_MAX];

struct lineage {
    const struct process *process;
    bool others; /* another process has a record */
};

static void look_for_others(struct process *process, void *context)
{
    struct lineage *lineage = context;
    if (process != lineage->process && process->number != lineage->process->number)
        lineage->others = true;
}

static bool parent_is_member(size_t index, size_t count)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (programs[middle].pid == programs[index].parent)
            return member[middle];
        if (programs[middle].pid < programs[index].parent)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* Marks what belongs to the process; a child's pid may be below its parent's once they wrap, hence the loop. */
static void mark(pid_t pid, bool everything, size_t count)
{
    for (size_t i = 0; i < count; i++)
        member[i] = everything || programs[i].pid == pid || programs[i].group == pid || programs[i].session == pid;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < count; i++)
            if (!member[i] && parent_is_member(i, count))
                member[i] = changed = true;
    }
}

/* One pass; whether any program was met. */
static bool pass(pid_t pid, bool everything, int number)
{
    size_t count = programs_list(programs, PROGRAMS_MAX);
    bool any = false;
    mark(pid, everything, count);
    for (size_t i = 0; i < count; i++)
        if (member[i]) {
            any = true;
            kill(programs[i].pid, number);
        }
    return any;
}

static void send_tree(struct process *process, int number)
{
    struct lineage lineage = { .process = process, .others = process->number != 1 };
    process_each(look_for_others, &lineage);
    bool everything = !lineage.others;
    /* What forks while it is being killed is met again; other signals are delivered once. */
    for (int passes = 0; pass(process->pid, everything, number) && number == SIGKILL && passes < PASSES_MAX; passes++)
        ;
}

void signals_send(struct process *process, int number, enum signal_scope scope)
{
    if (process->state == PROCESS_WAITING) {
        process->early_signals[scope] |= UINT64_C(1) << (number - 1);
        return;
    }
    if (scope == SCOPE_TREE)
        send_tree(process, number);
    else if (process->state == PROCESS_RUNNING)
        kill(process->pid, number);
}

void signals_send_session(pid_t session, pid_t group, int number)
{
    size_t count = programs_list(programs, PROGRAMS_MAX);
    for (size_t i = 0; i < count; i++)
        if (programs[i].session == session && (group == 0 || programs[i].group == group))
            kill(programs[i].pid, number);
}

void signals_deliver_early(struct process *process)
{
    for (int scope = 0; scope < 2; scope++)
        for (int number = 1; number <= 64; number++)
            if (process->early_signals[scope] & (UINT64_C(1) << (number - 1)))
                signals_send(process, number, (enum signal_scope)scope);
    process->early_signals[0] = process->early_signals[1] = 0;
}
