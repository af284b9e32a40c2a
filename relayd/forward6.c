/* SPDX-License-Identifier: BSD-2-Clause */
/* forward6.c -- carry out what the DHCPv6 core decided on a batch.
 *
 * As forward.c: decide all, send all, then log, count and emit with the true outcome.
 */
#include "relayd/forward6.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/event.h"
#include "libpxecommon/os/log.h"

enum { OUT_MAX = 128 };

/* A datagram to send: the packet of the batch it belongs to and, upwards, the link. */
struct owner {
	uint8_t packet, upper;
};

struct queue {
	unsigned n;
	struct pxe_dgram_out dg[OUT_MAX];
	struct owner owner[OUT_MAX];
};

struct forward6 {
	int64_t now_us, mono_us; /* wall clock and monotonic */
	struct relay6_out out[PXE_UDP_BATCH];
	struct pxe_endpoint from[PXE_UDP_BATCH];
	unsigned sent[PXE_UDP_BATCH];
	int err[PXE_UDP_BATCH];
	bool is_probe[PXE_UDP_BATCH]; /* caught: an answer to our own probe */
	struct queue up, down;
	struct pxe_log_limit noisy;
};

struct forward6 *forward6_new(void)
{
	struct forward6 *fw = calloc(1, sizeof(*fw));

	if (fw != NULL)
		fw->noisy = (struct pxe_log_limit)PXE_LOG_LIMIT(5, 20);
	return fw;
}

void forward6_free(struct forward6 *fw)
{
	free(fw);
}

/* ---- sending ---- */

static void done(struct relayd6 *d, struct owner who, bool is_up, int err)
{
	struct forward6 *fw = d->forward;

	if (err == 0)
		fw->sent[who.packet]++;
	else
		fw->err[who.packet] = err;
	d->stats.v[STATS6_SENDS_FAILED] += err != 0;
	if (is_up)
		relay6_sent(&d->relay, &fw->out[who.packet], who.upper, fw->mono_us, err);
}

static void flush(struct relayd6 *d, struct queue *q, bool is_up)
{
	struct pxe_udp *udp = is_up ? shell_up(&d->sh) : shell_down(&d->sh);
	int err[OUT_MAX] = {0};
	unsigned taken = q->n > 0 ? pxe_udp_send(udp, q->dg, q->n, err) : 0;

	for (unsigned i = 0; i < q->n; i++) {
		int e = i < taken ? err[i] : ENOBUFS;

		done(d, q->owner[i], is_up, e > 0 ? -e : e);
	}
	q->n = 0;
}

static void put(struct relayd6 *d, struct queue *q, struct owner who, const struct pxe_ip6 *to,
    unsigned ifindex)
{
	const struct relay6_out *out = &d->forward->out[who.packet];
	struct pxe_dgram_out dg = {
	    .to = {.ip = {.family = 6, .v6 = *to}, .port = out->to_port}, .ifindex = ifindex};

	if (q->n == OUT_MAX)
		flush(d, q, q == &d->forward->up);
	if (out->head_len > 0)
		dg.part[dg.nparts++] = (struct iovec){
		    .iov_base = (void *)(uintptr_t)out->head, .iov_len = out->head_len};
	dg.part[dg.nparts++] =
	    (struct iovec){.iov_base = (void *)(uintptr_t)out->body.p, .iov_len = out->body.len};
	q->owner[q->n] = who;
	q->dg[q->n++] = dg;
}

static void queue_up(struct relayd6 *d, unsigned i)
{
	const struct relay6_out *out = &d->forward->out[i];

	for (size_t k = 0; k < out->nup; k++) {
		const struct relay6_upper *upper = &d->relay.upper[out->up[k]];

		put(d, &d->forward->up, (struct owner){(uint8_t)i, out->up[k]}, &upper->to,
		    upper->ifindex);
	}
}

/* ---- saying what happened ---- */

static const char *type_name(uint8_t type, char buf[16])
{
	const char *name = pxe_dhcp6_type_name(type);
	struct pxe_text t = pxe_text_init(buf, 16);

	if (name != NULL)
		return name;
	pxe_text_addf(&t, "type %u", type);
	return buf;
}

/* In dhcrelay's words. */
static void log_packet(struct relayd6 *d, unsigned i, enum pxe_reason reason)
{
	const struct relay6_out *out = &d->forward->out[i];
	struct pxe_ip to = {.family = 6, .v6 = out->to};
	char name[16], ip[PXE_IP_STRLEN];

	if (out->dir == RELAY6_UP && reason == PXE_REASON_OK)
		pxe_log_info("Relaying %s from %s port %u going up.", type_name(out->type, name),
		    pxe_ip_str(&d->forward->from[i].ip, ip), d->forward->from[i].port);
	else if (out->dir == RELAY6_DOWN && reason == PXE_REASON_OK)
		pxe_log_info("Relaying %s to %s port %u down.", type_name(out->type, name),
		    pxe_ip_str(&to, ip), out->to_port);
	else if (reason == PXE_REASON_HOP_LIMIT)
		pxe_log_limited(&d->forward->noisy, PXE_LOG_INFO, "Hop count exceeded, from %s.",
		    pxe_ip_str(&d->forward->from[i].ip, ip));
	else
		pxe_log_limited(&d->forward->noisy, PXE_LOG_INFO,
		    "Discarding %s from %s port %u going %s: %s", type_name(out->type, name),
		    pxe_ip_str(&d->forward->from[i].ip, ip), d->forward->from[i].port,
		    out->going_down ? "down" : "up",
		    d->forward->err[i] != 0 ? pxe_strerror(d->forward->err[i])
		    : out->detail != NULL   ? out->detail
					    : pxe_reason_text(reason));
}

