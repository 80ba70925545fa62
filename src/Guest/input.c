#include "input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <termios.h>
#include <unistd.h>

#include "clock.h"
#include "events.h"
#include "fail.h"
#include "link.h"
#include "process.h"

enum {
    END_LOOK = 50, /* ms between two looks at a terminal whose input has ended */
    END_WAIT_FIRST = 1000,
    END_WAIT_MAX = 64000,
};

static uint32_t terminals_ending;

static void tell(struct process *process, uint64_t offset)
{
    uint8_t payload[8];
    put64(payload, offset);
    link_send(FRAME_INPUT_ACK, CHANNEL_STDIN, process->number, payload, sizeof payload);
}

/* While the host may send three quarters of the window it waits for nothing: then telling it would only wake it, before what the program answers. */
static void acknowledge(struct process *process)
{
    struct input *input = &process->input;
    if (input->written - input->acknowledged < INPUT_WINDOW / 4)
        return;
    input->acknowledged = input->written;
    tell(process, input->written);
}

void input_close(struct input *input)
{
    if (input->fd >= 0) {
        events_remove(input->fd); /* A terminal's is a copy, which would stay in the epoll. */
        close(input->fd);
    }
    if (input->terminal && input->open && input->end)
        terminals_ending--;
    input->fd = -1;
    input->open = false;
    free(input->bytes);
    input->bytes = NULL;
    input->used = 0;
}

void input_refuse(struct process *process)
{
    input_close(&process->input);
    if (process->input.refused)
        return;
    process->input.refused = true;
    tell(process, UINT64_MAX);
}

/*
 * Waits for room only where there is none: gVisor reports it at every byte that the program reads, which would wake the agent just when the program is
 * about to answer. That the reader has gone is always reported.
 */
static void wait_for_room(struct process *process, bool wait)
{
    struct input *input = &process->input;
    if (wait == input->waits)
        return;
    input->waits = wait;
    events_change(input->fd, EVENT_INPUT, process->number, CHANNEL_STDIN, wait ? EPOLLOUT | EPOLLET : EPOLLET);
}

/* Writes one run; false when the pipe is full or gone. */
static bool deliver(struct process *process, const uint8_t *bytes, size_t length, size_t *taken)
{
    ssize_t count;
    *taken = 0;
    do
        count = process->input.terminal ? terminal_type(process, bytes, length) : write(process->input.fd, bytes, length);
    while (count < 0 && errno == EINTR);
    if (count < 0 && errno != EAGAIN) {
        input_refuse(process);
        return false;
    }
    wait_for_room(process, count < (ssize_t)length);
    if (count < 0)
        return false;
    *taken = (size_t)count;
    if (count > 0)
        process->input.last = bytes[count - 1];
    process->input.written += (uint64_t)count;
    return *taken == length;
}

/*
 * A pipe stays ended; a terminal's end is a character, which is lost on a program that does not read just then: on one that is about to give the terminal
 * to another, or to change how it reads. So it is typed when everything before it was read, and again when the mode has changed since, or after a while.
 * A terminal whose settings have no such character has no end.
 */
static void deliver_end(struct process *process)
{
    struct input *input = &process->input;
    struct termios settings;
    struct pollfd unread = { .fd = process->terminal.replica, .events = POLLIN };
    if (tcgetattr(input->fd, &settings) != 0 || poll(&unread, 1, 0) != 0)
        return;
    enum typed_end mode = settings.c_lflag & ICANON ? TYPED_LINES : TYPED_RAW;
    uint8_t character = settings.c_cc[VEOF];
    if (character == _POSIX_VDISABLE || (mode == input->typed_end && clock_ms() < input->end_due) || write(input->fd, &character, 1) != 1)
        return;
    /* In a line that was begun it has only given the line to its reader. (Two at once would leave gVisor's terminal dead.) */
    bool begun = mode == TYPED_LINES && input->typed_end == TYPED_NOT && input->written > 0 && input->last != '\n' && input->last != '\r';
    if (begun)
        input->end_wait = END_LOOK;
    else if (mode != input->typed_end || input->end_wait < END_WAIT_FIRST)
        input->end_wait = END_WAIT_FIRST;
    else if (input->end_wait < END_WAIT_MAX)
        input->end_wait *= 2;
    input->end_due = clock_ms() + input->end_wait;
    input->typed_end = mode;
}

