/*
 * The directory in which programs put what is to run after a restore, /run/sandbox/hooks.d. It lies on the disk and belongs to the sandbox's user; the
 * agent opens nothing in it, and only looks whether it is as empty as it was at first.
 */
#ifndef HOOKS_H
#define HOOKS_H

#include <stdbool.h>

/* The user of every template, whom programs run as unless they are root's. */
#define HOOKS_OWNER 1000

/* Its name on the disk. */
#define HOOKS_NAME "hooks"

/* Before any program runs. disk: the disk's directory, which stays open. */
void hooks_open(int disk);

bool hooks_exist(void);

#endif
