#include "workers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "credentials.h"
#include "descriptors.h"
#include "events.h"
#include "fail.h"
#include "link.h"
#include "pour.h"
#include "ring.h"
#include "work.h"

enum {
    WORK_HEADER = 12,
    ACKNOWLEDGE_STEP = RING_SIZE / 4,
    MEMORY_MAX = 256 * 1024 * 1024, /* address space of a worker; what it allocates itself is far less */
};

struct worker {
    struct worker *next;
    uint32_t number;
    pid_t pid;
    int stream; /* -1 once it has ended */
    bool readable, writable;
    bool input_end;    /* WORK_INPUT_END was received */
    bool input_refused; /* it takes no more, and the host was told */
    bool cancelled;
    bool killed;
    bool done; /* WORK_DONE was sent */
    uint64_t input_told;
    struct ring input, output;
    struct work_result *result;
};

static struct worker *workers;
static size_t count;
static uint32_t newest;
static int programs_root = -1, disk = -1;

void workers_open(int root, int disk_descriptor)
{
    programs_root = root;
    disk = disk_descriptor;
}

static struct worker *find(uint32_t number)
{
    struct worker *worker = workers;
    while (worker != NULL && worker->number != number)
        worker = worker->next;
    return worker;
}

static void need(const struct frame *frame, bool good, const char *what)
{
    if (!good)
        fail(FAILURE_FRAME, "a frame of type %02x: %s", frame->type, what);
}

static void send_done(uint32_t number, uint32_t error, bool killed, const void *bytes, size_t length)
{
    uint8_t payload[5 + WORK_RESULT_MAX];
    put32(payload, error);
    payload[4] = killed;
    memcpy(payload + 5, bytes, length);
    link_send(FRAME_WORK_DONE, 0, number, payload, 5 + length);
}

