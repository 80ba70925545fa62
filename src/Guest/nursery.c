#include "nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "credentials.h"
#include "descriptors.h"
#include "mounts.h"
#include "newborn.h"
#include "news.h"
#include "pty.h"

enum { STACK_SIZE = 256 * 1024, INIT_USER = 65533, REAPED_AT_ONCE = 64, FIFO = 4, MASTER, REPLICA, OURS };

static int agent;
static pid_t init;
static struct birth *arena;
static _Alignas(16) char stack[STACK_SIZE];

static void tell(const struct news *news, const int *descriptors, size_t count)
{
    if (!news_send(agent, news, descriptors, count))
        _exit(1); /* The agent is gone, and takes the sandbox with it. */
}

static _Noreturn void broken(const char *what)
{
    struct news news = { .kind = NEWS_BROKEN, .error = errno };
    snprintf(news.text, sizeof news.text, "%s", what);
    tell(&news, NULL, 0);
    _exit(1);
}

/* The first process of the programs' namespace: it holds the namespace open and reaps whoever lost its parent, and does nothing else. */
static _Noreturn void init_run(int done)
{
    const char *failed = mounts_make_proc();
    /* A user of its own: root's programs have no right over another user's limits, memory or descriptors. */
    if (failed == NULL && !(capabilities_bound(0) && credentials_become(INIT_USER, INIT_USER)))
        failed = "drop init's rights";
    munmap(arena, ARENA_SIZE);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    int error = errno;
    char answer[128];
    int length = snprintf(answer, sizeof answer, "%c%c%s", failed == NULL ? 0 : 1, error, failed == NULL ? "" : failed);
    (void)!write(done, answer, (size_t)length + 1);
    /* No program runs yet that could look. */
    if (!descriptors_close(0, DESCRIPTOR_LAST))
        _exit(1);
    signal(SIGCHLD, SIG_IGN);
    for (;;)
        pause();
}

static void make_namespace(void)
{
    int done[2];
    if (unshare(CLONE_NEWPID) != 0 || pipe2(done, O_CLOEXEC) != 0)
        broken("make the programs' PID namespace");
    init = fork();
    if (init < 0)
        broken("start the programs' init");
    if (init == 0)
        init_run(done[1]);
    close(done[1]);
    char answer[128];
    ssize_t length = read(done[0], answer, sizeof answer);
    close(done[0]);
    if (length < 3 || answer[0] != 0) {
        errno = length < 3 ? EIO : answer[1];
        broken(length < 3 ? "start the programs' init" : answer + 2);
    }
}

static void set_limit(int resource, rlim_t value)
{
    struct rlimit limit = { value, value };
    if (setrlimit((__rlimit_resource_t)resource, &limit) != 0)
        broken("set the programs' limits");
}

/* What the nursery needs to make programs. Without CAP_SYS_RESOURCE, which not every root has, only limits above its own fail. */
static bool keep_rights(bool mounts)
{
    uint64_t rights = ROOT_CAPABILITIES | CAPABILITY(CAP_SETPCAP) | (mounts ? CAPABILITY(CAP_SYS_ADMIN) : 0);
    return capabilities_set(rights | CAPABILITY(CAP_SYS_RESOURCE)) || capabilities_set(rights);
}

/* What every newborn inherits, done once here rather than at each birth. */
static void prepare(const struct configuration *configuration)
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &child, NULL);
    /* Whatever whoever started the container ignored, such as SIGHUP, is no business of a program's. */
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);

    /* Descriptor 3 stays taken, so that no pipe can get it before a newborn wants it as its result channel. */
    int null;
    do
        null = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (null >= 0 && null <= 3);
    if (null < 0)
        broken("open /dev/null");
    for (int i = 0; i < 3; i++)
        if (dup2(null, i) < 0)
            broken("open /dev/null");
    bool tty_works;
    if (!pty_open(&tty_works))
        broken("open /dev/pts");
    set_limit(RLIMIT_CORE, 0);
    set_limit(RLIMIT_NPROC, configuration->processes);
    set_limit(RLIMIT_NOFILE, configuration->open_files);
    if (syscall(SYS_setgroups, 0, NULL) != 0 || !capabilities_bound(ROOT_CAPABILITIES) || !keep_rights(!tty_works) ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        broken("drop the nursery's rights");
}

