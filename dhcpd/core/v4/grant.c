/* SPDX-License-Identifier: BSD-2-Clause */
/* grant.c -- give a client an address: the conditions, the offer, the lease. */
#include "dhcpd/core/v4/grant.h"

#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/exchange.h"
#include "dhcpd/core/record.h"

enum {
	OPT_LEASE_TIME = 51,
	OPT_MESSAGE = 56,
	OPT_T1 = 58,
	OPT_T2 = 59,
	OPT_RAPID_COMMIT = 80,
	HW_ETHERNET = 1,
	ETHER_LEN = 6
};

static struct conf_pos pos_of(const struct exchange *x, enum param_id id)
{
	return x->core->settings.param[id].pos;
}

/* ---- may it have one? ---- */

static bool denied(struct exchange *x, enum param_id id, enum pxe_reason reason, const char *text)
{
	uint32_t v = settings_num(&x->core->settings, id);

	if (v == PARAM_TRUE)
		return false;
	exchange_ignore(x, reason, v == PARAM_IGNORE, pos_of(x, id), "%s", text);
	return true;
}

static bool too_early(struct exchange *x)
{
	uint32_t min = settings_num(&x->core->settings, PARAM_MIN_SECS);

	/* a client that renews has no secs to show, so this is for new ones only */
	if (x->req->secs >= min || (x->stage != PXE_STAGE_DISCOVER && x->stage != PXE_STAGE_BOOTP))
		return false;
	exchange_ignore(x, PXE_REASON_MIN_SECS, false, pos_of(x, PARAM_MIN_SECS),
	    "configured min-secs value (%u) is greater than secs field (%u).  message dropped.",
	    min, x->req->secs);
	return true;
}

bool grant_may_have(struct exchange *x)
{
	if (too_early(x))
		return false;
	if (!x->host.known &&
	    denied(x, PARAM_BOOT_UNKNOWN_CLIENTS, PXE_REASON_UNKNOWN_CLIENT, "unknown client"))
		return false;
	if (x->stage == PXE_STAGE_BOOTP &&
	    denied(x, PARAM_ALLOW_BOOTP, PXE_REASON_BOOTP_DENIED, "bootp disallowed"))
		return false;
	if (denied(x, PARAM_ALLOW_BOOTING, PXE_REASON_BOOTING_DENIED, "booting disallowed"))
		return false;
	return record_may_bill(x);
}

/* ---- for how long? ---- */

uint32_t grant_bounded(uint32_t wanted, const struct grant_bounds *b)
{
	uint32_t min = b->min < b->max ? b->min : b->max;

	if (wanted > b->max)
		return b->max;
	return wanted < min ? min : wanted;
}

/* The pool is so full that leases are to be short (adaptive-lease-time-threshold). */
static bool is_crowded(const struct exchange *x)
{
	uint32_t percent = settings_num(&x->core->settings, PARAM_ADAPTIVE_LEASE_TIME_THRESHOLD);
	struct core_pool_info info;

	if (percent == 0 || percent > 99 || x->pool == NULL ||
	    !core_pool_info(x->core, x->pool->id, &info))
		return false;
	return info.active * 100 > info.total * percent;
}

/* A BOOTP client never renews: its lease ends after a time, at a date, or not at all. */
static uint32_t bootp_lease_time(const struct exchange *x)
{
	const struct settings *s = &x->core->settings;
	uint32_t length = settings_num(s, PARAM_DYNAMIC_BOOTP_LEASE_LENGTH);
	uint32_t cutoff = settings_num(s, PARAM_DYNAMIC_BOOTP_LEASE_CUTOFF);
	int64_t left = (int64_t)cutoff - x->now_s;

	if (cutoff == UINT32_MAX || left >= (int64_t)length)
		return length;
	return left > 0 ? (uint32_t)left : 0;
}

uint32_t grant_lease_time(struct exchange *x)
{
	const struct settings *s = &x->core->settings;
	struct grant_bounds b = {.min = settings_num(s, PARAM_MIN_LEASE_TIME),
	    .max = settings_num(s, PARAM_MAX_LEASE_TIME)};
	uint32_t wanted = settings_num(s, PARAM_DEFAULT_LEASE_TIME);

	/* a minimum that is set wins over the maximum, the built-in one gives way (ISC) */
	if (settings_is_set(s, PARAM_MIN_LEASE_TIME) && b.min > b.max)
		b.max = b.min;
	if (x->stage == PXE_STAGE_BOOTP)
		return bootp_lease_time(x);
	(void)pxe_dhcp_get_u32(x->req, OPT_LEASE_TIME, &wanted);
	wanted = grant_bounded(wanted, &b);
	if (is_crowded(x) && wanted > b.min)
		wanted = b.min;
	return wanted;
}

