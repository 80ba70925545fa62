/*
 * The form of a tar archive, for both directions: ustar, with a pax header before an entry for what ustar cannot say of it.
 */
#ifndef TAR_H
#define TAR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { TAR_BLOCK = 512, TAR_ATTRIBUTES_MAX = 512 * 1024 };

enum tar_type {
    TAR_FILE = '0', TAR_HARD_LINK = '1', TAR_SYMBOLIC_LINK = '2', TAR_DIRECTORY = '5', TAR_PAX = 'x', TAR_PAX_GLOBAL = 'g',
    TAR_LONG_NAME = 'L', TAR_LONG_LINK = 'K', /* GNU's, which are read and never written */
};

struct tar_header {
    char name[100];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char mtime[12];
    char checksum[8];
    char type;
    char link[100];
    char magic[6];
    char version[2];
    char user[32];
    char group[32];
    char major[8];
    char minor[8];
    char prefix[155];
    char rest[12];
};

_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "a header is a block");

/* The sum of a header's bytes, its own field counted as blanks. */
unsigned tar_sum(const struct tar_header *header);

struct tar_entry {
    enum tar_type type;
    const char *path;
    const char *target; /* of a link, or "" */
    uint64_t size;
    const struct stat *info;
    const uint8_t *attributes; /* further pax records, at most TAR_ATTRIBUTES_MAX bytes */
    size_t attributes_length;
};

typedef void tar_sink(const void *bytes, size_t length);

/* Writes a pax record "LENGTH KEY=VALUE\n" and returns its length, or 0 where there is no room. */
size_t tar_record(uint8_t *to, size_t room, const char *key, const void *value, size_t length);

/* Writes everything of an entry but its content, which follows, filled up with zeros to a whole block. */
void tar_put_entry(tar_sink *sink, const struct tar_entry *entry);

/* Fills content of a length up to a whole block. */
void tar_pad(tar_sink *sink, uint64_t length);

#endif
