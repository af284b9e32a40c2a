/* SPDX-License-Identifier: BSD-2-Clause */
/* stats_part.c -- what stats.c and stats6.c have in common. */
#include "relayd/stats_part.h"

#include <stddef.h>
#include <string.h>
#include <uv.h>

#include "libpxecommon/os/log.h"

enum { LINE_MAX_LEN = 1024 };

const char *stats_state(const struct health *h, bool is_there, const char *absent)
{
	return !is_there                ? absent
	       : h->is_dead             ? "silent"
	       : h->last_answer_us == 0 ? "untried"
					: "alive";
}

void stats_health_json(
    struct pxe_json *j, const struct health *h, bool is_there, const char *absent)
{
	pxe_json_str(j, "state", stats_state(h, is_there, absent));
	pxe_json_u64(j, "sent", h->sent);
	pxe_json_u64(j, "failed", h->failed);
	pxe_json_u64(j, "answers", h->answers);
	if (h->last_answer_us != 0)
		pxe_json_us(
		    j, "last_answer_age", (int64_t)(uv_hrtime() / 1000) - h->last_answer_us);
	if (h->rtt_us != 0)
		pxe_json_us(j, "rtt", h->rtt_us);
}

void stats_lines(struct pxe_control_conn *conn, size_t n,
    bool (*object)(struct pxe_json *j, size_t i, void *arg), void *arg)
{
	for (size_t i = 0; i < n; i++) {
		char buf[LINE_MAX_LEN];
		struct pxe_text t = pxe_text_init(buf, sizeof(buf));
		struct pxe_json j = pxe_json_init(&t);

		pxe_json_open(&j, NULL, '{');
		if (!object(&j, i, arg))
			continue;
		pxe_json_close(&j, '}');
		if (!pxe_control_line(conn, &t))
			return;
	}
}

const struct stats_family stats_health_families[STATS_HEALTH_FAMILIES] = {
    {"sent", "counter", "requests sent", offsetof(struct health, sent)},
    {"failed", "counter", "requests that could not be sent", offsetof(struct health, failed)},
    {"answers", "counter", "replies", offsetof(struct health, answers)},
    {"rtt_microseconds", "gauge", "round trip of the last answer", offsetof(struct health, rtt_us)},
};

void stats_head(struct pxe_text *t, const char *prefix, const struct stats_family *f)
{
	pxe_text_addf(t, "# TYPE %s_%s %s\n# HELP %s_%s %s\n", prefix, f->name, f->type, prefix,
	    f->name, f->help);
}

void stats_sample(struct pxe_text *t, const char *prefix, const struct stats_family *f,
    const char *labels, const void *base)
{
	const void *at = (const char *)base + f->offset;
	uint64_t value = 0;

	memcpy(&value, at, sizeof(value));
	pxe_text_addf(t, "%s_%s%s{%s} ", prefix, f->name,
	    strcmp(f->type, "counter") == 0 ? "_total" : "", labels);
	pxe_text_add_u64(t, value);
	pxe_text_addc(t, '\n');
}

void stats_log_counters(const struct pxe_counter_row *rows, const uint64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i] != 0)
			pxe_log_notice("%s%s%s%s %llu", rows[i].name,
			    rows[i].labels != NULL ? "{" : "",
			    rows[i].labels != NULL ? rows[i].labels : "",
			    rows[i].labels != NULL ? "}" : "", (unsigned long long)v[i]);
	}
}
