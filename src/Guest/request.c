#include "request.h"

#include <errno.h>
#include <stdlib.h>

#include "fail.h"
#include "fields.h"

enum start_tag {
    START_ID = 1, START_ARGUMENT, START_ENVIRONMENT, START_DIRECTORY, START_UID, START_GID, START_FILE_PATH, START_FILE_CONTENT, START_FLAGS,
    START_LIMIT, START_RESULT_PATH, START_TERMINAL, START_TAGS,
};
enum pour_tag { POUR_CONTENT = 1, POUR_LIMIT, POUR_FLAGS, POUR_FILE_PATH, POUR_FILE_CONTENT, POUR_TAGS };

struct arena {
    struct birth *birth;
    bool good;
};

/* Memory behind the request itself. It cannot run out: ARENA_SIZE counts every byte that a payload can ask for. */
static void *take_from(struct birth *birth, size_t size)
{
    char *end = (char *)birth + ARENA_SIZE;
    size_t rounded = (size + 7) & ~(size_t)7;
    if (rounded > (size_t)(end - birth->rest))
        fail(FAILURE_SYSTEM, "the arena is too small");
    void *taken = birth->rest;
    birth->rest += rounded;
    return taken;
}

static void *take(struct arena *arena, size_t size)
{
    return take_from(arena->birth, size);
}

const char *request_add_text(struct birth *birth, const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(take_from(birth, size), text, size);
}

static void refuse(struct arena *arena, int error)
{
    if (!arena->good)
        return;
    arena->good = false;
    arena->birth->error = error;
    arena->birth->stage = STAGE_RESOURCES;
}

static char *text(struct arena *arena, const struct field *field)
{
    if (!field_is_text(field))
        refuse(arena, EINVAL);
    char *copy = take(arena, (size_t)field->length + 1);
    memcpy(copy, field->bytes, field->length);
    copy[field->length] = 0;
    return copy;
}

static char *absolute(struct arena *arena, const struct field *field)
{
    char *path = text(arena, field);
    if (path[0] != '/')
        refuse(arena, EINVAL);
    return path;
}

static void limit(struct arena *arena, const struct field *field, const char *frame)
{
    struct birth *birth = arena->birth;
    if (field->length != 12)
        fail(FAILURE_FRAME, "%s: a limit is not 12 bytes", frame);
    if (birth->limit_count == LIMITS_MAX) {
        refuse(arena, E2BIG);
        return;
    }
    birth->limits[birth->limit_count++] = (struct birth_limit){ get32(field->bytes), get64(field->bytes + 4) };
}

static struct birth_file content(struct arena *arena, const struct field *field, const char *path)
{
    void *copy = take(arena, field->length);
    memcpy(copy, field->bytes, field->length);
    return (struct birth_file){ path, copy, field->length };
}

static void terminal(struct birth *birth, const struct field *field)
{
    if (field->length != 4)
        fail(FAILURE_FRAME, "START: the terminal's size is not 4 bytes");
    birth->rows = get16(field->bytes);
    birth->columns = get16(field->bytes + 2);
    if (birth->rows < 1 || birth->rows > TERMINAL_MAX || birth->columns < 1 || birth->columns > TERMINAL_MAX)
        fail(FAILURE_FRAME, "START: a terminal of %u rows and %u columns", birth->rows, birth->columns);
}

static void once(uint32_t *seen, uint16_t tag, const char *frame)
{
    if (*seen & (1u << tag))
        fail(FAILURE_FRAME, "%s: tag %u is there twice", frame, tag);
    *seen |= 1u << tag;
}

static bool is_id(const struct field *field)
{
    if (field->length == 0 || field->length > ID_MAX)
        return false;
    for (uint32_t i = 0; i < field->length; i++) {
        uint8_t c = field->bytes[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && (i == 0 || (c != '.' && c != '_' && c != '-')))
            return false;
    }
    return true;
}

void request_read_id(const struct frame *frame, char id[ID_MAX + 1])
{
    struct fields fields = { frame->payload, frame->payload + frame->length };
    struct field field;
    uint32_t seen = 0, value;
    int more;
    while ((more = fields_next(&fields, &field)) > 0) {
        if (field.tag == 0 || field.tag >= START_TAGS)
            fail(FAILURE_FRAME, "START: unknown tag %u", field.tag);
        if (field.tag != START_ARGUMENT && field.tag != START_ENVIRONMENT && field.tag != START_LIMIT)
            once(&seen, field.tag, "START");
        seen |= 1u << field.tag;
        if (field.tag == START_ID) {
            if (!is_id(&field))
                fail(FAILURE_FRAME, "START: the id has characters that an id has not");
            memcpy(id, field.bytes, field.length);
            id[field.length] = 0;
        }
        if ((field.tag == START_UID || field.tag == START_GID || field.tag == START_FLAGS) && !field_u32(&field, &value))
            fail(FAILURE_FRAME, "START: tag %u is not 4 bytes", field.tag);
    }
    uint32_t needed = 1u << START_ID | 1u << START_ARGUMENT | 1u << START_DIRECTORY | 1u << START_UID | 1u << START_GID;
    if (more < 0)
        fail(FAILURE_FRAME, "START is cut short");
    if ((seen & needed) != needed)
        fail(FAILURE_FRAME, "START lacks a field");
}

/* The lists of a START: how long, and then where. */
struct lists {
    char **argument;
    char **environment;
};

