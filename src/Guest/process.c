#include "process.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "link.h"

enum { BUCKETS = 256 };

static struct process *buckets[BUCKETS];
static uint32_t count;

struct process *process_add(uint32_t number)
{
    if (count == PROCESSES_MAX)
        return NULL;
    struct process *process = calloc(1, sizeof *process);
    if (process == NULL)
        return NULL;
    process->number = number;
    process->fifo = -1;
    process->input.fd = -1;
    process->input.open = true;
    process->terminal.replica = -1;
    for (int i = 0; i < CHANNELS; i++)
        process->output[i].fd = -1;
    struct process **bucket = &buckets[number % BUCKETS];
    process->next = *bucket;
    *bucket = process;
    count++;
    return process;
}

struct process *process_find(uint32_t number)
{
    struct process *process = buckets[number % BUCKETS];
    while (process != NULL && process->number != number)
        process = process->next;
    return process;
}

struct process *process_find_pid(pid_t pid)
{
    for (int i = 0; i < BUCKETS; i++)
        for (struct process *process = buckets[i]; process != NULL; process = process->next)
            if (process->state == PROCESS_RUNNING && process->pid == pid)
                return process;
    return NULL;
}

void process_remove(struct process *process)
{
    struct process **at = &buckets[process->number % BUCKETS];
    while (*at != process)
        at = &(*at)->next;
    *at = process->next;
    count--;
    for (int i = CHANNEL_STDOUT; i < CHANNELS; i++)
        output_close(&process->output[i]);
    input_close(&process->input);
    terminal_close(&process->terminal);
    if (process->fifo >= 0)
        close(process->fifo);
    free(process->content);
    free(process->fifo_path);
    free(process->result_path);
    free(process);
}

void process_each(void (*call)(struct process *process, void *context), void *context)
{
    for (int i = 0; i < BUCKETS; i++)
        for (struct process *process = buckets[i]; process != NULL; process = process->next)
            call(process, context);
}

void process_end(struct process *process, int status, uint64_t user_us, uint64_t system_us, uint64_t peak_bytes)
{
    uint8_t payload[32] = { 0 };
    process->state = PROCESS_ENDED;
    payload[0] = WIFSIGNALED(status) ? 1 : 0;
    payload[1] = process->out_of_memory ? 1 : 0;
    put32(payload + 4, (uint32_t)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
    put64(payload + 8, user_us);
    put64(payload + 16, system_us);
    put64(payload + 24, peak_bytes);
    link_send(FRAME_EXIT, 0, process->number, payload, sizeof payload);
    if (process->fifo >= 0) {
        close(process->fifo);
        process->fifo = -1;
    }
    terminal_leader_ended(process);
    for (int i = CHANNEL_STDOUT; i < CHANNELS; i++)
        output_process_ended(&process->output[i]);
    process_settle(process);
}

void process_settle(struct process *process)
{
    if (process->state != PROCESS_ENDED || process->drained)
        return;
    for (int i = CHANNEL_STDOUT; i < CHANNELS; i++)
        if (!output_is_drained(&process->output[i]))
            return;
    process->drained = true;
    link_send(FRAME_DRAINED, 0, process->number, NULL, 0);
}

static uint32_t count_running(bool waiting)
{
    uint32_t found = 0;
    for (int i = 0; i < BUCKETS; i++)
        for (struct process *process = buckets[i]; process != NULL; process = process->next)
            found += process->state == PROCESS_RUNNING && (process->mould == MOULD_WAITING) == waiting;
    return found;
}

bool process_any_runs_code(void)
{
    return count_running(false) > 0;
}

uint32_t process_moulds_waiting(void)
{
    return count_running(true);
}