/* ---- the reply ---- */

/* T1 and T2 as configured, when they make sense (RFC 2131 4.4.5: T1 < T2 < lease). */
static void put_timers(struct exchange *x, struct pxe_dhcp_msg *m)
{
	static const uint8_t codes[] = {OPT_T1, OPT_T2};
	uint32_t before = 0;

	for (size_t i = 0; i < sizeof(codes); i++) {
		const struct setting_option *o = settings_dhcp_option(&x->core->settings, codes[i]);
		struct pxe_rd rd =
		    pxe_rd_init(o != NULL ? o->value.p : NULL, o != NULL ? o->value.len : 0);
		uint32_t t = pxe_rd_u32(&rd);

		if (o == NULL || rd.err != 0 || t <= before || t >= x->lease_s)
			continue;
		(void)pxe_dhcp_set_u32(m, codes[i], t);
		before = t;
	}
}

static void build(struct exchange *x, enum pxe_dhcp_type type)
{
	struct pxe_dhcp_msg *m = reply_begin(x, type);

	m->yiaddr = x->ip;
	if (type == PXE_DHCP_ACK)
		m->ciaddr = x->req->ciaddr;
	(void)pxe_dhcp_set_u32(m, OPT_LEASE_TIME, x->lease_s);
	put_timers(x, m);
	if (x->rapid)
		(void)pxe_dhcp_set(m, OPT_RAPID_COMMIT, NULL, 0); /* RFC 4039 3.1, 4 */
	reply_options(x);
	bootfile_fill(x, false);
}

/* "on IP to HW (name) via IF" */
static void say(struct exchange *x, const char *what)
{
	char ip[PXE_IP4_STRLEN];

	fx_log(x->fx, FX_LOG_INFO, "%s on %s to %s %svia %s", what, pxe_ip4_str(x->ip, ip), x->hw,
	    x->hostname, x->via);
}

/* ---- offer ---- */

/* What is needed to take the DISCOVER up again. */
static void *keep_packet(const struct core_in *in)
{
	struct grant_waiting *w = NULL;

	if (in->len > OFFER_PACKET_MAX)
		return NULL;
	w = malloc(sizeof(*w) + in->len);
	if (w == NULL)
		return NULL;
	w->in = *in;
	memcpy(w->data, in->data, in->len);
	w->in.data = w->data;
	return w;
}

static bool wants_probe(const struct exchange *x, const struct offer *f)
{
	const struct settings *s = &x->core->settings;
	int64_t quiet_s = x->now_s - lease_time(x->lease->cltt);

	if (x->probed || f->probed || !settings_flag(s, PARAM_PING_CHECK))
		return false;
	/* the client's own address, and it was there a moment ago: it would only find itself */
	return !client_owns(&x->key, x->lease) ||
	       quiet_s > (int64_t)settings_num(s, PARAM_PING_CLTT_SECS);
}

/* Ask whether somebody uses the address; true when the exchange goes on with the answer. */
static bool probe(struct exchange *x, struct offer *f)
{
	const struct settings *s = &x->core->settings;
	uint32_t ms = settings_num(s, PARAM_PING_TIMEOUT_MS);
	void *packet = NULL;
	struct fx *e = NULL;

	if (!wants_probe(x, f))
		return false;
	packet = keep_packet(x->in);
	if (packet == NULL || offer_wait(&x->core->offers, f, packet) != 0) {
		free(packet);
		return false;
	}
	if (ms == 0)
		ms = settings_num(s, PARAM_PING_TIMEOUT) * 1000;
	e = fx_add(x->fx, FX_PROBE);
	if (e != NULL)
		e->probe = (struct fx_probe){.ip = x->ip,
		    .client_hw = x->key.hw,
		    .our_hw = x->iface->hw,
		    .ifindex = x->iface->index,
		    .timeout_ms = ms,
		    .on_link = x->req->giaddr.v == 0 && x->iface->hw.type == HW_ETHERNET &&
			       x->iface->hw.len == ETHER_LEN};
	return true;
}

