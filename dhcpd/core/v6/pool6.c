/* SPDX-License-Identifier: BSD-2-Clause */
/* pool6.c -- choose an address or prefix for an identity association. */
#include "dhcpd/core/v6/pool6.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	TRIES = 32,            /* hashed choices in one space */
	NEIGHBOURS_MAX = 65536 /* looked at after those */
};

__extension__ typedef unsigned __int128 u128;

static u128 number(const struct pxe_ip6 *ip)
{
	u128 v = 0;

	for (int i = 0; i < 16; i++)
		v = v << 8 | ip->b[i];
	return v;
}

static struct pxe_ip6 address(u128 v)
{
	struct pxe_ip6 ip;

	for (int i = 15; i >= 0; i--, v >>= 8)
		ip.b[i] = (uint8_t)v;
	return ip;
}

/* ---- building ---- */

/* One less than the number of members. */
static u128 last_index(const struct space6 *s)
{
	return (number(&s->hi) - number(&s->lo)) >> (128 - s->len);
}

static struct pxe_ip6 member(const struct space6 *s, u128 index)
{
	return address(number(&s->lo) + (index << (128 - s->len)));
}

static void finish(struct space6 *s)
{
	u128 last = last_index(s);

	s->total = last >= UINT64_MAX ? UINT64_MAX : (uint64_t)last + 1;
}

static size_t count_spaces(const struct conf *conf)
{
	size_t n = 0;

	for (const struct network *net = conf_networks(conf); net != NULL; net = net->next)
		for (const struct pool *pool = net->pool; pool != NULL; pool = pool->next)
			n += pool->nrange6 + pool->nprefix6;
	return n;
}

static void add_pool(struct pools6 *p, const struct pool *pool)
{
	p->first[pool->id] = p->n;
	for (size_t i = 0; i < pool->nrange6; i++) {
		const struct range6 *r = &pool->range6[i];

		p->v[p->n] = (struct space6){.pool = pool,
		    .kind = r->temporary ? LEASE6_TA : LEASE6_NA,
		    .lo = r->lo,
		    .hi = r->hi,
		    .len = 128,
		    .pos = r->pos};
		finish(&p->v[p->n++]);
	}
	for (size_t i = 0; i < pool->nprefix6; i++) {
		const struct prefix6 *r = &pool->prefix6[i];

		p->v[p->n] = (struct space6){.pool = pool,
		    .kind = LEASE6_PD,
		    .lo = r->lo,
		    .hi = r->hi,
		    .len = r->len,
		    .pos = r->pos};
		finish(&p->v[p->n++]);
		p->length_seen[r->len / 64] |= UINT64_C(1) << r->len % 64;
	}
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct pxe_ip6));
}

static int gather_fixed(struct pools6 *p)
{
	size_t n = 0;

	for (size_t i = 0; i < conf_nhost(p->conf); i++)
		n += conf_host_at(p->conf, i)->nfixed6;
	p->fixed = calloc(n + 1, sizeof(*p->fixed));
	if (p->fixed == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < conf_nhost(p->conf); i++) {
		const struct host *h = conf_host_at(p->conf, i);

		for (size_t k = 0; k < h->nfixed6; k++)
			p->fixed[p->nfixed++] = h->fixed6[k];
	}
	qsort(p->fixed, p->nfixed, sizeof(*p->fixed), by_bytes);
	return 0;
}

int pools6_init(struct pools6 *p, const struct conf *conf, const struct pxe_hash_seed *key)
{
	memset(p, 0, sizeof(*p));
	p->conf = conf;
	p->key = *key;
	p->npool = conf_npool(conf);
	p->v = calloc(count_spaces(conf) + 1, sizeof(*p->v));
	p->first = calloc(p->npool + 1, sizeof(*p->first));
	if (p->v == NULL || p->first == NULL || gather_fixed(p) != 0) {
		pools6_fini(p);
		return -ENOMEM;
	}
	for (const struct network *net = conf_networks(conf); net != NULL; net = net->next)
		for (const struct pool *pool = net->pool; pool != NULL; pool = pool->next)
			add_pool(p, pool);
	return 0;
}

void pools6_fini(struct pools6 *p)
{
	free(p->v);
	free(p->first);
	free(p->fixed);
	memset(p, 0, sizeof(*p));
}

bool pool6_is_fixed(const struct pools6 *p, const struct pxe_ip6 *ip)
{
	return bsearch(ip, p->fixed, p->nfixed, sizeof(*ip), by_bytes) != NULL;
}

/* ---- where is it ---- */

static bool has(
    const struct space6 *s, enum lease6_kind kind, const struct pxe_ip6 *ip, uint8_t len)
{
	return s->kind == kind && s->len == len && memcmp(ip->b, s->lo.b, 16) >= 0 &&
	       memcmp(ip->b, s->hi.b, 16) <= 0;
}

