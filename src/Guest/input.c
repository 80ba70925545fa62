#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <termios.h>
#include <unistd.h>

#include "events.h"
#include "fail.h"
#include "link.h"
#include "process.h"

static void acknowledge(struct process *process, uint64_t offset)
{
    uint8_t payload[8];
    put64(payload, offset);
    link_send(FRAME_INPUT_ACK, CHANNEL_STDIN, process->number, payload, sizeof payload);
}

void input_close(struct input *input)
{
    if (input->fd >= 0) {
        events_remove(input->fd); /* A terminal's is a copy, which would stay in the epoll. */
        close(input->fd);
    }
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
    acknowledge(process, UINT64_MAX);
}

/* Writes one run; false when the pipe is full or gone. */
static bool deliver(struct process *process, const uint8_t *bytes, size_t length, size_t *taken)
{
    ssize_t count;
    *taken = 0;
    do
        count = process->input.terminal ? terminal_type(process, bytes, length) : write(process->input.fd, bytes, length);
    while (count < 0 && errno == EINTR);
    if (count < 0) {
        if (errno != EAGAIN)
            input_refuse(process);
        return false;
    }
    *taken = (size_t)count;
    process->input.written += (uint64_t)count;
    return *taken == length;
}

/* The end of a terminal's input is the character that its settings have for it; if they have none, there is no end. */
static void deliver_end(struct process *process)
{
    struct termios settings;
    struct input *input = &process->input;
    if (input->end_delivered || tcgetattr(input->fd, &settings) != 0)
        return;
    uint8_t character = settings.c_cc[VEOF];
    if (character == _POSIX_VDISABLE || write(input->fd, &character, 1) == 1)
        input->end_delivered = true;
}

/* Delivers what is kept, and closes the pipe behind the last byte. */
static void pump(struct process *process)
{
    struct input *input = &process->input;
    uint64_t before = input->written;
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
    if (input->written != before)
        acknowledge(process, input->written);
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
    uint64_t before = input->written;
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
    if (input->written != before)
        acknowledge(process, input->written);
}

void input_end(struct process *process, uint64_t offset)
{
    struct input *input = &process->input;
    if (offset != input->received || input->end)
        fail(FAILURE_FRAME, "INPUT_END at %llu, expected %llu%s", (unsigned long long)offset, (unsigned long long)input->received,
             input->end ? ", and a second one" : "");
    input->end = true;
    if (input->open)
        pump(process);
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
    events_add(fd, EVENT_INPUT, process->number, CHANNEL_STDIN, EPOLLOUT | EPOLLET);
    pump(process);
}
