/* SPDX-License-Identifier: BSD-2-Clause */
/* core6.c -- which handler a DHCPv6 message goes to, and what happens when time passes. */
#include "dhcpd/core/v6/core6.h"

#include <string.h>

#include "dhcpd/core/v6/exchange6.h"

enum {
	TICK_ROOM = 6, /* effects that one lease's end may need besides its commands */
	OPT_UNICAST = 12,
	DUID_MIN = 3 /* a type and one byte: RFC 8415 11.1 */
};

/* What makes a message one to discard (RFC 8415 16). */
enum rule6 {
	NEEDS_CLIENT_ID = 1,
	NEEDS_SERVER_ID = 2,
	NO_SERVER_ID = 4,
	OUR_SERVER_ID = 8, /* if there is one */
	MULTICAST_ONLY = 16,
	UNICAST_BY_OPTION = 32, /* answered with UseMulticast otherwise */
	NO_IA = 64,
	ANY_LINK = 128 /* served also where the link is not known */
};

struct handler6 {
	uint8_t type;
	enum pxe_stage stage;
	unsigned rules;
	void (*run)(struct exchange6 *x);
};

static const struct handler6 handlers[] = {
    {PXE_DHCP6_SOLICIT, PXE_STAGE_SOLICIT, NEEDS_CLIENT_ID | NO_SERVER_ID | MULTICAST_ONLY,
	v6_solicit},
    {PXE_DHCP6_REQUEST, PXE_STAGE_REQUEST, NEEDS_CLIENT_ID | NEEDS_SERVER_ID | UNICAST_BY_OPTION,
	v6_request},
    {PXE_DHCP6_CONFIRM, PXE_STAGE_CONFIRM, NEEDS_CLIENT_ID | NO_SERVER_ID | MULTICAST_ONLY,
	v6_confirm},
    {PXE_DHCP6_RENEW, PXE_STAGE_RENEW, NEEDS_CLIENT_ID | NEEDS_SERVER_ID | UNICAST_BY_OPTION,
	v6_renew},
    {PXE_DHCP6_REBIND, PXE_STAGE_REBIND, NEEDS_CLIENT_ID | NO_SERVER_ID | MULTICAST_ONLY,
	v6_rebind},
    {PXE_DHCP6_RELEASE, PXE_STAGE_RELEASE,
	NEEDS_CLIENT_ID | NEEDS_SERVER_ID | UNICAST_BY_OPTION | ANY_LINK, v6_release},
    {PXE_DHCP6_DECLINE, PXE_STAGE_DECLINE,
	NEEDS_CLIENT_ID | NEEDS_SERVER_ID | UNICAST_BY_OPTION | ANY_LINK, v6_decline},
    {PXE_DHCP6_INFORMATION_REQUEST, PXE_STAGE_INFOREQUEST, OUR_SERVER_ID | MULTICAST_ONLY | NO_IA,
	v6_inforequest},
    {PXE_DHCP6_LEASEQUERY, PXE_STAGE_LEASEQUERY, NEEDS_CLIENT_ID | OUR_SERVER_ID | ANY_LINK,
	v6_leasequery},
};

enum pxe_stage core6_stage(uint8_t type)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == type)
			return handlers[i].stage;
	return PXE_STAGE_PACKET;
}

/* ---- what is discarded ---- */

/* " (CLIENTID 00:..)" for log lines, "" without one. */
static const char *client_text(const struct exchange6 *x, char *buf, size_t cap)
{
	struct pxe_text t = pxe_text_init(buf, cap);

	if (x->duid.len > 0)
		pxe_text_addf(&t, " (CLIENTID %s)", x->duid_text);
	return buf;
}

static bool check_client_id(struct exchange6 *x, unsigned rules)
{
	if (x->duid.len == 0) {
		if ((rules & NEEDS_CLIENT_ID) == 0)
			return true;
		exchange6_discard(x, PXE_REASON_MALFORMED, "; client identifier missing");
		return false;
	}
	if (x->duid.len >= DUID_MIN && x->duid.len <= LEASE6_DUID_MAX)
		return true;
	exchange6_discard(x, PXE_REASON_MALFORMED, "; client identifier of %zu bytes", x->duid.len);
	return false;
}

