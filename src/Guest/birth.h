/*
 * What the agent and its nursery say to each other.
 *
 * The nursery is a process of its own, born before any program, that starts all of them. It exists because a newborn program can be seen by
 * the programs that already run, before its exec, and gVisor lets root open another process's descriptors through /proc/PID/fd: so a
 * newborn must never hold the agent's, and the nursery holds none of them. It lies outside the programs' PID namespace, as the agent does,
 * and inside their root, which the agent never enters.
 *
 * A request is built in an arena of shared memory, one at a time, and a byte on the socket hands it over. Answers and exits come back as
 * struct news (news.h), with descriptors beside them.
 */
#ifndef BIRTH_H
#define BIRTH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    ARENA_SIZE = 8 * 1024 * 1024, /* fits any START: a payload of 2 MiB, a pointer and a NUL for each of its shortest fields */
    FILES_MAX = 64,
    VOIDED_MAX = 16,
    LIMITS_MAX = 16,
};

struct birth_file {
    const char *path;
    const void *content;
    uint32_t length;
};

struct birth_limit {
    uint32_t resource;
    uint64_t value;
};

enum birth_kind {
    BIRTH_PROGRAM, /* start a program; a mould's FIFOs are made first */
    BIRTH_POUR,    /* make files, then put the first one in the place of what has its name */
};

/* Every pointer in it points into the arena: nothing else of the agent's memory is the nursery's too. */
struct birth {
    char *rest; /* the arena's free part */
    enum birth_kind kind;
    uint32_t number;
    uint32_t uid;
    uint32_t gid;
    uint32_t flags; /* enum start_flags */
    uint16_t rows;  /* of the program's terminal; 0 = it has pipes */
    uint16_t columns;
    char **argv;
    char **envp;
    const char *path; /* the value of PATH in envp, or NULL */
    const char *directory;
    const char *fifo;    /* a mould's file, made as a FIFO */
    const char *result;  /* a mould's result FIFO; when pouring: removed, because it is not wanted */
    const char *voided[VOIDED_MAX]; /* FIFOs of moulds that this program's start has ended: removed before it */
    uint32_t voided_count;
    struct birth_file replacement;
    struct birth_file files[FILES_MAX];
    uint32_t file_count;
    struct birth_limit limits[LIMITS_MAX];
    uint32_t limit_count;

    /* Written by the newborn, which shares the nursery's memory until its exec. */
    volatile int32_t error;
    volatile uint32_t stage;
    volatile pid_t pid_seen; /* as programs see it */
    volatile pid_t pid;      /* as the agent sees it; valid while a birth goes on, so that a stopped newborn can be helped or killed */
    volatile int fifo_fd;
    volatile int result_fd;
};

#endif
