/*
 * A guest for the tests of the host: says HELLO as the agent does, then obeys lines on stdin, one answer line each.
 *   echo TEXT     TEXT
 *   spin MS       uses the processor for MS milliseconds, then "done"
 *   eat MB        touches that much memory and keeps it, then "done"
 *   exit CODE     ends
 *   count         1, 2, 3 and so on: what it remembers
 *   fill FILE MB  writes a file of that size, then "done"
 *   deaf          "done", then neither reads stdin nor ends by itself
 *   cat FILE      the file's first line, or "error ERRNO"
 *   write FILE    "done", or "error ERRNO"
 *   stat FILE     mode uid gid size links major:minor seconds.nanoseconds
 *   link FILE     where a symbolic link points
 *   list DIR      number of names, and a checksum of them that no order changes
 *   sum FILE      size, and a checksum of the content
 *   caps          the effective capabilities as /proc/self/status shows them
 *   stderr N      writes N bytes to stderr, then "done"
 * At the end of stdin it exits with 0, as the agent does.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static void say(const char *line)
{
    printf("%s\n", line);
    fflush(stdout);
}

static void fail(void)
{
    printf("error %d\n", errno);
    fflush(stdout);
}

static void show(const char *name)
{
    struct stat s;
    if (lstat(name, &s) < 0) {
        fail();
        return;
    }
    printf("%o %u %u %lld %lu %u:%u %lld.%09ld\n", s.st_mode, s.st_uid, s.st_gid, (long long)s.st_size, (unsigned long)s.st_nlink,
           major(s.st_rdev), minor(s.st_rdev), (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
    fflush(stdout);
}

static void list(const char *name)
{
    unsigned long count = 0, sum = 0;
    DIR *directory = opendir(name);
    if (!directory) {
        fail();
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory));) {
        count++;
        for (const char *c = entry->d_name; *c; c++)
            sum += (unsigned char)*c;
    }
    closedir(directory);
    printf("%lu %lu\n", count, sum);
    fflush(stdout);
}

static void sum(const char *name)
{
    unsigned long count = 0, total = 0;
    FILE *file = fopen(name, "r");
    if (!file) {
        fail();
        return;
    }
    for (int c; (c = fgetc(file)) != EOF;) {
        count++;
        total = (total * 31 + (unsigned long)c) % 1000000007;
    }
    fclose(file);
    printf("%lu %lu\n", count, total);
    fflush(stdout);
}

static void target(const char *name)
{
    char text[1024];
    ssize_t length = readlink(name, text, sizeof text - 1);
    if (length < 0) {
        fail();
        return;
    }
    text[length] = 0;
    say(text);
}

static void spin(long ms)
{
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < ms);
}

static void fill(const char *name, long megabytes)
{
    static unsigned block[1 << 18];
    unsigned next = 1;
    FILE *file = fopen(name, "w");
    if (!file) {
        fail();
        return;
    }
    for (long i = 0; i < megabytes; i++) {
        /* Half of it is noise, as of programs and of data that is packed already. */
        for (unsigned j = 0; j < 1 << 18; j++)
            block[j] = j % 2 ? j : (next = next * 1664525 + 1013904223);
        fwrite(block, sizeof block, 1, file);
    }
    fclose(file);
    say("done");
}

static void cat(const char *name, const char *prefix)
{
    char line[512];
    FILE *file = fopen(name, "r");
    if (!file) {
        fail();
        return;
    }
    while (fgets(line, sizeof line, file))
        if (strncmp(line, prefix, strlen(prefix)) == 0) {
            line[strcspn(line, "\n")] = 0;
            say(line);
            break;
        }
    fclose(file);
}

int main(void)
{
    static const char hello[] = "\x0c\0\0\0\x81\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0test";
    char line[1024], text[1024];
    long number, counted = 0;

    if (write(STDOUT_FILENO, hello, sizeof hello - 1) != sizeof hello - 1)
        return 1;
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "echo %1000[^\n]", text) == 1)
            say(text);
        else if (sscanf(line, "spin %ld", &number) == 1) {
            spin(number);
            say("done");
        } else if (sscanf(line, "eat %ld", &number) == 1) {
            for (long i = 0; i < number; i++) {
                char *block = malloc(1 << 20);
                if (block)
                    memset(block, 1, 1 << 20);
            }
            say("done");
        } else if (sscanf(line, "exit %ld", &number) == 1)
            return (int)number;
        else if (strcmp(line, "count") == 0) {
            printf("%ld\n", ++counted);
            fflush(stdout);
        } else if (sscanf(line, "fill %1000s %ld", text, &number) == 2)
            fill(text, number);
        else if (strcmp(line, "deaf") == 0) {
            say("done");
            for (;;)
                pause();
        } else if (sscanf(line, "cat %1000s", text) == 1)
            cat(text, "");
        else if (sscanf(line, "write %1000s", text) == 1) {
            FILE *file = fopen(text, "w");
            if (file) {
                fclose(file);
                say("done");
            } else
                fail();
        } else if (sscanf(line, "stat %1000s", text) == 1)
            show(text);
        else if (sscanf(line, "list %1000s", text) == 1)
            list(text);
        else if (sscanf(line, "sum %1000s", text) == 1)
            sum(text);
        else if (sscanf(line, "link %1000s", text) == 1)
            target(text);
        else if (strcmp(line, "caps") == 0)
            cat("/proc/self/status", "CapEff:");
        else if (sscanf(line, "stderr %ld", &number) == 1) {
            for (long i = 0; i < number; i++)
                fputc('a' + (int)(i % 26), stderr);
            say("done");
        } else
            say("?");
    }
    return 0;
}
