/* SPDX-License-Identifier: BSD-2-Clause */
/* lease6.c -- the lease table of DHCPv6. */
#include "dhcpd/core/lease6.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/list.h"

struct ip_key {
	const struct pxe_ip6 *ip;
	uint8_t len;
};

static struct lease6 *of_ip(const struct pxe_hnode *n)
{
	return n == NULL ? NULL : PXE_CONTAINER(n, struct lease6, by_ip);
}

static struct lease6 *of_heap(const struct pxe_heap_node *n)
{
	return n == NULL ? NULL : PXE_CONTAINER(n, struct lease6, when);
}

static bool eq_ip(const struct pxe_hnode *n, const void *key)
{
	const struct lease6 *l = of_ip(n);
	const struct ip_key *k = key;

	return l->len == k->len && memcmp(l->ip.b, k->ip->b, sizeof(l->ip.b)) == 0;
}

static uint64_t hash_ip(const struct leases6 *t, const struct ip_key *k)
{
	uint8_t buf[17];

	memcpy(buf, k->ip->b, 16);
	buf[16] = k->len;
	return pxe_siphash(&t->seed, buf, sizeof(buf));
}

void leases6_init(struct leases6 *t, const struct pxe_hash_seed *seed)
{
	memset(t, 0, sizeof(*t));
	t->seed = *seed;
	pxe_hmap_init(&t->by_key);
	pxe_hmap_init(&t->by_client);
	pxe_hmap_init(&t->cover);
	pxe_hmap_init(&t->bills);
	pxe_hmap_init(&t->by_ip);
	pxe_heap_init(&t->heap);
}

static void free_extra(struct leases6 *t, struct lease6_extra *x)
{
	if (x != NULL)
		lease6_unbill(t, x->bill);
	free(x);
}

void leases6_fini(struct leases6 *t)
{
	for (size_t i = 0; i < t->nia; i++) {
		struct ia6 *ia = t->ia[i];

		for (struct lease6 *l = ia != NULL ? ia->first : NULL, *next = NULL; l != NULL;
		     l = next) {
			next = l->next;
			free_extra(t, l->extra);
			free(l);
		}
		free(ia);
	}
	lease6_cover_reset(t, t->cover_len);
	pxe_hmap_fini(&t->cover);
	pxe_hmap_fini(&t->bills);
	free(t->ia);
	free(t->spare);
	free(t->shelf);
	pxe_hmap_fini(&t->by_key);
	pxe_hmap_fini(&t->by_client);
	pxe_hmap_fini(&t->by_ip);
	pxe_heap_fini(&t->heap);
	memset(t, 0, sizeof(*t));
}

/* ---- counts ---- */

static void count(struct leases6 *t, const struct lease6 *l, int by)
{
	struct lease6_shelf *s = l->shelf < t->nshelf ? &t->shelf[l->shelf] : NULL;
	uint64_t d = (uint64_t)(int64_t)by;

	if (l->state == LEASE_FREE)
		t->offers += (size_t)d;
	lease6_cover(t, l, by);
	if (l->state == LEASE_ACTIVE && l->extra != NULL && l->extra->bill != NULL)
		lease6_bill_count(l->extra->bill, by);
	if (s == NULL)
		return;
	switch (l->state) {
	case LEASE_FREE:
		s->noffered += d;
		break;
	case LEASE_ACTIVE:
		s->nactive += d;
		break;
	case LEASE_ABANDONED:
		s->nabandoned += d;
		break;
	default:
		s->nended += d;
	}
}

int leases6_shelve(
    struct leases6 *t, size_t n, const uint64_t prefix_len[3], lease6_shelf_fn shelf_of, void *arg)
{
	struct lease6_shelf *shelf = calloc(n > 0 ? n : 1, sizeof(*shelf));
	struct ia6 *ia = NULL;
	size_t cursor = 0;

	if (shelf == NULL)
		return -ENOMEM;
	free(t->shelf);
	t->shelf = shelf;
	t->nshelf = n;
	t->offers = 0;
	lease6_cover_reset(t, prefix_len);
	while ((ia = ia6_walk(t, &cursor)) != NULL) {
		for (struct lease6 *l = ia->first; l != NULL; l = l->next) {
			l->shelf = shelf_of(arg, (enum lease6_kind)ia->kind, &l->ip, l->len);
			count(t, l, 1);
		}
	}
	return 0;
}

