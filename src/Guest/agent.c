/*
 * The guest agent: PID 1 of a sandbox, and the only thing in it that the host talks to. docs/guest-protocol.md says what is said.
 *
 * One loop, one thread. Everything that waits is bounded: the host's frames stay unread while an answer to them would have no room, and
 * a program's output stays in its pipe while its ring is full.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "births.h"
#include "configure.h"
#include "credentials.h"
#include "descriptors.h"
#include "events.h"
#include "fail.h"
#include "hold.h"
#include "known.h"
#include "lease.h"
#include "link.h"
#include "output.h"
#include "pour.h"
#include "process.h"
#include "request.h"
#include "signals.h"
#include "watchdog.h"
#include "workers.h"

#define AGENT_VERSION "sandbox-agent 0.1.0"

static struct configuration configuration;
static bool configured;
static uint32_t newest; /* the highest number of a process so far */

static void say_hello(void)
{
    uint8_t payload[8 + sizeof AGENT_VERSION - 1] = { 0 };
    put16(payload, PROTOCOL_VERSION);
    memcpy(payload + 8, AGENT_VERSION, sizeof AGENT_VERSION - 1);
    link_send(FRAME_HELLO, 0, 0, payload, sizeof payload);
}

static void configure(const struct frame *frame)
{
    if (configured)
        fail(FAILURE_FRAME, "CONFIGURE came twice");
    configuration_read(&configuration, frame);
    if (sethostname(configuration.hostname, strlen(configuration.hostname)) != 0)
        fail(FAILURE_SYSTEM, "set the hostname: errno %d", errno);
    configured = true;
    watchdog_open(configuration.memory_bytes);
    births_open(&configuration);
    /* The nursery mounts and starts; what is left to do here is to signal programs, to give a copy its hostname, to limit a waiting mould, and to
       give workers the rights that they need. */
    const uint64_t rights = ROOT_CAPABILITIES | CAPABILITY(CAP_SETPCAP) | CAPABILITY(CAP_SYS_ADMIN) | CAPABILITY(CAP_SYS_CHROOT);
    if (!capabilities_set(rights | CAPABILITY(CAP_SYS_RESOURCE)) && !capabilities_set(rights))
        fail(FAILURE_SYSTEM, "drop the agent's capabilities: errno %d", errno);
}

static void answer_start_failed(uint32_t number, int error, const char *text)
{
    uint8_t payload[5 + 64];
    put32(payload, (uint32_t)error);
    payload[4] = STAGE_RESOURCES;
    int length = snprintf((char *)payload + 5, sizeof payload - 5, "%s", text);
    link_send(FRAME_START_FAILED, 0, number, payload, 5 + (size_t)length);
}

static void start(const struct frame *frame)
{
    char id[ID_MAX + 1];
    if (frame->process <= newest)
        fail(FAILURE_FRAME, "START of %u after %u: numbers must grow", frame->process, newest);
    newest = frame->process;
    request_read_id(frame, id);
    struct known *known = known_find(id);
    if (known != NULL) {
        uint8_t payload[5];
        put32(payload, known->pid);
        payload[4] = 1;
        link_send(FRAME_STARTED, 0, frame->process, payload, sizeof payload);
        return;
    }
    struct process *process = process_add(frame->process);
    if (process == NULL) {
        answer_start_failed(frame->process, EAGAIN, "too many processes: FORGET those that have ended");
        return;
    }
    process->known = known_add(id);
    if (process->known == NULL) {
        process_remove(process);
        answer_start_failed(frame->process, ENOSPC, "too many starts in the life of this sandbox");
        return;
    }
    births_ask(frame);
}

/* The process of a frame. A start may have failed, or a record been forgotten, while the frame was on its way: such a frame is void. */
static struct process *addressed(const struct frame *frame)
{
    if (frame->process == 0 || frame->process > newest)
        fail(FAILURE_FRAME, "a frame of type %02x is about process %u, which was never started", frame->type, frame->process);
    return process_find(frame->process);
}

