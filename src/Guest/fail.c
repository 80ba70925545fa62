#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "link.h"

_Noreturn void fail(enum failure code, const char *format, ...)
{
    char payload[4 + 512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(payload + 4, sizeof payload - 4, format, arguments);
    va_end(arguments);
    if (length < 0)
        length = 0;
    if ((size_t)length > sizeof payload - 5)
        length = sizeof payload - 5;
    dprintf(STDERR_FILENO, "agent: %s\n", payload + 4);
    put32(payload, code);
    link_send(FRAME_FAILURE, 0, 0, payload, 4 + (size_t)length);
    link_flush_last();
    _exit(code);
}
