/* SPDX-License-Identifier: BSD-2-Clause */
/* core.c -- the server's state, and which handler a message goes to. */
#include "dhcpd/core/core.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/exchange.h"
#include "dhcpd/core/lease_scan.h"
#include "dhcpd/core/record.h"
#include "dhcpd/core/v4/grant.h"

enum { TICK_ROOM = 4 }; /* effects that one lease's end may need besides its commands */

/* ---- messages ---- */

static const struct {
	uint8_t type; /* option 53 */
	enum pxe_stage stage;
	void (*run)(struct exchange *x);
} handlers[] = {
    {PXE_DHCP_DISCOVER, PXE_STAGE_DISCOVER, v4_discover},
    {PXE_DHCP_REQUEST, PXE_STAGE_REQUEST, v4_request},
    {PXE_DHCP_DECLINE, PXE_STAGE_DECLINE, v4_decline},
    {PXE_DHCP_RELEASE, PXE_STAGE_RELEASE, v4_release},
    {PXE_DHCP_INFORM, PXE_STAGE_INFORM, v4_inform},
    {PXE_DHCP_BOOTP, PXE_STAGE_BOOTP, v4_bootp},
    {PXE_DHCP_LEASEQUERY, PXE_STAGE_LEASEQUERY, v4_leasequery},
};

/* An event for what is no message of ours. */
static void refuse(const struct core_in *in, const struct core_iface *iface,
    const struct pxe_now *now, struct fx_list *fx, enum pxe_reason reason, const char *detail)
{
	struct fx *e = fx_add(fx, FX_EVENT);

	if (e == NULL)
		return;
	e->event.time_us = now->wall_us;
	e->event.stage = PXE_STAGE_PACKET;
	e->event.reason = reason;
	e->event.ip = in->from.ip;
	e->event.port = in->from.port;
	e->event.ifname = iface != NULL ? iface->name : NULL;
	e->event.detail = detail;
}

static void dispatch(struct core *c, struct exchange *x)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		if (handlers[i].type != c->req.type)
			continue;
		exchange_open(x, handlers[i].stage);
		handlers[i].run(x);
		if (c->opts.trace != NULL)
			c->opts.trace(c->opts.arg, x);
		return;
	}
	refuse(
	    x->in, x->iface, x->now, x->fx, PXE_REASON_WRONG_TYPE, pxe_dhcp_type_name(c->req.type));
}

static void serve(struct core *c, const struct core_in *in, bool probed, const struct pxe_now *now,
    struct fx_list *fx)
{
	struct exchange x = {.core = c, .in = in, .now = now, .fx = fx, .probed = probed};
	int err = 0;

	x.iface = c->opts.iface(c->opts.arg, in->ifindex);
	if (x.iface == NULL || c->conf == NULL) {
		refuse(in, NULL, now, fx, PXE_REASON_WRONG_INTERFACE, NULL);
		return;
	}
	err = pxe_dhcp_parse(in->data, in->len, &c->req);
	if (err != 0) {
		refuse(in, x.iface, now, fx, PXE_REASON_MALFORMED, pxe_strerror(err));
		return;
	}
	if (c->req.op != PXE_BOOTREQUEST) {
		refuse(in, x.iface, now, fx, PXE_REASON_WRONG_TYPE, "a reply");
		return;
	}
	dispatch(c, &x);
}

static void follow_clock(struct core *c, const struct pxe_now *now, struct fx_list *fx)
{
	int64_t old_now_s = 0, step_s = fx_clock_step(fx, now, &c->offset_us, &old_now_s);

	if (step_s != 0)
		leases_shift(&c->leases, old_now_s, step_s);
}

void core_packet(
    struct core *c, const struct core_in *in, const struct pxe_now *now, struct fx_list *fx)
{
	follow_clock(c, now, fx);
	serve(c, in, false, now, fx);
}

/* ---- probes ---- */