/* Runs in the nursery's memory on a stack of its own, while the nursery waits for its exec or end. */
static pid_t bear(int (*run)(void *), struct newborn *newborn, int flags)
{
    newborn->birth->error = 0;
    newborn->birth->stage = 0;
    return clone(run, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | flags, newborn,
                 (pid_t *)(uintptr_t)&newborn->birth->pid, NULL, NULL);
}

/* A child that only makes files. */
static bool run_errand(int (*run)(void *), struct birth *birth)
{
    struct newborn newborn = { .birth = birth, .descriptors = { -1, -1, -1, -1 }, .terminal = -1 };
    pid_t pid = bear(run, &newborn, CLONE_FILES); /* Without a signal at its end, which is waited for here. */
    if (pid < 0) {
        birth->error = errno;
        birth->stage = STAGE_RESOURCES;
        return false;
    }
    int status;
    while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR)
        ;
    if (birth->error == 0 && status != 0) {
        birth->error = EINTR; /* Another program killed it. */
        birth->stage = STAGE_FILE;
    }
    return birth->error == 0;
}

/* A pipe between the agent and a program. The program owns it: it may open it again through /proc/self/fd. */
static bool make_pipe(const struct birth *birth, int *theirs, int *ours, bool read_by_program)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    *theirs = ends[read_by_program ? 0 : 1];
    *ours = ends[read_by_program ? 1 : 0];
    return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0 && ((birth->uid == 0 && birth->gid == 0) || fchown(*theirs, birth->uid, birth->gid) == 0);
}

struct ends {
    int theirs[4];
    int terminal;   /* theirs */
    int ours[OURS]; /* in the order of enum news_descriptors: the channels', the mould's FIFO, the terminal's two */
};

static bool make_terminal(const struct birth *birth, struct ends *ends)
{
    struct pty pty;
    bool made = pty_make(birth->rows, birth->columns, &pty);
    ends->ours[MASTER] = pty.master;
    ends->ours[REPLICA] = pty.held;
    ends->terminal = pty.replica;
    return made;
}

static bool make_ends(struct birth *birth, struct ends *ends)
{
    bool mould = (birth->flags & START_MOULD) != 0;
    if (mould && !run_errand(newborn_fifos, birth))
        return false;
    birth->stage = STAGE_RESOURCES;
    if (birth->rows != 0 && !make_terminal(birth, ends)) {
        birth->error = errno;
        return false;
    }
    for (int i = birth->rows != 0 ? 3 : 0; i < 4; i++) {
        if ((i == 0 && (birth->flags & START_NO_STDIN)) || (i == 3 && (mould || !(birth->flags & START_RESULT))))
            continue;
        if (!make_pipe(birth, &ends->theirs[i], &ends->ours[i], i == 0)) {
            birth->error = errno;
            return false;
        }
    }
    return true;
}

