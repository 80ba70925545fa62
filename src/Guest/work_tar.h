/*
 * The form of a tar archive, for both directions.
 */
#ifndef WORK_TAR_H
#define WORK_TAR_H

#include <stdint.h>

enum { TAR_BLOCK = 512, TAR_FILE = '0', TAR_HARD_LINK = '1', TAR_LINK = '2', TAR_DIRECTORY = '5', TAR_PAX = 'x', TAR_PAX_GLOBAL = 'g',
       TAR_LONG_NAME = 'L', TAR_LONG_LINK = 'K' };
#define TAR_SIZE_MAX (UINT64_C(1) << 33) /* the first size that eleven octal digits cannot say */

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
static inline uint64_t tar_sum(const struct tar_header *header)
{
    const uint8_t *bytes = (const uint8_t *)header;
    uint64_t sum = 0;
    for (int i = 0; i < TAR_BLOCK; i++)
        sum += i >= 148 && i < 156 ? ' ' : bytes[i];
    return sum;
}

#endif
