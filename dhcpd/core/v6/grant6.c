/* SPDX-License-Identifier: BSD-2-Clause */
/* grant6.c -- what an identity association gets: what is fixed for the host, what the IA holds,
 * what the client asks for, what is on offer to the IA, what it held last, anything. */
#include <inttypes.h>

#include "dhcpd/core/v6/serve6.h"

static void give_fixed(struct serve6 *s)
{
	const struct host6_match *m = &s->x->host;

	if (s->kind == LEASE6_NA && m->is_fixed)
		(void)serve6_add(s, &m->fixed, 128);
	for (size_t i = 0; s->kind == LEASE6_PD && m->host != NULL && i < m->host->nfixed_prefix6;
	     i++)
		(void)serve6_add(
		    s, &m->host->fixed_prefix6[i].ip.v6, m->host->fixed_prefix6[i].len);
}

static bool give(struct serve6 *s, const struct pxe_ip6 *ip, uint8_t len)
{
	struct grant6 *g = NULL;
	uint32_t shelf = 0;

	if (pool6_may_have(&s->ask, ip, len, &shelf) != 0)
		return false;
	g = serve6_add(s, ip, len);
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

	if (s->rec == NULL || serve6_has_live(s))
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
	for (size_t i = 0; i < s->nhint && !serve6_has_live(s); i++)
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
		g = serve6_add(s, &ip, len);
		if (g == NULL)
			return PXE_E_LIMIT;
		g->shelf = shelf;
		g->picked = true;
		return 0;
	}
	log_none(s, err);
	return err;
}

int grant6_find(struct serve6 *s)
{
	give_fixed(s);
	give_own(s, OWN_BOUND);
	give_asked(s);
	give_own(s, OWN_OFFERED);
	give_own(s, OWN_ENDED);
	return serve6_has_live(s) ? 0 : give_any(s);
}
