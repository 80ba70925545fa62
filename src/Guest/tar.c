#include "tar.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_USTAR = 100, LARGEST_ID = 07777777 };

static const uint64_t largest_size = UINT64_C(077777777777);

size_t tar_record(uint8_t *to, size_t room, const char *key, const void *value, size_t length)
{
    size_t rest = 1 + strlen(key) + 1 + length + 1, digits = 1;
    for (size_t limit = 10; digits + rest >= limit; limit *= 10)
        digits++;
    size_t whole = digits + rest;
    if (whole >= room)
        return 0;
    int head = snprintf((char *)to, room, "%zu %s=", whole, key);
    memcpy(to + head, value, length);
    to[whole - 1] = '\n';
    return whole;
}

unsigned tar_sum(const struct tar_header *header)
{
    const uint8_t *bytes = (const uint8_t *)header;
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof *header; i++)
        sum += i >= offsetof(struct tar_header, checksum) && i < offsetof(struct tar_header, type) ? ' ' : bytes[i];
    return sum;
}

void tar_pad(tar_sink *sink, uint64_t length)
{
    static const uint8_t zeros[TAR_BLOCK];
    if (length % TAR_BLOCK != 0)
        sink(zeros, TAR_BLOCK - length % TAR_BLOCK);
}

static void octal(char *field, size_t width, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%0*llo", (int)width - 1, (unsigned long long)number);
    memcpy(field, digits, width - 1);
}

static void put_header(tar_sink *sink, char type, const char *name, const char *target, uint64_t size, const struct stat *info, uint64_t seconds)
{
    struct tar_header header = { .type = type, .magic = "ustar", .version = { '0', '0' } };
    memcpy(header.name, name, strnlen(name, sizeof header.name));
    octal(header.mode, sizeof header.mode, info->st_mode & 07777);
    octal(header.uid, sizeof header.uid, info->st_uid <= LARGEST_ID ? info->st_uid : 0);
    octal(header.gid, sizeof header.gid, info->st_gid <= LARGEST_ID ? info->st_gid : 0);
    octal(header.size, sizeof header.size, size <= largest_size ? size : 0);
    octal(header.mtime, sizeof header.mtime, seconds);
    memcpy(header.link, target, strnlen(target, sizeof header.link));
    octal(header.checksum, 7, tar_sum(&header));
    header.checksum[7] = ' ';
    sink(&header, sizeof header);
}

static void add(uint8_t *pax, size_t room, size_t *length, const char *key, const void *value, size_t value_length)
{
    *length += tar_record(pax + *length, room - *length, key, value, value_length);
}

void tar_put_entry(tar_sink *sink, const struct tar_entry *entry)
{
    static uint8_t pax[16 * 1024 + TAR_ATTRIBUTES_MAX];
    const struct stat *info = entry->info;
    char text[64];
    size_t length = 0;
    if (strlen(entry->path) > NAME_MAX_USTAR)
        add(pax, sizeof pax, &length, "path", entry->path, strlen(entry->path));
    if (strlen(entry->target) > NAME_MAX_USTAR)
        add(pax, sizeof pax, &length, "linkpath", entry->target, strlen(entry->target));
    if (entry->size > largest_size)
        add(pax, sizeof pax, &length, "size", text, (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)entry->size));
    if (info->st_uid > LARGEST_ID)
        add(pax, sizeof pax, &length, "uid", text, (size_t)snprintf(text, sizeof text, "%u", info->st_uid));
    if (info->st_gid > LARGEST_ID)
        add(pax, sizeof pax, &length, "gid", text, (size_t)snprintf(text, sizeof text, "%u", info->st_gid));
    int64_t seconds = info->st_mtim.tv_sec, nanoseconds = info->st_mtim.tv_nsec;
    if (nanoseconds > 999999999) {
        /* gVisor's remainder of a time before 1970: negative, in 32 bits without a sign. */
        seconds--;
        nanoseconds = (int32_t)nanoseconds + INT64_C(1000000000);
    }
    if (nanoseconds < 0 || nanoseconds > 999999999)
        nanoseconds = 0;
    uint64_t whole = seconds >= 0 && (uint64_t)seconds <= largest_size ? (uint64_t)seconds : 0;
    if (nanoseconds != 0 || (int64_t)whole != seconds) {
        /* Before 1970 the fraction counts downwards: -1.25 is the second -2 and 750,000,000 ns. */
        int64_t shown = seconds < 0 && nanoseconds > 0 ? -(seconds + 1) : seconds < 0 ? -seconds : seconds;
        int64_t part = seconds < 0 && nanoseconds > 0 ? 1000000000 - nanoseconds : nanoseconds;
        int count = snprintf(text, sizeof text, "%s%lld.%09lld", seconds < 0 ? "-" : "", (long long)shown, (long long)part);
        add(pax, sizeof pax, &length, "mtime", text, (size_t)count);
    }
    if (entry->attributes_length > 0) {
        memcpy(pax + length, entry->attributes, entry->attributes_length);
        length += entry->attributes_length;
    }
    if (length > 0) {
        put_header(sink, TAR_PAX, "pax", "", length, info, whole);
        sink(pax, length);
        tar_pad(sink, length);
    }
    put_header(sink, (char)entry->type, entry->path, entry->target, entry->size, info, whole);
}
