#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fail.h"
#include "keys.h"
#include "process.h"
#include "signals.h"

/*
 * gVisor leaves out some of what a terminal's kernel side does: see docs/guest-protocol.md. It is told from Linux by what it does not know: the
 * foreground group, for whoever holds the master.
 */
static bool is_left_alone(int master)
{
    pid_t group;
    return ioctl(master, TIOCGPGRP, &group) != 0;
}

void terminal_open(struct process *process, int master, int replica)
{
    struct terminal *terminal = &process->terminal;
    int copy = fcntl(master, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        fail(FAILURE_SYSTEM, "copy a terminal's descriptor: errno %d", errno);
    terminal->replica = replica;
    terminal->alone = is_left_alone(master);
    output_open(&process->output[CHANNEL_TERMINAL], process, CHANNEL_TERMINAL, master, OUTPUT_OF_TERMINAL);
    process->input.terminal = true;
    input_open(process, copy);
    if (terminal->rows != 0)
        terminal_resize(process, terminal->rows, terminal->columns);
}

void terminal_resize(struct process *process, uint16_t rows, uint16_t columns)
{
    struct terminal *terminal = &process->terminal;
    if (process->state == PROCESS_WAITING) {
        terminal->rows = rows;
        terminal->columns = columns;
        return;
    }
    int master = process->output[CHANNEL_TERMINAL].fd;
    struct winsize size = { .ws_row = rows, .ws_col = columns }, old;
    if (master < 0 || ioctl(master, TIOCGWINSZ, &old) != 0 || (old.ws_row == rows && old.ws_col == columns))
        return;
    ioctl(master, TIOCSWINSZ, &size);
    /* To the whole session, since nobody here knows its foreground group: whoever does not wait for it ignores it. */
    if (process->state == PROCESS_RUNNING && terminal->alone)
        signals_send_session(process->pid, 0, SIGWINCH);
}

ssize_t terminal_type(struct process *process, const uint8_t *bytes, size_t length)
{
    struct terminal *terminal = &process->terminal;
    return terminal->alone ? keys_write(process->input.fd, terminal->replica, bytes, length) : write(process->input.fd, bytes, length);
}

void terminal_leader_ended(struct process *process)
{
    struct terminal *terminal = &process->terminal;
    if (process->output[CHANNEL_TERMINAL].fd < 0)
        return;
    /* The foreground group gets these. Which one it was is not to be known; the leader's own is the one that no shell puts in the background. */
    if (terminal->alone) {
        signals_send_session(process->pid, process->pid, SIGHUP);
        signals_send_session(process->pid, process->pid, SIGCONT);
    }
    input_refuse(process);
    terminal_close(terminal);
}

void terminal_close(struct terminal *terminal)
{
    if (terminal->replica >= 0)
        close(terminal->replica);
    terminal->replica = -1;
}
