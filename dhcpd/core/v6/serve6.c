/* SPDX-License-Identifier: BSD-2-Clause */
/* serve6.c -- give addresses and prefixes to the identity associations of a message.
 *
 * One IA at a time (RFC 8415 18.3): what the client names is sorted into what it keeps and what it
 * must stop using; then something is found for it (grant6.c) and bound (bind6.c). Decisions and
 * texts are those measured on ISC dhcpd 4.4.3.
 */
#include <string.h>

#include "dhcpd/core/v6/serve6.h"

enum { OPT_T1 = 58, OPT_T2 = 59 }; /* of DHCPv4, which ISC reads for DHCPv6 too */

static bool same(const struct pxe_ip6 *a, const struct pxe_ip6 *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

struct grant6 *serve6_add(struct serve6 *s, const struct pxe_ip6 *ip, uint8_t len)
{
	struct grant6 *g = NULL;

	for (size_t i = 0; i < s->n; i++)
		if (s->grant[i].len == len && same(&s->grant[i].ip, ip))
			return &s->grant[i];
	if (s->n == sizeof(s->grant) / sizeof(s->grant[0]))
		return NULL;
	g = &s->grant[s->n++];
	*g = (struct grant6){.ip = *ip, .len = len, .shelf = LEASE6_SHELF_NONE};
	for (size_t i = 0; i < s->nhint; i++) {
		if (s->hint[i].prefix_len == len && same(&s->hint[i].ip, ip)) {
			g->hint_preferred_s = s->hint[i].preferred_s;
			g->hint_valid_s = s->hint[i].valid_s;
		}
	}
	/* lifetimes asked for without an address count for whatever is given */
	if (g->hint_valid_s == 0 && s->nhint > 0) {
		g->hint_preferred_s = s->hint[0].preferred_s;
		g->hint_valid_s = s->hint[0].valid_s;
	}
	return g;
}

static void refuse(struct serve6 *s, enum pxe_reason reason, uint16_t status, const char *text)
{
	if (s->x->outcome.given == 0)
		s->x->outcome.reason = reason;
	ia6_put_status(s->x, s->kind, s->ia, status, text);
}

/* ---- what the client names ---- */

static void take_hints(struct serve6 *s)
{
	struct pxe_rd rd = pxe_rd_init(s->ia->options.p, s->ia->options.len);

	while (s->nhint < LEASE6_PER_IA_MAX && ia6_next_lease(&rd, s->kind, &s->hint[s->nhint]))
		s->nhint++;
	if (s->kind == LEASE6_PD && s->nhint > 0)
		s->ask.wanted_len = s->hint[0].prefix_len;
}

/* A wish for a length or for lifetimes, and no address. */
static bool is_wish(const struct pxe_dhcp6_lease *h)
{
	static const struct pxe_ip6 any;

	return same(&h->ip, &any);
}

static bool holds(const struct serve6 *s, const struct pxe_dhcp6_lease *h)
{
	const struct lease6 *l = lease6_find(&s->x->core->leases, &h->ip, h->prefix_len);

	return l != NULL && s->rec != NULL && l->ia == s->rec && l->state == LEASE_ACTIVE;
}

/* Request, RFC 8415 18.3.2: one address that is not for the link spoils the IA. */
static bool is_off_link(const struct serve6 *s)
{
	if (s->mode != IA6_REQUEST || s->kind == LEASE6_PD)
		return false;
	for (size_t i = 0; i < s->nhint; i++)
		if (!is_wish(&s->hint[i]) && !exchange6_is_on_link(s->x, &s->hint[i].ip))
			return true;
	return false;
}

static void make_void(struct serve6 *s, const struct pxe_dhcp6_lease *h)
{
	struct grant6 *g = serve6_add(s, &h->ip, h->prefix_len);

	if (g != NULL)
		g->is_void = true;
}

/* Renew and Rebind, RFC 8415 18.3.4 and 18.3.5. False: the client names what it does not have. */
static bool sort_hints(struct serve6 *s)
{
	uint32_t shelf = 0;

	if (s->mode != IA6_RENEW && s->mode != IA6_REBIND)
		return true;
	for (size_t i = 0; i < s->nhint; i++) {
		const struct pxe_dhcp6_lease *h = &s->hint[i];

		if (is_wish(h) || host6_has(&s->x->host, &h->ip, h->prefix_len))
			continue;
		if (s->kind != LEASE6_PD && !exchange6_is_on_link(s->x, &h->ip))
			make_void(s, h);
		else if (!holds(s, h) && s->mode == IA6_RENEW)
			return false;
		else if (s->x->host.is_fixed && s->kind == LEASE6_NA)
			make_void(s, h); /* it has a fixed address by now */
		else if (pool6_may_have(&s->ask, &h->ip, h->prefix_len, &shelf) != 0)
			make_void(s, h);
	}
	return true;
}

bool serve6_has_live(const struct serve6 *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!s->grant[i].is_void)
			return true;
	return false;
}

/* ---- the IA in the answer ---- */

static uint32_t timer(const struct exchange6 *x, uint8_t code, uint32_t otherwise)
{
	const struct setting_option *o = settings_dhcp_option(&x->core->settings, code);
	struct pxe_rd rd = pxe_rd_init(o != NULL ? o->value.p : NULL, o != NULL ? o->value.len : 0);
	uint32_t v = pxe_rd_u32(&rd);

	return o != NULL && rd.err == 0 ? v : otherwise;
}