static void event_client(struct pxe_event *ev, const struct relay6_out *out)
{
	ev->xid = out->client_xid;
	ev->client_id = out->client_id.p;
	ev->client_id_len = out->client_id.len;
	(void)pxe_dhcp6_duid_hwaddr(out->client_id, &ev->mac);
}

static void emit(struct relayd6 *d, unsigned i, enum pxe_reason reason)
{
	const struct relay6_out *out = &d->forward->out[i];
	struct pxe_event ev = {.time_us = d->forward->now_us,
	    .reason = reason,
	    .stage = reason == PXE_REASON_MALFORMED ? PXE_STAGE_PACKET
		     : out->going_down              ? PXE_STAGE_RELAY_REPLY
						    : PXE_STAGE_RELAY_REQUEST,
	    .detail = out->detail};
	char name[16];

	event_client(&ev, out);
	ev.ip =
	    out->going_down ? (struct pxe_ip){.family = 6, .v6 = out->to} : d->forward->from[i].ip;
	if (pxe_ip_is_any(&ev.ip))
		ev.ip = (struct pxe_ip){0};
	if (out->lower != NULL)
		ev.ifname = out->lower->name;
	else if (out->upper != NULL)
		ev.ifname = out->upper->name;
	if (reason == PXE_REASON_OK) {
		ev.bytes = out->head_len + out->body.len;
		ev.detail = d->forward->is_probe[i] ? "answer to our own probe"
						    : type_name(out->type, name);
	} else if (d->forward->err[i] != 0) {
		ev.detail = pxe_strerror(d->forward->err[i]);
	}
	pxe_events_emit(d->sh.events, &ev);
}

static void finish(struct relayd6 *d, unsigned i)
{
	struct relay6_out *out = &d->forward->out[i];
	enum pxe_reason reason = out->reason;

	if (out->dir != RELAY6_DROP && d->forward->sent[i] == 0 && !d->forward->is_probe[i])
		reason = PXE_REASON_SEND_FAILED;
	if (out->lower != NULL && !out->going_down) {
		out->lower->stats.received++;
		out->lower->stats.relayed += reason == PXE_REASON_OK;
		out->lower->stats.dropped += reason != PXE_REASON_OK;
	}
	if (out->revived)
		pxe_log_notice("%s answers again", out->upper->label);
	if (d->forward->is_probe[i]) {
		pxe_log_debug("Caught the answer to a probe");
	} else {
		stats6_packet(&d->stats, out, reason);
		log_packet(d, i, reason);
	}
	emit(d, i, reason);
}

static void decide(struct relayd6 *d, const struct pxe_dgram *dg, unsigned i)
{
	struct forward6 *fw = d->forward;
	struct relay6_out *out = &fw->out[i];
	struct relay6_in in = {.pkt = dg->data,
	    .len = dg->len,
	    .from = dg->from.ip.v6,
	    .from_port = dg->from.port,
	    .ifindex = dg->ifindex,
	    .now_us = fw->mono_us};

	fw->sent[i] = 0;
	fw->err[i] = 0;
	fw->from[i] = dg->from;
	/* It may have been cut; half a message is none, and is seen to be none. */
	if (dg->len >= RELAYD6_MAX_DGRAM)
		in.len = 0;
	if (d->linksrc != NULL && d->sh.conf.client_link_layer)
		(void)pxe_linksrc_get(d->linksrc, dg->ifindex, &in.from, &in.from_hw);
	relay6_packet(&d->relay, &in, out);
	fw->is_probe[i] = probe6_catch(d, &in, out);
	if (fw->is_probe[i])
		return;
	if (out->dir == RELAY6_UP)
		queue_up(d, i);
	else if (out->dir == RELAY6_DOWN)
		put(d, &fw->down, (struct owner){.packet = (uint8_t)i}, &out->to,
		    out->lower->ifindex);
}

void forward6_on_recv(struct pxe_udp *udp, struct pxe_dgram *dg, unsigned n, void *arg)
{
	struct relayd6 *d = arg;
	struct pxe_now now = shell_now();

	(void)udp;
	d->forward->now_us = now.wall_us;
	d->forward->mono_us = now.mono_us;
	if (d->linksrc != NULL)
		pxe_linksrc_update(d->linksrc);
	for (unsigned i = 0; i < n; i++)
		decide(d, &dg[i], i);
	flush(d, &d->forward->up, true);
	flush(d, &d->forward->down, false);
	for (unsigned i = 0; i < n; i++)
		finish(d, i);
}
