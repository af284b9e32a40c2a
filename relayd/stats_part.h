/* SPDX-License-Identifier: BSD-2-Clause */
/* stats_part.h -- what stats.c and stats6.c have in common: health, interfaces, lines, metrics. */
#pragma once

#include "libpxecommon/base/counter.h"
#include "libpxecommon/os/control.h"
#include "relayd/core/health.h"

/* "alive", "silent" or "untried"; absent when there is nowhere to send to (is_there false). */
const char *stats_state(const struct health *h, bool is_there, const char *absent);
/* Members state, sent, failed, answers, and, once there was an answer, its age and round trip. */
void stats_health_json(
    struct pxe_json *j, const struct health *h, bool is_there, const char *absent);

/* One JSON object a line for each of n things; object makes its members, false: leave it out. */
void stats_lines(struct pxe_control_conn *conn, size_t n,
    bool (*object)(struct pxe_json *j, size_t i, void *arg), void *arg);

/* A family of metrics with a sample for each of some things. */
struct stats_family {
	const char *name, *type, *help; /* type: "counter" or "gauge" */
	size_t offset;                  /* of a uint64_t or int64_t that is not negative */
};

/* Of struct health; name is given its prefix: "relayd_server" makes relayd_server_sent and so on.
 */
enum { STATS_HEALTH_FAMILIES = 4 };
extern const struct stats_family stats_health_families[STATS_HEALTH_FAMILIES];

/* # TYPE and # HELP of PREFIX_NAME. */
void stats_head(struct pxe_text *t, const char *prefix, const struct stats_family *f);
/* PREFIX_NAME{LABELS} VALUE; base is what the family's offset is in. */
void stats_sample(struct pxe_text *t, const char *prefix, const struct stats_family *f,
    const char *labels, const void *base);

/* Counters that are not zero, a line each. */
void stats_log_counters(const struct pxe_counter_row *rows, const uint64_t *v, size_t n);
