/*
 * Kinds of work on files by the programs' paths, with a user's rights. docs/guest-protocol.md has their requests and answers.
 */
#ifndef WORK_FILE_H
#define WORK_FILE_H

#include <stdint.h>
#include <sys/stat.h>

#include "work.h"

enum { PATH_LENGTH_MAX = 4095, ENTRY_SIZE = 64, COPY_STEP = 256 * 1024 };

/* An entry of a directory as the host reads it. */
void entry_put(uint8_t entry[ENTRY_SIZE], const struct stat *info);

/* Copies the rest of a request, from an offset on, as a path: absolute, without a NUL. Ends the worker when it is none. */
void request_path(const struct work *work, size_t from, size_t length, char path[PATH_LENGTH_MAX + 1]);

/*
 * Opens a regular file of no kernel's file system, never waiting, never following a link at its end. Ends the worker otherwise; the failure is told of
 * the path that the client named, which another one may stand for.
 */
int open_regular(const struct work *work, const char *path, const char *named, int flags, struct stat *info);

/* Ends the worker since nothing can be made at a path: where it is the directory above that is missing, that one is named. */
_Noreturn void fail_to_make(const struct work *work, int error, const char *path);

/* Makes what is missing of the directories above a path. Ends the worker when one cannot be made. */
void make_parents(const struct work *work, char *path);

/* Writes all bytes; false with errno otherwise. */
bool write_all(int file, const void *bytes, size_t length);

/* Reads the whole of a length, unless the input ends before it. */
size_t receive_all(void *bytes, size_t length);

/* docs/guest-protocol.md has the requests and the answers of all. */
void work_read(const struct work *work);
void work_write(const struct work *work);
void work_list(const struct work *work);
void work_change(const struct work *work);
void work_watch(const struct work *work);
void work_pack(const struct work *work);
void work_unpack(const struct work *work);
void work_glob(const struct work *work);
void work_search(const struct work *work);

#endif