static void pour(const struct frame *frame)
{
    if (addressed(frame) != NULL) {
        births_ask(frame);
        return;
    }
    uint8_t payload[5];
    put32(payload, ESRCH);
    payload[4] = STAGE_NO_MOULD;
    link_send(FRAME_START_FAILED, 0, frame->process, payload, sizeof payload);
}

static void need(const struct frame *frame, bool good, const char *what)
{
    if (!good)
        fail(FAILURE_FRAME, "a frame of type %02x: %s", frame->type, what);
}

static void acknowledge(const struct frame *frame)
{
    need(frame, frame->length == 8, "wrong length");
    need(frame, frame->channel >= CHANNEL_STDOUT && frame->channel < CHANNELS, "no such channel");
    struct process *process = addressed(frame);
    if (process == NULL || !process->output[frame->channel].exists)
        return;
    need(frame, output_acknowledge(&process->output[frame->channel], get64(frame->payload)), "acknowledges what was not sent");
}

static void send_signal(const struct frame *frame)
{
    need(frame, frame->length == 2, "wrong length");
    need(frame, frame->payload[0] >= 1 && frame->payload[0] <= 64 && frame->payload[1] <= SCOPE_TREE, "no such signal or scope");
    struct process *process = addressed(frame);
    if (process != NULL)
        signals_send(process, frame->payload[0], (enum signal_scope)frame->payload[1]);
}

static void forget(const struct frame *frame)
{
    need(frame, frame->length == 0, "wrong length");
    struct process *process = addressed(frame);
    if (process == NULL)
        return;
    need(frame, process->state == PROCESS_ENDED, "its EXIT was not sent yet");
    process_remove(process);
}

static void take_input(const struct frame *frame)
{
    need(frame, frame->length >= 8 && frame->channel == CHANNEL_STDIN, "wrong length or channel");
    need(frame, frame->type == FRAME_INPUT || frame->length == 8, "wrong length");
    struct process *process = addressed(frame);
    if (process == NULL)
        return;
    if (frame->type == FRAME_INPUT)
        input_receive(process, get64(frame->payload), frame->payload + 8, frame->length - 8);
    else
        input_end(process, get64(frame->payload));
}

static void resize(const struct frame *frame)
{
    need(frame, frame->length == 4, "wrong length");
    uint16_t rows = get16(frame->payload), columns = get16(frame->payload + 2);
    need(frame, rows >= 1 && rows <= TERMINAL_MAX && columns >= 1 && columns <= TERMINAL_MAX, "no such size");
    struct process *process = addressed(frame);
    if (process != NULL)
        terminal_resize(process, rows, columns);
}

static void tell_disk_usage(const struct frame *frame)
{
    need(frame, frame->length == 0, "wrong length");
    /* Before READY nothing can have been written. */
    uint64_t used = 0, total = configuration.disk_bytes;
    struct statfs disk;
    if (births_disk() >= 0 && fstatfs(births_disk(), &disk) == 0) {
        used = (uint64_t)(disk.f_blocks - disk.f_bfree) * (uint64_t)disk.f_bsize;
        total = (uint64_t)disk.f_blocks * (uint64_t)disk.f_bsize;
    }
    uint8_t payload[16];
    put64(payload, used);
    put64(payload + 8, total);
    link_send(FRAME_DISK_USAGE, 0, 0, payload, sizeof payload);
}

static void hold_on(const struct frame *frame)
{
    need(frame, frame->length == 0, "wrong length");
    need(frame, births_disk() >= 0, "before READY");
    hold();
}

static void take_lease(const struct frame *frame)
{
    need(frame, frame->length == 4, "wrong length");
    lease_renew(get32(frame->payload));
}

static bool goes_before_configure(uint8_t type)
{
    return type == FRAME_CONFIGURE || type == FRAME_SHUTDOWN || type == FRAME_PING;
}

static bool is_about_sandbox(uint8_t type)
{
    return goes_before_configure(type) || type == FRAME_DISK || type == FRAME_LEASE || type == FRAME_HOLD || type == FRAME_RESUME;
}