static void deliver_program(struct birth *birth)
{
    struct ends ends = { { -1, -1, -1, -1 }, -1, { -1, -1, -1, -1, -1, -1, -1 } };
    birth->fifo_fd = birth->result_fd = -1;
    birth->pid = 0;
    pid_t pid = 0;
    if (make_ends(birth, &ends)) {
        struct newborn newborn = { birth, { ends.theirs[0], ends.theirs[1], ends.theirs[2], ends.theirs[3] }, ends.terminal };
        birth->pid_seen = 0;
        pid = bear(newborn_program, &newborn, SIGCHLD);
        if (pid < 0) {
            birth->error = errno;
            birth->stage = STAGE_RESOURCES;
        }
    }
    if (birth->fifo_fd >= 0)
        ends.ours[FIFO] = birth->fifo_fd;
    if (birth->result_fd >= 0)
        ends.ours[3] = birth->result_fd;

    struct news news = { .kind = NEWS_BORN, .number = birth->number, .pid = pid, .pid_seen = birth->pid_seen,
                         .error = birth->error, .stage = birth->stage };
    int descriptors[OURS];
    size_t count = 0;
    for (int i = 0; i < OURS; i++)
        if (ends.ours[i] >= 0 && birth->error == 0) {
            news.descriptors |= 1u << i;
            descriptors[count++] = ends.ours[i];
        }
    tell(&news, descriptors, count);
    for (int i = 0; i < OURS; i++)
        if (ends.ours[i] >= 0)
            close(ends.ours[i]);
    for (int i = 0; i < 4; i++)
        if (ends.theirs[i] >= 0)
            close(ends.theirs[i]);
    if (ends.terminal >= 0)
        close(ends.terminal);
}

static void deliver_pour(struct birth *birth)
{
    run_errand(newborn_pour, birth);
    struct news news = { .kind = NEWS_BORN, .number = birth->number, .error = birth->error, .stage = birth->stage };
    tell(&news, NULL, 0);
}

static uint64_t microseconds(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

/* Takes the news of some children; true when there may be more. It is bounded, since programs can make news as fast as it is taken. */
static bool reap(void)
{
    for (int i = 0; i < REAPED_AT_ONCE; i++) {
        int status;
        struct rusage usage;
        pid_t pid = wait4(-1, &status, WNOHANG | __WALL, &usage);
        if (pid <= 0)
            return false;
        if (WIFSTOPPED(status)) {
            /* A program asked its parent to trace it (PTRACE_TRACEME). It gets its signal, and no tracer. */
            int signal = WSTOPSIG(status);
            ptrace(PTRACE_DETACH, pid, NULL, (void *)(intptr_t)(signal == SIGTRAP ? 0 : signal));
            continue;
        }
        struct news news = { .kind = pid == init ? NEWS_INIT_ENDED : NEWS_ENDED, .pid = pid, .status = status,
                             .user_us = microseconds(usage.ru_utime), .system_us = microseconds(usage.ru_stime),
                             .peak_bytes = (uint64_t)usage.ru_maxrss * 1024 };
        tell(&news, NULL, 0);
    }
    return true;
}

_Noreturn void nursery_run(const struct configuration *configuration, struct birth *birth, int socket)
{
    arena = birth;
    agent = fcntl(socket, F_DUPFD_CLOEXEC, 10);
    if (agent != 10 || !descriptors_close(3, 9) || !descriptors_close(11, DESCRIPTOR_LAST))
        _exit(1);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    struct mounts mounts;
    const char *failed = mounts_make(configuration, &mounts);
    if (failed != NULL)
        broken(failed);
    make_namespace();
    prepare(configuration);
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    int children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (children < 0)
        broken("watch the programs");
    struct news ready = { .kind = NEWS_READY, .pid = init, .descriptors = HAS_DISK | HAS_IDENTITY | HAS_ROOT };
    tell(&ready, (int[]){ mounts.disk, mounts.identity, mounts.root }, 3);
    close(mounts.disk);
    close(mounts.root);
    close(mounts.identity);

    for (bool more = false;;) {
        struct pollfd waits[2] = { { .fd = agent, .events = POLLIN }, { .fd = children, .events = POLLIN } };
        if (poll(waits, 2, more ? 0 : -1) < 0 && errno != EINTR)
            _exit(1);
        struct signalfd_siginfo info;
        if (waits[1].revents != 0)
            (void)!read(children, &info, sizeof info);
        if (waits[1].revents != 0 || more)
            more = reap();
        if (waits[0].revents == 0)
            continue;
        char request;
        if (recv(agent, &request, 1, 0) <= 0)
            _exit(0);
        if (birth->kind == BIRTH_PROGRAM)
            deliver_program(birth);
        else
            deliver_pour(birth);
    }
}
