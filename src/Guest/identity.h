/*
 * /run/sandbox as programs see it: the files that say which sandbox this is (`id`), and which of its copies (`generation`).
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include "configure.h"

/* Takes the directory, which programs cannot write to, and writes what the configuration names. */
void identity_open(int directory, const struct configuration *configuration);

/* Replaces both files; an empty text leaves one as it is. */
void identity_write(const char *generation, const char *sandbox);

#endif