static void take(const struct frame *frame)
{
    need(frame, configured || goes_before_configure(frame->type), "before CONFIGURE");
    need(frame, frame->process == 0 || !is_about_sandbox(frame->type), "about a process");
    need(frame, frame->channel == 0 || frame->type == FRAME_OUTPUT_ACK, "about a channel");
    switch (frame->type) {
    case FRAME_CONFIGURE: configure(frame); break;
    case FRAME_START: start(frame); break;
    case FRAME_POUR: pour(frame); break;
    case FRAME_INPUT:
    case FRAME_INPUT_END: take_input(frame); break;
    case FRAME_OUTPUT_ACK: acknowledge(frame); break;
    case FRAME_SIGNAL: send_signal(frame); break;
    case FRAME_SHUTDOWN:
        need(frame, frame->length == 0, "wrong length");
        _exit(0); /* The kernel ends everything in the sandbox with its PID 1. */
    case FRAME_PING:
        need(frame, frame->length == 8, "wrong length");
        link_send(FRAME_PONG, 0, 0, frame->payload, 8);
        break;
    case FRAME_DISK: tell_disk_usage(frame); break;
    case FRAME_FORGET: forget(frame); break;
    case FRAME_RESIZE: resize(frame); break;
    case FRAME_LEASE: take_lease(frame); break;
    case FRAME_HOLD: hold_on(frame); break;
    case FRAME_WORK:
    case FRAME_WORK_INPUT:
    case FRAME_WORK_INPUT_END:
    case FRAME_WORK_ACK:
    case FRAME_WORK_CANCEL: workers_take(frame); break;
    case FRAME_RESUME: fail(FAILURE_FRAME, "RESUME without HOLD");
    default: fail(FAILURE_FRAME, "a frame of unknown type %02x", frame->type);
    }
}

/* Takes frames while there is room for what they cause. START must wait for READY; births queue until then. */
static void receive(void)
{
    struct frame frame;
    while (!link_is_congested() && !births_are_congested() && link_next(&frame))
        take(&frame);
    events_listen(!link_is_congested() && !births_are_congested());
}

static void handle(const struct event *event)
{
    struct process *process = event->process == 0 ? NULL : process_find(event->process);
    switch (event->source) {
    case EVENT_LINK_IN:
        if (!link_read())
            _exit(0);
        break;
    case EVENT_LINK_OUT: link_writable(); break;
    case EVENT_NURSERY: births_event(); break;
    case EVENT_INPUT:
        if (process != NULL)
            input_event(process, event->events);
        break;
    case EVENT_OUTPUT:
        if (process != NULL)
            output_event(&process->output[event->channel], event->events);
        break;
    case EVENT_FIFO:
        if (process != NULL)
            pour_event(process);
        break;
    case EVENT_WORKER: workers_event(event->process, event->events); break;
    }
}

static void make_ready(void)
{
    /* Whatever the container's runtime left open besides the link is no business of the agent's. */
    if (!descriptors_close(3, DESCRIPTOR_LAST))
        _exit(FAILURE_SYSTEM);
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        if (fcntl(i, F_GETFD) < 0)
            _exit(FAILURE_SYSTEM);
    fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files = { 16384, 16384 };
    setrlimit(RLIMIT_NOFILE, &files);
}

static int shorter(int a, int b)
{
    return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

/* Of a program or of a worker: in turn, when both have something to send. */
static bool next_output(struct frame *frame, uint64_t *offset)
{
    static bool program;
    program = !program;
    return program ? output_take(frame, offset) || workers_output(frame, offset) : workers_output(frame, offset) || output_take(frame, offset);
}

int main(void)
{
    make_ready();
    events_open();
    link_open(next_output);
    say_hello();
    for (;;) {
        link_flush();
        receive();
        /* Whose end was found just now, by an event or by room that was made: nothing else may come that would have it told. */
        workers_tick();
        link_flush();
        struct event events[EVENTS_MAX];
        int count = events_wait(events, shorter(shorter(watchdog_tick(), births_patience()), shorter(input_tick(), lease_tick())));
        for (int i = 0; i < count; i++)
            handle(&events[i]);
        births_tick();
    }
}