static bool check_server_id(struct exchange6 *x, unsigned rules)
{
	struct pxe_bytes id = pxe_dhcp6_get(x->req->options, PXE_DHCP6_OPT_SERVER_ID);
	struct pxe_bytes ours = exchange6_server_id(x);
	char theirs_text[EXCHANGE6_DUID_TEXT + 1], ours_text[EXCHANGE6_DUID_TEXT + 1];
	char client[EXCHANGE6_DUID_TEXT + 16] = "";

	if (id.p == NULL) {
		if ((rules & NEEDS_SERVER_ID) == 0)
			return true;
		exchange6_discard(x, PXE_REASON_MALFORMED, ": server identifier missing%s",
		    client_text(x, client, sizeof(client)));
		return false;
	}
	if ((rules & NO_SERVER_ID) != 0) {
		exchange6_discard(x, PXE_REASON_OTHER_SERVER,
		    "; server identifier found (CLIENTID %s, SERVERID %s)", x->duid_text,
		    duid6_text(id, theirs_text));
		return false;
	}
	if ((rules & (NEEDS_SERVER_ID | OUR_SERVER_ID)) == 0 ||
	    (id.len == ours.len && memcmp(id.p, ours.p, id.len) == 0))
		return true;
	exchange6_discard(x, PXE_REASON_OTHER_SERVER,
	    "; not our server identifier (CLIENTID %s, SERVERID %s, server DUID %s)", x->duid_text,
	    duid6_text(id, theirs_text), duid6_text(ours, ours_text));
	return false;
}

static bool check_ia(struct exchange6 *x, unsigned rules)
{
	static const struct {
		uint16_t code;
		const char *name;
	} ias[] = {{PXE_DHCP6_OPT_IA_NA, "IA_NA"}, {PXE_DHCP6_OPT_IA_TA, "IA_TA"},
	    {PXE_DHCP6_OPT_IA_PD, "IA_PD"}};
	char client[EXCHANGE6_DUID_TEXT + 16] = "";

	for (size_t i = 0; (rules & NO_IA) != 0 && i < sizeof(ias) / sizeof(ias[0]); i++) {
		if (pxe_dhcp6_get(x->req->options, ias[i].code).p == NULL)
			continue;
		exchange6_discard(x, PXE_REASON_MALFORMED, "; %s option present%s", ias[i].name,
		    client_text(x, client, sizeof(client)));
		return false;
	}
	return true;
}

static bool is_unicast(const struct exchange6 *x)
{
	return x->chain->nrelay == 0 && x->in->to.family == 6 && !pxe_ip_is_multicast(&x->in->to);
}

static bool check_multicast(struct exchange6 *x, unsigned rules)
{
	char client[EXCHANGE6_DUID_TEXT + 16] = "";

	if ((rules & MULTICAST_ONLY) == 0 || !is_unicast(x))
		return true;
	exchange6_discard(x, PXE_REASON_MALFORMED, "; packet sent unicast%s",
	    client_text(x, client, sizeof(client)));
	return false;
}

/* RFC 8415 18.4: who was not told that it may must go by multicast. True: the exchange has ended.
 */
static bool must_use_multicast(struct exchange6 *x, unsigned rules)
{
	if ((rules & UNICAST_BY_OPTION) == 0 || !is_unicast(x))
		return false;
	exchange6_choose(x, &x->in->from.ip.v6, NULL, NULL, false);
	exchange6_evaluate(x);
	if (exchange6_option(x, OPT_UNICAST) != NULL)
		return false;
	reply6_begin(x, PXE_DHCP6_REPLY);
	x->outcome.reason = PXE_REASON_BAD_REQUEST;
	x->detail = "sent unicast, which option dhcp6.unicast does not allow";
	reply6_send(x, REPLY6_PLAIN, STATUS6_USE_MULTICAST, "Unicast not allowed by server.");
	return true;
}

/* ---- messages ---- */

/* An event for what is no message of ours. */
static void refuse(const struct core6_in *in, const struct core6_iface *iface,
    const struct pxe_now *now, struct fx_list *fx, enum pxe_reason reason, const char *detail)
{
	struct fx *e = fx_add(fx, FX_EVENT);

	if (e == NULL)
		return;
	e->event = (struct pxe_event){.time_us = now->wall_us,
	    .stage = PXE_STAGE_PACKET,
	    .reason = reason,
	    .ip = in->from.ip,
	    .port = in->from.port,
	    .ifname = iface != NULL ? iface->name : NULL,
	    .detail = detail};
}

