/*
 * Moulds: programs that wait at a FIFO for the code that they are to run.
 *
 * The agent holds the FIFO open for reading and writing from before the mould's exec until the code is in it. So the mould's open never
 * fails or ends early, and closing the agent's end, once everything is written, is the end of the file. The path already names a regular file
 * of the same content by then, so that even a mould that comes to open it later gets its code.
 */
#ifndef POUR_H
#define POUR_H

#include <stdint.h>

#include "birth.h"
#include "process.h"

/* Keeps the mould's paths; before its birth. */
void pour_note_mould(struct process *process, const struct birth *birth);

/* The mould was born: the descriptor of its FIFO. */
void pour_open(struct process *process, int fifo);

/* Completes a pour's request, and keeps its content. */
void pour_prepare(struct process *process, struct birth *birth);

/* A user's code is about to run that could reach them: ends every mould that waits, and has the newborn remove their FIFOs. */
void pour_void_moulds(struct birth *birth);

/* Somebody is about to look at the programs' files, or to change them: ends every mould that waits for a one-off, with a result
 * path, and has its FIFOs removed as its user. One without stays: what it waits at has a name that nobody else would choose. */
typedef void (*pour_remove)(const char *path, uint32_t uid, uint32_t gid);
void pour_clear_moulds(pour_remove remove);

/* The files of the pour are made, or could not be. */
void pour_files_made(struct process *process);
void pour_failed(struct process *process);

/* The FIFO takes bytes again. */
void pour_event(struct process *process);

#endif
