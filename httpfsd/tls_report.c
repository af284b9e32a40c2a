/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_report.c -- see tls_report.h. */
#include "httpfsd/tls_report.h"

#include <stdio.h>

#include "libpxecommon/os/log.h"

static const struct {
	enum stats_id stat;
	enum pxe_reason reason;
	const char *text;
} rows[TLS_FAILURE_COUNT] = {
#define X(id, reason, text) [TLS_FAILURE_##id] = {STAT_TLS_##id, PXE_REASON_##reason, text},
    TLS_FAILURE_TABLE(X)
#undef X
};

void tls_report(
    struct worker *w, const struct pxe_endpoint *peer, enum tls_failure why, const char *text)
{
	static struct pxe_log_limit limit = PXE_LOG_LIMIT(2, 20);
	char client[PXE_ENDPOINT_STRLEN] = "unix", detail[256];
	struct pxe_event ev = {.time_us = w->now.wall_us,
	    .stage = PXE_STAGE_HTTP,
	    .reason = rows[why].reason,
	    .ip = peer->ip,
	    .port = peer->port,
	    .detail = detail};

	stat_add(w->stat, rows[why].stat, 1);
	if (peer->ip.family != 0)
		(void)pxe_endpoint_str(peer, client);
	(void)snprintf(detail, sizeof(detail), "TLS: %s%s%s", rows[why].text,
	    text != NULL && text != rows[why].text ? ": " : "",
	    text != NULL && text != rows[why].text ? text : "");
	pxe_log_limited(&limit, PXE_LOG_INFO, "%s: %s", client, detail);
	if (why != TLS_FAILURE_PLAIN)
		pxe_events_emit(w->shared->events, &ev);
}
