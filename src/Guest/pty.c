#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <termios.h>
#include <unistd.h>

static int directory = -1;
static bool tty_opens;

bool pty_open(bool *tty_works)
{
    /* The nursery has no terminal, which Linux says in so many words. */
    int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    tty_opens = *tty_works = tty >= 0 || errno == ENXIO;
    if (tty >= 0)
        close(tty);
    directory = open("/dev/pts", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return directory >= 0;
}

/* The kernels' own settings differ in little; what people expect of a terminal is all said here. */
static bool make_sane(int terminal)
{
    struct termios settings;
    if (tcgetattr(terminal, &settings) != 0)
        return false;
    settings.c_iflag = ICRNL | IXON | IUTF8;
    settings.c_oflag = OPOST | ONLCR;
    settings.c_lflag = ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE;
    settings.c_cc[VINTR] = 3;
    settings.c_cc[VQUIT] = 28;
    settings.c_cc[VERASE] = 127;
    settings.c_cc[VKILL] = 21;
    settings.c_cc[VEOF] = 4;
    settings.c_cc[VSUSP] = 26;
    settings.c_cc[VSTART] = 17;
    settings.c_cc[VSTOP] = 19;
    settings.c_cc[VREPRINT] = 18;
    settings.c_cc[VDISCARD] = 15;
    settings.c_cc[VWERASE] = 23;
    settings.c_cc[VLNEXT] = 22;
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    return tcsetattr(terminal, TCSANOW, &settings) == 0;
}

bool pty_make(uint16_t rows, uint16_t columns, struct pty *pty)
{
    pty->held = pty->replica = -1;
    pty->master = openat(directory, "ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (pty->master < 0)
        return false;
    int unlocked = 0;
    unsigned number;
    char name[16];
    if (ioctl(pty->master, TIOCSPTLCK, &unlocked) != 0 || ioctl(pty->master, TIOCGPTN, &number) != 0)
        return false;
    snprintf(name, sizeof name, "%u", number);
    pty->replica = openat(directory, name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    pty->held = openat(directory, name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    struct winsize size = { .ws_row = rows, .ws_col = columns };
    return pty->replica >= 0 && pty->held >= 0 && make_sane(pty->replica) && ioctl(pty->master, TIOCSWINSZ, &size) == 0;
}

/*
 * In a mount namespace of the newborn's own /dev/tty is its terminal. It is a convenience, which a root program may have spoilt by what it put at
 * the name; that this can name another place in the namespace harms nobody but the new program, which only it is for.
 */
static void make_tty(int replica)
{
    unsigned number;
    char name[32];
    if (ioctl(replica, TIOCGPTN, &number) != 0 || unshare(CLONE_NEWNS) != 0)
        return;
    snprintf(name, sizeof name, "/dev/pts/%u", number);
    (void)!mount(name, "/dev/tty", NULL, MS_BIND, NULL);
}

bool pty_take(int replica, uint32_t uid, uint32_t gid)
{
    /* It becomes the user's only when it is this session's: before, another of the user's programs could have made it its own. */
    if (ioctl(replica, TIOCSCTTY, 0) != 0 || ((uid != 0 || gid != 0) && fchown(replica, uid, gid) != 0))
        return false;
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        if (dup2(replica, i) < 0)
            return false;
    if (!tty_opens)
        make_tty(replica);
    return true;
}
