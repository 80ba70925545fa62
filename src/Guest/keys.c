#include "keys.h"

#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum {
    LINE_MAX = 4096,   /* what the kernel keeps of an unfinished line */
    DISCARDS_MAX = 512, /* reads of at most a line each: the agent has other things to do */
};

static const int signal_keys[] = { VINTR, VQUIT, VSUSP };
enum { SIGNAL_KEYS = sizeof signal_keys / sizeof signal_keys[0] };

static bool is_signal_key(const struct termios *settings, uint8_t byte)
{
    for (int i = 0; i < SIGNAL_KEYS; i++)
        if (settings->c_cc[signal_keys[i]] == byte)
            return true;
    return false;
}

/*
 * Signals are off: the characters are hidden from the kernel for the time of the write. The program could change its settings in just that time; then
 * its change wins, but for these characters.
 */
static ssize_t write_literally(int master, const struct termios *settings, const uint8_t *bytes, size_t length)
{
    struct termios hidden = *settings, after;
    uint8_t byte = bytes[0] == 0xff ? 0xfe : 0xff; /* Taken for a signal character meanwhile; all that is written is the same byte. */
    for (int i = 0; i < SIGNAL_KEYS; i++)
        hidden.c_cc[signal_keys[i]] = byte;
    if (tcsetattr(master, TCSANOW, &hidden) != 0)
        return -1;
    ssize_t count = write(master, bytes, length);
    if (tcgetattr(master, &after) != 0)
        return count;
    bool ours = false;
    for (int i = 0; i < SIGNAL_KEYS; i++)
        if (after.c_cc[signal_keys[i]] == byte) {
            after.c_cc[signal_keys[i]] = settings->c_cc[signal_keys[i]];
            ours = true;
        }
    if (ours)
        tcsetattr(master, TCSANOW, &after);
    return count;
}

/* Takes back what was typed and not read, as a signal does unless NOFLSH is set. */
static void discard(int replica)
{
    char line[LINE_MAX];
    for (int i = 0; i < DISCARDS_MAX && read(replica, line, sizeof line) > 0; i++)
        ;
}

/*
 * Signals are on: one character, one signal. In a line that is being edited the character is erased again, in the same write, so that no program can come
 * between; with it goes the unfinished line, which nobody can read. What this does to the screen is made up for by showing ^C twice.
 */
static bool write_signal(int master, int replica, const struct termios *settings, uint8_t key)
{
    static uint8_t typed[1 + LINE_MAX];
    bool line = (settings->c_lflag & ICANON) != 0;
    bool flush = (settings->c_lflag & NOFLSH) == 0;
    uint8_t erase = settings->c_cc[VERASE];
    if (flush)
        discard(replica);
    size_t length = 1;
    typed[0] = key;
    if (line && erase != _POSIX_VDISABLE && erase != key) {
        length += flush ? LINE_MAX : 1;
        memset(typed + 1, erase, length - 1);
        if ((settings->c_lflag & ECHO) && (settings->c_lflag & ECHOCTL) && key < 0x20) {
            char shown[] = { '^', (char)(key + 0x40), '^', (char)(key + 0x40) };
            (void)!write(replica, shown, sizeof shown);
        }
    }
    if (write(master, typed, length) <= 0)
        return false;
    if (flush && !line)
        discard(replica); /* The character itself, if no program was faster. */
    return true;
}

ssize_t keys_write(int master, int replica, const uint8_t *bytes, size_t length)
{
    size_t done = 0;
    while (done < length) {
        struct termios settings;
        if (tcgetattr(master, &settings) != 0)
            return -1;
        const uint8_t *rest = bytes + done;
        size_t plain = 0, same = 1;
        while (plain < length - done && !is_signal_key(&settings, rest[plain]))
            plain++;
        while (same < length - done && rest[same] == rest[0])
            same++;
        ssize_t count;
        if (plain > 0)
            count = write(master, rest, plain);
        else if (!(settings.c_lflag & ISIG) || rest[0] == _POSIX_VDISABLE)
            count = write_literally(master, &settings, rest, same);
        else
            count = write_signal(master, replica, &settings, rest[0]) ? (ssize_t)same : -1; /* A signal that is pending is not sent again. */
        if (count <= 0)
            return done > 0 ? (ssize_t)done : count;
        done += (size_t)count;
    }
    return (ssize_t)done;
}
