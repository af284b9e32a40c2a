/* SPDX-License-Identifier: BSD-2-Clause */
/* share.h -- how much a client may be sent now: a cap for each, and a total that all share. Pure.
 *
 * Buckets of bytes, filled by time. Each client gets its even part of the total, however many
 * connections it has. What one does not use runs over into spare bytes, half of which whoever asks
 * may have: half, so that the next one finds some too.
 */
#pragma once

#include <stdint.h>

/* Bytes a second; 0: no such limit. */
struct share_rates {
	uint64_t client; /* of each client */
	uint64_t total;  /* of all together */
};

struct share_bucket {
	int64_t bytes; /* below 0: sent ahead */
	int64_t filled_us;
};

struct share_client {
	struct share_bucket own, part;
	int64_t period; /* the last one in which it asked */
};

struct share {
	struct share_bucket total;
	int64_t spare;
	int64_t period;
	unsigned busy, busy_before; /* clients that asked in this period and in the one before */
};

/* A bucket holds what a tenth of a second brings; who asked within a period takes part. */
enum { SHARE_BURST_PART = 10, SHARE_PERIOD_US = 250000, SHARE_MAX_RATE_LOG2 = 40 };

/* How many bytes c may be sent at now_us (monotonic): 0: none for now, UINT64_MAX: no limit. Rates
 * are below 2^SHARE_MAX_RATE_LOG2. All state begins as zeroes. */
uint64_t share_allow(
    struct share *s, const struct share_rates *rates, struct share_client *c, int64_t now_us);
/* n bytes were sent, maybe more than allowed: later bytes wait for it. */
void share_charge(
    struct share *s, const struct share_rates *rates, struct share_client *c, uint64_t n);
