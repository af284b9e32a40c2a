/* SPDX-License-Identifier: BSD-2-Clause */
/* dedup.h -- send a request once when the same bytes come again and again.
 *
 * For storms (a client with a stuck driver, a loop on layer 2) and for two relays on one link. A
 * client's own retransmission differs in secs or comes later than the window. A fixed table that
 * forgets is right here: forgetting only lets a repeat through. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libpxecommon/base/hash.h"
#include "relayd/core/packet.h"

enum { DEDUP_SLOTS = 1024 };

struct dedup {
	int64_t window_us; /* 0: off */
	struct pxe_hash_seed seed;
	struct {
		uint64_t key;
		int64_t seen_us;
	} slot[DEDUP_SLOTS];
};

/* True when the same message (hops aside) was seen less than the window ago; else it is remembered.
 * now_us is monotonic. */
bool dedup_is_repeat(struct dedup *d, struct packet *pk, int64_t now_us);