bool space6_covers(const struct space6 *s, const struct pxe_ip6 *ip)
{
	u128 v = number(ip);

	return v >= number(&s->lo) && (v - number(&s->lo)) >> (128 - s->len) <= last_index(s);
}

static size_t nspace(const struct pool *pool)
{
	return pool->nrange6 + pool->nprefix6;
}

static uint32_t shelf_in(const struct pools6 *p, const struct network *net, enum lease6_kind kind,
    const struct pxe_ip6 *ip, uint8_t len)
{
	for (const struct pool *pool = net->pool; pool != NULL; pool = pool->next) {
		size_t at = p->first[pool->id];

		for (size_t i = at; i < at + nspace(pool); i++)
			if (has(&p->v[i], kind, ip, len))
				return (uint32_t)i;
	}
	return LEASE6_SHELF_NONE;
}

uint32_t pools6_shelf(void *pools, enum lease6_kind kind, const struct pxe_ip6 *ip, uint8_t len)
{
	const struct pools6 *p = pools;
	struct pxe_ip any = {.family = 6, .v6 = *ip};
	const struct subnet *s = kind != LEASE6_PD ? conf_subnet(p->conf, &any) : NULL;

	if (s != NULL)
		return shelf_in(p, s->network, kind, ip, len);
	/* prefixes lie outside the subnet they are declared in; there are few spaces of them */
	for (size_t i = 0; kind == LEASE6_PD && i < p->n; i++)
		if (has(&p->v[i], kind, ip, len))
			return (uint32_t)i;
	return LEASE6_SHELF_NONE;
}

/* ---- this one ---- */

static bool is_given_out(const struct pools6 *p, unsigned len)
{
	return (p->length_seen[len / 64] >> len % 64 & 1) != 0;
}

static struct pxe_ip6 cut(const struct pxe_ip6 *ip, unsigned len)
{
	return address(number(ip) >> (128 - len) << (128 - len));
}

const struct lease6 *pool6_holder(
    const struct pools6 *p, const struct leases6 *leases, const struct pxe_ip6 *ip)
{
	const struct lease6 *l = lease6_find(leases, ip, 128);

	for (unsigned len = 127; (l == NULL || l->state != LEASE_ACTIVE) && len > 0; len--) {
		struct pxe_ip6 around = cut(ip, len);

		if (is_given_out(p, len))
			l = lease6_find(leases, &around, (uint8_t)len);
	}
	return l != NULL && l->state == LEASE_ACTIVE ? l : NULL;
}

static bool is_free(const struct pool6_ask *ask, const struct pxe_ip6 *ip, uint8_t len)
{
	if (!lease6_is_open_to(lease6_find(ask->leases, ip, len), ask->ia))
		return false;
	if (ask->kind == LEASE6_PD)
		return !lease6_overlaps(ask->leases, ip, len);
	return !pool6_is_fixed(ask->pools, ip);
}

int pool6_may_have(
    const struct pool6_ask *ask, const struct pxe_ip6 *ip, uint8_t len, uint32_t *out_shelf)
{
	uint32_t shelf = shelf_in(ask->pools, ask->net, ask->kind, ip, len);

	if (shelf == LEASE6_SHELF_NONE)
		return PXE_E_NOTFOUND;
	if (!pool_permits(ask->pools->v[shelf].pool, NULL, &ask->who))
		return PXE_E_DENIED;
	if (!is_free(ask, ip, len))
		return PXE_E_EXISTS;
	*out_shelf = shelf;
	return 0;
}

/* ---- any one ---- */

/* Interface identifiers that nobody may use: the subnet-router anycast address (RFC 4291 2.6.1) and
 * those of RFC 5453. */
