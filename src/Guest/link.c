#include "link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fail.h"

enum {
    IN_SIZE = FRAME_HEADER + FRAME_IN_MAX + 64 * 1024,
    /* Every record can owe a handful of small frames at once (STARTED, ends, EXIT, DRAINED: below 300 bytes); beyond CONGESTED nothing is
       read from the host, so that answers to it add no more than one frame above that. */
    CONTROL_SIZE = 512 * 1024,
    CONGESTED = 64 * 1024,
};

static uint8_t in[IN_SIZE];
static size_t in_start, in_end;

static uint8_t control[CONTROL_SIZE];
static size_t control_start, control_end;

/* OUTPUT frames in flight, which one write takes together: a system call is dear here. Each has its header and offset, its bytes, and how many
   control bytes go between the one before and it. */
enum { FLIGHTS = 4 };
static struct flight {
    uint8_t head[FRAME_HEADER + 8];
    const uint8_t *bytes;
    size_t length;
    size_t before;
} flights[FLIGHTS];
static int flying;
static size_t flown; /* how much of the first one's head and bytes is written */

static uint8_t aside[FLIGHTS][OUTPUT_MAX];
static link_source *next_output;
static bool writable = true;
static bool holds;

void link_open(link_source *source)
{
    next_output = source;
}

static void put_header(uint8_t *at, uint8_t type, uint8_t channel, uint32_t process, size_t length)
{
    put32(at, (uint32_t)length);
    at[4] = type;
    at[5] = channel;
    put16(at + 6, 0);
    put32(at + 8, process);
}

void link_send(enum frame_type type, uint8_t channel, uint32_t process, const void *payload, size_t length)
{
    size_t need = FRAME_HEADER + length;
    if (control_end + need > CONTROL_SIZE) {
        memmove(control, control + control_start, control_end - control_start);
        control_end -= control_start;
        control_start = 0;
    }
    if (control_end + need > CONTROL_SIZE) {
        /* Unreachable while the bounds above hold; a link that cannot say so any more just ends. */
        _exit(FAILURE_SYSTEM);
    }
    put_header(control + control_end, (uint8_t)type, channel, process, length);
    if (length > 0)
        memcpy(control + control_end + FRAME_HEADER, payload, length);
    control_end += need;
}

bool link_is_congested(void)
{
    return control_end - control_start > CONGESTED;
}

void link_writable(void)
{
    writable = true;
}

static void take_output(void)
{
    size_t placed = 0;
    for (int i = 0; i < flying; i++)
        placed += flights[i].before;
    while (flying < FLIGHTS) {
        struct frame frame;
        uint64_t offset;
        /* What the source itself queues, such as the end of a channel, goes after its last bytes. */
        size_t before = control_end - control_start - placed;
        if (!next_output(&frame, &offset))
            return;
        struct flight *flight = &flights[flying++];
        flight->bytes = frame.payload;
        flight->length = frame.length;
        flight->before = before;
        placed += before;
        put_header(flight->head, frame.type, frame.channel, frame.process, 8 + (size_t)frame.length);
        put64(flight->head + FRAME_HEADER, offset);
    }
}

/* What is left to write, in order: each frame in flight behind the control frames that go before it, and the other control frames. */
static int gather(struct iovec *pieces)
{
    int count = 0;
    size_t done = flown;
    uint8_t *queued = control + control_start;
    for (int i = 0; i < flying; i++) {
        struct flight *flight = &flights[i];
        size_t head = sizeof flight->head;
        if (flight->before > 0)
            pieces[count++] = (struct iovec){ queued, flight->before };
        queued += flight->before;
        if (done < head)
            pieces[count++] = (struct iovec){ flight->head + done, head - done };
        size_t bytes = done > head ? done - head : 0;
        pieces[count++] = (struct iovec){ (uint8_t *)(uintptr_t)(flight->bytes + bytes), flight->length - bytes };
        done = 0;
    }
    if (queued < control + control_end)
        pieces[count++] = (struct iovec){ queued, (size_t)(control + control_end - queued) };
    return count;
}

static void advance(size_t count)
{
    while (flying > 0) {
        struct flight *flight = &flights[0];
        size_t step = count < flight->before ? count : flight->before;
        flight->before -= step;
        control_start += step;
        count -= step;
        size_t left = sizeof flight->head + flight->length - flown;
        step = count < left ? count : left;
        flown += step;
        count -= step;
        if (step < left)
            break;
        flown = 0;
        memmove(flights, flights + 1, (size_t)--flying * sizeof flights[0]);
    }
    control_start += count;
    if (control_start == control_end)
        control_start = control_end = 0;
}

void link_flush(void)
{
    while (writable) {
        if (!holds)
            take_output();
        struct iovec pieces[3 * FLIGHTS + 1];
        int count = gather(pieces);
        if (count == 0)
            return;
        ssize_t written = writev(STDOUT_FILENO, pieces, count);
        if (written >= 0)
            advance((size_t)written);
        else if (errno == EAGAIN)
            writable = false;
        else if (errno != EINTR)
            _exit(0); /* The host has closed the link, which means the same as SHUTDOWN. */
    }
}

void link_hold(void)
{
    holds = true;
}

bool link_is_empty(void)
{
    return control_start == control_end && flying == 0;
}

void link_resume(void)
{
    holds = false;
    writable = true;
}

size_t link_unwritten(const uint8_t *bytes, size_t length)
{
    size_t unwritten = 0;
    for (int i = 0; i < flying; i++)
        if (flights[i].bytes >= bytes && flights[i].bytes < bytes + length)
            unwritten += flights[i].length;
    return unwritten;
}

void link_release(const uint8_t *bytes, size_t length)
{
    for (int i = 0; i < flying; i++) {
        struct flight *flight = &flights[i];
        if (flight->bytes < bytes || flight->bytes >= bytes + length)
            continue;
        /* A place that no other in flight has. */
        int place = 0;
        while (link_unwritten(aside[place], sizeof aside[place]) > 0)
            place++;
        memcpy(aside[place], flight->bytes, flight->length);
        flight->bytes = aside[place];
    }
}

bool link_read(void)
{
    if (in_start == in_end)
        in_start = in_end = 0;
    if (IN_SIZE - in_end < 64 * 1024) {
        memmove(in, in + in_start, in_end - in_start);
        in_end -= in_start;
        in_start = 0;
    }
    ssize_t count;
    do
        count = read(STDIN_FILENO, in + in_end, IN_SIZE - in_end);
    while (count < 0 && errno == EINTR);
    if (count > 0)
        in_end += (size_t)count;
    return count > 0 || (count < 0 && errno == EAGAIN);
}

bool link_next(struct frame *frame)
{
    size_t held = in_end - in_start;
    const uint8_t *at = in + in_start;
    if (held < FRAME_HEADER)
        return false;
    frame->length = get32(at);
    frame->type = at[4];
    frame->channel = at[5];
    frame->process = get32(at + 8);
    frame->payload = at + FRAME_HEADER;
    if (frame->length > FRAME_IN_MAX)
        fail(FAILURE_FRAME, "a frame of %u bytes is longer than %d", frame->length, FRAME_IN_MAX);
    if (get16(at + 6) != 0)
        fail(FAILURE_FRAME, "a frame's reserved bytes are not 0");
    if (held < FRAME_HEADER + (size_t)frame->length)
        return false;
    in_start += FRAME_HEADER + (size_t)frame->length;
    return true;
}

void link_flush_last(void)
{
    for (int tries = 0; tries < 100; tries++) {
        writable = true;
        link_flush();
        if (link_is_empty())
            return;
        struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
        poll(&out, 1, 10);
    }
}
