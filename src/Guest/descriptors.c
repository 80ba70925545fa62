#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

bool descriptors_close(unsigned first, unsigned last)
{
    return syscall(SYS_close_range, first, last, 0) == 0;
}

int directory_open(int above, const char *path)
{
    int found = openat(above, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (found < 0)
        return -1;
    int directory = openat(found, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = errno;
    close(found);
    errno = error;
    return directory;
}
