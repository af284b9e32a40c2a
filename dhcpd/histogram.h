/* SPDX-License-Identifier: BSD-2-Clause */
/* histogram.h -- how often which duration or number came up, as OpenMetrics has it.
 */
#pragma once

#include <stdint.h>

#include "libpxecommon/base/json.h"
#include "libpxecommon/base/str.h"

enum { HISTOGRAM_BUCKETS = 16 };

struct histogram {
	uint64_t bucket[HISTOGRAM_BUCKETS + 1]; /* the last one: above all bounds */
	uint64_t sum, count;
};

/* Bounds of a histogram, ascending; a value counts in the first bucket it is not above. */
struct histogram_kind {
	uint64_t bound[HISTOGRAM_BUCKETS];
	unsigned n;
	double unit; /* what one is, in the metric's unit */
};

extern const struct histogram_kind histogram_us, histogram_size; /* microseconds; 1 to 32768 */

void histogram_add(struct histogram *h, const struct histogram_kind *kind, uint64_t value);
/* At most share (0..1) of the values are above it: the bound of a bucket; 0 when there are none. */
uint64_t histogram_at(const struct histogram *h, const struct histogram_kind *kind, double share);
/* name: the family, with its unit at the end ("dhcpd_store_sync_seconds"). */
void histogram_metrics(struct pxe_text *t, const struct histogram *h,
    const struct histogram_kind *kind, const char *name, const char *help);
/* {"count":..,"mean":..,"p50":..,"p99":..} as the object key, in the kind's own unit. */
void histogram_json(struct pxe_json *j, const struct histogram *h,
    const struct histogram_kind *kind, const char *key);
