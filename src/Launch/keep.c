/*
 * `runsc create` leaves its sandbox an orphan: whoever inherits it must reap it and alone learns its exit code. Here that is a process for each
 * container (this one; 0.2 MB instead of the 20 of an attached runsc), so that for the host a created container is what an attached one
 * is: one child, which ends when the sandbox does and with its code.
 *
 * To the host:
 *   stdout        one byte once the container is created, before anything of the guest's; after that only the guest has it
 *   SIGTERM       ends the sandbox
 *   stdin's end   (the host closed it, or died) ends a sandbox that does not end by itself within GRACE_MS; one that was never started cannot
 */
#define _GNU_SOURCE
#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_KEEP = 125, GRACE_MS = 2000, ORPHANS_MS = 1000, CREATED = 1 };

struct keeper {
    const char *pid_file;
    pid_t program; /* 0 once it has ended */
    pid_t sandbox; /* 0 before it is there and once it has ended */
    int sandbox_ended;
    int code;
    int ending; /* it shall end, whatever comes into being still */
};

static int fail(const char *what)
{
    dprintf(STDERR_FILENO, "launch: %s: %s\n", what, strerror(errno));
    return EXIT_KEEP;
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int code_of(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Children that are not reaped yet keep their ids, so a signal reaches them and nobody else. */
static void end(struct keeper *keeper)
{
    keeper->ending = 1;
    if (keeper->program > 0)
        kill(keeper->program, SIGKILL);
    if (keeper->sandbox > 0)
        kill(keeper->sandbox, SIGKILL);

    /* And whom nobody has named yet: the sandbox of a program that did not come to its end. Not every kernel lists children. */
    FILE *children = fopen("/proc/thread-self/children", "re");
    int pid;
    while (children && fscanf(children, "%d", &pid) == 1)
        kill(pid, SIGKILL);
    if (children)
        fclose(children);
}

static pid_t read_pid(const char *name)
{
    char text[16] = "";
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    char *rest;
    long pid = length > 0 ? strtol(text, &rest, 10) : 0;
    if (pid < 2 || *rest != 0) {
        errno = EINVAL;
        return -1;
    }
    return (pid_t)pid;
}

/* The program has ended well: its sandbox is ours now. Nonzero = an exit code. */
static int adopt(struct keeper *keeper)
{
    keeper->sandbox = read_pid(keeper->pid_file);
    if (keeper->sandbox < 0)
        return fail("no process id of the sandbox");
    if (keeper->ending)
        kill(keeper->sandbox, SIGKILL);

    const char created = CREATED;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (write(STDOUT_FILENO, &created, 1) != 1 || null < 0 || dup2(null, STDOUT_FILENO) < 0) {
        int code = fail("cannot tell the host");
        end(keeper);
        return code;
    }
    close(null);
    return 0;
}

/* Reaps what has ended. Nonzero = an exit code; -1 = nobody is left. */
static int reap(struct keeper *keeper)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == keeper->program) {
            keeper->program = 0;
            if (code_of(status) != 0) {
                end(keeper);
                return code_of(status);
            }
            int code = adopt(keeper);
            if (code != 0)
                return code;
        } else if (pid == keeper->sandbox) {
            keeper->sandbox = 0;
            keeper->sandbox_ended = 1;
            keeper->code = code_of(status);
        }
    }
    return pid < 0 ? -1 : 0;
}

static int watch(struct keeper *keeper, int signals)
{
    struct pollfd fds[] = { { .fd = signals, .events = POLLIN }, { .fd = STDIN_FILENO, .events = 0 } };
    long deadline = 0; /* of the sandbox's own end, then of its orphans' */
    int orphans = 0;
    for (;;) {
        long left = deadline ? deadline - now_ms() : -1;
        if (deadline && left <= 0) {
            if (orphans)
                return keeper->code;
            end(keeper);
            deadline = 0;
            left = -1;
        }

        if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
            return fail("poll");

        struct signalfd_siginfo signal;
        if ((fds[0].revents & POLLIN) && read(signals, &signal, sizeof signal) == sizeof signal) {
            if (signal.ssi_signo == SIGTERM)
                end(keeper);
            int code = reap(keeper);
            if (code != 0)
                return code > 0 ? code : keeper->code;
            if (keeper->sandbox_ended && !orphans) {
                /* Its gofer and the guest's processes follow; the host need not wait long for them. */
                orphans = 1;
                deadline = now_ms() + ORPHANS_MS;
            }
        }

        if (fds[1].revents) {
            fds[1].fd = -1;
            if (!deadline)
                deadline = now_ms() + GRACE_MS;
        }
    }
}

int keep(const char *pid_file, char **program)
{
    struct keeper keeper = { .pid_file = pid_file, .code = EXIT_KEEP };
    sigset_t wanted, before;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &wanted, &before) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return fail("cannot become the sandbox's parent");
    int signals = signalfd(-1, &wanted, SFD_CLOEXEC);
    if (signals < 0)
        return fail("signalfd");

    keeper.program = fork();
    if (keeper.program < 0)
        return fail("fork");
    if (keeper.program == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        execv(program[0], program);
        _exit(fail(program[0]));
    }
    return watch(&keeper, signals);
}
