/*
 * The end of the agent. There is no repair: the host removes a sandbox whose agent has gone.
 */
#ifndef FAIL_H
#define FAIL_H

#include "wire.h"

/* Sends FAILURE with the text as the last frame, as far as the link takes it within a second, and exits with the code. */
_Noreturn void fail(enum failure code, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
