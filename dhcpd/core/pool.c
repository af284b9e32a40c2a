/* SPDX-License-Identifier: BSD-2-Clause */
/* pool.c -- choose an address for a client. */
#include "dhcpd/core/pool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/host.h"

static int by_lo(const void *a, const void *b)
{
	uint32_t x = ((const struct pool_range *)a)->lo.v, y = ((const struct pool_range *)b)->lo.v;

	return x < y ? -1 : x > y;
}

static int state_init(struct pool_state *s, const struct pool *pool)
{
	s->pool = pool;
	s->range = calloc(pool->nrange > 0 ? pool->nrange : 1, sizeof(*s->range));
	if (s->range == NULL)
		return -ENOMEM;
	s->nrange = pool->nrange;
	for (size_t i = 0; i < pool->nrange; i++) {
		const struct pxe_ip4_range *ip = &pool->range[i].ip;

		s->range[i] = (struct pool_range){
		    .lo = ip->lo, .hi = ip->hi, .cursor = ip->lo.v, .decl = &pool->range[i]};
		s->total += (uint64_t)ip->hi.v - ip->lo.v + 1;
	}
	qsort(s->range, s->nrange, sizeof(*s->range), by_lo);
	return 0;
}

int pools_init(struct pools *p, const struct conf *conf)
{
	p->conf = conf;
	p->n = conf_npool(conf);
	p->v = calloc(p->n > 0 ? p->n : 1, sizeof(*p->v));
	if (p->v == NULL)
		return -ENOMEM;
	for (const struct network *net = conf_networks(conf); net != NULL; net = net->next) {
		for (const struct pool *pool = net->pool; pool != NULL; pool = pool->next) {
			if (state_init(&p->v[pool->id], pool) != 0) {
				pools_fini(p);
				return -ENOMEM;
			}
		}
	}
	return 0;
}

void pools_fini(struct pools *p)
{
	for (size_t i = 0; p->v != NULL && i < p->n; i++)
		free(p->v[i].range);
	free(p->v);
	memset(p, 0, sizeof(*p));
}

uint32_t pools_of(void *pools, struct pxe_ip4 ip)
{
	const struct pools *p = pools;
	const struct pool *pool = conf_pool4(p->conf, ip, NULL);

	if (pool == NULL || host_reserves(p->conf, ip))
		return LEASE_POOL_NONE;
	return pool->id;
}

static bool matches(const struct permit *permit, const struct pool_ask *ask)
{
	switch (permit->kind) {
	case PERMIT_KNOWN:
		return ask->known;
	case PERMIT_UNKNOWN:
		return !ask->known;
	case PERMIT_ALL:
	case PERMIT_UNAUTHENTICATED: /* RFC 3118 is not implemented, as in ISC's server */
		return true;
	case PERMIT_AUTHENTICATED:
		return false;
	case PERMIT_DYNAMIC_BOOTP:
		return ask->bootp;
	case PERMIT_CLASS:
		return class_has(ask->classes, permit->class);
	case PERMIT_AFTER:
		return ask->now_s >= permit->after_s;
	}
	return false;
}

bool pool_permits(const struct pool *pool, const struct range4 *range, const struct pool_ask *ask)
{
	/* a plain range outside any pool is closed to BOOTP clients (dhcpd.conf(5), range) */
	if (ask->bootp && pool->scope == NULL && (range == NULL || !range->dynamic_bootp))
		return false;
	for (size_t i = 0; i < pool->ndeny; i++)
		if (matches(&pool->deny[i], ask))
			return false;
	for (size_t i = 0; i < pool->nallow; i++)
		if (matches(&pool->allow[i], ask))
			return true;
	return pool->nallow == 0;
}

static bool is_open_to(const struct lease *l, const struct client_key *key)
{
	switch ((enum lease_state)l->state) {
	case LEASE_FREE:
		if (l->reserved && !client_was_here(key, l))
			return false;
		return l->offer == NULL || offer_is_for(l->offer, key);
	case LEASE_ACTIVE:
		return client_owns(key, l);
	default:
		return false;
	}
}

