/*
 * Output channels: pipes of programs, read into rings while there is room, and handed to the link in turn.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"
#include "wire.h"

struct process;

enum output_kind { OUTPUT_OF_PIPE, OUTPUT_OF_FIFO, OUTPUT_OF_TERMINAL };

struct output {
    struct process *process;
    struct output *next_ready;
    struct ring ring;
    int fd;            /* -1 when the channel is not there, or has ended */
    uint8_t number;
    bool exists;
    enum output_kind kind;
    bool grown;        /* the pipe was made larger */
    bool readable;     /* there may be something to read */
    bool hung_up;      /* every writer is gone: read on to the end */
    bool ended;        /* nothing more will be read */
    bool end_sent;
    bool queued;       /* in the list of channels with something to send */
    uint64_t drain;    /* what was written before the process's end, up to this offset */
};

void output_open(struct output *output, struct process *process, uint8_t number, int fd, enum output_kind kind);
void output_event(struct output *output, uint32_t events);

/* False when the host acknowledges what it was not sent. */
bool output_acknowledge(struct output *output, uint64_t offset);

/* The process was reaped: reads what it left, and notes how far that goes. */
void output_process_ended(struct output *output);

/* Nothing will come: the channel ends here. */
void output_end(struct output *output);
bool output_is_drained(const struct output *output);
void output_close(struct output *output);

/* The link's source of OUTPUT frames, round robin over the channels. */
bool output_take(struct frame *frame, uint64_t *offset);

#endif
