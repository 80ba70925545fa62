#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "hooks.h"

/* A real directory at name, whatever a layer (which may come from a guest) put there: mount would follow a link. */
static bool directory_at(const char *name, mode_t mode)
{
    struct stat info;
    if (fstatat(AT_FDCWD, name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
        if (S_ISDIR(info.st_mode))
            return true;
        if (unlink(name) != 0)
            return false;
    }
    return mkdir(name, mode) == 0 && chmod(name, mode) == 0;
}

static const char *make_devices(void)
{
    static const struct { const char *name; unsigned minor; unsigned major; } nodes[] = {
        { "dev/null", 3, 1 }, { "dev/zero", 5, 1 }, { "dev/full", 7, 1 },
        { "dev/random", 8, 1 }, { "dev/urandom", 9, 1 }, { "dev/tty", 0, 5 },
    };
    static const struct { const char *name; const char *target; } links[] = {
        { "dev/fd", "/proc/self/fd" }, { "dev/stdin", "/proc/self/fd/0" }, { "dev/stdout", "/proc/self/fd/1" },
        { "dev/stderr", "/proc/self/fd/2" }, { "dev/ptmx", "pts/ptmx" },
    };
    if (mount("dev", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=65536") != 0)
        return "mount /dev";
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++)
        if (mknod(nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)) != 0 || chmod(nodes[i].name, 0666) != 0)
            return nodes[i].name;
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        if (symlink(links[i].target, links[i].name) != 0)
            return links[i].name;
    if (mkdir("dev/pts", 0755) != 0 || mkdir("dev/shm", 01777) != 0)
        return "make directories in /dev";
    if (mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666") != 0)
        return "mount /dev/pts";
    /* On the disk's tmpfs, so that shared memory counts as disk and has its limit. */
    if (mount("/mnt/shm", "dev/shm", NULL, MS_BIND, NULL) != 0)
        return "mount /dev/shm";
    return NULL;
}

static const char *make_overlay(const struct configuration *configuration, int *disk)
{
    char options[4096];
    int length = snprintf(options, sizeof options, "mode=755,size=%llu", (unsigned long long)configuration->disk_bytes);
    if (mount("disk", "/mnt", "tmpfs", MS_NOSUID | MS_NODEV, options) != 0)
        return "mount the disk";
    *disk = open("/mnt", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*disk < 0)
        return "open the disk";
    if (mkdir("/mnt/upper", 0755) != 0 || mkdir("/mnt/work", 0755) != 0 || mkdir("/mnt/root", 0755) != 0 || mkdir("/mnt/old", 0700) != 0 ||
        mkdir("/mnt/identity", 0755) != 0 || mkdir("/mnt/" HOOKS_NAME, 0755) != 0 || chown("/mnt/" HOOKS_NAME, HOOKS_OWNER, HOOKS_OWNER) != 0 || mkdir("/mnt/shm", 01777) != 0 || chmod("/mnt/shm", 01777) != 0)
        return "make directories on the disk";
    length = snprintf(options, sizeof options, "upperdir=/mnt/upper,workdir=/mnt/work,lowerdir=");
    for (uint32_t i = 0; i < configuration->lower_count; i++)
        length += snprintf(options + length, sizeof options - (size_t)length, "%s%s", i > 0 ? ":" : "", configuration->lower[i]);
    if (mount("sandbox", "/mnt/root", "overlay", MS_NOSUID | MS_NODEV, options) != 0)
        return "mount the overlay";
    return NULL;
}

/*
 * A small tmpfs of its own, which programs see read-only: not even root's can put something else in the place of what the agent writes, or leave it
 * no room. The descriptor is of the other mount of it, which lies outside their root.
 */
static const char *make_identity(int *identity)
{
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (mount("identity", "/mnt/identity", "tmpfs", flags, "mode=755,size=65536") != 0)
        return "mount the identity";
    *identity = open("/mnt/identity", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*identity < 0)
        return "open the identity";
    if (mkdir("/mnt/identity/hooks.d", 0755) != 0)
        return "make /run/sandbox/hooks.d";
    if (!directory_at("run", 0755) || !directory_at("run/sandbox", 0755))
        return "make /run/sandbox";
    if (mount("/mnt/identity", "run/sandbox", NULL, MS_BIND, NULL) != 0 ||
        mount(NULL, "run/sandbox", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | flags, NULL) != 0)
        return "mount /run/sandbox";
    if (mount("/mnt/" HOOKS_NAME, "run/sandbox/hooks.d", NULL, MS_BIND, NULL) != 0)
        return "mount /run/sandbox/hooks.d";
    return NULL;
}

const char *mounts_make(const struct configuration *configuration, struct mounts *mounts)
{
    umask(0);
    if (unshare(CLONE_NEWNS) != 0)
        return "unshare the mounts";
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return "make the mounts private";
    const char *failed = make_overlay(configuration, &mounts->disk);
    if (failed != NULL)
        return failed;
    if (chdir("/mnt/root") != 0)
        return "enter the overlay";
    if (!directory_at("proc", 0555) || !directory_at("dev", 0755) || !directory_at("tmp", 01777) || chmod("tmp", 01777) != 0)
        return "make /proc, /dev and /tmp";
    failed = make_devices();
    if (failed == NULL)
        failed = make_identity(&mounts->identity);
    if (failed != NULL)
        return failed;
    /* The disk becomes the root of the mount namespace, and the overlay on it the root of programs: who is chrooted cannot make a user
       namespace (EPERM, in gVisor as in Linux), in which a program could mount whatever it likes, such as a tmpfs without a limit. */
    if (chdir("/mnt") != 0 || syscall(SYS_pivot_root, ".", "old") != 0)
        return "enter the disk";
    if (umount2("old", MNT_DETACH) != 0 || rmdir("old") != 0)
        return "leave the container's root";
    if (chroot("root") != 0 || chdir("/") != 0)
        return "enter the root";
    /* An image from elsewhere may have no home for programs. What else it has there is its own affair, and who starts a program is told. */
    mkdir("/home", 0755);
    if (mkdir("/home/user", 0755) == 0 && chown("/home/user", HOOKS_OWNER, HOOKS_OWNER) != 0)
        return "make /home/user";
    mounts->root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (mounts->root < 0)
        return "open the root";
    umask(022);
    return NULL;
}

const char *mounts_make_proc(void)
{
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
        return "mount /proc";
    if (mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL) != 0 ||
        mount(NULL, "/proc/sys", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
        return "make /proc/sys read-only";
    return NULL;
}
