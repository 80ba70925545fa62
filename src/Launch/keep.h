/* Being the parent of a container that was created ahead of time. */
#ifndef KEEP_H
#define KEEP_H

/*
 * Runs the program, which makes a sandbox, leaves it running and writes its process id to a file; then stays that sandbox's parent.
 * Returns the exit code for this process: the program's own if it is not 0, else the sandbox's (128 + signal where one ended it).
 */
int keep(const char *pid_file, char **program);

#endif