static void say_arrival(const struct exchange6 *x)
{
	const struct pxe_dhcp6_msg *m =
	    x->chain->nrelay > 0 ? &x->chain->relay[0] : &x->chain->inner;
	const char *name = pxe_dhcp6_type_name(m->type);
	char link[PXE_IP_STRLEN], peer[PXE_IP_STRLEN];

	if (name == NULL)
		return;
	if (x->chain->nrelay > 0)
		fx_log(x->fx, FX_LOG_INFO,
		    "%s message from %s port %u, link address %s, peer address %s", name, x->from,
		    x->in->from.port,
		    pxe_ip_str(&(struct pxe_ip){.family = 6, .v6 = m->link}, link),
		    pxe_ip_str(&(struct pxe_ip){.family = 6, .v6 = m->peer}, peer));
	else /* ISC prints the number's bytes in the wrong order; this is what is on the wire */
		fx_log(x->fx, FX_LOG_INFO, "%s message from %s port %u, transaction ID 0x%06X",
		    name, x->from, x->in->from.port, m->xid);
}

static void run(struct exchange6 *x, const struct handler6 *h)
{
	x->stage = h->stage;
	if (!check_client_id(x, h->rules) || !check_server_id(x, h->rules) ||
	    !check_multicast(x, h->rules) || !check_ia(x, h->rules) ||
	    !exchange6_open(x, (h->rules & ANY_LINK) == 0) || must_use_multicast(x, h->rules))
		return;
	h->run(x);
}

static void dispatch(struct exchange6 *x)
{
	const char *name = pxe_dhcp6_type_name(x->req->type);

	x->view = (struct packet6_view){.chain = x->chain, .reg = conf_registry(x->core->conf)};
	x->duid = pxe_dhcp6_get(x->req->options, PXE_DHCP6_OPT_CLIENT_ID);
	(void)packet6_hwaddr(x->chain, &x->hw);
	(void)duid6_text(x->duid, x->duid_text);
	(void)pxe_ip_str(&x->in->from.ip, x->from);
	say_arrival(x);
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		if (handlers[i].type == x->req->type) {
			run(x, &handlers[i]);
			return;
		}
	}
	if (name != NULL)
		fx_log(x->fx, FX_LOG_INFO,
		    "Discarding %s from %s; message type not handled by server", name, x->from);
	else
		fx_log(x->fx, FX_LOG_INFO, "Discarding unknown DHCPv6 message type %u from %s",
		    x->req->type, x->from);
	refuse(x->in, x->iface, x->now, x->fx, PXE_REASON_WRONG_TYPE, name);
}

/* ---- the clock ---- */

static void follow_clock(struct core6 *c, const struct pxe_now *now, struct fx_list *fx)
{
	int64_t old_now_s = 0, step_s = fx_clock_step(fx, now, &c->offset_us, &old_now_s);

	if (step_s != 0)
		leases6_shift(&c->leases, old_now_s, step_s);
}

/* ---- packets ---- */

void core6_packet(
    struct core6 *c, const struct core6_in *in, const struct pxe_now *now, struct fx_list *fx)
{
	struct exchange6 x = {.core = c,
	    .in = in,
	    .now = now,
	    .now_s = pxe_now_wall_s(now),
	    .fx = fx,
	    .chain = &c->chain,
	    .req = &c->chain.inner};
	int err = 0;

	follow_clock(c, now, fx);
	x.iface = c->opts.iface(c->opts.arg, in->ifindex);
	if (x.iface == NULL || c->conf == NULL || core6_duid(c).len == 0) {
		refuse(in, x.iface, now, fx, PXE_REASON_WRONG_INTERFACE, NULL);
		return;
	}
	err = pxe_dhcp6_unwrap(in->data, in->len, &c->chain);
	if (err != 0) {
		refuse(in, x.iface, now, fx,
		    err == PXE_E_LIMIT ? PXE_REASON_HOP_LIMIT : PXE_REASON_MALFORMED,
		    pxe_strerror(err));
		return;
	}
	if (c->chain.nrelay > 0 && c->chain.relay[0].type != PXE_DHCP6_RELAY_FORW) {
		refuse(in, x.iface, now, fx, PXE_REASON_WRONG_TYPE, "Relay-reply");
		return;
	}
	dispatch(&x);
	if (c->opts.trace != NULL)
		c->opts.trace(c->opts.arg, &x);
}

