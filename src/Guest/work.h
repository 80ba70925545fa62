/*
 * What a worker is to itself: the process that carries out one operation for the host, in a child of the agent. It reads its request, a byte
 * stream in and writes a byte stream out, all bounded by the socket to the agent, and ends with a result or an error.
 *
 * It lies outside the programs' PID namespace, so that no program sees, signals or traces it; it holds the socket and nothing else of the agent's.
 */
#ifndef WORK_H
#define WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    WORK_STREAM = 0, /* the socket's number in a worker */
    WORK_DISK = 1,   /* the disk's, in a worker that keeps the agent's rights */
    WORK_RESULT_MAX = 4080,
    WORK_REQUEST_MAX = 64 * 1024,
};

/* Errors beside those of errno, in WORK_DONE. */
enum work_error {
    WORK_NOT_REGULAR = 1001, /* no regular file, or one of the kernel's own */
    WORK_OTHER_OFFSET = 1002, /* the upload ends before the offset; the result is u64, where it ends */
    WORK_BAD_REQUEST = 1003,
    WORK_TOO_MANY = 1004, /* more entries, or deeper ones, than a worker keeps in mind */
    WORK_BAD_ARCHIVE = 1005,
    WORK_NO_UPLOAD = 1006, /* there is no such upload */
};

/* Shared with the agent, which reads it when the worker has ended. */
struct work_result {
    uint32_t error;
    uint32_t length;
    uint8_t bytes[WORK_RESULT_MAX];
};

struct work {
    const uint8_t *request;
    uint32_t request_length;
    struct work_result *result;
};

/* Whose rights an operation has. */
enum work_rights {
    WORK_AS_USER,  /* in the programs' root, as the uid and gid that the host names, without a capability (root: with those of root's programs) */
    WORK_AS_AGENT, /* outside of it, with the agent's rights, and the disk open as WORK_DISK: for kinds that open no path a program could have made by name */
};

struct work_kind {
    uint16_t kind;
    enum work_rights rights;
    void (*run)(const struct work *work);
};

/* The kind of a number, or NULL. */
const struct work_kind *work_kind_find(uint16_t kind);

/* Writes all of it; ends the worker when the agent is gone. */
void work_send(const void *bytes, size_t length);

/* Keeps bytes until there are many, or work_flush: a system call is dear here. What a kind has put it must flush. */
void work_put(const void *bytes, size_t length);
void work_flush(void);

/* Reads up to so many bytes; 0 at the end of the input. */
size_t work_receive(void *bytes, size_t most);

/* Sets what goes with WORK_DONE. */
void work_answer(const struct work *work, const void *bytes, size_t length);

/* Ends the worker with an error, and what a person should know about it: mostly the path. */
_Noreturn void work_fail(const struct work *work, int error, const char *text);
/* ... with bytes in the place of a text. */
_Noreturn void work_fail_with(const struct work *work, int error, const void *bytes, size_t length);

#endif