static void found_in_use(struct core *c, struct lease *l, const struct core_in *in,
    const struct pxe_now *now, struct fx_list *fx)
{
	struct exchange x = {.core = c, .in = in, .now = now, .fx = fx};
	int64_t now_s = pxe_now_wall_s(now);
	char ip[PXE_IP4_STRLEN];

	lease_abandon(&c->leases, l, now_s, now_s + (int64_t)c->abandon_s);
	core_commit(c, l, fx);
	fx_log(fx, FX_LOG_WARNING, "Abandoning IP address %s: pinged before offer",
	    pxe_ip4_str(l->ip, ip));
	x.iface = c->opts.iface(c->opts.arg, in->ifindex);
	if (x.iface == NULL || pxe_dhcp_parse(in->data, in->len, &c->req) != 0)
		return;
	exchange_open(&x, PXE_STAGE_DISCOVER);
	exchange_choose(&x, l->ip, l);
	exchange_event(&x, PXE_STAGE_DISCOVER, PXE_REASON_IN_USE);
}

void core_probed(
    struct core *c, struct pxe_ip4 ip, bool answered, const struct pxe_now *now, struct fx_list *fx)
{
	struct lease *l = lease_find(&c->leases, ip);
	struct grant_waiting *w = NULL;

	follow_clock(c, now, fx);
	if (l == NULL || l->offer == NULL || !l->offer->probing)
		return; /* given up meanwhile */
	w = offer_go_on(&c->offers, l->offer);
	if (answered) {
		offer_drop(&c->offers, l->offer);
		if (w != NULL)
			found_in_use(c, l, &w->in, now, fx);
	} else if (w != NULL) {
		serve(c, &w->in, true, now, fx);
	}
	free(w);
}

void core_committed(struct core *c, struct pxe_ip4 ip, uint32_t version, bool ok)
{
	struct lease *l = lease_find(&c->leases, ip);

	if (l != NULL && ok)
		lease_set_durable(l, version);
}

/* ---- time ---- */

/* The `on` statements among what is kept with a lease, as a text of their own. */
static void take_events(struct pxe_bytes tail, struct pxe_text *out)
{
	struct scan s = scan_init((const char *)tail.p, tail.len);

	for (;;) {
		struct scan_tok t = scan_next(&s);

		if (t.kind == SCAN_END || !scan_statement(&s))
			return;
		if (scan_is(&t, "on"))
			pxe_text_addn(out, s.p + t.start, s.off - t.start);
	}
}

static int read_events(void *arg, const char *path, char **out_text, size_t *out_len)
{
	const struct pxe_text *t = arg;

	(void)path;
	*out_text = strdup(t->p);
	*out_len = t->len;
	return *out_text != NULL ? 0 : -ENOMEM;
}

/* Event programs as they were when the lease was given, whatever set them then: a class, a host, a
 * statement that looked at the packet. NULL: they do not stand alone (an option that the
 * configuration defines). */
static struct conf *parse_events(struct core *c, struct pxe_bytes tail)
{
	struct pxe_text t = pxe_text_init(c->tail, sizeof(c->tail));
	struct conf_input in = {.family = 4, .path = "lease", .read = read_events, .arg = &t};
	struct conf *events = NULL;
	struct pxe_diag diag;

	take_events(tail, &t);
	if (t.len == 0 || t.truncated)
		return NULL;
	pxe_diag_init(&diag);
	(void)conf_parse(&in, &diag, &events);
	pxe_diag_fini(&diag);
	return events;
}

/* `on expiry` of a lease that ends. There is no packet any more: an empty one with the client's
 * address stands in. Programs that cannot be read back are looked for in the scopes. */
static void run_expiry(
    struct core *c, struct lease *l, const struct pxe_now *now, struct fx_list *fx)
{
	static const struct core_iface nowhere = {.name = "none"};
	struct pxe_bytes tail = lease_tail(l);
	struct core_in in = {0};
	struct exchange x = {.core = c, .in = &in, .iface = &nowhere, .now = now, .fx = fx};
	struct pxe_hwaddr hw = lease_hw(l);
	struct conf *events = NULL;