/* ---- records ---- */

void core6_committed(struct core6 *c, uint32_t index, uint32_t version, bool ok)
{
	struct ia6 *ia = ia6_at(&c->leases, index);

	if (ia == NULL)
		return;
	/* it is not forgotten while a record of it is on its way, so this is the one meant */
	if (ok)
		ia->durable = version;
	ia6_tidy(&c->leases, ia);
}

/* ---- time ---- */

static void expiry_event(
    struct core6 *c, const struct lease6 *l, const struct pxe_now *now, struct fx_list *fx)
{
	char where[256] = "";
	const struct space6 *space = core6_space_of(c, l);
	uint8_t *duid = fx_alloc(fx, l->ia->duid_len);
	struct fx *e = fx_add(fx, FX_EVENT);

	if (e == NULL)
		return;
	e->event = (struct pxe_event){.time_us = now->wall_us,
	    .stage = PXE_STAGE_LEASE,
	    .reason = PXE_REASON_EXPIRED,
	    .ip = {.family = 6, .v6 = l->ip}};
	if (duid != NULL) {
		memcpy(duid, l->ia->duid, l->ia->duid_len);
		e->event.client_id = duid;
		e->event.client_id_len = l->ia->duid_len;
		(void)pxe_dhcp6_duid_hwaddr(
		    (struct pxe_bytes){duid, l->ia->duid_len}, &e->event.mac);
	}
	if (space != NULL)
		e->event.where =
		    fx_strdup(fx, conf_where(c->conf, space->pos, where, sizeof(where)));
}

/* The scopes run once more, to find `on expiry` programs; there is no packet any more. */
static void run_expiry(
    struct core6 *c, struct lease6 *l, const struct pxe_now *now, struct fx_list *fx)
{
	static const struct core6_iface nowhere = {.name = "none"};
	struct pxe_ip any = {.family = 6, .v6 = l->ip};
	const struct subnet *subnet = conf_subnet(c->conf, &any);
	const struct space6 *space = core6_space_of(c, l);
	struct core6_in in = {0};
	struct exchange6 x = {.core = c,
	    .in = &in,
	    .iface = &nowhere,
	    .now = now,
	    .now_s = pxe_now_wall_s(now),
	    .fx = fx,
	    .stage = PXE_STAGE_LEASE};

	if (lease6_tail(l).len == 0)
		return;
	x.view = (struct packet6_view){.reg = conf_registry(c->conf)};
	x.duid = (struct pxe_bytes){l->ia->duid, l->ia->duid_len};
	(void)pxe_dhcp6_duid_hwaddr(x.duid, &x.hw);
	x.net = subnet != NULL ? subnet->network : space != NULL ? space->pool->network : NULL;
	if (x.net == NULL)
		return;
	x.host = host6_find(c->conf, x.hw.len > 0 ? &x.hw : NULL, &x.view, x.net);
	exchange6_choose(&x, &l->ip, space, l, false);
	exchange6_evaluate(&x);
	exchange6_run_events(&x, ON_EXPIRY);
}

static void wake(struct core6 *c, struct lease6 *l, const struct pxe_now *now, struct fx_list *fx)
{
	if (l->state != LEASE_ACTIVE) { /* an offer lapsed, or it ended long ago */
		lease6_drop(&c->leases, l);
		return;
	}
	run_expiry(c, l, now, fx);
	lease6_end(&c->leases, l, LEASE_EXPIRED, pxe_now_wall_s(now));
	core6_commit(c, l->ia, fx);
	expiry_event(c, l, now, fx);
}

void core6_tick(struct core6 *c, const struct pxe_now *now, struct fx_list *fx)
{
	int64_t now_s = pxe_now_wall_s(now);
	struct lease6 *l = NULL;

	follow_clock(c, now, fx);
	while (fx_has_room(fx, TICK_ROOM) && (l = lease6_due(&c->leases, now_s)) != NULL)
		wake(c, l, now, fx);
}

int64_t core6_deadline_us(const struct core6 *c, const struct pxe_now *now)
{
	int64_t due_s = lease6_next_due(&c->leases);
	/* by the clock as it was when last looked at: a step is dealt with first */
	int64_t offset = c->offset_us != 0 ? c->offset_us : now->wall_us - now->mono_us;

	return due_s == INT64_MAX ? INT64_MAX : due_s * PXE_US_PER_S - offset;
}
