/*
 * stdin of a program: what the host sent and the program's pipe has not taken yet, at most INPUT_WINDOW bytes.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process;

/* In which mode of the terminal its end-of-file character was typed last. */
enum typed_end {
    TYPED_NOT,
    TYPED_LINES,
    TYPED_RAW,
};

struct input {
    int fd;            /* the pipe's end, or -1 */
    bool open;         /* there is, or will be, a program to take it */
    bool waits;        /* for room in it */
    bool terminal;     /* ... which is a terminal's master: its end is a character */
    bool end;          /* INPUT_END was received */
    enum typed_end typed_end; /* to a terminal */
    uint64_t end_due;  /* when it is typed again */
    uint32_t end_wait; /* ms; doubles */
    bool refused;      /* the program closed its stdin, and the host was told */
    uint8_t *bytes;    /* INPUT_WINDOW of them, or NULL */
    size_t start;
    size_t used;
    uint64_t received;
    uint64_t written;
    uint64_t acknowledged; /* of that, what the host was told */
    uint8_t last;      /* the newest that was written */
};

/* INPUT and INPUT_END; both fail the agent when the host broke the rules. */
void input_receive(struct process *process, uint64_t offset, const uint8_t *bytes, size_t length);
void input_end(struct process *process, uint64_t offset);

/* The pipe takes bytes again, or its reader has gone. */
void input_event(struct process *process, uint32_t events);

/* The program was born with this descriptor for its stdin (-1: with none). */
void input_open(struct process *process, int fd);
void input_close(struct input *input);

/* Types the ends of terminals that are due; milliseconds until it wants to look again, -1 = never. */
int input_tick(void);

/* The program takes no more: everything still to come is discarded, and the host told so once. */
void input_refuse(struct process *process);

#endif
