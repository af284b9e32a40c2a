/* SPDX-License-Identifier: BSD-2-Clause */
/* serve6.c -- give addresses and prefixes to the identity associations of a message.
 *
 * One IA at a time (RFC 8415 18.3): what the client names is sorted into what it keeps and what it
 * must stop using; then something is found for it, in this order: what is fixed for the host, what
 * the IA holds, what the client asks for, what is on offer to the IA, what it held last, anything.
 * Decisions and texts are those measured on ISC dhcpd 4.4.3.
 */
#include <inttypes.h>
#include <string.h>

#include "dhcpd/core/record_text.h"
#include "dhcpd/core/v6/exchange6.h"

enum { OPT_T1 = 58, OPT_T2 = 59 }; /* of DHCPv4, which ISC reads for DHCPv6 too */

/* What an IA is to get. */
struct grant6 {
	struct pxe_ip6 ip;
	uint8_t len;
	uint32_t shelf; /* LEASE6_SHELF_NONE: fixed */
	uint32_t hint_preferred_s, hint_valid_s;
	uint32_t preferred_s, valid_s;
	bool is_void; /* to be used no more: lifetimes 0 */
	bool picked;
};

struct serve6 {
	struct exchange6 *x;
	enum ia6_mode mode;
	enum lease6_kind kind;
	const struct pxe_dhcp6_ia *ia;
	struct pool6_ask ask;
	struct ia6 *rec; /* NULL: new */
	struct pxe_dhcp6_lease hint[LEASE6_PER_IA_MAX];
	size_t nhint;
	struct grant6 grant[LEASE6_PER_IA_MAX * 2];
	size_t n;
	bool changed; /* the IA's entry is to be written */
};

static bool same(const struct pxe_ip6 *a, const struct pxe_ip6 *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static struct grant6 *add(struct serve6 *s, const struct pxe_ip6 *ip, uint8_t len)
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
	struct grant6 *g = add(s, &h->ip, h->prefix_len);

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

/* ---- what it gets ---- */

static bool has_live(const struct serve6 *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!s->grant[i].is_void)
			return true;
	return false;
}

static void give_fixed(struct serve6 *s)
{
	const struct host6_match *m = &s->x->host;

	if (s->kind == LEASE6_NA && m->is_fixed)
		(void)add(s, &m->fixed, 128);
	for (size_t i = 0; s->kind == LEASE6_PD && m->host != NULL && i < m->host->nfixed_prefix6;
	     i++)
		(void)add(s, &m->host->fixed_prefix6[i].ip.v6, m->host->fixed_prefix6[i].len);
}

static bool give(struct serve6 *s, const struct pxe_ip6 *ip, uint8_t len)
{
	struct grant6 *g = NULL;
	uint32_t shelf = 0;

	if (pool6_may_have(&s->ask, ip, len, &shelf) != 0)
		return false;
	g = add(s, ip, len);
	if (g == NULL || g->is_void)
		return false;
	g->shelf = shelf;
	return true;
}

enum own6 { OWN_BOUND, OWN_OFFERED, OWN_ENDED };

static bool is_own(const struct lease6 *l, enum own6 what)
{
	switch (l->state) {
	case LEASE_ACTIVE:
		return what == OWN_BOUND;
	case LEASE_FREE:
		return what == OWN_OFFERED;
	case LEASE_ABANDONED:
		return false;
	default:
		return what == OWN_ENDED;
	}
}

/* Leases of the IA of that sort, as many as may be sent. */
static void give_own(struct serve6 *s, enum own6 what)
{
	struct settings *set = &s->x->core->settings;
	size_t limit = 1, n = 0;

	if (s->rec == NULL || has_live(s))
		return;
	if (what == OWN_BOUND) {
		exchange6_choose(s->x, NULL, NULL, NULL, false);
		exchange6_evaluate(s->x);
		limit = settings_num(set,
		    s->kind == LEASE6_PD ? PARAM_LIMIT_PREFS_PER_IA : PARAM_LIMIT_ADDRS_PER_IA);
	}
	for (const struct lease6 *l = s->rec->first; l != NULL && n < limit; l = l->next)
		if (is_own(l, what) && give(s, &l->ip, l->len))
			n++;
}

static void give_asked(struct serve6 *s)
{
	for (size_t i = 0; i < s->nhint && !has_live(s); i++)
		(void)give(s, &s->hint[i].ip, s->hint[i].prefix_len);
}

static void log_none(struct serve6 *s, int err)
{
	const char *what = s->kind == LEASE6_PD ? "prefix" : "address";
	uint64_t total = 0, active = 0, abandoned = 0;

	if (err == PXE_E_NOTFOUND) {
		fx_log(s->x->fx, FX_LOG_INFO,
		    "Unable to pick client %s: no IPv6 pools on this shared network", what);
		return;
	}
	if (s->kind == LEASE6_PD) {
		fx_log(
		    s->x->fx, FX_LOG_INFO, "Unable to pick client prefix: no prefixes available");
		return;
	}
	pool6_usage(&s->ask, &total, &active, &abandoned);
	if (total == UINT64_MAX)
		fx_log(s->x->fx, FX_LOG_INFO,
		    "Unable to pick client address: no addresses available  - shared network %s: "
		    " 2^64-1 < total, %" PRIu64 " active,  %" PRIu64 " abandoned",
		    s->x->net->name, active, abandoned);
	else
		fx_log(s->x->fx, FX_LOG_INFO,
		    "Unable to pick client address: no addresses available  - shared network %s: "
		    "%" PRIu64 " total, %" PRIu64 " active,  %" PRIu64 " abandoned",
		    s->x->net->name, total, active, abandoned);
}

