#include "pour.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "events.h"
#include "fail.h"
#include "link.h"
#include "request.h"

static void *kept(void *memory)
{
    if (memory == NULL)
        fail(FAILURE_SYSTEM, "out of memory");
    return memory;
}

void pour_note_mould(struct process *process, const struct birth *birth)
{
    if (!(birth->flags & START_MOULD))
        return;
    process->mould = MOULD_WAITING;
    process->fifo_path = kept(strdup(birth->fifo));
    if (birth->result != NULL)
        process->result_path = kept(strdup(birth->result));
}

void pour_open(struct process *process, int fifo)
{
    process->fifo = fifo;
    events_add(fifo, EVENT_FIFO, process->number, 0, EPOLLOUT | EPOLLET);
}

void pour_prepare(struct process *process, struct birth *birth)
{
    size_t length = birth->replacement.length;
    process->mould = MOULD_FILLING;
    free(process->content);
    process->content = kept(malloc(length + 1));
    memcpy(process->content, birth->replacement.content, length);
    process->content_start = 0;
    process->content_length = length;
    process->result_wanted = (birth->flags & START_RESULT) != 0;

    birth->replacement.path = request_add_text(birth, process->fifo_path);
    if (!process->result_wanted && process->result_path != NULL)
        birth->result = request_add_text(birth, process->result_path);
    birth->uid = process->uid;
    birth->gid = process->gid;
}

static void add_voided(struct birth *birth, const char *path)
{
    if (path != NULL && birth->voided_count < VOIDED_MAX)
        birth->voided[birth->voided_count++] = request_add_text(birth, path);
}

static bool end_waiting(struct process *process)
{
    if (process->mould != MOULD_WAITING || process->state != PROCESS_RUNNING)
        return false;
    process->mould = MOULD_VOID;
    kill(process->pid, SIGKILL);
    return true;
}

static void void_mould(struct process *process, void *context)
{
    if (!end_waiting(process))
        return;
    add_voided(context, process->fifo_path);
    add_voided(context, process->result_path);
}

static void clear_mould(struct process *process, void *context)
{
    if (process->result_path == NULL || !end_waiting(process))
        return;
    pour_remove remove = *(pour_remove *)context;
    remove(process->fifo_path, process->uid, process->gid);
    remove(process->result_path, process->uid, process->gid);
}

void pour_clear_moulds(pour_remove remove)
{
    process_each(clear_mould, &remove);
}

void pour_void_moulds(struct birth *birth)
{
    process_each(void_mould, birth);
}

void pour_failed(struct process *process)
{
    process->mould = MOULD_WAITING;
}

static void fill(struct process *process)
{
    while (process->content_start < process->content_length) {
        ssize_t count = write(process->fifo, process->content + process->content_start, process->content_length - process->content_start);
        if (count < 0 && errno == EAGAIN)
            return;
        if (count < 0 && errno != EINTR)
            break; /* Not possible while the agent itself holds it open for reading. */
        if (count > 0)
            process->content_start += (size_t)count;
    }
    close(process->fifo);
    process->fifo = -1;
    free(process->content);
    process->content = NULL;
    process->mould = MOULD_POURED;
}

void pour_files_made(struct process *process)
{
    if (process->state != PROCESS_RUNNING)
        return; /* Its EXIT was sent meanwhile, and is the answer. */
    process->content_ready = true;
    if (!process->result_wanted)
        output_end(&process->output[CHANNEL_RESULT]);
    /* Now and not when the FIFO has taken all: a mould that comes late opens the file, runs, and never reads the FIFO. */
    link_send(FRAME_POURED, 0, process->number, NULL, 0);
    fill(process);
}

void pour_event(struct process *process)
{
    if (process->fifo >= 0 && process->content_ready && process->mould == MOULD_FILLING)
        fill(process);
}