/* ---- finding ---- */

struct lease6 *lease6_find(const struct leases6 *t, const struct pxe_ip6 *ip, uint8_t len)
{
	struct ip_key k = {ip, len};

	return of_ip(pxe_hmap_find(&t->by_ip, hash_ip(t, &k), eq_ip, &k));
}

struct lease6 *lease6_due(const struct leases6 *t, int64_t now_s)
{
	struct pxe_heap_node *n = pxe_heap_min(&t->heap);

	return n != NULL && n->key <= now_s ? of_heap(n) : NULL;
}

int64_t lease6_next_due(const struct leases6 *t)
{
	struct pxe_heap_node *n = pxe_heap_min(&t->heap);

	return n != NULL ? n->key : INT64_MAX;
}

struct pxe_bytes lease6_vars(const struct lease6 *l)
{
	if (l->extra == NULL)
		return (struct pxe_bytes){0};
	return (struct pxe_bytes){(const uint8_t *)l->extra->text, l->extra->vars_len};
}

struct pxe_bytes lease6_tail(const struct lease6 *l)
{
	if (l->extra == NULL)
		return (struct pxe_bytes){0};
	return (struct pxe_bytes){
	    (const uint8_t *)l->extra->text + l->extra->vars_len, l->extra->tail_len};
}

/* ---- leases ---- */

static void attach(struct ia6 *ia, struct lease6 *l)
{
	struct lease6 **at = &ia->first;

	while (*at != NULL)
		at = &(*at)->next;
	*at = l;
	l->next = NULL;
	l->ia = ia;
}

static void detach(struct lease6 *l)
{
	struct lease6 **at = &l->ia->first;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	l->next = NULL;
}

bool lease6_is_open_to(const struct lease6 *l, const struct ia6 *ia)
{
	if (l == NULL)
		return true;
	if (l->state == LEASE_ABANDONED)
		return false;
	return (ia != NULL && l->ia == ia) || (l->state != LEASE_ACTIVE && l->state != LEASE_FREE);
}

static bool is_full(const struct ia6 *ia)
{
	unsigned n = 0;

	for (const struct lease6 *l = ia->first; l != NULL; l = l->next)
		n++;
	return n >= LEASE6_PER_IA_MAX;
}

/* A record for the address, counted on no shelf yet: the one there is, *io, when it is open to ia,
 * else a new one. 0 with *io. */
static int reach(
    struct leases6 *t, struct ia6 *ia, const struct lease6_give *give, struct lease6 **io)
{
	struct ip_key k = {&give->ip, give->len};
	struct lease6 *l = *io;

	if (l != NULL && !lease6_is_open_to(l, ia))
		return PXE_E_EXISTS;
	if ((l == NULL || l->ia != ia) && is_full(ia))
		return PXE_E_LIMIT;
	if (l != NULL) {
		struct ia6 *old = l->ia;

		count(t, l, -1);
		if (old != ia) {
			detach(l);
			ia6_tidy(t, old);
			attach(ia, l);
		}
		return 0;
	}
	if (t->count >= LEASE6_MAX)
		return PXE_E_LIMIT;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return -ENOMEM;
	l->ip = give->ip;
	l->len = give->len;
	pxe_heap_node_init(&l->when);
	/* room in the heap first: what is linked must be able to end */
	if (pxe_heap_set(&t->heap, &l->when, INT64_MAX) != 0) {
		free(l);
		return -ENOMEM;
	}
	if (pxe_hmap_insert(&t->by_ip, hash_ip(t, &k), &l->by_ip) != 0) {
		pxe_heap_remove(&t->heap, &l->when);
		free(l);
		return -ENOMEM;
	}
	attach(ia, l);
	t->count++;
	*io = l;
	return 0;
}

/* It is in the heap already, so this moves it and cannot fail. */
static void wake_at(struct leases6 *t, struct lease6 *l, int64_t when_s)
{
	(void)pxe_heap_set(&t->heap, &l->when, when_s);
}

