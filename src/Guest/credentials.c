#include "credentials.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CAPABILITY_LAST = 63 };

bool capabilities_set(uint64_t capabilities)
{
    struct { uint32_t version; int pid; } header = { 0x20080522, 0 };
    uint32_t low = (uint32_t)capabilities, high = (uint32_t)(capabilities >> 32);
    struct { uint32_t effective, permitted, inheritable; } data[2] = { { low, low, 0 }, { high, high, 0 } };
    return syscall(SYS_capset, &header, data) == 0;
}

bool capabilities_bound(uint64_t capabilities)
{
    for (int i = 0; i <= CAPABILITY_LAST; i++) {
        if (capabilities & CAPABILITY(i))
            continue;
        if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0)
            return errno == EINVAL; /* The kernel knows no capability with this number, and none above. */
    }
    return true;
}

bool credentials_become(uint32_t uid, uint32_t gid)
{
    /* The bare system calls: the C library's would look for other threads in the memory that is shared with the nursery. Leaving root
       empties every capability set but the bounding one. */
    if (syscall(SYS_setresgid, gid, gid, gid) != 0 || syscall(SYS_setresuid, uid, uid, uid) != 0)
        return false;
    return uid != 0 || capabilities_set(ROOT_CAPABILITIES);
}

bool credentials_bound(uint32_t uid)
{
    if (uid == 0)
        return true; /* The nursery's own bounding set is root's. */
    for (int i = 0; i <= CAP_SETUID; i++)
        if ((ROOT_CAPABILITIES & CAPABILITY(i)) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0)
            return false;
    return true;
}
