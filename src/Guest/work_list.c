/*
 * LIST, GLOB and SEARCH: what lies below a directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wire.h"
#include "work_walk.h"

enum { LINE_MAX = 64 * 1024, TEXT_MAX = 1000, BUFFER = 64 * 1024 };

static uint8_t buffer[BUFFER + ENTRY_SIZE + 4 + 2 * (PATH_LENGTH_MAX + 1)];
static size_t buffered;
static uint32_t left; /* records that may still be sent */

static void flush_records(void)
{
    work_send(buffer, buffered);
    buffered = 0;
}

static void send_entry(int directory, const char *name, const char *path, const struct stat *info)
{
    uint8_t *at = buffer + buffered;
    char *target = (char *)at + ENTRY_SIZE + 4 + strlen(path);
    ssize_t length = S_ISLNK(info->st_mode) ? readlinkat(directory, name, target, PATH_LENGTH_MAX) : 0;
    length = length < 0 ? 0 : length;
    entry_put(at, info);
    put16(at + ENTRY_SIZE, (uint16_t)strlen(path));
    put16(at + ENTRY_SIZE + 2, (uint16_t)length);
    memcpy(at + ENTRY_SIZE + 4, path, strlen(path));
    buffered += ENTRY_SIZE + 4 + strlen(path) + (size_t)length;
    if (buffered >= BUFFER)
        flush_records();
}

static void answer_cut(const struct work *work, bool cut)
{
    flush_records();
    work_answer(work, &(uint8_t){ cut }, 1);
}

/* ---- the directory and the pattern that everything here begins with: u32 depth or flags, u32 most, u16 length, pattern, path */

static void read_query(const struct work *work, char pattern[PATH_LENGTH_MAX + 1], char path[PATH_LENGTH_MAX + 1])
{
    if (work->request_length < 10 || get16(work->request + 8) > PATH_LENGTH_MAX || 10u + get16(work->request + 8) > work->request_length)
        work_fail(work, WORK_BAD_REQUEST, "the request is cut short");
    uint16_t length = get16(work->request + 8);
    memcpy(pattern, work->request + 10, length);
    pattern[length] = 0;
    left = get32(work->request + 4);
    request_path(work, 10u + length, work->request_length - 10 - length, path);
}

static enum walk_step list_one(struct walk *walk, int directory, const char *name, const struct stat *info)
{
    if (left == 0) {
        walk->cut = true;
        return WALK_STOP;
    }
    left--;
    send_entry(directory, name, walk->path, info);
    return WALK_DOWN;
}

void work_list(const struct work *work)
{
    char pattern[PATH_LENGTH_MAX + 1], path[PATH_LENGTH_MAX + 1];
    read_query(work, pattern, path);
    uint32_t depth = get32(work->request);
    struct stat info;
    if (lstat(path, &info) != 0)
        work_fail(work, errno, path);
    if (depth == 0) {
        send_entry(AT_FDCWD, path, "", &info);
        answer_cut(work, false);
        return;
    }
    bool shallow = depth - 1 <= DEPTH_MAX;
    struct walk walk = { .work = work, .depth = shallow ? depth - 1 : DEPTH_MAX, .shallow = shallow, .enter = list_one };
    walk_below(&walk, open_directory(work, path));
    answer_cut(work, walk.cut);
}

/* A star matches within a name, two of them alone any number of directories, none too. */
static bool matches(const char *pattern, const char *path, unsigned *effort)
{
    if (++*effort > 100000)
        return false;
    if (strcmp(pattern, "**") == 0)
        return true;
    if (strncmp(pattern, "**/", 3) == 0) {
        for (const char *from = path; from != NULL; from = strchr(from, '/') == NULL ? NULL : strchr(from, '/') + 1)
            if (matches(pattern + 3, from, effort))
                return true;
        return false;
    }
    char one[PATH_LENGTH_MAX + 1], name[PATH_LENGTH_MAX + 1];
    size_t pattern_length = strcspn(pattern, "/"), name_length = strcspn(path, "/");
    snprintf(one, sizeof one, "%.*s", (int)pattern_length, pattern);
    snprintf(name, sizeof name, "%.*s", (int)name_length, path);
    if ((pattern[pattern_length] == 0) != (path[name_length] == 0) || fnmatch(one, name, 0) != 0)
        return false;
    return pattern[pattern_length] == 0 || matches(pattern + pattern_length + 1, path + name_length + 1, effort);
}

