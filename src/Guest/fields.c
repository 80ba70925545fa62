#include "fields.h"

#include "wire.h"

int fields_next(struct fields *fields, struct field *field)
{
    size_t left = (size_t)(fields->end - fields->at);
    if (left == 0)
        return 0;
    if (left < 6)
        return -1;
    field->tag = get16(fields->at);
    field->length = get32(fields->at + 2);
    if (field->length > left - 6)
        return -1;
    field->bytes = fields->at + 6;
    fields->at += 6 + (size_t)field->length;
    return 1;
}

bool field_is_text(const struct field *field)
{
    return memchr(field->bytes, 0, field->length) == NULL;
}

bool field_copy_word(const struct field *field, char *word, size_t most)
{
    static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (field->length == 0 || field->length > most)
        return false;
    memcpy(word, field->bytes, field->length);
    word[field->length] = 0;
    return strspn(word, characters) == field->length;
}

bool field_u32(const struct field *field, uint32_t *value)
{
    if (field->length != 4)
        return false;
    *value = get32(field->bytes);
    return true;
}

bool field_u64(const struct field *field, uint64_t *value)
{
    if (field->length != 8)
        return false;
    *value = get64(field->bytes);
    return true;
}