static int give_any(struct serve6 *s)
{
	struct pxe_ip6 ip;
	struct grant6 *g = NULL;
	uint32_t shelf = 0;
	uint8_t len = 0;
	int err = pool6_pick(&s->ask, &ip, &len, &shelf);

	if (err == 0) {
		g = add(s, &ip, len);
		if (g == NULL)
			return PXE_E_LIMIT;
		g->shelf = shelf;
		g->picked = true;
		return 0;
	}
	log_none(s, err);
	return err;
}

static int find(struct serve6 *s)
{
	give_fixed(s);
	give_own(s, OWN_BOUND);
	give_asked(s);
	give_own(s, OWN_OFFERED);
	give_own(s, OWN_ENDED);
	return has_live(s) ? 0 : give_any(s);
}

/* ---- for how long ---- */

static uint32_t asked_or(uint32_t asked, uint32_t otherwise)
{
	return asked != 0 ? asked : otherwise;
}

/* The configuration's lifetimes; where it says nothing, the client's wish within max-lease-time. */
static void set_lifetimes(struct serve6 *s, struct grant6 *g)
{
	const struct settings *set = &s->x->core->settings;
	uint32_t usual = settings_num(set, PARAM_DEFAULT_LEASE_TIME);
	uint32_t max = settings_num(set, PARAM_MAX_LEASE_TIME);

	g->valid_s = usual;
	if (!settings_is_set(set, PARAM_DEFAULT_LEASE_TIME)) {
		g->valid_s = asked_or(g->hint_valid_s, usual);
		if (g->valid_s > max)
			g->valid_s = max;
	}
	g->preferred_s = g->valid_s == UINT32_MAX ? UINT32_MAX : g->valid_s / 2 + g->valid_s / 8;
	if (settings_is_set(set, PARAM_PREFERRED_LIFETIME))
		g->preferred_s = settings_num(set, PARAM_PREFERRED_LIFETIME);
	else if (g->hint_preferred_s != 0)
		g->preferred_s = g->hint_preferred_s;
	if (g->preferred_s > g->valid_s)
		g->preferred_s =
		    g->valid_s == UINT32_MAX ? UINT32_MAX : g->valid_s / 2 + g->valid_s / 8;
}

/* The present lease is so fresh that it is confirmed as it stands (dhcp-cache-threshold). */
static bool reuse(struct serve6 *s, struct grant6 *g, const struct lease6 *l, int64_t *out_age)
{
	uint32_t percent = settings_num(&s->x->core->settings, PARAM_DHCP_CACHE_THRESHOLD);
	int64_t age = 0;

	if (percent == 0 || l == NULL || l->ia != s->rec || l->state != LEASE_ACTIVE ||
	    s->rec->version != s->rec->durable || l->valid_s != g->valid_s ||
	    l->preferred_s != g->preferred_s || l->ends == UINT32_MAX)
		return false;
	age = s->x->now_s - ((int64_t)l->ends - (int64_t)l->valid_s);
	if (age < 0 || age * 100 >= (int64_t)l->valid_s * percent)
		return false;
	g->valid_s -= (uint32_t)age;
	g->preferred_s = g->preferred_s > age ? g->preferred_s - (uint32_t)age : 0;
	*out_age = age;
	return true;
}

static void say_reused(struct serve6 *s, const struct grant6 *g, int64_t age)
{
	char text[PXE_PREFIX_STRLEN];

	fx_log(s->x->fx, FX_LOG_INFO,
	    "Reusing lease for: %s, age %" PRId64
	    " secs < %u%%, sending shortened lifetimes - preferred: %u, valid %u",
	    lease6_text_of(&g->ip, g->len, text), age,
	    settings_num(&s->x->core->settings, PARAM_DHCP_CACHE_THRESHOLD), g->preferred_s,
	    g->valid_s);
}

/* ---- binding ---- */

static void run_commit(struct exchange6 *x)
{
	struct settings *set = &x->core->settings;

	for (size_t i = 0; i < set->nevent; i++)
		if ((set->event[i].on & ON_COMMIT) != 0)
			(void)stmt_run(set->event[i].body, &x->ctx);
}