int pool_take(const struct pool_ask *ask, struct pxe_ip4 ip, struct lease **out_lease)
{
	const struct range4 *range = NULL;
	const struct pool *pool = conf_pool4(ask->pools->conf, ip, &range);
	struct lease *l = NULL;

	if (pool == NULL || pool->network != ask->net)
		return PXE_E_NOTFOUND;
	if (host_reserves(ask->pools->conf, ip))
		return PXE_E_EXISTS;
	l = lease_find(ask->leases, ip);
	if (l != NULL && !is_open_to(l, ask->key))
		return PXE_E_EXISTS;
	if (!pool_permits(pool, range, ask))
		return PXE_E_DENIED;
	if (l == NULL)
		l = lease_new(ask->leases, ip, pool->id);
	if (l == NULL)
		return -ENOMEM;
	*out_lease = l;
	return 0;
}

/* Is l on the network, open to the client, and in a pool that permits it? */
static bool usable(const struct pool_ask *ask, const struct lease *l)
{
	const struct range4 *range = NULL;
	const struct pool *pool = NULL;

	if (l->pool >= ask->pools->n || ask->pools->v[l->pool].pool->network != ask->net)
		return false;
	if (!is_open_to(l, ask->key))
		return false;
	pool = conf_pool4(ask->pools->conf, l->ip, &range);
	return pool != NULL && pool_permits(pool, range, ask);
}

/* Of two leases a client could have again: the bound one, else the one it used last. */
static struct lease *better(struct lease *a, struct lease *b)
{
	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	if ((a->state == LEASE_ACTIVE) != (b->state == LEASE_ACTIVE))
		return a->state == LEASE_ACTIVE ? a : b;
	return b->ends > a->ends ? b : a;
}

struct lease *pool_previous(const struct pool_ask *ask)
{
	struct lease *best = NULL, *l = NULL;

	while ((l = lease_by_uid(ask->leases, ask->key->uid, l)) != NULL)
		if (usable(ask, l))
			best = better(best, l);
	if (best != NULL)
		return best;
	while ((l = lease_by_hw(ask->leases, &ask->key->hw, l)) != NULL)
		if (client_was_here(ask->key, l) && usable(ask, l))
			best = better(best, l);
	return best;
}

static bool is_forbidden(const struct pool_ask *ask, const struct lease *l)
{
	const struct range4 *range = NULL;
	const struct pool *pool = NULL;

	if (l->state != LEASE_ACTIVE || l->pool >= ask->pools->n ||
	    ask->pools->v[l->pool].pool->network != ask->net || !client_owns(ask->key, l))
		return false;
	pool = conf_pool4(ask->pools->conf, l->ip, &range);
	return pool != NULL && !pool_permits(pool, range, ask);
}

struct lease *pool_forbidden(const struct pool_ask *ask)
{
	struct lease *l = NULL;

	while ((l = lease_by_uid(ask->leases, ask->key->uid, l)) != NULL)
		if (is_forbidden(ask, l))
			return l;
	while ((l = lease_by_hw(ask->leases, &ask->key->hw, l)) != NULL)
		if (is_forbidden(ask, l))
			return l;
	return NULL;
}

struct lease *pool_offered(const struct pool_ask *ask)
{
	const struct offer *f = NULL;

	while ((f = offer_of_client(ask->offers, ask->key, f)) != NULL)
		if (usable(ask, f->lease))
			return f->lease;
	return NULL;
}

/* The lowest address of the pool without a record; false when there is none for the client. */
static bool never_used(const struct pool_ask *ask, struct pool_state *s, struct pxe_ip4 *out_ip)
{
	for (size_t i = 0; i < s->nrange; i++) {
		struct pool_range *r = &s->range[i];

		if (r->cursor > r->hi.v || !pool_permits(s->pool, r->decl, ask))
			continue;
		for (; r->cursor <= r->hi.v; r->cursor++) {
			struct pxe_ip4 ip = {.v = (uint32_t)r->cursor};

			if (lease_find(ask->leases, ip) != NULL ||
			    host_reserves(ask->pools->conf, ip))
				continue;
			*out_ip = ip;
			return true;
		}
	}
	return false;
}

static bool any_range_permits(const struct pool_state *s, const struct pool_ask *ask)
{
	for (size_t i = 0; i < s->nrange; i++)
		if (pool_permits(s->pool, s->range[i].decl, ask))
			return true;
	return false;
}

