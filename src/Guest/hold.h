/*
 * HOLD and RESUME: the pause in which the sandbox is checkpointed, and behind which it may be a copy that talks to another host.
 */
#ifndef HOLD_H
#define HOLD_H

/* HOLD was received: sends what is queued, and HELD, and returns once the RESUME behind it was answered. */
void hold(void);

#endif
