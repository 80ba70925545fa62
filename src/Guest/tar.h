/*
 * The header of one entry of a tar: ustar, with a pax header before it for what ustar cannot say. It is what the host stores as a layer.
 */
#ifndef TAR_H
#define TAR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { TAR_BLOCK = 512, TAR_ATTRIBUTES_MAX = 512 * 1024 };

enum tar_type { TAR_FILE = '0', TAR_HARD_LINK = '1', TAR_SYMBOLIC_LINK = '2', TAR_DIRECTORY = '5' };

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
void tar_header(tar_sink *sink, const struct tar_entry *entry);

#endif
