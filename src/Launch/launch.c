/*
 * launch [-g FILE]... [-k PIDFILE] -- PROGRAM ARGUMENT...
 *
 * Enters cgroups, then becomes PROGRAM; with -k its sandbox's keeper instead (keep.c). The host starts every runsc through it: a process has to be inside its cgroups before it forks,
 * .NET offers no hook between fork and exec, and clone3's CLONE_INTO_CGROUP knows cgroup v2 only.
 *
 * FILE is a cgroup.procs file; writing "0" there moves the writer. An entry that fails ends the launch with code 125 and one line on stderr:
 * a sandbox never runs without a limit that was asked for.
 *
 * There is no PR_SET_PDEATHSIG here, on purpose. That signal comes when the parent *thread* ends, and the parent is a thread of the .NET
 * thread pool: an idle pool would kill sandboxes. A server that dies closes the container's stdin instead, and the agent exits on that.
 */
#define _GNU_SOURCE
#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_LAUNCH = 125 };

static int fail(const char *what, const char *name)
{
    dprintf(STDERR_FILENO, "launch: %s %s: %s\n", what, name, strerror(errno));
    return EXIT_LAUNCH;
}

static int enter(const char *file)
{
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t written = write(fd, "0", 1);
    int saved = errno;
    close(fd);
    errno = saved;
    return written == 1 ? 0 : -1;
}

int main(int argc, char **argv)
{
    const char *pid_file = NULL;
    int i = 1;
    for (; i + 1 < argc && strcmp(argv[i], "-g") == 0; i += 2)
        if (enter(argv[i + 1]) < 0)
            return fail("cannot enter the cgroup", argv[i + 1]);
    if (i + 1 < argc && strcmp(argv[i], "-k") == 0) {
        pid_file = argv[i + 1];
        i += 2;
    }

    if (i >= argc || strcmp(argv[i], "--") != 0 || i + 1 >= argc) {
        dprintf(STDERR_FILENO, "usage: launch [-g FILE]... [-k PIDFILE] -- PROGRAM ARGUMENT...\n");
        return EXIT_LAUNCH;
    }

    if (pid_file)
        return keep(pid_file, argv + i + 1);
    execv(argv[i + 1], argv + i + 1);
    return fail("cannot start", argv[i + 1]);
}
