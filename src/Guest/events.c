#include "events.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "fail.h"

static int epoll = -1;
static bool listening;

static uint64_t pack(enum event_source source, uint32_t process, uint8_t channel)
{
    return (uint64_t)source << 40 | (uint64_t)channel << 32 | process;
}

static void add_link(void)
{
    events_add(STDIN_FILENO, EVENT_LINK_IN, 0, 0, EPOLLIN);
    events_add(STDOUT_FILENO, EVENT_LINK_OUT, 0, 0, EPOLLOUT | EPOLLET);
    listening = true;
}

void events_open(void)
{
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        fail(FAILURE_SYSTEM, "epoll_create1: errno %d", errno);
    add_link();
}

void events_relink(void)
{
    events_remove(STDIN_FILENO);
    events_remove(STDOUT_FILENO);
    add_link();
}

static void control(int operation, int fd, uint64_t what, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.u64 = what };
    if (epoll_ctl(epoll, operation, fd, &event) != 0)
        fail(FAILURE_SYSTEM, "epoll_ctl: errno %d", errno);
}

void events_add(int fd, enum event_source source, uint32_t process, uint8_t channel, uint32_t events)
{
    control(EPOLL_CTL_ADD, fd, pack(source, process, channel), events);
}

void events_change(int fd, enum event_source source, uint32_t process, uint8_t channel, uint32_t events)
{
    control(EPOLL_CTL_MOD, fd, pack(source, process, channel), events);
}

void events_remove(int fd)
{
    epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
}

void events_listen(bool listen)
{
    if (listen == listening)
        return;
    listening = listen;
    control(EPOLL_CTL_MOD, STDIN_FILENO, pack(EVENT_LINK_IN, 0, 0), listen ? EPOLLIN : 0);
}

int events_wait(struct event *events, int milliseconds)
{
    struct epoll_event raw[EVENTS_MAX];
    int count = epoll_wait(epoll, raw, EVENTS_MAX, milliseconds);
    if (count < 0) {
        if (errno == EINTR)
            return 0;
        fail(FAILURE_SYSTEM, "epoll_wait: errno %d", errno);
    }
    for (int i = 0; i < count; i++)
        events[i] = (struct event){
            .source = (enum event_source)(raw[i].data.u64 >> 40),
            .channel = (uint8_t)(raw[i].data.u64 >> 32),
            .process = (uint32_t)raw[i].data.u64,
            .events = raw[i].events,
        };
    return count;
}