static int set_extra(struct leases6 *t, struct lease6 *l, const struct lease6_give *give)
{
	size_t n = give->vars.len + give->tail.len;
	struct lease6_extra *x = NULL;

	if (n > 0) {
		x = malloc(sizeof(*x) + n);
		if (x == NULL || lease6_bill(t, give->vars, &x->bill) != 0) {
			free(x);
			return -ENOMEM;
		}
		x->vars_len = (uint32_t)give->vars.len;
		x->tail_len = (uint32_t)give->tail.len;
		if (give->vars.len > 0)
			memcpy(x->text, give->vars.p, give->vars.len);
		if (give->tail.len > 0)
			memcpy(x->text + give->vars.len, give->tail.p, give->tail.len);
	}
	free_extra(t, l->extra);
	l->extra = x;
	return 0;
}

static uint32_t clamp(int64_t s)
{
	if (s < 0)
		return 0;
	return s >= UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

int lease6_offer(struct leases6 *t, struct ia6 *ia, const struct lease6_give *give, int64_t now_s)
{
	struct lease6 *l = lease6_find(t, &give->ip, give->len);
	int err = 0;

	if (l != NULL && l->ia == ia && l->state == LEASE_ACTIVE)
		return 0; /* its own anyway */
	if (t->offers >= LEASE6_OFFERS_MAX && (l == NULL || l->state != LEASE_FREE))
		return PXE_E_LIMIT;
	err = reach(t, ia, give, &l);
	if (err != 0)
		return err;
	l->shelf = give->shelf;
	l->state = LEASE_FREE;
	l->preferred_s = give->preferred_s;
	l->valid_s = give->valid_s;
	l->ends = clamp(now_s + LEASE6_OFFER_S);
	count(t, l, 1);
	wake_at(t, l, now_s + LEASE6_OFFER_S);
	return 0;
}

/* The record of a lease of ia, counted on no shelf yet and without an end. */
static int hold_one(
    struct leases6 *t, struct ia6 *ia, const struct lease6_give *give, struct lease6 **io)
{
	bool is_new = *io == NULL;
	struct lease6 *l = NULL;
	int err = reach(t, ia, give, io);

	if (err != 0)
		return err;
	l = *io;
	if (set_extra(t, l, give) != 0) {
		count(t, l, 1);
		if (is_new)
			lease6_drop(t, l);
		return -ENOMEM;
	}
	l->shelf = give->shelf;
	l->preferred_s = give->preferred_s;
	l->valid_s = give->valid_s;
	return 0;
}

static int bind_one(struct leases6 *t, struct ia6 *ia, const struct lease6_give *give,
    int64_t now_s, struct lease6 **io)
{
	struct lease6 *l = NULL;
	int err = hold_one(t, ia, give, io);

	if (err != 0)
		return err;
	l = *io;
	l->state = LEASE_ACTIVE;
	l->ends = give->valid_s == UINT32_MAX ? UINT32_MAX : clamp(now_s + (int64_t)give->valid_s);
	count(t, l, 1);
	wake_at(t, l, l->ends == UINT32_MAX ? INT64_MAX : (int64_t)l->ends);
	return 0;
}

int lease6_bind(struct leases6 *t, struct ia6 *ia, const struct lease6_give *give, int64_t now_s)
{
	struct lease6 *l = lease6_find(t, &give->ip, give->len);
	int err = bind_one(t, ia, give, now_s, &l);

	if (err != 0)
		return err;
	ia->cltt = clamp(now_s);
	ia->version++;
	return 0;
}

void lease6_end(struct leases6 *t, struct lease6 *l, enum lease_state state, int64_t now_s)
{
	count(t, l, -1);
	l->state = (uint8_t)state;
	/* ISC leaves the end of a lease that was given back as it was */
	if (state == LEASE_RELEASED)
		l->ia->cltt = clamp(now_s);
	count(t, l, 1);
	l->ia->version++;
	wake_at(t, l, now_s + LEASE6_KEEP_S);
}

void lease6_abandon(struct leases6 *t, struct lease6 *l, int64_t now_s)
{
	count(t, l, -1);
	l->state = LEASE_ABANDONED;
	l->ends = UINT32_MAX;
	l->ia->cltt = clamp(now_s);
	count(t, l, 1);
	l->ia->version++;
	wake_at(t, l, INT64_MAX);
}

static uint32_t moved(uint32_t when, int64_t delta_s)
{
	return when == UINT32_MAX ? when : clamp((int64_t)when + delta_s);
}

void leases6_shift(struct leases6 *t, int64_t old_now_s, int64_t delta_s)
{
	struct ia6 *ia = NULL;
	size_t cursor = 0;

	while ((ia = ia6_walk(t, &cursor)) != NULL) {
		if ((int64_t)ia->cltt > old_now_s + 1)
			continue;
		ia->cltt = moved(ia->cltt, delta_s);
		for (struct lease6 *l = ia->first; l != NULL; l = l->next) {
			l->ends = moved(l->ends, delta_s);
			if (l->when.key != INT64_MAX)
				wake_at(t, l, l->when.key + delta_s);
		}
	}
}

void lease6_drop(struct leases6 *t, struct lease6 *l)
{
	struct ia6 *ia = l->ia;

	count(t, l, -1);
	detach(l);
	pxe_heap_remove(&t->heap, &l->when);
	pxe_hmap_remove(&t->by_ip, &l->by_ip);
	free_extra(t, l->extra);
	free(l);
	t->count--;
	ia6_tidy(t, ia);
}

/* ---- from disk ---- */

static bool is_listed(const struct ia6_rec *rec, const struct lease6 *l)
{
	for (size_t i = 0; i < rec->n; i++)
		if (rec->v[i].len == l->len && memcmp(rec->v[i].ip.b, l->ip.b, 16) == 0)
			return true;
	return false;
}

static int load_one(
    struct leases6 *t, struct ia6 *ia, const struct lease6_rec *r, uint32_t shelf, int64_t now_s)
{
	struct lease6_give give = {.ip = r->ip,
	    .len = r->len,
	    .shelf = shelf,
	    .preferred_s = r->preferred_s,
	    .valid_s = r->valid_s,
	    .vars = r->vars,
	    .tail = r->tail};
	struct lease6 *l = lease6_find(t, &r->ip, r->len);
	int err = 0;

	/* The later entry counts. The drop may tidy an IA, but never this one: it is held. */
	if (l != NULL && (l->ia != ia || l->state == LEASE_ABANDONED)) {
		lease6_drop(t, l);
		l = NULL;
	}
	err = hold_one(t, ia, &give, &l);
	if (err != 0)
		return err;
	l->state = r->state == LEASE_ACTIVE || r->state == LEASE_ABANDONED ? r->state
		   : r->state == LEASE_EXPIRED                             ? LEASE_EXPIRED
									   : LEASE_RELEASED;
	l->ends = r->ends == LEASE_NEVER ? UINT32_MAX : clamp(r->ends);
	count(t, l, 1);
	if (l->state == LEASE_ACTIVE)
		wake_at(t, l, l->ends == UINT32_MAX ? INT64_MAX : (int64_t)l->ends);
	else if (l->state == LEASE_ABANDONED)
		wake_at(t, l, INT64_MAX);
	else
		wake_at(t, l, now_s + LEASE6_KEEP_S);
	return 0;
}

int lease6_load(struct leases6 *t, const struct ia6_rec *rec, lease6_shelf_fn shelf_of, void *arg,
    int64_t now_s, bool *out_inside)
{
	bool inside = true;
	struct ia6 *ia = ia6_get(t, rec->kind, rec->iaid, rec->duid);
	int err = 0;

	if (ia == NULL)
		return -ENOMEM;
	ia->version = ia->durable + 1; /* holds it while its leases change */
	for (struct lease6 *l = ia->first, *next = NULL; l != NULL; l = next) {
		next = l->next;
		if (!is_listed(rec, l))
			lease6_drop(t, l);
	}
	for (size_t i = 0; i < rec->n && err == 0; i++) {
		uint32_t shelf = shelf_of(arg, rec->kind, &rec->v[i].ip, rec->v[i].len);

		inside &= shelf != LEASE6_SHELF_NONE;
		err = load_one(t, ia, &rec->v[i], shelf, now_s);
	}
	if (err == 0)
		*out_inside = inside;
	ia->cltt = clamp(rec->cltt);
	ia->version = ia->durable = 0;
	ia6_tidy(t, ia);
	return err;
}
