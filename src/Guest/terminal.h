/*
 * The agent's side of a program's terminal.
 *
 * The master is the process's output channel 4, and a copy of it its input. The agent holds the replica open too, until the process has
 * ended: so the terminal has no end before, also when its program has closed it for a moment, or for good.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process;

struct terminal {
    int replica;      /* or -1 */
    bool alone;       /* the kernel leaves to the agent what it should do itself */
    uint16_t rows;    /* asked for before the process was born; 0 = not */
    uint16_t columns;
};

/* The process was born with this terminal. */
void terminal_open(struct process *process, int master, int replica);

/* Gives it another size, and tells its programs. Void for a process without a terminal, or whose terminal has ended. */
void terminal_resize(struct process *process, uint16_t rows, uint16_t columns);

/* write(2) to the master: what is typed. */
ssize_t terminal_type(struct process *process, const uint8_t *bytes, size_t length);

/* The process was reaped: it led the session that the terminal belonged to. */
void terminal_leader_ended(struct process *process);

void terminal_close(struct terminal *terminal);

#endif