/* Delivers what is kept, and closes the pipe behind the last byte. */
static void pump(struct process *process)
{
    struct input *input = &process->input;
    while (input->used > 0 && input->fd >= 0) {
        size_t run = INPUT_WINDOW - input->start;
        if (run > input->used)
            run = input->used;
        size_t taken;
        bool all = deliver(process, input->bytes + input->start, run, &taken);
        if (input->fd < 0)
            return;
        input->used -= taken;
        input->start = input->used == 0 ? 0 : (input->start + taken) % INPUT_WINDOW;
        if (!all)
            break;
    }
    acknowledge(process);
    if (!input->end || input->used > 0 || input->fd < 0)
        return;
    if (input->terminal)
        deliver_end(process);
    else
        input_close(input);
}

void input_receive(struct process *process, uint64_t offset, const uint8_t *bytes, size_t length)
{
    struct input *input = &process->input;
    if (offset != input->received || input->end)
        fail(FAILURE_FRAME, "INPUT at %llu, expected %llu%s", (unsigned long long)offset, (unsigned long long)input->received,
             input->end ? ", and after its end" : "");
    if (!input->open) {
        input->received += length;
        if (!input->refused)
            input_refuse(process);
        return;
    }
    if (length > INPUT_WINDOW - input->used)
        fail(FAILURE_FRAME, "INPUT beyond the window");
    input->received += length;
    if (input->used == 0 && input->fd >= 0) {
        size_t taken;
        deliver(process, bytes, length, &taken);
        if (input->fd < 0)
            return;
        bytes += taken;
        length -= taken;
    }
    if (length > 0) {
        if (input->bytes == NULL && (input->bytes = malloc(INPUT_WINDOW)) == NULL)
            fail(FAILURE_SYSTEM, "out of memory");
        size_t end = (input->start + input->used) % INPUT_WINDOW;
        size_t run = INPUT_WINDOW - end < length ? INPUT_WINDOW - end : length;
        memcpy(input->bytes + end, bytes, run);
        memcpy(input->bytes, bytes + run, length - run);
        input->used += length;
    }
    acknowledge(process);
}

void input_end(struct process *process, uint64_t offset)
{
    struct input *input = &process->input;
    if (offset != input->received || input->end)
        fail(FAILURE_FRAME, "INPUT_END at %llu, expected %llu%s", (unsigned long long)offset, (unsigned long long)input->received,
             input->end ? ", and a second one" : "");
    input->end = true;
    if (!input->open)
        return;
    if (input->terminal)
        terminals_ending++;
    pump(process);
}

static void look(struct process *process, void *context)
{
    (void)context;
    if (process->input.terminal && process->input.end && process->input.fd >= 0)
        pump(process);
}

int input_tick(void)
{
    if (terminals_ending == 0)
        return -1;
    process_each(look, NULL);
    return terminals_ending == 0 ? -1 : END_LOOK;
}

void input_event(struct process *process, uint32_t events)
{
    if (process->input.fd < 0)
        return;
    if (events & EPOLLERR)
        input_refuse(process);
    else
        pump(process);
}

void input_open(struct process *process, int fd)
{
    struct input *input = &process->input;
    input->fd = fd;
    if (fd < 0) {
        bool told = input->received > 0;
        input_close(input);
        if (told)
            input_refuse(process);
        return;
    }
    events_add(fd, EVENT_INPUT, process->number, CHANNEL_STDIN, EPOLLET);
    if (input->terminal && input->end)
        terminals_ending++;
    pump(process);
}
