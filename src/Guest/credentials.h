/*
 * Rights of programs.
 */
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#define CAPABILITY(number) (UINT64_C(1) << (number))

/* Capability numbers, as capabilities(7) has them; linux/capability.h is no part of libc. */
enum { CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER = 3, CAP_FSETID, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP, CAP_SYS_CHROOT = 18, CAP_SYS_ADMIN = 21, CAP_SYS_RESOURCE = 24 };

/* What a program that runs as root may do: what apt and dpkg need, and nothing that reaches past the sandbox's files and programs. */
#define ROOT_CAPABILITIES                                                                                              \
    (CAPABILITY(CAP_CHOWN) | CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_FOWNER) | CAPABILITY(CAP_FSETID) |          \
     CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETGID) | CAPABILITY(CAP_KILL))

/* Sets permitted and effective, and empties inheritable. */
bool capabilities_set(uint64_t capabilities);

/* Takes everything but these out of the bounding set. */
bool capabilities_bound(uint64_t capabilities);

/* Makes the calling process the user, for good. Called in the nursery's children, which have no groups. */
bool credentials_become(uint32_t uid, uint32_t gid);

/*
 * Gives the calling process the user's bounding set, while it still may. Without root nothing could use what is in it, since
 * no_new_privs is on; it is emptied all the same, so that it looks like what it is.
 */
bool credentials_bound(uint32_t uid);

#endif