/* A pool's lowest address that nobody ever had, looked at before or not. */
static int pick_fresh(const struct pool_ask *ask, struct pool_state *s, struct lease **out_lease)
{
	struct lease *l = lease_oldest_free(ask->leases, s->pool->id);
	struct pxe_ip4 ip = {0};
	bool found = never_used(ask, s, &ip);

	if (l != NULL && (!lease_is_blank(l) || !usable(ask, l)))
		l = NULL;
	if (l == NULL && !found)
		return PXE_E_FULL;
	if (l == NULL || (found && ip.v < l->ip.v))
		l = lease_new(ask->leases, ip, s->pool->id);
	*out_lease = l;
	return l != NULL ? 0 : -ENOMEM;
}

/* What is left when no pool has a fresh address. */
struct leftovers {
	struct lease *free, *abandoned;
};

static void weigh(const struct pool_ask *ask, unsigned id, struct leftovers *best)
{
	struct lease *l = lease_oldest_free(ask->leases, id);

	if (l != NULL && usable(ask, l) && (best->free == NULL || l->ends < best->free->ends))
		best->free = l;
	/* an offer that nobody takes is a better address than one in use, if a later one */
	if (ask->leases->shelf[id].noffered > 0)
		return;
	l = lease_oldest_abandoned(ask->leases, id);
	if (l != NULL && (best->abandoned == NULL || l->ends < best->abandoned->ends))
		best->abandoned = l;
}

int pool_pick(const struct pool_ask *ask, struct lease **out_lease, bool *out_reclaimed)
{
	struct leftovers best = {0};
	int err = PXE_E_DENIED;

	*out_reclaimed = false;
	for (const struct pool *pool = ask->net->pool; pool != NULL; pool = pool->next) {
		struct pool_state *s = &ask->pools->v[pool->id];

		if (!any_range_permits(s, ask))
			continue;
		err = pick_fresh(ask, s, out_lease);
		if (err != PXE_E_FULL)
			return err;
		weigh(ask, pool->id, &best);
	}
	if (best.free == NULL && best.abandoned == NULL)
		return err;
	*out_lease = best.free != NULL ? best.free : best.abandoned;
	*out_reclaimed = best.free == NULL;
	return 0;
}

uint64_t pool_used(const struct pools *p, const struct leases *leases, unsigned id)
{
	const struct lease_shelf *s = id < leases->nshelf ? &leases->shelf[id] : NULL;

	(void)p;
	return s != NULL ? s->nactive + s->nabandoned + s->noffered : 0;
}

bool pool_turns(const struct pool_ask *ask, bool full)
{
	struct pool_state *first =
	    ask->net->pool != NULL ? &ask->pools->v[ask->net->pool->id] : NULL;
	uint64_t used = 0, total = 0;

	if (first == NULL || first->exhausted == full)
		return false;
	for (const struct pool *pool = ask->net->pool; !full && pool != NULL; pool = pool->next) {
		used += pool_used(ask->pools, ask->leases, pool->id);
		total += ask->pools->v[pool->id].total;
	}
	if (!full && used * 10 > total * 9)
		return false;
	first->exhausted = full;
	return true;
}

char *pool_usage_text(const struct pool_ask *ask, char *buf, size_t cap)
{
	struct pxe_text t = pxe_text_init(buf, cap);
	char a[PXE_IP4_STRLEN], b[PXE_IP4_STRLEN];
	const struct lease_shelf *shelf = NULL;

	for (const struct pool *pool = ask->net->pool; pool != NULL; pool = pool->next) {
		const struct pool_state *s = &ask->pools->v[pool->id];

		if (s->nrange == 0)
			continue;
		shelf = &ask->leases->shelf[pool->id];
		pxe_text_addf(&t,
		    "%spool %s-%s: %" PRIu64 " of %" PRIu64
		    " in use (%zu bound, %zu abandoned, %zu on offer)",
		    t.len > 0 ? ", " : "", pxe_ip4_str(s->range[0].lo, a),
		    pxe_ip4_str(s->range[s->nrange - 1].hi, b),
		    pool_used(ask->pools, ask->leases, pool->id), s->total, shelf->nactive,
		    shelf->nabandoned, shelf->noffered);
		if (!any_range_permits(s, ask))
			pxe_text_add(&t, " (not for this client)");
	}
	if (t.len == 0)
		pxe_text_addf(&t, "network %s has no range", ask->net->name);
	return buf;
}
