/*
 * The nursery's side of terminals: pairs of a master, for the agent, and a replica, for a program.
 */
#ifndef PTY_H
#define PTY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Keeps the directory of terminals open: once, before any program could put something in its place. Tells whether /dev/tty is more than a name: in
 * gVisor (20240729) it can never be opened, so that pty_take, which needs CAP_SYS_ADMIN for it, makes it one of the terminal's.
 */
bool pty_open(bool *tty_works);

struct pty {
    int master;  /* the agent's */
    int held;    /* a replica of the agent's own, which does not block */
    int replica; /* the program's */
};

/* A new pair with sane settings. The replica is root's until pty_take. What is left open of it after a failure is said too. */
bool pty_make(uint16_t rows, uint16_t columns, struct pty *pty);

/* In a newborn that leads a session: makes the replica its controlling terminal, its descriptors 0 to 2, and its user's. */
bool pty_take(int replica, uint32_t uid, uint32_t gid);

#endif
