#include "births.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "birth.h"
#include "clock.h"
#include "events.h"
#include "fail.h"
#include "hooks.h"
#include "identity.h"
#include "link.h"
#include "news.h"
#include "nursery.h"
#include "pour.h"
#include "process.h"
#include "programs.h"
#include "request.h"
#include "signals.h"
#include "workers.h"

enum {
    QUEUE_MAX = 128,
    QUEUE_BYTES_MAX = 8 * 1024 * 1024,
    /* A program that stops a newborn by a signal, before its exec, holds up the births behind it: so it is woken again and again, and
       killed in the end. */
    WAKE_MS = 100,
    KILL_MS = 10000,
};

struct waiting {
    struct waiting *next;
    struct frame frame;
    uint8_t payload[];
};

static const struct configuration *configured;
static int nursery = -1;
static pid_t nursery_pid;
static int disk = -1;
static struct birth *birth;
static bool busy;
static bool paused;
static uint64_t busy_since, woken;
static bool code_ran;       /* a user's code may have run here, so that no mould can be trusted any more */
static bool programs_ended; /* the namespace's init was killed, and every program with it */

static struct waiting *first, *last;
static size_t queued, queued_bytes;

void births_open(const struct configuration *configuration)
{
    int ends[2];
    birth = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (birth == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        fail(FAILURE_SYSTEM, "make the nursery: errno %d", errno);
    pid_t pid = fork();
    if (pid < 0)
        fail(FAILURE_SYSTEM, "start the nursery: errno %d", errno);
    if (pid == 0)
        nursery_run(configuration, birth, ends[1]);
    nursery_pid = pid;
    configured = configuration;
    close(ends[1]);
    nursery = ends[0];
    events_add(nursery, EVENT_NURSERY, 0, 0, EPOLLIN);
    busy = true; /* Until READY: starts may come before it, and wait. */
    busy_since = clock_ms();
}

static void answer_failure(uint32_t number, int error, uint32_t stage)
{
    uint8_t payload[5 + 128];
    put32(payload, (uint32_t)error);
    payload[4] = (uint8_t)stage;
    int length = snprintf((char *)payload + 5, sizeof payload - 5, "%s", strerror(error));
    link_send(FRAME_START_FAILED, 0, number, payload, 5 + (size_t)length);
}

/* The request cannot be carried out: says so, and forgets a process that never was. */
static void turn_down(struct process *process, bool pour, int error, uint32_t stage)
{
    answer_failure(process->number, error, stage);
    if (pour)
        return;
    known_remove(process->known);
    process_remove(process);
}

/* The limits of a pour, on the process that waits. */
static bool limit_waiting(const struct process *process)
{
    for (uint32_t i = 0; i < birth->limit_count; i++) {
        struct rlimit limit = { birth->limits[i].value, birth->limits[i].value };
        if (prlimit(process->pid, (__rlimit_resource_t)birth->limits[i].resource, &limit, NULL) != 0) {
            birth->error = errno;
            birth->stage = STAGE_RESOURCES;
            return false;
        }
    }
    return true;
}

static bool prepare_pour(struct process *process)
{
    if (process->mould != MOULD_WAITING || process->state != PROCESS_RUNNING) {
        birth->error = process->state == PROCESS_ENDED ? ESRCH : EINVAL;
        birth->stage = STAGE_NO_MOULD;
        return false;
    }
    if ((birth->flags & START_RESULT) && process->result_path == NULL) {
        birth->error = EINVAL;
        birth->stage = STAGE_NO_MOULD;
        return false;
    }
    if (!limit_waiting(process))
        return false;
    pour_prepare(process, birth);
    return true;
}

/* Hands the request to the nursery, which is idle. */
static void ask_now(const struct frame *frame)
{
    struct process *process = process_find(frame->process);
    bool pour = frame->type == FRAME_POUR;
    bool good = pour ? request_read_pour(frame, birth) : request_read_start(frame, birth);
    if (process == NULL)
        return; /* Forgotten meanwhile. */
    if (good && programs_ended) {
        birth->error = ESRCH;
        birth->stage = STAGE_RESOURCES;
        good = false;
    }
    bool mould = !pour && (birth->flags & START_MOULD) != 0;
    if (good && mould && code_ran) {
        birth->error = EPERM;
        birth->stage = STAGE_NO_MOULD;
        good = false;
    }
    if (good && pour)
        good = prepare_pour(process);
    if (!good) {
        turn_down(process, pour, birth->error, birth->stage);
        return;
    }
    if (!mould) {
        code_ran = true;
        pour_void_moulds(birth);
    }
    if (!pour) {
        process->uid = birth->uid;
        process->gid = birth->gid;
        pour_note_mould(process, birth);
    }
    if (send(nursery, "", 1, MSG_NOSIGNAL) != 1)
        fail(FAILURE_SYSTEM, "the nursery is gone: errno %d", errno);
    busy = true;
    busy_since = clock_ms();
}

static bool queue_is_full(void)
{
    return queued >= QUEUE_MAX || queued_bytes >= QUEUE_BYTES_MAX;
}

bool births_are_congested(void)
{
    return !paused && queue_is_full();
}

void births_ask(const struct frame *frame)
{
    if (!busy && !paused && first == NULL) {
        ask_now(frame);
        return;
    }
    if (paused && queue_is_full()) {
        /* The link is read on, since what ends the pause comes over it. */
        turn_down(process_find(frame->process), frame->type == FRAME_POUR, EAGAIN, STAGE_RESOURCES);
        return;
    }
    struct waiting *waiting = malloc(sizeof *waiting + frame->length);
    if (waiting == NULL)
        fail(FAILURE_SYSTEM, "out of memory");
    waiting->next = NULL;
    waiting->frame = *frame;
    memcpy(waiting->payload, frame->payload, frame->length);
    waiting->frame.payload = waiting->payload;
    if (last != NULL)
        last->next = waiting;
    else
        first = waiting;
    last = waiting;
    queued++;
    queued_bytes += frame->length;
}

static void ask_next(void)
{
    while (!busy && !paused && first != NULL) {
        struct waiting *waiting = first;
        first = waiting->next;
        if (first == NULL)
            last = NULL;
        queued--;
        queued_bytes -= waiting->frame.length;
        ask_now(&waiting->frame);
        free(waiting);
    }
}

static void started(struct process *process, const struct news *news, const int *descriptors)
{
    process->state = PROCESS_RUNNING;
    process->pid = news->pid;
    process->known->pid = (uint32_t)news->pid_seen;
    uint8_t payload[5];
    put32(payload, (uint32_t)news->pid_seen);
    payload[4] = 0;
    link_send(FRAME_STARTED, 0, process->number, payload, sizeof payload);

    int next = 0;
    if (!(news->descriptors & HAS_MASTER))
        input_open(process, (news->descriptors & HAS_STDIN) ? descriptors[next++] : -1);
    if (news->descriptors & HAS_STDOUT)
        output_open(&process->output[CHANNEL_STDOUT], process, CHANNEL_STDOUT, descriptors[next++], OUTPUT_OF_PIPE);
    if (news->descriptors & HAS_STDERR)
        output_open(&process->output[CHANNEL_STDERR], process, CHANNEL_STDERR, descriptors[next++], OUTPUT_OF_PIPE);
    if (news->descriptors & HAS_RESULT)
        output_open(&process->output[CHANNEL_RESULT], process, CHANNEL_RESULT, descriptors[next++],
                    process->mould != MOULD_NONE ? OUTPUT_OF_FIFO : OUTPUT_OF_PIPE);
    if (news->descriptors & HAS_FIFO)
        pour_open(process, descriptors[next++]);
    if (news->descriptors & HAS_MASTER)
        terminal_open(process, descriptors[next], descriptors[next + 1]);
    signals_deliver_early(process);
}

static void born(const struct news *news, const int *descriptors, int count)
{
    busy = false;
    struct process *process = process_find(news->number);
    bool pour = birth->kind == BIRTH_POUR;
    if (process == NULL) {
        /* Only a record that has ended can be forgotten, and this one was waiting. */
        for (int i = 0; i < count; i++)
            close(descriptors[i]);
    } else if (news->error != 0) {
        if (pour)
            pour_failed(process);
        turn_down(process, pour, news->error, news->stage);
    } else if (pour) {
        pour_files_made(process);
    } else {
        started(process, news, descriptors);
    }
}

static void end_process(const struct news *news)
{
    struct process *process = process_find_pid(news->pid);
    if (process != NULL)
        process_end(process, news->status, news->user_us, news->system_us, news->peak_bytes);
}

void births_event(void)
{
    struct news news;
    int descriptors[NEWS_DESCRIPTORS_MAX];
    int count = news_receive(nursery, &news, descriptors);
    if (count == NEWS_NONE)
        return;
    if (count == NEWS_END)
        fail(FAILURE_SYSTEM, "the nursery is gone");
    switch (news.kind) {
    case NEWS_READY:
        busy = false;
        disk = descriptors[0];
        identity_open(descriptors[1], configured);
        hooks_open(disk);
        workers_open(descriptors[2], disk);
        programs_except(nursery_pid, news.pid);
        link_send(FRAME_READY, 0, 0, NULL, 0);
        break;
    case NEWS_BROKEN: fail(FAILURE_MOUNT, "%.90s: %s", news.text, strerror(news.error));
    case NEWS_BORN: born(&news, descriptors, count); break;
    case NEWS_ENDED: end_process(&news); break;
    case NEWS_INIT_ENDED: programs_ended = true; break;
    }
    ask_next();
}

int births_patience(void)
{
    return busy && !paused ? WAKE_MS : -1;
}

void births_tick(void)
{
    if (!busy || paused || birth->pid <= 0)
        return;
    uint64_t now = clock_ms();
    if (now - busy_since < WAKE_MS || now - woken < WAKE_MS)
        return;
    woken = now;
    kill(birth->pid, now - busy_since >= KILL_MS ? SIGKILL : SIGCONT);
}

void births_end(void)
{
    programs_ended = true;
    programs_end();
}

void births_pause(bool pause)
{
    paused = pause;
    busy_since = clock_ms();
    if (!paused)
        ask_next();
}

int births_disk(void)
{
    return disk;
}