/* RFC 8415 21.4: T1 and T2 by the shortest preferred lifetime, or left to the client. */
static void set_timers(struct serve6 *s, struct pxe_dhcp6_ia *head)
{
	uint32_t shortest = UINT32_MAX, t1 = 0, t2 = 0;

	for (size_t i = 0; i < s->n; i++)
		if (!s->grant[i].is_void && s->grant[i].preferred_s < shortest)
			shortest = s->grant[i].preferred_s;
	if (settings_flag(&s->x->core->settings, PARAM_DHCPV6_SET_TEE_TIMES)) {
		t1 = shortest == UINT32_MAX ? UINT32_MAX : shortest / 2;
		t2 = shortest == UINT32_MAX ? UINT32_MAX : (uint32_t)((uint64_t)shortest * 4 / 5);
	}
	head->t1_s = timer(s->x, OPT_T1, t1);
	head->t2_s = timer(s->x, OPT_T2, t2);
	if (head->t1_s > head->t2_s && head->t2_s > 0)
		head->t1_s = head->t2_s; /* a client discards an IA with T1 above T2 */
}

static void put_ia(struct serve6 *s)
{
	struct pxe_dhcp6_ia head = {.iaid = s->ia->iaid};
	struct pxe_wr *wr = &s->x->ias;
	struct pxe_dhcp6_open open;

	set_timers(s, &head);
	open = pxe_dhcp6_open_ia(wr, ia6_code(s->kind), &head);
	for (size_t i = 0; i < s->n; i++) {
		const struct grant6 *g = &s->grant[i];
		struct pxe_dhcp6_lease l = {.ip = g->ip,
		    .prefix_len = g->len,
		    .preferred_s = g->is_void ? 0 : g->preferred_s,
		    .valid_s = g->is_void ? 0 : g->valid_s};

		pxe_dhcp6_close(wr, pxe_dhcp6_open_lease(wr, ia6_lease_code(s->kind), &l));
	}
	pxe_dhcp6_close(wr, open);
}

/* The entry of the IA, and what `on commit` asked for once it is safe. */
static void commit(struct serve6 *s)
{
	struct exchange6 *x = s->x;

	if (s->changed) {
		core6_commit(x->core, s->rec, x->fx);
		x->committed = true;
	}
	x->fx->when = x->committed ? FX_IF_DURABLE : FX_ALWAYS;
	fx_settings(x->fx, &x->core->settings);
	x->fx->when = FX_ALWAYS;
}

/* The client has moved: what it held elsewhere is free (release-on-roam). */
static void leave_old_networks(struct serve6 *s)
{
	struct exchange6 *x = s->x;
	const struct pools6 *pools = &x->core->pools;

	if (!s->changed || !settings_flag(&x->core->settings, PARAM_RELEASE_ON_ROAM))
		return;
	for (struct lease6 *l = s->rec->first; l != NULL; l = l->next) {
		char text[PXE_PREFIX_STRLEN];

		if (l->state != LEASE_ACTIVE || l->shelf == LEASE6_SHELF_NONE ||
		    pools->v[l->shelf].pool->network == x->net)
			continue;
		fx_log(x->fx, FX_LOG_INFO, "Client: %s roamed to new network, releasing lease: %s",
		    x->duid_text, lease6_text_of(&l->ip, l->len, text));
		lease6_end(&x->core->leases, l, LEASE_RELEASED, x->now_s);
	}
}

static enum pxe_reason reason_of(int err)
{
	switch (err) {
	case PXE_E_DENIED:
		return PXE_REASON_NO_PERMITTED_POOL;
	case PXE_E_NOTFOUND:
	case PXE_E_FULL:
		return PXE_REASON_NO_FREE_LEASE;
	default:
		return PXE_REASON_OVERLOAD;
	}
}

static void no_lease(struct serve6 *s, int err)
{
	if (s->kind == LEASE6_PD)
		refuse(s, reason_of(err), STATUS6_NO_PREFIX_AVAIL,
		    "No prefixes available for this interface.");
	else
		refuse(s, reason_of(err), STATUS6_NO_ADDRS_AVAIL,
		    "No addresses available for this interface.");
}

static void serve(
    struct exchange6 *x, enum lease6_kind kind, const struct pxe_dhcp6_ia *ia, void *arg)
{
	struct serve6 s = {.x = x,
	    .mode = *(const enum ia6_mode *)arg,
	    .kind = kind,
	    .ia = ia,
	    .ask = exchange6_ask(x, kind, ia->iaid)};
	int err = 0;

	s.rec = ia6_find(&x->core->leases, kind, ia->iaid, x->duid);
	s.ask.mode = (enum prefix_mode)x->core->prefix_mode;
	take_hints(&s);
	if (is_off_link(&s)) {
		refuse(&s, PXE_REASON_WRONG_NETWORK, STATUS6_NOT_ON_LINK,
		    "Address not for use on this link.");
		return;
	}
	if (!sort_hints(&s)) {
		refuse(&s, PXE_REASON_UNKNOWN_LEASE, STATUS6_NO_BINDING,
		    kind == LEASE6_PD ? "Prefix not bound to this interface."
				      : "Address not bound to this interface.");
		return;
	}
	err = grant6_find(&s);
	if (err == 0)
		err = bind6_all(&s);
	if (err != 0 && s.n == 0) {
		no_lease(&s, err);
		return;
	}
	if (err != 0 && x->outcome.given == 0)
		x->outcome.reason = PXE_REASON_WRONG_NETWORK; /* it is told what to stop using */
	put_ia(&s);
	leave_old_networks(&s);
	commit(&s);
}

unsigned ia6_serve(struct exchange6 *x, enum ia6_mode mode)
{
	return ia6_each(x, serve, &mode);
}
