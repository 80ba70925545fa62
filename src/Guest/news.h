/*
 * What the nursery tells the agent: one message of a SOCK_SEQPACKET each, with descriptors beside it.
 */
#ifndef NEWS_H
#define NEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { NEWS_DESCRIPTORS_MAX = 8 };

enum news_kind { NEWS_READY, NEWS_BROKEN, NEWS_BORN, NEWS_ENDED, NEWS_INIT_ENDED };

/* Descriptors come in the order of the bits. */
enum news_descriptors { HAS_STDIN = 1, HAS_STDOUT = 2, HAS_STDERR = 4, HAS_RESULT = 8, HAS_FIFO = 16, HAS_MASTER = 32, HAS_REPLICA = 64,
                        HAS_DISK = 128, HAS_IDENTITY = 256, HAS_ROOT = 512 };

struct news {
    enum news_kind kind;
    uint32_t number;
    pid_t pid;
    pid_t pid_seen;
    int32_t error;  /* errno, 0 = none */
    uint32_t stage; /* enum start_stage */
    uint32_t descriptors;
    int status; /* of waitpid */
    uint64_t user_us;
    uint64_t system_us;
    uint64_t peak_bytes;
    char text[96];
};

/* Waits until it is sent; false when nobody is there to take it. */
bool news_send(int socket, const struct news *news, const int *descriptors, size_t count);

enum { NEWS_NONE = -1, NEWS_END = -2 };
/* Does not wait. Returns how many descriptors came with the news, NEWS_NONE when there are none now, NEWS_END when there will be none. */
int news_receive(int socket, struct news *news, int descriptors[NEWS_DESCRIPTORS_MAX]);

#endif
