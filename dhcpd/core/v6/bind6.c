/* SPDX-License-Identifier: BSD-2-Clause */
/* bind6.c -- for how long an identity association gets what it gets, and the binding. */
#include <inttypes.h>

#include "dhcpd/core/record_text.h"
#include "dhcpd/core/v6/serve6.h"

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

/* Variables first; of more than there is room for only what the lease counts for is kept. */
static void extra_text(
    struct serve6 *s, const struct lease6 *l, const struct pxe_text *bill, struct lease6_give *out)
{
	static const char *const ours[] = {LEASEQUERY_RELAY_DATA, LEASE6_BILLING, NULL};
	struct core6 *c = s->x->core;
	struct pxe_text t = pxe_text_init(c->extra, sizeof(c->extra));
	size_t vars = 0;

	if (bill->len > 0)
		pxe_text_addf(&t, "  set " LEASE6_BILLING " = %s;\n", bill->p);
	vars = t.len;
	record_put_vars(&t, &c->settings);
	if (l != NULL && l->ia == s->rec)
		record_keep_vars(&t, &c->settings, lease6_vars(l), ours);
	leasequery_remember(s->x, &t);
	if (!t.truncated) {
		vars = t.len;
		record_put_events(&t, &c->settings);
	}
	out->vars = (struct pxe_bytes){(const uint8_t *)c->extra, vars};
	if (!t.truncated)
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
	char name[BILLING6_NAME_MAX];
	struct pxe_text bill = pxe_text_init(name, sizeof(name));
	int err = 0;

	if (!billing6_choose(s->x, l, &bill))
		return PXE_E_FULL;
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
	extra_text(s, l, &bill, &give);
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

int bind6_all(struct serve6 *s)
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
