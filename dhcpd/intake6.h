/* SPDX-License-Identifier: BSD-2-Clause */
/* intake6.h -- which DHCPv6 messages of a round come first, and which are dropped.
 *
 * A Solicit opens new work, every other message brings begun work to its end: of what came together
 * those are served first. A sender above its rate (core/limit.h) is not listened to: a client by
 * its DUID, a circuit by the interface-id of the relay nearest to the client, a relay by its
 * address.
 */
#pragma once

#include "dhcpd/core/v6/core6.h"

struct server;
struct intake6;

/* 0 or an error that was logged. */
int intake6_open(struct server *s, struct intake6 **out);
void intake6_close(struct intake6 *k); /* NULL ok */
/* Datagrams that came together, at most PXE_UDP_BATCH. */
void intake6_take(
    struct intake6 *k, const struct core6_in *in, unsigned n, const struct pxe_now *now);
/* Messages dropped because of a rate. */
uint64_t intake6_too_fast(const struct intake6 *k);

/* server6.c: hand it to the core and carry out what that wants. */
void server6_packet(struct server *s, const struct core6_in *in, const struct pxe_now *now);
