/* SPDX-License-Identifier: BSD-2-Clause */
/* events.h -- the bounded ring of past events, and those who watch it.
 *
 * Any thread of a daemon may emit (one uncontended lock and a copy); the loop that owns the control
 * socket reads. When the ring is full the oldest events go; their sequence numbers show the gap.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "libpxecommon/base/event.h"

struct pxe_events;

/* bytes: size of the ring. daemon: name in the JSON ("dhcpd"), kept. on_new, when not NULL, is
 * called on loop's thread soon after events arrive while watching is enabled. 0 or -errno. */
int pxe_events_new(uv_loop_t *loop, const char *daemon, size_t bytes, void (*on_new)(void *arg),
    void *arg, struct pxe_events **out);
void pxe_events_free(struct pxe_events *evs); /* NULL ok */
/* Append; time_us is filled in when 0. Never fails: an event too large loses its strings' tails. */
void pxe_events_emit(struct pxe_events *evs, const struct pxe_event *ev);
void pxe_events_watch(struct pxe_events *evs, bool on);
/* JSON of the first event with sequence number >= *seq into t, and *seq set past it. False when
 * there is none. */
bool pxe_events_next(struct pxe_events *evs, uint64_t *seq, struct pxe_text *t);
/* Sequence number the next event will get. */
uint64_t pxe_events_head(struct pxe_events *evs);
