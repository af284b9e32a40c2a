/* SPDX-License-Identifier: BSD-2-Clause */
/* report.c -- what is said about requests and transfers. */
#include "tftpd/report.h"

#include <stdio.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "tftpd/group.h"

enum { NAME_TEXT = MAP_NAME_MAX * 4 + 1 };

static const char *escaped(const char *name, char *buf, size_t cap)
{
	struct pxe_text t = pxe_text_init(buf, cap);

	pxe_text_add_escaped(&t, name, strlen(name));
	return buf;
}

static const char *op_name(bool write)
{
	return write ? "WRQ" : "RRQ";
}

void report_request(
    struct worker *w, const struct pxe_dgram *dg, bool write, const char *name, const char *renamed)
{
	char ip[PXE_IP_STRLEN], a[NAME_TEXT], b[NAME_TEXT];

	if (!pxe_log_enabled(PXE_LOG_NOTICE))
		return;
	pxe_ip_str(&dg->from.ip, ip);
	escaped(name, a, sizeof(a));
	if (renamed == NULL || strcmp(name, renamed) == 0)
		pxe_log_limited(&w->log_request, PXE_LOG_NOTICE, "%s from %s filename %s",
		    op_name(write), ip, a);
	else
		pxe_log_limited(&w->log_request, PXE_LOG_NOTICE,
		    "%s from %s filename %s remapped to %s", op_name(write), ip, a,
		    escaped(renamed, b, sizeof(b)));
}

/* How loud an end is: what happens at every boot must not look like trouble. */
static enum pxe_log_level level_of(enum pxe_reason reason)
{
	switch (reason) {
	case PXE_REASON_PROBE:
	case PXE_REASON_DUPLICATE:
		return PXE_LOG_DEBUG;
	case PXE_REASON_IO_ERROR:
	case PXE_REASON_DISK_FULL:
	case PXE_REASON_FILE_CHANGED:
		return PXE_LOG_WARNING;
	default:
		return PXE_LOG_NOTICE;
	}
}

static void log_refusal(struct worker *w, const struct pxe_dgram *dg, bool write, const char *name,
    const struct report_end *end)
{
	char ip[PXE_IP_STRLEN], a[NAME_TEXT], h[NAME_TEXT];

	pxe_ip_str(&dg->from.ip, ip);
	if (end->code >= 0)
		pxe_log_info("sending NAK (%d, %s) to %s", end->code, end->text, ip);
	if (!pxe_log_enabled(level_of(end->reason)))
		return;
	pxe_log_limited(&w->log_end, level_of(end->reason), "%s failed %s filename %s: %s%s%s%s",
	    op_name(write), ip, name != NULL ? escaped(name, a, sizeof(a)) : "-",
	    end->text != NULL ? end->text : pxe_reason_text(end->reason),
	    end->hint != NULL ? " (did you mean " : "",
	    end->hint != NULL ? escaped(end->hint, h, sizeof(h)) : "",
	    end->hint != NULL ? "?)" : "");
}

/* The text of the ERROR is what its code says anyhow. */
static bool is_standard(const struct report_end *end)
{
	return end->code >= 0 && strcmp(end->text, pxe_tftp_err_text((unsigned)end->code)) == 0;
}

void report_refusal(struct worker *w, const struct pxe_dgram *dg, bool write, const char *name,
    const struct report_end *end)
{
	char detail[512] = "";
	const struct pxe_iface *iface = pxe_iface_by_index(w->ifaces, dg->ifindex);
	struct pxe_event ev = {
	    .stage = write ? PXE_STAGE_TFTP_WRITE : PXE_STAGE_TFTP_READ,
	    .reason = end->reason,
	    .ip = dg->from.ip,
	    .server = dg->to,
	    .port = dg->from.port,
	    .status = end->code >= 0 ? (uint32_t)end->code + 1 : 0,
	    .ifname = iface != NULL ? iface->name : NULL,
	    .file = name,
	    .where = end->where,
	};

	if (end->hint != NULL)
		(void)snprintf(detail, sizeof(detail), "did you mean %s?", end->hint);
	else if (end->text != NULL && !is_standard(end))
		(void)snprintf(detail, sizeof(detail), "%s", end->text);
	ev.detail = detail[0] != '\0' ? detail : NULL;
	stat_add(&w->stats, stat_of_reason(end->reason), 1);
	pxe_events_emit(w->events, &ev);
	log_refusal(w, dg, write, name, end);
}

