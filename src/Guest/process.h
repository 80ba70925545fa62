/*
 * The records of processes, from START to FORGET.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "input.h"
#include "known.h"
#include "output.h"
#include "terminal.h"

enum process_state {
    PROCESS_WAITING, /* its birth was asked for */
    PROCESS_RUNNING,
    PROCESS_ENDED,   /* reaped; EXIT was sent */
};

enum mould_state {
    MOULD_NONE,
    MOULD_WAITING,  /* blocked at its FIFO; no code of a user has run in it */
    MOULD_FILLING,  /* being poured */
    MOULD_POURED,
    MOULD_VOID,     /* ended, because another program was started that could have reached it */
};

struct process {
    struct process *next; /* in its bucket */
    uint32_t number;
    enum process_state state;
    struct known *known;
    pid_t pid;
    uint32_t uid;
    uint32_t gid;
    uint64_t early_signals[2]; /* asked for before it was born: bit = signal, by scope */
    bool out_of_memory;        /* the watchdog killed it */
    bool drained;

    struct input input;
    struct output output[CHANNELS]; /* 0 is not used */
    struct terminal terminal;

    enum mould_state mould;
    char *fifo_path;
    char *result_path;
    int fifo;          /* the end that code is poured into, or -1 */
    uint8_t *content;  /* what is left to pour, from content_start to content_length */
    size_t content_start;
    size_t content_length;
    bool content_ready; /* the path is a regular file by now, and the content may go into the FIFO */
    bool result_wanted;
};

/* A new record, or NULL when there are PROCESSES_MAX. */
struct process *process_add(uint32_t number);
struct process *process_find(uint32_t number);
struct process *process_find_pid(pid_t pid);
/* Closes its channels and frees the record. */
void process_remove(struct process *process);

/* Calls for each record; the callback may not remove any. */
void process_each(void (*call)(struct process *process, void *context), void *context);

/* The process was reaped: sends EXIT, takes in what it had written, and sends DRAINED when that is on its way. */
void process_end(struct process *process, int status, uint64_t user_us, uint64_t system_us, uint64_t peak_bytes);

/* Sends DRAINED, once, when everything is sent that was written before the end. */
void process_settle(struct process *process);

/* Live programs that a user's code may run in: not ended, and no waiting mould. */
bool process_any_runs_code(void);
uint32_t process_moulds_waiting(void);

#endif
