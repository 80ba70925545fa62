#include "work.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "work_file.h"
#include "work_layer.h"

static const struct work_kind kinds[] = {
    { 1, WORK_AS_USER, work_read },     { 2, WORK_AS_USER, work_write },  { 3, WORK_AS_USER, work_list },
    { 4, WORK_AS_USER, work_change },   { 5, WORK_AS_USER, work_watch },  { 6, WORK_AS_USER, work_pack },
    { 7, WORK_AS_USER, work_unpack },   { 8, WORK_AS_USER, work_glob },   { 9, WORK_AS_USER, work_search },
    { 32, WORK_AS_AGENT, work_layer },
};

const struct work_kind *work_kind_find(uint16_t kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].kind == kind)
            return &kinds[i];
    return NULL;
}

void work_send(const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    while (length > 0) {
        ssize_t count = write(WORK_STREAM, at, length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            _exit(1); /* Nobody is there any more who could be told. */
        at += count;
        length -= (size_t)count;
    }
}

static uint8_t held[256 * 1024];
static size_t holding;

void work_put(const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    while (length > 0) {
        size_t step = sizeof held - holding < length ? sizeof held - holding : length;
        memcpy(held + holding, at, step);
        holding += step;
        at += step;
        length -= step;
        if (holding == sizeof held)
            work_flush();
    }
}

void work_flush(void)
{
    work_send(held, holding);
    holding = 0;
}

size_t work_receive(void *bytes, size_t most)
{
    ssize_t count;
    do
        count = read(WORK_STREAM, bytes, most);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        _exit(1);
    return (size_t)count;
}

void work_answer(const struct work *work, const void *bytes, size_t length)
{
    work->result->length = (uint32_t)(length < WORK_RESULT_MAX ? length : WORK_RESULT_MAX);
    memcpy(work->result->bytes, bytes, work->result->length);
}

void work_fail_with(const struct work *work, int error, const void *bytes, size_t length)
{
    work_answer(work, bytes, length);
    work->result->error = (uint32_t)error;
    _exit(0);
}

void work_fail(const struct work *work, int error, const char *text)
{
    work_fail_with(work, error, text, strlen(text));
}
