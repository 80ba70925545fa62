/*
 * The one epoll that the agent waits at. Everything but the link's input is edge-triggered, so that a full ring or a dead pipe
 * costs no wake-up.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>
#include <stdint.h>

enum event_source { EVENT_LINK_IN, EVENT_LINK_OUT, EVENT_NURSERY, EVENT_INPUT, EVENT_OUTPUT, EVENT_FIFO, EVENT_WORKER };

struct event {
    enum event_source source;
    uint8_t channel;
    uint32_t process;
    uint32_t events; /* of epoll */
};

void events_open(void);
/* Waits for the link anew, as if nothing were known of it yet. */
void events_relink(void);
void events_add(int fd, enum event_source source, uint32_t process, uint8_t channel, uint32_t events);
void events_change(int fd, enum event_source source, uint32_t process, uint8_t channel, uint32_t events);
void events_remove(int fd);

/* Whether the link's input is waited for. */
void events_listen(bool listen);

enum { EVENTS_MAX = 64 };
/* Waits; milliseconds -1 = for ever. */
int events_wait(struct event *events, int milliseconds);

#endif
