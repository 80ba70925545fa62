#include "work_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "descriptors.h"

static bool is_self(const char *name)
{
    return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

static bool go_into(struct walk *walk, int directory, const char *name)
{
    int below = walk->depth == 0 ? -1 : directory_open(directory, name);
    bool going = true;
    if (below >= 0) {
        walk->depth--;
        going = walk_below(walk, below);
        walk->depth++;
    } else if (walk->depth > 0 || !walk->shallow) {
        walk->cut = true;
    }
    return going && (walk->leave == NULL || walk->leave(walk, directory, name));
}

bool walk_below(struct walk *walk, int directory)
{
    DIR *entries = fdopendir(directory);
    if (entries == NULL) {
        close(directory);
        walk->cut = true;
        return true;
    }
    size_t length = walk->length;
    bool going = true;
    struct dirent *entry;
    while (going && (entry = readdir(entries)) != NULL) {
        struct stat info;
        size_t name_length = strlen(entry->d_name);
        if (is_self(entry->d_name))
            continue;
        if (length + 1 + name_length > PATH_LENGTH_MAX) {
            walk->cut = true;
            continue;
        }
        if (fstatat(directory, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
            continue; /* It went meanwhile. */
        if (length > 0)
            walk->path[length] = '/';
        memcpy(walk->path + length + (length > 0), entry->d_name, name_length + 1);
        walk->length = length + (length > 0) + name_length;
        enum walk_step step = walk->enter(walk, directory, entry->d_name, &info);
        if (step == WALK_STOP)
            going = false;
        else if (step == WALK_DOWN && S_ISDIR(info.st_mode))
            going = go_into(walk, directory, entry->d_name);
        walk->length = length;
        walk->path[length] = 0;
    }
    closedir(entries);
    return going;
}

int open_directory(const struct work *work, const char *path)
{
    int directory = directory_open(AT_FDCWD, path);
    if (directory < 0)
        work_fail(work, errno, path);
    return directory;
}
