#include "newborn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "credentials.h"
#include "pty.h"
#include "wire.h"

static int failed(struct birth *birth, enum start_stage stage)
{
    birth->error = errno;
    birth->stage = stage;
    return 1;
}

/* Writes a new file; what already has the name stays as it is. */
static bool make_file(const char *path, const void *content, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    const char *at = content;
    while (length > 0) {
        ssize_t count = write(fd, at, length);
        if (count < 0) {
            int error = errno;
            close(fd);
            unlink(path);
            errno = error;
            return false;
        }
        at += count;
        length -= (size_t)count;
    }
    close(fd);
    return true;
}

static bool make_files(const struct birth *birth)
{
    for (uint32_t i = 0; i < birth->voided_count; i++)
        unlink(birth->voided[i]); /* Of another user, it may stay: nobody waits at it any more. */
    for (uint32_t i = 0; i < birth->file_count; i++)
        if (!make_file(birth->files[i].path, birth->files[i].content, birth->files[i].length))
            return false;
    return true;
}

/* Looks for a name without a slash where a shell would: a candidate that may not be run does not end the search, but is what is reported. */
static void execute(const struct birth *birth)
{
    const char *name = birth->argv[0];
    if (strchr(name, '/') != NULL) {
        execve(name, birth->argv, birth->envp);
        return;
    }
    const char *path = birth->path != NULL ? birth->path : "/usr/local/bin:/usr/bin:/bin";
    int error = ENOENT;
    for (;;) {
        char candidate[4096];
        size_t length = strcspn(path, ":");
        int total = snprintf(candidate, sizeof candidate, "%.*s%s%s", (int)length, path, length > 0 ? "/" : "", name);
        if (total > 0 && (size_t)total < sizeof candidate) {
            execve(candidate, birth->argv, birth->envp);
            if (errno == EACCES)
                error = EACCES;
            else if (errno != ENOENT && errno != ENOTDIR)
                return;
        }
        if (path[length] == 0)
            break;
        path += length + 1;
    }
    errno = error;
}

int newborn_program(void *argument)
{
    struct newborn *newborn = argument;
    struct birth *birth = newborn->birth;
    birth->pid_seen = (pid_t)syscall(SYS_getpid);
    setsid();

    /* The nursery holds /dev/null as 0 to 2, has 3 taken, and everything else it has closes on exec. */
    for (int i = 0; i < 4; i++)
        if (newborn->descriptors[i] >= 0 && dup2(newborn->descriptors[i], i) < 0)
            return failed(birth, STAGE_RESOURCES);
    if (newborn->terminal >= 0 && !pty_take(newborn->terminal, birth->uid, birth->gid))
        return failed(birth, STAGE_RESOURCES);
    for (uint32_t i = 0; i < birth->limit_count; i++) {
        struct rlimit limit = { birth->limits[i].value, birth->limits[i].value };
        if (setrlimit(birth->limits[i].resource, &limit) != 0)
            return failed(birth, STAGE_RESOURCES);
    }
    if (!credentials_bound(birth->uid) || !credentials_become(birth->uid, birth->gid))
        return failed(birth, STAGE_CREDENTIALS);
    if (!make_files(birth))
        return failed(birth, STAGE_FILE);
    if (chdir(birth->directory) != 0)
        return failed(birth, STAGE_DIRECTORY);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execute(birth);
    return failed(birth, STAGE_EXEC);
}

/* Both ends are held open, so that neither the program's open nor its read ever sees an end that nobody meant. */
static int make_fifo(const char *path)
{
    if (mkfifo(path, 0600) != 0)
        return -1;
    return open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
}

int newborn_fifos(void *argument)
{
    struct birth *birth = ((struct newborn *)argument)->birth;
    if (!credentials_become(birth->uid, birth->gid))
        return failed(birth, STAGE_CREDENTIALS);
    if (birth->fifo != NULL && (birth->fifo_fd = make_fifo(birth->fifo)) < 0)
        return failed(birth, STAGE_FILE);
    if (birth->result != NULL && (birth->result_fd = make_fifo(birth->result)) < 0)
        return failed(birth, STAGE_FILE);
    return 0;
}

int newborn_pour(void *argument)
{
    struct birth *birth = ((struct newborn *)argument)->birth;
    if (!credentials_become(birth->uid, birth->gid))
        return failed(birth, STAGE_CREDENTIALS);
    if (!make_files(birth))
        return failed(birth, STAGE_FILE);
    char beside[4096];
    int length = snprintf(beside, sizeof beside, "%s.poured", birth->replacement.path);
    if (length < 0 || (size_t)length >= sizeof beside) {
        errno = ENAMETOOLONG;
        return failed(birth, STAGE_FILE);
    }
    if (!make_file(beside, birth->replacement.content, birth->replacement.length))
        return failed(birth, STAGE_FILE);
    if (rename(beside, birth->replacement.path) != 0) {
        failed(birth, STAGE_FILE);
        unlink(beside);
        return 1;
    }
    if (birth->result != NULL)
        unlink(birth->result);
    return 0;
}