static struct lists make_lists(const struct frame *frame, struct arena *arena)
{
    struct fields fields = { frame->payload, frame->payload + frame->length };
    struct field field;
    size_t arguments = 0, variables = 0;
    while (fields_next(&fields, &field) > 0) {
        arguments += field.tag == START_ARGUMENT;
        variables += field.tag == START_ENVIRONMENT;
    }
    struct lists lists = { take(arena, (arguments + 1) * sizeof(char *)), take(arena, (variables + 1) * sizeof(char *)) };
    lists.argument[arguments] = NULL;
    lists.environment[variables] = NULL;
    return lists;
}

static void check_flags(const struct birth *birth, bool path, bool content_there, bool result_path)
{
    bool mould = (birth->flags & START_MOULD) != 0;
    if (birth->flags & ~(uint32_t)(START_NO_STDIN | START_RESULT | START_MOULD))
        fail(FAILURE_FRAME, "START: unknown flags %x", birth->flags);
    if (mould ? !path || content_there : path != content_there)
        fail(FAILURE_FRAME, "START: the file's path and content do not go together");
    if (result_path && !mould)
        fail(FAILURE_FRAME, "START: a result path without the mould flag");
    if (birth->rows != 0 && (mould || (birth->flags & START_NO_STDIN)))
        fail(FAILURE_FRAME, "START: a terminal is no mould, and has its input");
}

bool request_read_start(const struct frame *frame, struct birth *birth)
{
    memset(birth, 0, sizeof *birth);
    birth->kind = BIRTH_PROGRAM;
    birth->number = frame->process;
    struct arena arena = { birth, true };
    birth->rest = (char *)(birth + 1);
    struct lists lists = make_lists(frame, &arena);
    birth->argv = lists.argument;
    birth->envp = lists.environment;

    struct fields fields = { frame->payload, frame->payload + frame->length };
    struct field field;
    const char *path = NULL;
    bool content_there = false;
    struct birth_file file = { 0 };
    while (fields_next(&fields, &field) > 0) {
        switch ((enum start_tag)field.tag) {
        case START_ARGUMENT: *lists.argument++ = text(&arena, &field); break;
        case START_ENVIRONMENT: {
            char *variable = text(&arena, &field);
            if (strncmp(variable, "PATH=", 5) == 0)
                birth->path = variable + 5;
            *lists.environment++ = variable;
            break;
        }
        case START_DIRECTORY: birth->directory = absolute(&arena, &field); break;
        case START_UID: birth->uid = get32(field.bytes); break;
        case START_GID: birth->gid = get32(field.bytes); break;
        case START_FILE_PATH: path = absolute(&arena, &field); break;
        case START_FILE_CONTENT: file = content(&arena, &field, NULL); content_there = true; break;
        case START_FLAGS: birth->flags = get32(field.bytes); break;
        case START_LIMIT: limit(&arena, &field, "START"); break;
        case START_RESULT_PATH: birth->result = absolute(&arena, &field); break;
        case START_TERMINAL: terminal(birth, &field); break;
        case START_ID:
        case START_TAGS: break;
        }
    }
    check_flags(birth, path != NULL, content_there, birth->result != NULL);
    if (birth->flags & START_MOULD) {
        birth->fifo = path;
    } else if (path != NULL) {
        file.path = path;
        birth->files[birth->file_count++] = file;
    }
    if (birth->uid == UINT32_MAX || birth->gid == UINT32_MAX)
        refuse(&arena, EINVAL);
    return arena.good;
}

bool request_read_pour(const struct frame *frame, struct birth *birth)
{
    memset(birth, 0, sizeof *birth);
    birth->kind = BIRTH_POUR;
    birth->number = frame->process;
    struct arena arena = { birth, true };
    birth->rest = (char *)(birth + 1);
    struct fields fields = { frame->payload, frame->payload + frame->length };
    struct field field;
    uint32_t seen = 0, paths = 0, contents = 0;
    int more;
    while ((more = fields_next(&fields, &field)) > 0) {
        switch ((enum pour_tag)field.tag) {
        case POUR_CONTENT:
            once(&seen, field.tag, "POUR");
            birth->replacement = content(&arena, &field, NULL);
            break;
        case POUR_LIMIT: limit(&arena, &field, "POUR"); break;
        case POUR_FLAGS:
            once(&seen, field.tag, "POUR");
            if (!field_u32(&field, &birth->flags) || (birth->flags & ~(uint32_t)START_RESULT))
                fail(FAILURE_FRAME, "POUR: unknown flags");
            break;
        case POUR_FILE_PATH:
            if (paths == FILES_MAX)
                refuse(&arena, E2BIG);
            else
                birth->files[paths++].path = absolute(&arena, &field);
            break;
        case POUR_FILE_CONTENT:
            if (contents == FILES_MAX) {
                refuse(&arena, E2BIG);
            } else {
                birth->files[contents] = content(&arena, &field, birth->files[contents].path);
                contents++;
            }
            break;
        case POUR_TAGS:
        default: fail(FAILURE_FRAME, "POUR: unknown tag %u", field.tag);
        }
    }
    if (more < 0)
        fail(FAILURE_FRAME, "POUR is cut short");
    if (!(seen & (1u << POUR_CONTENT)) || paths != contents)
        fail(FAILURE_FRAME, "POUR lacks its content, or a file its path or content");
    birth->file_count = paths;
    return arena.good;
}
