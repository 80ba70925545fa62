/*
 * The frames of the link and their numbers, as docs/guest-protocol.md specifies them. Nothing here has state.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdint.h>
#include <string.h>

enum {
    PROTOCOL_VERSION = 1,
    FRAME_HEADER = 12,
    FRAME_IN_MAX = 2 * 1024 * 1024,  /* payload bytes, host to guest */
    OUTPUT_MAX = 64 * 1024,          /* bytes of a program in one OUTPUT */
    INPUT_WINDOW = 64 * 1024,        /* bytes that the host may send beyond the last acknowledged offset */
    RING_SIZE = 256 * 1024,          /* bytes kept of one output channel until they are acknowledged */
    WORKERS_MAX = 32,                /* at once */
    PROCESSES_MAX = 1024,            /* records, from START to FORGET */
    ID_MAX = 64,
    HOSTNAME_MAX = 63,
    TERMINAL_MAX = 1000,             /* rows, and columns, of a terminal */
};

enum frame_type {
    FRAME_CONFIGURE = 0x01,
    FRAME_START = 0x02,
    FRAME_POUR = 0x03,
    FRAME_INPUT = 0x04,
    FRAME_INPUT_END = 0x05,
    FRAME_OUTPUT_ACK = 0x06,
    FRAME_SIGNAL = 0x07,
    FRAME_SHUTDOWN = 0x08,
    FRAME_PING = 0x09,
    FRAME_FORGET = 0x0a,
    FRAME_DISK = 0x0b,
    FRAME_LEASE = 0x10,
    FRAME_RESIZE = 0x11,
    FRAME_HOLD = 0x12,
    FRAME_RESUME = 0x13,
    FRAME_WORK = 0x40,
    FRAME_WORK_INPUT = 0x41,
    FRAME_WORK_INPUT_END = 0x42,
    FRAME_WORK_ACK = 0x43,
    FRAME_WORK_CANCEL = 0x44,

    FRAME_HELLO = 0x81,
    FRAME_READY = 0x82,
    FRAME_STARTED = 0x83,
    FRAME_START_FAILED = 0x84,
    FRAME_OUTPUT = 0x85,
    FRAME_OUTPUT_END = 0x86,
    FRAME_INPUT_ACK = 0x87,
    FRAME_EXIT = 0x88,
    FRAME_DRAINED = 0x89,
    FRAME_PONG = 0x8a,
    FRAME_FAILURE = 0x8b,
    FRAME_POURED = 0x8c,
    FRAME_DISK_USAGE = 0x8d,
    FRAME_HELD = 0x8e,
    FRAME_RESUMED = 0x8f,
    FRAME_WORK_OUTPUT = 0xc0,
    FRAME_WORK_INPUT_ACK = 0xc1,
    FRAME_WORK_DONE = 0xc2,
};

enum channel_number { CHANNEL_STDIN, CHANNEL_STDOUT, CHANNEL_STDERR, CHANNEL_RESULT, CHANNEL_TERMINAL, CHANNELS };

/* What START_FAILED says went wrong. */
enum start_stage {
    STAGE_FILE = 1,
    STAGE_DIRECTORY,
    STAGE_CREDENTIALS,
    STAGE_EXEC,
    STAGE_RESOURCES,
    STAGE_NO_MOULD,
};

enum start_flags { START_NO_STDIN = 1, START_RESULT = 2, START_MOULD = 4 };

/* What FAILURE says; the process's exit code is the same number. */
enum failure {
    FAILURE_FRAME = 1,  /* the host broke the protocol */
    FAILURE_MOUNT = 2,  /* the filesystem could not be made */
    FAILURE_SYSTEM = 3, /* a system call failed that has no reason to */
};

static inline uint16_t get16(const void *p) { uint16_t v; memcpy(&v, p, 2); return v; }
static inline uint32_t get32(const void *p) { uint32_t v; memcpy(&v, p, 4); return v; }
static inline uint64_t get64(const void *p) { uint64_t v; memcpy(&v, p, 8); return v; }
static inline void put16(void *p, uint16_t v) { memcpy(p, &v, 2); }
static inline void put32(void *p, uint32_t v) { memcpy(p, &v, 4); }
static inline void put64(void *p, uint64_t v) { memcpy(p, &v, 8); }

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the link is little-endian, and so is every machine that gVisor runs on");

struct frame {
    uint8_t type;
    uint8_t channel;
    uint32_t process;
    uint32_t length;
    const uint8_t *payload;
};

#endif
