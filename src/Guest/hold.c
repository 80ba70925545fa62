#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

#include "births.h"
#include "clock.h"
#include "events.h"
#include "fail.h"
#include "fields.h"
#include "hooks.h"
#include "identity.h"
#include "lease.h"
#include "link.h"
#include "watchdog.h"
#include "workers.h"

enum resume_tag { RESUME_FLAGS = 1, RESUME_HOSTNAME, RESUME_GENERATION, RESUME_SANDBOX, RESUME_TAGS };
enum resume_flags { RESUME_COPY = 1, RESUME_QUIET = 2 };

struct resume {
    uint32_t flags;
    char hostname[HOSTNAME_MAX + 1];
    char generation[ID_MAX + 1];
    char sandbox[ID_MAX + 1];
};

static bool read_field(const struct field *field, struct resume *resume)
{
    switch ((enum resume_tag)field->tag) {
    case RESUME_FLAGS: return field_u32(field, &resume->flags) && (resume->flags & ~(uint32_t)(RESUME_COPY | RESUME_QUIET)) == 0;
    case RESUME_HOSTNAME:
        if (field->length == 0 || field->length > HOSTNAME_MAX || !field_is_text(field))
            return false;
        memcpy(resume->hostname, field->bytes, field->length);
        return true;
    case RESUME_GENERATION: return field_copy_word(field, resume->generation, ID_MAX);
    case RESUME_SANDBOX: return field_copy_word(field, resume->sandbox, ID_MAX);
    case RESUME_TAGS: break;
    }
    return false;
}

static void read_resume(const struct frame *frame, struct resume *resume)
{
    struct fields fields = { frame->payload, frame->payload + frame->length };
    struct field field;
    uint32_t seen = 0;
    int more;
    while ((more = fields_next(&fields, &field)) > 0) {
        if (field.tag < 32 && (seen & (1u << field.tag)))
            fail(FAILURE_FRAME, "RESUME: tag %u is there twice", field.tag);
        if (!read_field(&field, resume))
            fail(FAILURE_FRAME, "RESUME: tag %u is unknown or bad", field.tag);
        seen |= 1u << field.tag;
    }
    if (more < 0)
        fail(FAILURE_FRAME, "RESUME is cut short");
    if (!(seen & (1u << RESUME_FLAGS)) || ((resume->flags & RESUME_COPY) && resume->generation[0] == 0))
        fail(FAILURE_FRAME, "RESUME lacks its flags, or a copy's generation");
    if ((resume->flags & RESUME_QUIET) && !(resume->flags & RESUME_COPY))
        fail(FAILURE_FRAME, "RESUME: only a copy can be quiet");
}

/* The watchdog is the only one that works on meanwhile. */
static void wait_for_link(int fd, short events)
{
    struct pollfd link = { .fd = fd, .events = events };
    poll(&link, 1, watchdog_tick());
}

static void read_link(struct frame *frame)
{
    while (!link_next(frame)) {
        wait_for_link(STDIN_FILENO, POLLIN);
        if (!link_read())
            _exit(0);
    }
}

static void become(const struct resume *resume)
{
    if (resume->hostname[0] != 0 && sethostname(resume->hostname, strlen(resume->hostname)) != 0)
        fail(FAILURE_SYSTEM, "set the hostname: errno %d", errno);
    identity_write(resume->generation, resume->sandbox);
}

void hold(void)
{
    clock_stop();
    link_hold();
    link_send(FRAME_HELD, 0, 0, NULL, 0);
    for (link_flush(); !link_is_empty(); link_flush()) {
        wait_for_link(STDOUT_FILENO, POLLOUT);
        link_writable();
    }

    /* Nothing else is waited for: what programs and the nursery do stays in their pipes and sockets, and so in the checkpoint. */
    struct frame frame;
    read_link(&frame);
    if (frame.type == FRAME_SHUTDOWN && frame.length == 0)
        _exit(0);
    if (frame.type != FRAME_RESUME || frame.process != 0 || frame.channel != 0)
        fail(FAILURE_FRAME, "a frame of type %02x came between HOLD and RESUME", frame.type);
    struct resume resume = { 0 };
    read_resume(&frame, &resume);

    clock_go();
    events_relink();
    link_resume();
    if (resume.flags & RESUME_COPY) {
        workers_forget();
        if (resume.flags & RESUME_QUIET)
            births_end();
        become(&resume);
    }
    uint8_t hooks = hooks_exist();
    link_send(FRAME_RESUMED, 0, 0, &hooks, sizeof hooks);
    lease_renew(0);
}
