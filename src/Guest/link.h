/*
 * The two byte streams to the host: descriptors 0 (in) and 1 (out).
 *
 * Out: control frames are queued in a bounded buffer; bytes of programs are never queued here but taken from their rings, a few frames at a
 * time, when the link can be written. The order of everything is the order in which it was queued or taken.
 */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/* Where OUTPUT and WORK_OUTPUT frames come from: fills in the next one, or returns false when there is none. */
typedef bool link_source(struct frame *frame, uint64_t *offset);

void link_open(link_source *source);

/* Queues a control frame. */
void link_send(enum frame_type type, uint8_t channel, uint32_t process, const void *payload, size_t length);

/* Whether so much waits to be sent that nothing should be taken from the host that causes more. */
bool link_is_congested(void);

/* The host's end of the stream takes bytes again. */
void link_writable(void);

/* Writes as much as the link takes now. */
void link_flush(void);

/* Takes no more output: what is queued and in flight is all that will be written until link_resume. */
void link_hold(void);

/* Whether everything queued and in flight is written. */
bool link_is_empty(void);

/* Goes on, perhaps at another host's end of the stream. */
void link_resume(void);

/* The ring with these bytes is about to be freed: what is in flight of it is moved aside. */
void link_release(const uint8_t *bytes, size_t length);

/* Whether every byte handed out by the source up to now was written, or how many lie in frames that were not begun or finished. */
size_t link_unwritten(const uint8_t *bytes, size_t length);

/* Reads once. False at the end of the stream. */
bool link_read(void);

/* The next whole frame that was read; its payload is valid until the next link_read. False when there is none. */
bool link_next(struct frame *frame);

/* For fail() alone: writes everything queued, waiting up to a second for the host. */
void link_flush_last(void);

#endif