	if (tail.len == 0 || c->conf == NULL)
		return;
	pxe_dhcp_init(&c->req);
	c->req.op = PXE_BOOTREQUEST;
	c->req.htype = hw.type;
	c->req.hlen = hw.len < sizeof(c->req.chaddr) ? hw.len : sizeof(c->req.chaddr);
	memcpy(c->req.chaddr, hw.b, c->req.hlen);
	c->req.giaddr = l->ip; /* selects its network */
	exchange_open(&x, PXE_STAGE_LEASE);
	x.key.uid = lease_uid(l);
	exchange_choose(&x, l->ip, l);
	events = parse_events(c, tail);
	if (events != NULL) {
		settings_reset(&c->settings);
		exchange_fill_context(&x);
		(void)stmt_run(conf_root(events)->first, &x.ctx);
	} else {
		exchange_evaluate(&x);
	}
	exchange_run_events(&x, ON_EXPIRY);
	conf_free(events);
}

static void end_of(struct core *c, struct lease *l, const struct pxe_now *now, struct fx_list *fx)
{
	char where[256] = "";
	struct fx *e = NULL;
	const struct range4 *range = NULL;
	bool was_bound = l->state == LEASE_ACTIVE;
	struct pxe_bytes uid = lease_uid(l), name = lease_hostname(l);
	uint8_t *uid_copy = fx_alloc(fx, uid.len + 1);
	char *name_copy = fx_alloc(fx, name.len + 1);
	struct pxe_hwaddr hw = lease_hw(l);

	if (uid_copy == NULL || name_copy == NULL)
		return;
	if (uid.len > 0)
		memcpy(uid_copy, uid.p, uid.len);
	if (name.len > 0)
		memcpy(name_copy, name.p, name.len);
	name_copy[name.len] = '\0';
	if (was_bound)
		run_expiry(c, l, now, fx);
	lease_free(&c->leases, l, pxe_now_wall_s(now));
	core_commit(c, l, fx);
	e = fx_add(fx, FX_EVENT);
	if (e == NULL)
		return;
	e->event = (struct pxe_event){.time_us = now->wall_us,
	    .stage = PXE_STAGE_LEASE,
	    .reason = PXE_REASON_EXPIRED,
	    .mac = hw,
	    .ip = pxe_ip_from4(l->ip),
	    .client_id = uid.len > 0 ? uid_copy : NULL,
	    .client_id_len = uid.len,
	    .hostname = name.len > 0 ? name_copy : NULL,
	    .detail = was_bound ? NULL : "had been abandoned"};
	if (conf_pool4(c->conf, l->ip, &range) != NULL && range != NULL)
		e->event.where =
		    fx_strdup(fx, conf_where(c->conf, range->pos, where, sizeof(where)));
}

void core_tick(struct core *c, const struct pxe_now *now, struct fx_list *fx)
{
	int64_t now_s = pxe_now_wall_s(now);
	struct lease *l = NULL;

	follow_clock(c, now, fx);
	offers_lapse(&c->offers, now->mono_us, now_s);
	while (fx_has_room(fx, TICK_ROOM) && (l = lease_due(&c->leases, now_s)) != NULL)
		end_of(c, l, now, fx);
}

int64_t core_deadline_us(const struct core *c, const struct pxe_now *now)
{
	int64_t end_s = lease_next_end(&c->leases), next = offers_next_us(&c->offers);
	int64_t end_us = INT64_MAX;

	/* by the clock as it was when last looked at: a step is dealt with first */
	int64_t offset = c->offset_us != 0 ? c->offset_us : now->wall_us - now->mono_us;

	if (end_s != INT64_MAX)
		end_us = end_s * PXE_US_PER_S - offset;
	return end_us < next ? end_us : next;
}