static bool is_reserved(const struct pxe_ip6 *ip)
{
	static const uint8_t zero[8], ethernet[6] = {0x02, 0x00, 0x5e, 0xff, 0xfe, 0x00};
	static const uint8_t anycast[7] = {0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	return memcmp(ip->b + 8, zero, 8) == 0 ||
	       (memcmp(ip->b + 8, ethernet, 5) == 0 && ip->b[13] <= 0x52) ||
	       (memcmp(ip->b + 8, anycast, 7) == 0 && ip->b[15] >= 0x80);
}

static u128 choice(const struct pool6_ask *ask, uint32_t attempt)
{
	uint8_t buf[4 + 4 + 1 + LEASE6_DUID_MAX];
	size_t n = ask->duid.len < LEASE6_DUID_MAX ? ask->duid.len : LEASE6_DUID_MAX;
	struct pxe_wr wr = pxe_wr_init(buf, sizeof(buf));
	uint64_t hi = 0;

	pxe_wr_u32(&wr, attempt);
	pxe_wr_u32(&wr, ask->iaid);
	pxe_wr_u8(&wr, (uint8_t)ask->kind);
	pxe_wr_bytes(&wr, ask->duid.p, n);
	hi = pxe_siphash(&ask->pools->key, buf, wr.len);
	buf[0] = 0xff; /* attempts are fewer than that */
	return (u128)hi << 64 | pxe_siphash(&ask->pools->key, buf, wr.len);
}

static bool suits(const struct pool6_ask *ask, const struct space6 *s, const struct pxe_ip6 *ip)
{
	return (ask->kind == LEASE6_PD || !is_reserved(ip)) && is_free(ask, ip, s->len);
}

static bool is_used_up(const struct pool6_ask *ask, const struct space6 *s)
{
	const struct lease6_shelf *c = &ask->leases->shelf[s - ask->pools->v];

	return c->nactive + c->nabandoned + c->noffered >= s->total;
}

static bool pick_in(const struct pool6_ask *ask, const struct space6 *s, struct pxe_ip6 *out)
{
	u128 last = last_index(s), at = 0;

	if (is_used_up(ask, s))
		return false;
	for (uint32_t i = 0; i < TRIES; i++) {
		at = choice(ask, i);
		at = last + 1 == 0 ? at : at % (last + 1);
		*out = member(s, at);
		if (suits(ask, s, out))
			return true;
	}
	for (uint32_t i = 0; i < NEIGHBOURS_MAX && i <= last; i++) {
		at = at == last ? 0 : at + 1;
		*out = member(s, at);
		if (suits(ask, s, out))
			return true;
	}
	return false;
}

/* Which lengths are looked at in this round: the wish first, others as the mode allows. */
static bool length_suits(const struct pool6_ask *ask, uint8_t len, bool second)
{
	if (ask->kind != LEASE6_PD || ask->wanted_len == 0 || ask->mode == PREFIX_IGNORE)
		return !second;
	if (!second)
		return len == ask->wanted_len;
	switch (ask->mode) {
	case PREFIX_PREFER:
		return len != ask->wanted_len;
	case PREFIX_MINIMUM:
		return len > ask->wanted_len;
	case PREFIX_MAXIMUM:
		return len < ask->wanted_len;
	default:
		return false;
	}
}

/* The better explanation of two failures: one that this client could have is full, none permits it,
 * none has the length, there is none. */
static int explain(int a, int b)
{
	static const int best_first[] = {PXE_E_FULL, PXE_E_DENIED, PXE_E_RANGE};

	for (size_t i = 0; i < sizeof(best_first) / sizeof(best_first[0]); i++)
		if (a == best_first[i] || b == best_first[i])
			return best_first[i];
	return PXE_E_NOTFOUND;
}

static int pick_round(const struct pool6_ask *ask, bool second, struct pxe_ip6 *out_ip,
    uint8_t *out_len, uint32_t *out_shelf)
{
	int err = PXE_E_NOTFOUND;

	for (const struct pool *pool = ask->net->pool; pool != NULL; pool = pool->next) {
		size_t at = ask->pools->first[pool->id];

		for (size_t i = at; i < at + nspace(pool); i++) {
			const struct space6 *s = &ask->pools->v[i];

			if (s->kind != ask->kind)
				continue;
			if (!length_suits(ask, s->len, second)) {
				err = explain(err, PXE_E_RANGE);
				continue;
			}
			if (!pool_permits(pool, NULL, &ask->who)) {
				err = explain(err, PXE_E_DENIED);
				continue;
			}
			if (pick_in(ask, s, out_ip)) {
				*out_len = s->len;
				*out_shelf = (uint32_t)i;
				return 0;
			}
			err = PXE_E_FULL;
		}
	}
	return err;
}

int pool6_pick(
    const struct pool6_ask *ask, struct pxe_ip6 *out_ip, uint8_t *out_len, uint32_t *out_shelf)
{
	int first = pick_round(ask, false, out_ip, out_len, out_shelf), second = 0, err = 0;

	if (first == 0)
		return 0;
	second = pick_round(ask, true, out_ip, out_len, out_shelf);
	if (second == 0)
		return 0;
	err = explain(first, second);
	return err == PXE_E_RANGE ? PXE_E_FULL : err;
}

void pool6_usage(
    const struct pool6_ask *ask, uint64_t *out_total, uint64_t *out_active, uint64_t *out_abandoned)
{
	*out_total = *out_active = *out_abandoned = 0;
	for (const struct pool *pool = ask->net->pool; pool != NULL; pool = pool->next) {
		size_t at = ask->pools->first[pool->id];

		for (size_t i = at; i < at + nspace(pool); i++) {
			const struct space6 *s = &ask->pools->v[i];
			const struct lease6_shelf *c = &ask->leases->shelf[i];

			if (s->kind != ask->kind)
				continue;
			*out_total =
			    *out_total > UINT64_MAX - s->total ? UINT64_MAX : *out_total + s->total;
			*out_active += c->nactive;
			*out_abandoned += c->nabandoned;
		}
	}
}
