/*
 * A program that does what a program in a sandbox must not be able to do. Each attack prints a line "HIT ..." for everything it got, and
 * "done" at its end. Built static by the tests, and laid into the sandbox as a layer.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void hit(const char *what, long detail)
{
    printf("HIT %s %ld\n", what, detail);
    fflush(stdout);
}

/* A descriptor of a process in /proc that is no program's business: the link, or a socket or epoll of the agent's. */
static void look_at_descriptors(int pid)
{
    char path[512], target[256];
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        snprintf(path, sizeof path, "/proc/%d/fd/%s", pid, entry->d_name);
        ssize_t length = readlink(path, target, sizeof target - 1);
        if (length <= 0)
            continue;
        target[length] = 0;
        if (strncmp(target, "host:", 5) == 0 || strstr(target, "eventpoll") != NULL || strstr(target, "memfd") != NULL)
            hit(target, pid);
        /* The nursery's socket can be seen for a moment, but a socket cannot be opened through its link. */
        if (strncmp(target, "socket:", 7) == 0) {
            int fd = open(path, O_RDWR | O_NONBLOCK);
            if (fd >= 0) {
                hit("opened a socket", pid);
                close(fd);
            }
        }
    }
    if (directory != NULL)
        closedir(directory);
}

static int is_agent_memory(int pid)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "r");
    int found = 0;
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
        found |= strstr(line, "/agent") != NULL;
    if (maps != NULL)
        fclose(maps);
    return found;
}

/* What must fail on the first process, and on one that is still the agent's code. */
static void grab(int pid)
{
    char path[64];
    static const char *const files[] = { "mem", "root/agent", "root/proc", "cwd/.", "exe" };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
        int fd = open(path, i == 0 ? O_RDWR : O_RDONLY);
        if (fd >= 0) {
            if (is_agent_memory(pid))
                hit(path, pid);
            close(fd);
        }
    }
    char byte;
    struct iovec mine = { &byte, 1 }, theirs = { (void *)0x400000, 1 };
    if (process_vm_readv(pid, &mine, 1, &theirs, 1, 0) == 1 && is_agent_memory(pid))
        hit("process_vm_readv", pid);
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0) {
        if (is_agent_memory(pid))
            hit("PTRACE_SEIZE", pid);
        ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
        waitpid(pid, NULL, __WALL);
        ptrace(PTRACE_DETACH, pid, NULL, NULL);
    }
}

static void attack_init(void)
{
    look_at_descriptors(1);
    grab(1);
    struct rlimit limit = { 0, 0 };
    if (prlimit(1, RLIMIT_NOFILE, &limit, NULL) == 0)
        hit("prlimit", 1);
    if (geteuid() != 0 && kill(1, SIGSTOP) == 0)
        hit("SIGSTOP", 1);
    if (getppid() != 0)
        hit("a parent", getppid());
}

/* Nothing is visible but programs and the namespace's first process. */
static void attack_look(void)
{
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        int pid = atoi(entry->d_name);
        if (pid <= 0)
            continue;
        look_at_descriptors(pid);
        if (pid != 1 && is_agent_memory(pid))
            hit("the agent's memory", pid);
    }
    static const char *const paths[] = { "/agent", "/l", "/l/0", "/old", "/upper", "/work", "/mnt/upper", "/proc/self/root/../agent" };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (access(paths[i], F_OK) == 0)
            hit(paths[i], 0);
    for (int fd = 3; fd < 1024; fd++)
        if (fd != dirfd(directory) && fcntl(fd, F_GETFD) >= 0)
            hit("an inherited descriptor", fd);
    for (int i = 1; i < 65; i++) {
        struct sigaction action;
        if (sigaction(i, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
            hit("a signal that is not at its default", i);
    }
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    for (int i = 1; i < 65; i++)
        if (sigismember(&mask, i) == 1)
            hit("a blocked signal", i);
    if (getsid(0) != getpid() || getpgrp() != getpid())
        hit("no session of its own", getsid(0));
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        hit("new privileges", 0);
}

/* Watches for programs that are being born, and grabs at each for as long as it is told. */
static void attack_births(double seconds)
{
    double end = now() + seconds;
    int highest = getpid();
    while (now() < end) {
        for (int pid = highest + 1; pid < highest + 12; pid++) {
            char path[32];
            snprintf(path, sizeof path, "/proc/%d", pid);
            if (access(path, F_OK) != 0)
                continue;
            highest = pid;
            for (int again = 0; again < 3; again++) {
                look_at_descriptors(pid);
                grab(pid);
            }
        }
    }
    printf("seen up to %d\n", highest);
}

/* Stops whatever can be stopped, again and again. */
static void attack_stop(double seconds)
{
    double end = now() + seconds;
    signal(SIGCHLD, SIG_IGN);
    while (now() < end)
        for (int pid = getpid() + 1; pid < getpid() + 40; pid++)
            kill(pid, SIGSTOP);
}

/* Asks its parent, the nursery, to trace it, and goes on. */
static void attack_traceme(char **argv)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0) {
        /* Each of these would stop it for ever, if the nursery took the part of a tracer. */
        raise(SIGCONT);
        raise(SIGUSR1);
    } else {
        printf("refused\n");
    }
    fflush(stdout);
    if (argv[2] != NULL)
        execv(argv[2], argv + 2);
}