/* What the client gave as its reason, or where it stopped. */
static void describe(const struct session *s, char *buf, size_t cap)
{
	struct pxe_text t = pxe_text_init(buf, cap);
	const struct xfer *x = &s->x;
	char group[PXE_ENDPOINT_STRLEN];

	buf[0] = '\0';
	if (s->port_closed)
		pxe_text_add(&t, "its port is closed (ICMP)");
	else if (s->superseded)
		pxe_text_add(&t, "it sent another request from the same port");
	else if (s->gave_way)
		pxe_text_add(&t, "gave way to another: the client never answered");
	else if (x->reason == PXE_REASON_CLIENT_ABORT || x->reason == PXE_REASON_OPTION_REFUSED)
		pxe_text_addf(
		    &t, "client sent ERROR %u (%s)", x->peer_code, pxe_tftp_err_text(x->peer_code));
	else if (x->reason == PXE_REASON_OK && s->group != NULL)
		pxe_text_addf(&t, "multicast to %s", pxe_endpoint_str(group_to(s->group), group));
	else if (x->reason == PXE_REASON_OK && xfer_lacks_last_ack(x))
		pxe_text_add(&t, "the last block was not acknowledged");
	else if (x->reason == PXE_REASON_TIMEOUT && s->group != NULL)
		pxe_text_addf(&t, "it did not answer when it had to ask %s for blocks",
		    pxe_endpoint_str(group_to(s->group), group));
	else if (x->reason == PXE_REASON_TIMEOUT && !x->p.write)
		pxe_text_addf(
		    &t, "block %llu was not acknowledged", (unsigned long long)x->acked + 1);
	else if (x->reason == PXE_REASON_TIMEOUT)
		pxe_text_addf(&t, "block %llu did not come", (unsigned long long)x->acked + 1);
}

static void log_transfer(struct session *s, int64_t took_us, const char *detail)
{
	enum pxe_log_level level = level_of(s->x.reason);
	char ip[PXE_IP_STRLEN], a[NAME_TEXT];
	const char *op = op_name(s->params.write);

	if (!pxe_log_enabled(level))
		return;
	pxe_ip_str(&s->route.to.ip, ip);
	escaped(s->name, a, sizeof(a));
	if (s->x.reason == PXE_REASON_OK)
		pxe_log_limited(&s->worker->log_end, level,
		    "%s done %s filename %s bytes %llu seconds %lld.%03lld blksize %u windowsize "
		    "%u rexmit %u%s%s",
		    op, ip, a, (unsigned long long)s->x.bytes, (long long)(took_us / 1000000),
		    (long long)(took_us / 1000 % 1000), s->params.blksize, s->params.windowsize,
		    s->x.retransmits, detail[0] != '\0' ? ", " : "", detail);
	else
		pxe_log_limited(&s->worker->log_end, level, "%s failed %s filename %s: %s%s%s", op,
		    ip, a, pxe_reason_text(s->x.reason), detail[0] != '\0' ? ", " : "", detail);
}

void report_transfer(struct session *s)
{
	struct worker *w = s->worker;
	int64_t took_us = w->now_us - s->start_us;
	char detail[128];
	struct pxe_event ev = {
	    .stage = s->params.write ? PXE_STAGE_TFTP_WRITE : PXE_STAGE_TFTP_READ,
	    .reason = s->x.reason,
	    .duration_us = took_us,
	    .bytes = s->x.bytes,
	    .size = s->params.size,
	    .ip = s->route.to.ip,
	    .server = s->route.from,
	    .port = s->route.to.port,
	    .blksize = (uint16_t)s->params.blksize,
	    .windowsize = (uint16_t)s->params.windowsize,
	    .retransmits = s->x.retransmits,
	    .ifname = s->ifname[0] != '\0' ? s->ifname : NULL,
	    .file = s->name,
	};

	describe(s, detail, sizeof(detail));
	ev.detail = detail[0] != '\0' ? detail : NULL;
	stat_add(&w->stats, stat_of_reason(s->x.reason), 1);
	stat_add(&w->stats, s->params.write ? STAT_BYTES_RECEIVED : STAT_BYTES_SENT, s->x.bytes);
	stat_add(&w->stats, STAT_RETRANSMITS, s->x.retransmits);
	pxe_events_emit(w->events, &ev);
	log_transfer(s, took_us, detail);
}
