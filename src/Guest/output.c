#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "events.h"
#include "link.h"
#include "process.h"

/* More than either kernel keeps of a terminal's output: Linux 64 KiB and 4, gVisor 128 KiB and 4. */
enum { TERMINAL_HOLDS = 256 * 1024 };

/* A pipe holds 64 KiB on either kernel at first. */
enum { PIPE_GROWS_AT = 32 * 1024, PIPE_SIZE = 256 * 1024 };

static struct output *first_ready, *last_ready;

static void enqueue(struct output *output)
{
    if (output->queued)
        return;
    output->queued = true;
    output->next_ready = NULL;
    if (last_ready != NULL)
        last_ready->next_ready = output;
    else
        first_ready = output;
    last_ready = output;
}

static void dequeue(struct output *output)
{
    if (!output->queued)
        return;
    output->queued = false;
    struct output *before = NULL;
    for (struct output *at = first_ready; at != output; at = at->next_ready)
        before = at;
    if (before != NULL)
        before->next_ready = output->next_ready;
    else
        first_ready = output->next_ready;
    if (last_ready == output)
        last_ready = before;
}

static void close_descriptor(struct output *output)
{
    if (output->fd < 0)
        return;
    events_remove(output->fd); /* A terminal's has a copy, which would keep it in the epoll. */
    close(output->fd);
    output->fd = -1;
}

/* Sends the channel's end when it is due, and the process's DRAINED. */
static void settle(struct output *output)
{
    /* An empty pipe holds nothing more of the process's, whatever it held at its end: another program may have read it. */
    if (output->drain != UINT64_MAX && !output->readable && output->drain > ring_end(&output->ring))
        output->drain = ring_end(&output->ring);
    /* A FIFO's end is not seen by reading: it ends with its process. */
    if (output->kind == OUTPUT_OF_FIFO && output->drain != UINT64_MAX && ring_end(&output->ring) >= output->drain)
        output->ended = true;
    if (output->ended) {
        close_descriptor(output);
        if (!output->end_sent && output->ring.sent == ring_end(&output->ring)) {
            output->end_sent = true;
            uint8_t total[8];
            put64(total, output->ring.sent);
            link_send(FRAME_OUTPUT_END, output->number, output->process->number, total, sizeof total);
        }
    }
    process_settle(output->process);
}

static void read_on(struct output *output)
{
    bool added = false;
    while (output->readable && !output->ended) {
        uint8_t *at;
        size_t room = ring_room(&output->ring, &at);
        if (room == 0)
            break;
        ssize_t count = read(output->fd, at, room);
        if (count > 0) {
            /* Who writes so much at once gains by a larger pipe: fewer turns between it and this program. Who does not is spared the call. */
            if (count >= PIPE_GROWS_AT && output->kind == OUTPUT_OF_PIPE && !output->grown) {
                output->grown = true;
                fcntl(output->fd, F_SETPIPE_SZ, PIPE_SIZE);
            }
            ring_add(&output->ring, (size_t)count);
            added = true;
            /* A pipe that gave less than was asked is empty; what comes later is a new edge. A terminal gives what it likes. */
            if ((size_t)count < room && !output->hung_up && output->kind != OUTPUT_OF_TERMINAL)
                output->readable = false;
        } else if (count < 0 && errno == EAGAIN) {
            output->readable = false;
        } else if (count == 0 || errno != EINTR) {
            output->ended = true;
        }
    }
    if (added)
        enqueue(output);
    settle(output);
}

void output_open(struct output *output, struct process *process, uint8_t number, int fd, enum output_kind kind)
{
    output->process = process;
    output->number = number;
    output->fd = fd;
    output->kind = kind;
    output->exists = true;
    output->drain = UINT64_MAX;
    events_add(fd, EVENT_OUTPUT, process->number, number, EPOLLIN | EPOLLET);
}

void output_event(struct output *output, uint32_t events)
{
    if (output->fd < 0)
        return;
    output->readable = true;
    if (events & (EPOLLHUP | EPOLLERR))
        output->hung_up = true;
    read_on(output);
}

bool output_acknowledge(struct output *output, uint64_t offset)
{
    struct ring *ring = &output->ring;
    uint64_t written = ring->sent - (ring->bytes == NULL ? 0 : link_unwritten(ring->bytes, RING_SIZE));
    if (offset > written)
        return false;
    if (offset > ring->base)
        ring_acknowledge(ring, offset);
    read_on(output);
    return true;
}

void output_process_ended(struct output *output)
{
    if (!output->exists)
        return;
    output->readable = true;
    read_on(output);
    int left = 0;
    if (output->fd >= 0 && output->readable && output->kind == OUTPUT_OF_TERMINAL)
        left = TERMINAL_HOLDS; /* Nobody can ask how much; it is emptied once a read finds nothing. */
    else if (output->fd >= 0 && output->readable)
        ioctl(output->fd, FIONREAD, &left);
    output->drain = ring_end(&output->ring) + (uint64_t)left;
    settle(output);
}

void output_end(struct output *output)
{
    if (!output->exists)
        return;
    output->ended = true;
    settle(output);
}

bool output_is_drained(const struct output *output)
{
    if (!output->exists)
        return true;
    return output->ended ? output->end_sent : output->ring.sent >= output->drain;
}

void output_close(struct output *output)
{
    if (!output->exists)
        return;
    dequeue(output);
    close_descriptor(output);
    if (output->ring.bytes != NULL)
        link_release(output->ring.bytes, RING_SIZE);
    ring_free(&output->ring);
    output->exists = false;
}

bool output_take(struct frame *frame, uint64_t *offset)
{
    struct output *output = first_ready;
    if (output == NULL)
        return false;
    dequeue(output);
    struct ring *ring = &output->ring;
    frame->type = FRAME_OUTPUT;
    frame->channel = output->number;
    frame->process = output->process->number;
    frame->length = (uint32_t)ring_unsent(ring, OUTPUT_MAX, &frame->payload);
    *offset = ring->sent;
    ring->sent += frame->length;
    if (ring->sent < ring_end(ring))
        enqueue(output);
    else
        settle(output);
    return true;
}