/* Hold the address for the client. False: the exchange has ended or waits for a probe. */
static bool hold(struct exchange *x)
{
	struct offer *f = NULL;

	if (x->lease == NULL || x->lease->state != LEASE_FREE)
		return true;
	f = x->lease->offer;
	if (f != NULL && f->probing) {
		fx_log(x->fx, FX_LOG_DEBUG, "%s: address is being probed for it", x->line);
		exchange_event(x, x->stage, PXE_REASON_DUPLICATE);
		return false;
	}
	f = offer_make(&x->core->offers, x->lease, &x->key, x->req->xid, x->now->mono_us);
	if (f == NULL) {
		exchange_ignore(x, PXE_REASON_OVERLOAD, false, x->where, "out of memory");
		return false;
	}
	return !probe(x, f);
}

static void ack(struct exchange *x);

/* The client wants its lease at once, and the configuration has option 80 for it (RFC 4039). */
static bool wants_rapid(const struct exchange *x)
{
	return x->req->type == PXE_DHCP_DISCOVER && pxe_dhcp_has(x->req, OPT_RAPID_COMMIT) &&
	       settings_dhcp_option(&x->core->settings, OPT_RAPID_COMMIT) != NULL;
}

void grant_offer(struct exchange *x)
{
	if (!grant_may_have(x) || !hold(x))
		return;
	x->rapid = wants_rapid(x);
	if (x->rapid) {
		ack(x);
		return;
	}
	x->lease_s = record_reuse_time(x);
	if (x->lease_s == 0)
		x->lease_s = grant_lease_time(x);
	build(x, PXE_DHCP_OFFER);
	fx_log(x->fx, FX_LOG_INFO, "%s", x->line);
	reply_send(x);
	say(x, "DHCPOFFER");
	exchange_event(x, PXE_STAGE_OFFER, PXE_REASON_OK);
}

/* ---- lease ---- */

static void ack_now(struct exchange *x)
{
	core_settings_effects(x->core, x->fx);
	fx_log(x->fx, FX_LOG_INFO, "%s", x->line);
	reply_send(x);
	say(x, "DHCPACK");
	exchange_event(x, PXE_STAGE_ACK, PXE_REASON_OK);
}

static void ack(struct exchange *x)
{
	bool committed = false;

	if (x->lease != NULL && x->lease->offer != NULL)
		x->began_us = x->lease->offer->began_us;
	x->lease_s = record_reuse_time(x);
	if (x->lease_s > 0 && x->lease != NULL) {
		lease_touch(x->lease, x->now_s);
	} else {
		x->lease_s = grant_lease_time(x);
		x->ctx.has_lease_time = true;
		x->ctx.lease_time_s = x->lease_s;
	}
	/* what the event programs log and run waits until the lease is safe */
	record_run_commit(x);
	build(x, PXE_DHCP_ACK);
	if (x->lease != NULL && !x->reused) {
		if (record_bind(x) != 0) {
			exchange_ignore(x, PXE_REASON_OVERLOAD, false, x->where, "out of memory");
			return;
		}
		committed = true;
	}
	x->fx->when = committed ? FX_IF_DURABLE : FX_ALWAYS;
	ack_now(x);
	if (committed) {
		x->fx->when = FX_IF_LOST;
		exchange_ignore(
		    x, PXE_REASON_STORE_FAILED, false, x->where, "database update failed");
	}
	x->fx->when = FX_ALWAYS;
}

void grant_ack(struct exchange *x)
{
	if (grant_may_have(x))
		ack(x);
}

/* ---- refusal ---- */

void exchange_nak(struct exchange *x, struct pxe_ip4 ip, enum pxe_reason reason, const char *text)
{
	struct pxe_dhcp_msg *m = reply_begin(x, PXE_DHCP_NAK);
	char asked[PXE_IP4_STRLEN];

	m->flags |= PXE_DHCP_FLAG_BROADCAST; /* RFC 2131 4.3.2, 4.1 */
	(void)pxe_dhcp_set(m, OPT_MESSAGE, text, strlen(text));
	reply_send(x);
	fx_log(x->fx, FX_LOG_INFO, "DHCPNAK on %s to %s via %s", pxe_ip4_str(ip, asked), x->hw,
	    x->via);
	x->ip = ip;
	exchange_event(x, PXE_STAGE_NAK, reason);
}
