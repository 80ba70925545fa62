/*
 * START and POUR, read from their payloads into the arena that the nursery sees.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>

#include "birth.h"
#include "wire.h"

/* The id of a START, NUL-terminated. Fails the agent when the payload is not what the protocol allows. */
void request_read_id(const struct frame *frame, char id[ID_MAX + 1]);

/*
 * Both fail the agent on a malformed payload, and return false on one that is well-formed but cannot be done (a NUL inside a
 * path, too many files): birth->error and birth->stage then say why.
 */
bool request_read_start(const struct frame *frame, struct birth *birth);
bool request_read_pour(const struct frame *frame, struct birth *birth);

/* Adds a text of the agent's to the arena. */
const char *request_add_text(struct birth *birth, const char *text);

#endif
