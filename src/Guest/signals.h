/*
 * Signals to programs.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "process.h"

enum signal_scope { SCOPE_PROCESS, SCOPE_TREE };

/*
 * SCOPE_TREE reaches the process group and every descendant. Who has left the group is found by walking /proc: by its parents, and by its
 * session where those have ended. A program that left both (a daemon that started a session of its own and outlived its parents) can
 * only be told from another process's when this process is the only one that was ever started here; then it is reached too.
 */
void signals_send(struct process *process, int number, enum signal_scope scope);

/* To every program of a session; with a group (not 0), to those of them that are in it. */
void signals_send_session(pid_t session, pid_t group, int number);

/* Sends what was asked for before the process was born. */
void signals_deliver_early(struct process *process);

#endif
