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

/* Opens a regular file of no kernel's file system, never waiting, never following a link at its end. Ends the worker otherwise. */
int open_regular(const struct work *work, const char *path, int flags, struct stat *info);

/* READ: u64 offset, u64 length (all ones: to the end), path. Sends the file's entry, then bytes. */
void work_read(const struct work *work);

#endif
