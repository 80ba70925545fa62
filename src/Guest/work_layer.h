/*
 * LAYER: what programs have changed of their files, as the tar of a layer (OCI): the overlay's upper directory. It runs with the agent's rights, for
 * `trusted` attributes and files of every user, and opens nothing by a path: every name is opened in the directory that holds it, no link is followed, and
 * nothing is opened but directories and regular files. Programs go on meanwhile; a file that changes under the walk is told by name.
 */
#ifndef WORK_LAYER_H
#define WORK_LAYER_H

#include "work.h"

void work_layer(const struct work *work);

#endif
