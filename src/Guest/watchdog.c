#include "watchdog.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>

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
    /* How long a killed program may take to give back its memory before the next one is killed, and how many are killed one by one before
       everything is: a bomb of many forks grows faster than it can be picked apart. */
    PATIENCE_MS = 100,
    KILLS_MAX = 8,
    CALM_MS = 1000,
};

static const uint64_t margin_most = 32 * 1024 * 1024;

static uint64_t limit;
static uint64_t next_look, last_kill;
static pid_t killed;
static int kills;
static struct program programs[PROGRAMS_MAX];

void watchdog_open(uint64_t memory_bytes)
{
    uint64_t margin = memory_bytes / 16 < margin_most ? memory_bytes / 16 : margin_most;
    limit = memory_bytes - margin;
}

/* Memory in use without what the disk holds, which has its own limit. */
static uint64_t used(void)
{
    struct sysinfo info;
    struct statfs disk;
    if (sysinfo(&info) != 0 || fstatfs(births_disk(), &disk) != 0)
        return 0;
    uint64_t memory = (uint64_t)(info.totalram - info.freeram) * info.mem_unit;
    uint64_t files = (uint64_t)(disk.f_blocks - disk.f_bfree) * (uint64_t)disk.f_bsize;
    return memory > files ? memory - files : 0;
}

static void kill_one(pid_t pid)
{
    struct process *process = process_find_pid(pid);
    if (process != NULL)
        process->out_of_memory = true;
    kill(pid, SIGKILL);
}

static void kill_largest(uint64_t now)
{
    size_t count = programs_list(programs, PROGRAMS_MAX);
    size_t largest = 0;
    bool waiting = false;
    for (size_t i = 0; i < count; i++) {
        if (programs[i].resident > programs[largest].resident)
            largest = i;
        if (programs[i].pid == killed)
            waiting = true;
    }
    if (count == 0 || (waiting && now - last_kill < PATIENCE_MS))
        return;
    if (now - last_kill > CALM_MS)
        kills = 0;
    last_kill = now;
    killed = programs[largest].pid;
    if (++kills <= KILLS_MAX) {
        kill_one(killed);
        return;
    }
    for (size_t i = 0; i < count; i++)
        kill_one(programs[i].pid);
}

int watchdog_tick(void)
{
    if (limit == 0 || !process_any_runs_code())
        return -1;
    uint64_t now = clock_ms();
    if (now < next_look)
        return (int)(next_look - now);
    uint64_t memory = used();
    uint64_t pause = SHORTEST_MS;
    if (memory >= limit)
        kill_largest(now);
    else
        pause += (limit - memory) / BYTES_PER_MS;
    if (pause > LONGEST_MS)
        pause = LONGEST_MS;
    next_look = now + pause;
    return (int)pause;
}
