#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"

static int directory = -1;

static void put(const char *name, const char *text)
{
    if (text[0] == 0)
        return;
    char line[ID_MAX + 2];
    int length = snprintf(line, sizeof line, "%s\n", text);
    int fd = openat(directory, "new", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0 || fchmod(fd, 0644) != 0 || write(fd, line, (size_t)length) != length || close(fd) != 0 ||
        renameat(directory, "new", directory, name) != 0)
        fail(FAILURE_SYSTEM, "write /run/sandbox/%s: errno %d", name, errno);
}

void identity_open(int fd, const struct configuration *configuration)
{
    directory = fd;
    identity_write(configuration->generation, configuration->sandbox);
}

void identity_write(const char *generation, const char *sandbox)
{
    put("id", sandbox);
    put("generation", generation);
}
