#include "descriptors.h"

#include <sys/syscall.h>
#include <unistd.h>

bool descriptors_close(unsigned first, unsigned last)
{
    return syscall(SYS_close_range, first, last, 0) == 0;
}
