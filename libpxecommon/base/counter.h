/* SPDX-License-Identifier: BSD-2-Clause */
/* counter.h -- named counters of a daemon, one table row each.
 *
 * The daemon has an enum, a table of rows in the same order and an array of values that it bumps
 * with
 * ++. Everything that shows counters (pxectl stats, OpenMetrics) comes from the table.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/json.h"

enum pxe_counter_type { PXE_COUNTER, PXE_GAUGE };

struct pxe_counter_row {
	const char *name;   /* OpenMetrics family without _total: "dhcpd_packets" */
	const char *labels; /* "type=\"discover\"" or NULL */
	const char *help;   /* one sentence; rows of one family stand together and share it */
	enum pxe_counter_type type;
};

/* {"name{labels}":value,...} as the object `key`. */
void pxe_counters_json(struct pxe_json *j, const char *key, const struct pxe_counter_row *row,
    const uint64_t *value, size_t n);
/* OpenMetrics 1.0 text without the closing # EOF. */
void pxe_counters_metrics(
    struct pxe_text *t, const struct pxe_counter_row *row, const uint64_t *value, size_t n);