static enum walk_step match_one(struct walk *walk, int directory, const char *name, const struct stat *info)
{
    unsigned effort = 0;
    return matches(walk->context, walk->path, &effort) ? list_one(walk, directory, name, info) : WALK_DOWN;
}

void work_glob(const struct work *work)
{
    char pattern[PATH_LENGTH_MAX + 1], path[PATH_LENGTH_MAX + 1];
    read_query(work, pattern, path);
    struct walk walk = { .work = work, .depth = DEPTH_MAX, .enter = match_one, .context = pattern };
    walk_below(&walk, open_directory(work, path));
    answer_cut(work, walk.cut);
}

enum search_flags { SEARCH_EXPRESSION = 1, SEARCH_ANY_CASE = 2 };

struct search {
    const char *text;
    bool expression, any_case;
    regex_t compiled;
};

static bool line_matches(const struct search *search, const char *line)
{
    if (search->expression)
        return regexec(&search->compiled, line, 0, NULL, 0) == 0;
    return (search->any_case ? strcasestr(line, search->text) : strstr(line, search->text)) != NULL;
}

static void send_match(const char *path, uint32_t number, const char *line)
{
    uint8_t *at = buffer + buffered;
    size_t path_length = strlen(path), length = strnlen(line, TEXT_MAX);
    put32(at, number);
    put16(at + 4, (uint16_t)path_length);
    put16(at + 6, (uint16_t)length);
    memcpy(at + 8, path, path_length);
    memcpy(at + 8 + path_length, line, length);
    buffered += 8 + path_length + length;
    if (buffered >= BUFFER)
        flush_records();
}

/* Lines with a NUL in their file's first piece are no text; what is beyond LINE_MAX of a line is a line of its own. */
static enum walk_step search_one(struct walk *walk, int directory, const char *name, const struct stat *info)
{
    static char line[LINE_MAX];
    if (!S_ISREG(info->st_mode))
        return WALK_DOWN;
    int file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat opened;
    if (file < 0 || fstat(file, &opened) != 0 || !S_ISREG(opened.st_mode)) {
        walk->cut |= file < 0;
        if (file >= 0)
            close(file);
        return WALK_DOWN;
    }
    FILE *stream = fdopen(file, "r");
    uint32_t number = 0;
    enum walk_step step = WALK_DOWN;
    while (stream != NULL && fgets(line, sizeof line, stream) != NULL) {
        number++;
        size_t length = strlen(line);
        if (number == 1 && (length == 0 || (line[length - 1] != '\n' && !feof(stream) && length + 1 < sizeof line)))
            break;
        if (length > 0 && line[length - 1] == '\n')
            line[length - 1] = 0;
        if (!line_matches(walk->context, line))
            continue;
        if (left == 0) {
            walk->cut = true;
            step = WALK_STOP;
            break;
        }
        left--;
        send_match(walk->path, number, line);
    }
    if (stream != NULL)
        fclose(stream);
    return step;
}

void work_search(const struct work *work)
{
    char text[PATH_LENGTH_MAX + 1], path[PATH_LENGTH_MAX + 1];
    read_query(work, text, path);
    uint32_t flags = get32(work->request);
    struct search search = { .text = text, .expression = flags & SEARCH_EXPRESSION, .any_case = flags & SEARCH_ANY_CASE };
    int way = REG_EXTENDED | REG_NOSUB | (search.any_case ? REG_ICASE : 0);
    if (search.expression && regcomp(&search.compiled, text, way) != 0)
        work_fail(work, WORK_BAD_REQUEST, "no regular expression");
    struct walk walk = { .work = work, .depth = DEPTH_MAX, .enter = search_one, .context = &search };
    walk_below(&walk, open_directory(work, path));
    answer_cut(work, walk.cut);
}
