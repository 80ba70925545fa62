/*
 * What runs between a newborn's clone and its exec, in the nursery's memory (the nursery waits meanwhile), or instead of an exec where only
 * files are to be made. From the first step on it has the nursery's descriptors only, and it touches no path before it has the
 * rights of the program it becomes.
 */
#ifndef NEWBORN_H
#define NEWBORN_H

#include "birth.h"

/* The descriptors that a program starts with; -1 = /dev/null for 0 to 2, none for 3. */
struct newborn {
    struct birth *birth;
    int descriptors[4];
    int terminal; /* in the place of 0 to 2; or -1 */
};

/* Becomes the program. Returns only on failure, with birth->error and birth->stage set. */
int newborn_program(void *newborn);

/* Makes a mould's FIFOs and opens them; shares the nursery's descriptor table. */
int newborn_fifos(void *newborn);

/* Makes the files of a pour. */
int newborn_pour(void *newborn);

#endif
