#include "watchdog.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "births.h"
#include "clock.h"
#include "process.h"
#include "programs.h"

enum {
    PROGRAMS_MAX = 4096,
    /* How fast programs are taken to grow at most: it decides how long the watchdog may look away. */
    BYTES_PER_MS = 4 * 1024 * 1024,
    SHORTEST_MS = 4,
    LONGEST_MS = 250,
    /* How long a killed program may take to give back its memory before the next one is killed, unless memory grows on meanwhile; and how
       many are killed one by one before everything is: a bomb of many forks grows faster than it can be picked apart, and memory that
       belongs to no program's resident set (files in memory, full pipes) is only given back with all that hold it. The count starts over
       when half of the memory is free again. */
    PATIENCE_MS = 150,
    GROWTH = 8 * 1024 * 1024,
    KILLS_MAX = 8,
    JUMP_MS = 5000,  /* no look comes as late as this but after a restore */
    DYING_MS = 1000, /* a killed program that is still there after this is given up */
};

static const uint64_t margin_most = 32 * 1024 * 1024;

static uint64_t limit;
static int meminfo = -1;
static uint64_t next_look, last_kill;

/* The last one that was killed, until what it held is given back: it may still be growing while it dies. */
static struct {
    pid_t pid;
    bool gone;
    uint64_t gone_at;
    uint64_t memory; /* in use when it was gone */
} victim;

static int kills;
static bool programs_live;
static struct program programs[PROGRAMS_MAX];

void watchdog_open(uint64_t memory_bytes)
{
    uint64_t margin = memory_bytes / 16 < margin_most ? memory_bytes / 16 : margin_most;
    limit = memory_bytes - margin;
    meminfo = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
}

/* Bytes of files that are mapped or cached: sysinfo counts them as used, but the host's kernel takes them back when it needs to. */
static uint64_t mapped(void)
{
    static const char name[] = "\nMapped:";
    char text[4096];
    ssize_t length = pread(meminfo, text, sizeof text - 1, 0);
    if (length <= 0)
        return 0;
    text[length] = 0;
    const char *at = strstr(text, name);
    return at == NULL ? 0 : strtoull(at + sizeof name - 1, NULL, 10) * 1024;
}

static uint64_t without(uint64_t memory, uint64_t part)
{
    return memory > part ? memory - part : 0;
}

/* Memory in use without what the disk holds, which has its own limit. The dearer question is only asked when its answer matters. */
static uint64_t used(void)
{
    struct sysinfo info;
    struct statfs disk;
    if (sysinfo(&info) != 0 || fstatfs(births_disk(), &disk) != 0)
        return 0;
    uint64_t memory = (uint64_t)(info.totalram - info.freeram) * info.mem_unit;
    memory = without(memory, (uint64_t)(disk.f_blocks - disk.f_bfree) * (uint64_t)disk.f_bsize);
    return memory < limit ? memory : without(memory, mapped());
}

static void kill_one(pid_t pid)
{
    struct process *process = process_find_pid(pid);
    if (process != NULL)
        process->out_of_memory = true;
    kill(pid, SIGKILL);
}

static bool is_listed(pid_t pid, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (programs[i].pid == pid)
            return true;
    return false;
}

/* Whether the last kill may still be enough. */
static bool victim_is_pending(size_t count, uint64_t now, uint64_t memory)
{
    if (victim.pid == 0)
        return false;
    if (!victim.gone) {
        if (is_listed(victim.pid, count))
            return now - last_kill < DYING_MS;
        victim.gone = true;
        victim.gone_at = now;
        victim.memory = memory;
    }
    return now - victim.gone_at < PATIENCE_MS && memory <= victim.memory + GROWTH;
}

static void kill_largest(uint64_t now, uint64_t memory)
{
    size_t count = programs_list(programs, PROGRAMS_MAX);
    if (count == 0 || victim_is_pending(count, now, memory))
        return;
    size_t largest = 0;
    for (size_t i = 0; i < count; i++)
        if (programs[i].resident > programs[largest].resident)
            largest = i;
    last_kill = now;
    victim.pid = programs[largest].pid;
    victim.gone = false;
    if (++kills <= KILLS_MAX) {
        kill_one(victim.pid);
        return;
    }
    for (size_t i = 0; i < count; i++)
        kill_one(programs[i].pid);
}

/* Programs outlive the process that started them, so it takes a look at /proc to know that none is left. */
static bool any_program_lives(void)
{
    if (process_any_runs_code())
        programs_live = true;
    else if (programs_live)
        programs_live = programs_list(programs, PROGRAMS_MAX) > process_moulds_waiting();
    return programs_live;
}

int watchdog_tick(void)
{
    if (limit == 0 || (!programs_live && !process_any_runs_code()))
        return -1;
    uint64_t now = clock_monotonic_ms(); /* It looks while the sandbox is held, too. */
    if (now < next_look)
        return (int)(next_look - now);
    if (!any_program_lives())
        return -1;
    /* After a restore, long ago is a moment ago. */
    if (now - next_look > JUMP_MS)
        last_kill = victim.gone_at = now;
    uint64_t memory = used();
    uint64_t pause = SHORTEST_MS;
    if (memory >= limit) {
        kill_largest(now, memory);
    } else {
        victim.pid = 0;
        if (memory < limit / 2)
            kills = 0;
        pause += (limit - memory) / BYTES_PER_MS;
    }
    if (pause > LONGEST_MS)
        pause = LONGEST_MS;
    next_look = now + pause;
    return (int)pause;
}
