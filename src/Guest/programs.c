#include "programs.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pid_t not_programs[2];

void programs_except(pid_t nursery, pid_t init)
{
    not_programs[0] = nursery;
    not_programs[1] = init;
}

/* From the blank before a field of /proc/PID/stat to the one before a later field. */
static char *skip_fields(char *at, int count)
{
    while (count-- > 0 && at != NULL)
        at = strchr(at + 1, ' ');
    return at;
}

/* Reads /proc/PID/stat of a process that has not ended. */
static int read_program(pid_t pid, struct program *program)
{
    char path[40], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t length = read(fd, line, sizeof line - 1);
    close(fd);
    if (length <= 0)
        return 0;
    line[length] = 0;
    /* The name in parentheses is the program's own choice, parentheses and blanks included. */
    char *rest = strrchr(line, ')');
    char state;
    long pages = 0;
    if (rest == NULL || sscanf(rest + 1, " %c %d %d %d", &state, &program->parent, &program->group, &program->session) != 4)
        return 0;
    /* The agent's own children are the nursery and workers. */
    if (state == 'Z' || state == 'X' || program->parent == getpid())
        return 0;
    char *start = skip_fields(rest + 1, 22 - 3);
    char *size = start == NULL ? NULL : skip_fields(start, 24 - 22);
    if (size != NULL)
        pages = strtol(size, NULL, 10);
    program->started = start == NULL ? 0 : strtoull(start, NULL, 10);
    program->stopped = state == 'T' || state == 't';
    program->pid = pid;
    program->resident = pages > 0 ? (uint64_t)pages * 4096 : 0;
    return 1;
}

static int by_pid(const void *a, const void *b)
{
    pid_t left = ((const struct program *)a)->pid, right = ((const struct program *)b)->pid;
    return (left > right) - (left < right);
}

void programs_end(void)
{
    struct program one;
    /* With the first of their namespace go all others, whatever they start meanwhile. */
    kill(not_programs[1], SIGKILL);
    while (programs_list(&one, 1) > 0)
        poll(NULL, 0, 1);
}

size_t programs_list(struct program *programs, size_t most)
{
    DIR *directory = opendir("/proc");
    size_t count = 0;
    if (directory == NULL)
        return 0;
    struct dirent *entry;
    while (count < most && (entry = readdir(directory)) != NULL) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid <= 0 || pid == getpid() || pid == not_programs[0] || pid == not_programs[1])
            continue;
        count += (size_t)read_program(pid, &programs[count]);
    }
    closedir(directory);
    qsort(programs, count, sizeof *programs, by_pid);
    return count;
}
