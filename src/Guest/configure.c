#include "configure.h"

#include <stdlib.h>

#include "fail.h"
#include "fields.h"

static char *text_of(const struct field *field, size_t most, const char *what)
{
    if (field->length == 0 || field->length > most || !field_is_text(field))
        fail(FAILURE_FRAME, "CONFIGURE: %s is no text of 1 to %zu bytes", what, most);
    char *text = strndup((const char *)field->bytes, field->length);
    if (text == NULL)
        fail(FAILURE_SYSTEM, "out of memory");
    return text;
}

void configuration_read(struct configuration *configuration, const struct frame *frame)
{
    struct fields fields = { frame->payload, frame->payload + frame->length };
    struct field field;
    uint32_t seen = 0;
    int more;
    while ((more = fields_next(&fields, &field)) > 0) {
        bool good = true;
        if (field.tag != 2 && field.tag < 32 && (seen & (1u << field.tag)))
            fail(FAILURE_FRAME, "CONFIGURE: tag %u is there twice", field.tag);
        switch (field.tag) {
        case 1: {
            char *hostname = text_of(&field, sizeof configuration->hostname - 1, "the hostname");
            memcpy(configuration->hostname, hostname, strlen(hostname) + 1);
            free(hostname);
            break;
        }
        case 2:
            if (configuration->lower_count == LAYERS_MAX)
                fail(FAILURE_FRAME, "CONFIGURE: more than %d layers", LAYERS_MAX);
            char *lower = text_of(&field, 200, "a layer's path");
            if (lower[0] != '/' || strpbrk(lower, ":,\\") != NULL)
                fail(FAILURE_FRAME, "CONFIGURE: a layer's path is not absolute, or holds one of : , \\");
            configuration->lower[configuration->lower_count++] = lower;
            break;
        case 3: good = field_u64(&field, &configuration->disk_bytes); break;
        case 4: good = field_u64(&field, &configuration->memory_bytes); break;
        case 5: good = field_u32(&field, &configuration->processes); break;
        case 6: good = field_u32(&field, &configuration->open_files); break;
        case 7: good = field_copy_word(&field, configuration->generation, ID_MAX); break;
        case 8: good = field_copy_word(&field, configuration->sandbox, ID_MAX); break;
        default: fail(FAILURE_FRAME, "CONFIGURE: unknown tag %u", field.tag);
        }
        if (!good)
            fail(FAILURE_FRAME, "CONFIGURE: tag %u has the wrong length or characters", field.tag);
        seen |= 1u << field.tag;
    }
    if (more < 0)
        fail(FAILURE_FRAME, "CONFIGURE is cut short");
    if ((seen & 0x7e) != 0x7e)
        fail(FAILURE_FRAME, "CONFIGURE lacks a field");
}
