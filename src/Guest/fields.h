/*
 * Payloads that are a list of fields: u16 tag, u32 length, bytes.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fields {
    const uint8_t *at;
    const uint8_t *end;
};

struct field {
    uint16_t tag;
    uint32_t length;
    const uint8_t *bytes;
};

/* The next field; 1 when there is one, 0 at the end, -1 when the payload is cut short. */
int fields_next(struct fields *fields, struct field *field);

/* Whether a field is text: no NUL in it, which no path, argument or variable can hold. */
bool field_is_text(const struct field *field);

/* Copies a word of 1 to most bytes, [A-Za-z0-9._-] only, with a NUL; false when the field is none. */
bool field_copy_word(const struct field *field, char *word, size_t most);

/* Numbers of exactly their size; false when the length is another. */
bool field_u32(const struct field *field, uint32_t *value);
bool field_u64(const struct field *field, uint64_t *value);

#endif
