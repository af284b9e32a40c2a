/* SPDX-License-Identifier: BSD-2-Clause */
/* clients.h -- what each address may have at once and a second, over all workers.
 *
 * Used only when such a limit is set. IPv6 counts by /64: that is what one machine owns. An address
 * of family 0 (a Unix socket) has no limits.
 */
#pragma once

#include <stdbool.h>

#include "httpfsd/core/share.h"
#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/hash.h"

struct clients;

/* 0: no such limit. */
struct clients_limits {
	unsigned connections; /* of one address at once */
	struct share_rates rates;
};

/* NULL when out of memory. */
struct clients *clients_new(const struct clients_limits *limits, const struct pxe_hash_seed *seed);
void clients_free(struct clients *cs); /* NULL ok */

/* All that follow are thread-safe. */
void clients_set_limits(struct clients *cs, const struct clients_limits *limits);
/* One more connection of ip at now_us (monotonic). False when it has as many as it may (or memory
 * is short): then do not call clients_leave. */
bool clients_enter(struct clients *cs, const struct pxe_ip *ip, int64_t now_us);
void clients_leave(struct clients *cs, const struct pxe_ip *ip, int64_t now_us);
/* How many bytes ip, which has entered, may be sent now, and that n were; see share.h. */
uint64_t clients_allow(struct clients *cs, const struct pxe_ip *ip, int64_t now_us);
void clients_charge(struct clients *cs, const struct pxe_ip *ip, uint64_t n);