static void extra_text(struct serve6 *s, const struct lease6 *l, struct lease6_give *out)
{
	struct core6 *c = s->x->core;
	struct pxe_text t = pxe_text_init(c->extra, sizeof(c->extra));
	size_t vars = 0;

	record_put_vars(&t, &c->settings);
	if (l != NULL && l->ia == s->rec)
		record_keep_vars(&t, &c->settings, lease6_vars(l), LEASEQUERY_RELAY_DATA);
	leasequery_remember(s->x, &t);
	vars = t.len;
	record_put_events(&t, &c->settings);
	if (t.truncated)
		return;
	out->vars = (struct pxe_bytes){(const uint8_t *)c->extra, vars};
	out->tail = (struct pxe_bytes){(const uint8_t *)c->extra + vars, t.len - vars};
}

static int keep_lease(struct serve6 *s, struct grant6 *g, const struct lease6 *l)
{
	struct core6 *c = s->x->core;
	struct lease6_give give = {.ip = g->ip,
	    .len = g->len,
	    .shelf = g->shelf,
	    .preferred_s = g->preferred_s,
	    .valid_s = g->valid_s};
	int err = 0;

	if (s->rec == NULL)
		s->rec = ia6_get(&c->leases, s->kind, s->ia->iaid, s->x->duid);
	if (s->rec == NULL)
		return PXE_E_LIMIT;
	if (s->mode == IA6_SOLICIT) {
		/* without room for one more offer the address is promised to nobody, but the
		 * Request will have it or another one */
		err = lease6_offer(&c->leases, s->rec, &give, s->x->now_s);
		ia6_tidy(&c->leases, s->rec);
		s->rec = ia6_find(&c->leases, s->kind, s->ia->iaid, s->x->duid);
		return err == PXE_E_LIMIT ? 0 : err;
	}
	extra_text(s, l, &give);
	err = lease6_bind(&c->leases, s->rec, &give, s->x->now_s);
	if (err == 0)
		s->changed = true;
	else
		ia6_tidy(&c->leases, s->rec);
	return err;
}

static void say(struct serve6 *s, const struct grant6 *g)
{
	static const char *const words[] = {"NA", "TA", "PD"};
	struct exchange6 *x = s->x;
	const char *verb = x->type == PXE_DHCP6_ADVERTISE ? "Advertise" : "Reply";
	char text[PXE_PREFIX_STRLEN], valid[32] = "static";
	struct pxe_text t = pxe_text_init(valid, sizeof(valid));

	(void)lease6_text_of(&g->ip, g->len, text);
	if (g->picked)
		fx_log(x->fx, FX_LOG_INFO, "Picking pool %s %s",
		    s->kind == LEASE6_PD ? "prefix" : "address", text);
	if (g->shelf != LEASE6_SHELF_NONE)
		pxe_text_addf(&t, "valid for %u seconds", g->valid_s);
	else
		pxe_text_add(&t, "static");
	fx_log(x->fx, FX_LOG_INFO, "%s %s: address %s to client with duid %s iaid = %" PRId32 " %s",
	    verb, words[s->kind], text, x->duid_text, (int32_t)s->ia->iaid, valid);
}

static void note(struct serve6 *s, const struct grant6 *g, const struct space6 *space)
{
	struct exchange6 *x = s->x;

	if (x->outcome.given++ > 0)
		return;
	x->outcome.reason = PXE_REASON_OK;
	x->ip = (struct pxe_ip){.family = 6, .v6 = g->ip};
	if (space != NULL)
		x->where = space->pos;
	else if (x->host.host != NULL)
		x->where = x->host.host->pos;
}

/* Settings, lifetimes and the binding of one. 0, or why not. */
static int settle(struct serve6 *s, struct grant6 *g)
{
	struct exchange6 *x = s->x;
	bool fixed = g->shelf == LEASE6_SHELF_NONE;
	const struct space6 *space = fixed ? NULL : &x->core->pools.v[g->shelf];
	struct lease6 *l = fixed ? NULL : lease6_find(&x->core->leases, &g->ip, g->len);
	bool reused = false;
	int64_t age = 0;
	int err = 0;

	if (l != NULL && (s->rec == NULL || l->ia != s->rec))
		l = NULL; /* somebody's who had it before */
	exchange6_choose(x, &g->ip, space, l, fixed);
	exchange6_evaluate(x);
	set_lifetimes(s, g);
	if (s->mode != IA6_SOLICIT) {
		x->ctx.has_lease_time = true;
		x->ctx.lease_time_s = g->valid_s;
		reused = !fixed && reuse(s, g, l, &age);
		run_commit(x);
	}
	if (!fixed && !reused)
		err = keep_lease(s, g, l);
	if (err == 0) {
		say(s, g);
		if (reused)
			say_reused(s, g, age);
		note(s, g, space);
	}
	return err;
}

/* What cannot be had after all is left out. 0 when something remains. */
static int settle_all(struct serve6 *s)
{
	int err = PXE_E_FULL;
	size_t kept = 0;
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		int e = s->grant[i].is_void ? 0 : settle(s, &s->grant[i]);

		any |= e == 0 && !s->grant[i].is_void;
		if (e == 0)
			s->grant[kept++] = s->grant[i];
		else
			err = e;
	}
	s->n = kept;
	return any ? 0 : err;
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
	err = find(&s);
	if (err == 0)
		err = settle_all(&s);
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