static void attack_rights(void)
{
    if (mount("tmpfs", "/tmp", "tmpfs", 0, NULL) == 0) hit("mount", 0);
    if (mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL) == 0) hit("remount", 0);
    if (umount2("/proc/sys", MNT_DETACH) == 0) hit("umount", 0);
    if (chroot("/tmp") == 0) hit("chroot", 0);
    if (syscall(SYS_pivot_root, "/tmp", "/tmp") == 0) hit("pivot_root", 0);
    if (sethostname("x", 1) == 0) hit("sethostname", 0);
    static const struct { const char *name; int flag; } spaces[] = {
        { "NEWUSER", CLONE_NEWUSER }, { "NEWNS", CLONE_NEWNS }, { "NEWPID", CLONE_NEWPID }, { "NEWNET", CLONE_NEWNET },
        { "NEWIPC", CLONE_NEWIPC }, { "NEWUTS", CLONE_NEWUTS }, { "NEWUSER and NEWNS", CLONE_NEWUSER | CLONE_NEWNS },
    };
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (unshare(spaces[i].flag) == 0)
            hit("unshare", (long)i);
        long child = syscall(SYS_clone, spaces[i].flag | SIGCHLD, 0, 0, 0, 0);
        if (child == 0)
            _exit(0);
        /* gVisor lets anyone copy the mount namespace; what counts is that nothing can be done in the copy. */
        if (child > 0 && spaces[i].flag != CLONE_NEWNS)
            hit("clone", (long)i);
    }
    fflush(stdout);
    if (syscall(SYS_clone, CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0) == 0) {
        if (unshare(CLONE_NEWUSER) == 0) hit("unshare in a copy of the mounts", 0);
        if (mount("tmpfs", "/tmp", "tmpfs", 0, NULL) == 0) hit("mount in a copy of the mounts", 0);
        if (umount2("/proc/sys", MNT_DETACH) == 0) hit("umount in a copy of the mounts", 0);
        if (access("/proc/self/root/../agent", F_OK) == 0 || access("/upper", F_OK) == 0) hit("paths in a copy of the mounts", 0);
        _exit(0);
    }
    wait(NULL);
    static const char *const files[] = { "/proc/sys/kernel/yama/ptrace_scope", "/proc/sys/kernel/hostname", "/proc/sys/vm/overcommit_memory",
                                         "/proc/sys/net/ipv4/ip_forward" };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        int fd = open(files[i], O_WRONLY);
        if (fd >= 0) {
            hit(files[i], fd);
            close(fd);
        }
    }
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = ++limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0) hit("setrlimit above its limit", 0);
    for (int i = 0; i < 41; i++) {
        int allowed = geteuid() == 0 && (i == 0 || i == 1 || i == 3 || i == 4 || i == 5 || i == 6 || i == 7);
        if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) != allowed)
            hit("the bounding set's capability", i);
    }
    if (geteuid() != 0) {
        if (setuid(0) == 0) hit("setuid", 0);
        if (chown("/tmp", 1000, 1000) == 0) hit("chown", 0);
        if (kill(1, 0) == 0) hit("kill", 1);
    }
}

static void attack_forks(void)
{
    int count = 0;
    for (; count < 5000; count++) {
        pid_t child = fork();
        if (child < 0)
            break;
        if (child == 0)
            for (;;)
                pause();
    }
    printf("forked %d\n", count);
    kill(0, SIGKILL);
}

/*
 * Always another process, and always with no parent left. When one ends beside a stopped one, gVisor takes their group for newly orphaned, and sends
 * it a SIGHUP: not what is tried here.
 */
static void attack_chain(void)
{
    signal(SIGHUP, SIG_IGN);
    for (unsigned n = 0;; n++) {
        pid_t child = fork();
        if (child > 0)
            _exit(0);
        if (n % 10 == 0)
            (void)!write(1, ".", 1);
    }
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    double seconds = argc > 2 ? atof(argv[2]) : 0;
    if (strcmp(name, "init") == 0) attack_init();
    else if (strcmp(name, "look") == 0) attack_look();
    else if (strcmp(name, "births") == 0) attack_births(seconds);
    else if (strcmp(name, "stop") == 0) attack_stop(seconds);
    else if (strcmp(name, "traceme") == 0) { signal(SIGUSR1, SIG_IGN); attack_traceme(argv); }
    else if (strcmp(name, "rights") == 0) attack_rights();
    else if (strcmp(name, "forks") == 0) { setvbuf(stdout, NULL, _IONBF, 0); attack_forks(); }
    else if (strcmp(name, "chain") == 0) attack_chain();
    else if (strcmp(name, "kill") == 0) { kill(-1, SIGKILL); kill(1, SIGKILL); }
    else return 64;
    printf("done\n");
    return 0;
}