/* In the worker: leaves everything of the agent's behind. Paths are used only by what runs after it. */
static bool settle_in(const struct work_kind *kind, int stream, uint32_t uid, uint32_t gid)
{
    struct rlimit memory = { MEMORY_MAX, MEMORY_MAX }, none = { 0, 0 };
    int own_disk = fcntl(disk, F_DUPFD_CLOEXEC, 100);
    if (setrlimit(RLIMIT_CORE, &none) != 0 || own_disk < 0 || syscall(SYS_setgroups, 0, NULL) != 0)
        return false;
#ifndef __SANITIZE_ADDRESS__
    if (setrlimit(RLIMIT_AS, &memory) != 0)
        return false;
#else
    (void)memory;
#endif
    if (kind->rights == WORK_AS_USER && (fchdir(programs_root) != 0 || chroot(".") != 0 || chdir("/") != 0))
        return false;
    if (dup2(stream, WORK_STREAM) < 0 || (kind->rights == WORK_AS_AGENT && dup2(own_disk, WORK_DISK) < 0))
        return false;
    if (!descriptors_close(kind->rights == WORK_AS_AGENT ? WORK_DISK + 1 : WORK_STREAM + 1, DESCRIPTOR_LAST))
        return false;
    if (kind->rights == WORK_AS_USER && (!capabilities_bound(uid == 0 ? ROOT_CAPABILITIES : 0) || !credentials_become(uid, gid)))
        return false;
    umask(022);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static _Noreturn void run(const struct work_kind *kind, const struct frame *frame, int stream, struct work_result *result)
{
    struct work work = { frame->payload + WORK_HEADER, frame->length - WORK_HEADER, result };
    if (!settle_in(kind, stream, get32(frame->payload + 4), get32(frame->payload + 8)))
        work_fail(&work, errno, "the worker could not drop its rights");
    kind->run(&work);
    _exit(0);
}

/* In a child, as a worker has it: the agent opens no path among the programs' files. */
static void remove_as(const char *path, uint32_t uid, uint32_t gid)
{
    static const struct work_kind as_user = { .rights = WORK_AS_USER };
    pid_t pid = fork();
    if (pid == 0) {
        if (settle_in(&as_user, disk, uid, gid))
            unlink(path);
        _exit(0);
    }
    while (pid > 0 && waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
        ;
}

static void start(const struct frame *frame)
{
    need(frame, frame->length >= WORK_HEADER && frame->length <= WORK_HEADER + WORK_REQUEST_MAX, "wrong length");
    need(frame, programs_root >= 0, "before READY");
    need(frame, frame->process > newest, "numbers must grow");
    newest = frame->process;
    const struct work_kind *kind = work_kind_find(get16(frame->payload));
    need(frame, kind != NULL && get16(frame->payload + 2) == 0, "no such kind of work");
    /* What waits for a one-off's script has FIFOs among the files: they go before anybody sees them, or puts a file of that name there. */
    pour_clear_moulds(remove_as);
    int ends[2] = { -1, -1 };
    struct worker *worker = count < WORKERS_MAX ? calloc(1, sizeof *worker) : NULL;
    struct work_result *result = worker == NULL ? MAP_FAILED
        : mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pid = -1;
    if (result != MAP_FAILED && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0)
        pid = fork();
    if (pid == 0)
        run(kind, frame, ends[1], result);
    if (ends[1] >= 0)
        close(ends[1]);
    if (pid < 0) {
        if (result != MAP_FAILED)
            munmap(result, sizeof *result);
        if (ends[0] >= 0)
            close(ends[0]);
        free(worker);
        send_done(frame->process, EAGAIN, false, "", 0);
        return;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    *worker = (struct worker){ .next = workers, .number = frame->process, .pid = pid, .stream = ends[0], .result = result };
    workers = worker;
    count++;
    events_add(worker->stream, EVENT_WORKER, worker->number, 0, EPOLLIN | EPOLLOUT | EPOLLET);
}

static void tell_input(struct worker *worker, uint64_t offset)
{
    uint8_t payload[8];
    put64(payload, offset);
    link_send(FRAME_WORK_INPUT_ACK, 0, worker->number, payload, sizeof payload);
}

static void refuse_input(struct worker *worker)
{
    ring_free(&worker->input);
    if (worker->input_refused)
        return;
    worker->input_refused = true;
    tell_input(worker, UINT64_MAX);
}

/* Its stream is over, and so is the worker: nothing else of it holds the socket. */
static void end(struct worker *worker)
{
    int status = 0;
    events_remove(worker->stream);
    close(worker->stream);
    worker->stream = -1;
    while (waitpid(worker->pid, &status, __WALL) < 0 && errno == EINTR)
        ;
    worker->killed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    if (!worker->input_end || worker->input.used > 0)
        refuse_input(worker);
}

static void write_on(struct worker *worker)
{
    while (worker->stream >= 0 && worker->writable && !worker->input_refused) {
        const uint8_t *at;
        size_t length = ring_unsent(&worker->input, RING_SIZE, &at);
        if (length == 0)
            break;
        ssize_t written = write(worker->stream, at, length);
        if (written > 0) {
            worker->input.sent += (uint64_t)written;
            ring_acknowledge(&worker->input, worker->input.sent);
        } else if (written < 0 && errno == EAGAIN) {
            worker->writable = false;
        } else if (written < 0 && errno != EINTR) {
            refuse_input(worker);
        }
    }
    if (worker->stream < 0 || worker->input_refused)
        return;
    uint64_t sent = worker->input.sent;
    if (sent - worker->input_told >= ACKNOWLEDGE_STEP || (worker->input.used == 0 && sent != worker->input_told)) {
        worker->input_told = sent;
        tell_input(worker, sent);
    }
    if (worker->input_end && worker->input.used == 0)
        shutdown(worker->stream, SHUT_WR);
}

static void read_on(struct worker *worker)
{
    while (worker->stream >= 0 && worker->readable) {
        uint8_t *at;
        size_t room = worker->cancelled ? RING_SIZE : ring_room(&worker->output, &at);
        if (room == 0)
            break;
        static uint8_t waste[RING_SIZE];
        ssize_t length = read(worker->stream, worker->cancelled ? waste : at, room);
        if (length > 0 && !worker->cancelled)
            ring_add(&worker->output, (size_t)length);
        else if (length < 0 && errno == EAGAIN)
            worker->readable = false;
        else if (length == 0 || (length < 0 && errno != EINTR))
            end(worker);
    }
}

static void take_input(struct worker *worker, const struct frame *frame)
{
    uint64_t offset = get64(frame->payload);
    size_t length = frame->length - 8;
    const uint8_t *from = frame->payload + 8;
    if (worker->input_refused)
        return;
    need(frame, offset == ring_end(&worker->input) && !worker->input_end, "not the next bytes");
    need(frame, worker->input.used + length <= RING_SIZE, "more input than the window");
    while (length > 0) {
        uint8_t *at;
        size_t room = ring_room(&worker->input, &at), step = room < length ? room : length;
        if (step == 0) {
            refuse_input(worker); /* There is no memory for it. */
            return;
        }
        memcpy(at, from, step);
        ring_add(&worker->input, step);
        from += step;
        length -= step;
    }
    write_on(worker);
}

static void acknowledge(struct worker *worker, const struct frame *frame)
{
    struct ring *ring = &worker->output;
    uint64_t offset = get64(frame->payload);
    uint64_t written = ring->sent - (ring->bytes == NULL ? 0 : link_unwritten(ring->bytes, RING_SIZE));
    need(frame, offset <= written, "acknowledges what was not sent");
    if (offset > ring->base)
        ring_acknowledge(ring, offset);
    read_on(worker);
}

static void cancel(struct worker *worker)
{
    worker->cancelled = true;
    if (worker->stream < 0)
        return;
    kill(worker->pid, SIGKILL);
    read_on(worker);
}

void workers_take(const struct frame *frame)
{
    if (frame->type == FRAME_WORK) {
        start(frame);
        return;
    }
    need(frame, frame->process >= 1 && frame->process <= newest, "about work that was never asked for");
    bool input = frame->type == FRAME_WORK_INPUT;
    need(frame, frame->type == FRAME_WORK_CANCEL ? frame->length == 0 : input ? frame->length > 8 : frame->length == 8, "wrong length");
    struct worker *worker = find(frame->process);
    if (worker == NULL || worker->done)
        return;
    switch (frame->type) {
    case FRAME_WORK_INPUT: take_input(worker, frame); break;
    case FRAME_WORK_INPUT_END:
        need(frame, worker->input_refused || get64(frame->payload) == ring_end(&worker->input), "ends elsewhere");
        worker->input_end = true;
        write_on(worker);
        break;
    case FRAME_WORK_ACK: acknowledge(worker, frame); break;
    default: cancel(worker); break;
    }
}

void workers_event(uint32_t number, uint32_t events)
{
    struct worker *worker = find(number);
    if (worker == NULL || worker->stream < 0)
        return;
    worker->readable |= (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
    worker->writable |= (events & (EPOLLOUT | EPOLLERR)) != 0;
    write_on(worker);
    read_on(worker);
}

static bool is_sent(const struct worker *worker)
{
    return worker->cancelled || worker->output.sent == ring_end(&worker->output);
}

static void finish(struct worker *worker)
{
    if (worker->done || worker->stream >= 0 || !is_sent(worker))
        return;
    worker->done = true;
    const struct work_result *result = worker->result;
    /* It is this program's own child, but it has read what a program wrote: its word is checked all the same. */
    uint32_t length = result->length < WORK_RESULT_MAX ? result->length : WORK_RESULT_MAX;
    send_done(worker->number, result->error, worker->killed, result->bytes, worker->killed ? 0 : length);
}

bool workers_output(struct frame *frame, uint64_t *offset)
{
    static uint32_t last;
    struct worker *chosen = NULL;
    /* The one with the next higher number than the last, or else the lowest. */
    for (struct worker *worker = workers; worker != NULL; worker = worker->next) {
        if (is_sent(worker))
            continue;
        bool later = worker->number > last;
        if (chosen == NULL || (later && chosen->number <= last) || (later == (chosen->number > last) && worker->number < chosen->number))
            chosen = worker;
    }
    if (chosen == NULL)
        return false;
    last = chosen->number;
    *frame = (struct frame){ .type = FRAME_WORK_OUTPUT, .process = chosen->number };
    frame->length = (uint32_t)ring_unsent(&chosen->output, OUTPUT_MAX, &frame->payload);
    *offset = chosen->output.sent;
    chosen->output.sent += frame->length;
    finish(chosen);
    return true;
}

static void release(struct worker *worker)
{
    if (worker->output.bytes != NULL)
        link_release(worker->output.bytes, RING_SIZE);
    ring_free(&worker->output);
    ring_free(&worker->input);
    munmap(worker->result, sizeof *worker->result);
    free(worker);
    count--;
}

void workers_tick(void)
{
    for (struct worker **at = &workers; *at != NULL;) {
        struct worker *worker = *at;
        finish(worker);
        if (!worker->done) {
            at = &worker->next;
            continue;
        }
        *at = worker->next;
        release(worker);
    }
}

void workers_forget(void)
{
    while (workers != NULL) {
        struct worker *worker = workers;
        workers = worker->next;
        worker->input_refused = true; /* Nobody is to be told. */
        if (worker->stream >= 0) {
            kill(worker->pid, SIGKILL);
            end(worker);
        }
        release(worker);
    }
    newest = 0;
}
