/* SPDX-License-Identifier: BSD-2-Clause */
/* intake.h -- which DHCPv4 message is dealt with when, and which not at all.
 *
 * With little to do each is answered as it comes. Else begun exchanges come first and new ones wait
 * (core/backlog.h); a sender above its rate is not listened to (core/limit.h).
 */
#pragma once

#include "dhcpd/core/core.h"

struct server;
struct intake;

struct intake_figures {
	uint64_t waiting, repeats, crowded, stale, too_fast;
};

/* 0 or an error that was logged. */
int intake_open(struct server *s, struct intake **out);
void intake_close(struct intake *k); /* NULL ok; run the loop once more afterwards */
/* A message has come: deal with it now, let it wait, or drop it with an event. */
void intake_take(struct intake *k, const struct core_in *in, const struct pxe_now *now);
void intake_figures(const struct intake *k, struct intake_figures *out);

/* server4.c: hand it to the core and carry out what that wants. */
void server4_packet(struct server *s, const struct core_in *in, const struct pxe_now *now);
