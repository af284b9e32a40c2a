/* SPDX-License-Identifier: BSD-2-Clause */
/* lease.c -- the lease table. */
#include "dhcpd/core/lease.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/lease_data.h"

static uint32_t pack_time(int64_t t)
{
	if (t == LEASE_NEVER || t >= UINT32_MAX)
		return UINT32_MAX;
	return t > 0 ? (uint32_t)t : 0;
}

/* ---- keys ---- */

static uint64_t hash_ip(const struct leases *t, struct pxe_ip4 ip)
{
	return pxe_siphash(&t->seed, &ip.v, sizeof(ip.v));
}

static uint64_t hash_bytes(const struct leases *t, struct pxe_bytes b)
{
	return pxe_siphash(&t->seed, b.p, b.len);
}

static uint64_t hash_hw(const struct leases *t, const struct pxe_hwaddr *hw)
{
	return pxe_siphash(&t->seed, hw->b, hw->len) ^ hw->type;
}

static struct lease *of_ip(const struct pxe_hnode *n)
{
	return n == NULL ? NULL : PXE_CONTAINER(n, struct lease, by_ip);
}

static struct lease *of_uid(const struct pxe_hnode *n)
{
	return n == NULL ? NULL : PXE_CONTAINER(n, struct lease, by_uid);
}

static struct lease *of_hw(const struct pxe_hnode *n)
{
	return n == NULL ? NULL : PXE_CONTAINER(n, struct lease, by_hw);
}

static bool eq_ip(const struct pxe_hnode *n, const void *key)
{
	return of_ip(n)->ip.v == ((const struct pxe_ip4 *)key)->v;
}

static bool eq_uid(const struct pxe_hnode *n, const void *key)
{
	const struct pxe_bytes *want = key;
	struct pxe_bytes uid = lease_uid(of_uid(n));

	return uid.len == want->len && memcmp(uid.p, want->p, uid.len) == 0;
}

static bool eq_hw(const struct pxe_hnode *n, const void *key)
{
	struct pxe_hwaddr hw = lease_hw(of_hw(n));

	return pxe_hwaddr_eq(&hw, key);
}

struct lease *lease_find(const struct leases *t, struct pxe_ip4 ip)
{
	return of_ip(pxe_hmap_find(&t->by_ip, hash_ip(t, ip), eq_ip, &ip));
}

struct lease *lease_by_uid(const struct leases *t, struct pxe_bytes uid, const struct lease *prev)
{
	if (uid.len == 0)
		return NULL;
	if (prev != NULL)
		return of_uid(pxe_hmap_next(&prev->by_uid, eq_uid, &uid));
	return of_uid(pxe_hmap_find(&t->by_uid, hash_bytes(t, uid), eq_uid, &uid));
}

struct lease *lease_by_hw(
    const struct leases *t, const struct pxe_hwaddr *hw, const struct lease *prev)
{
	if (hw->len == 0)
		return NULL;
	if (prev != NULL)
		return of_hw(pxe_hmap_next(&prev->by_hw, eq_hw, hw));
	return of_hw(pxe_hmap_find(&t->by_hw, hash_hw(t, hw), eq_hw, hw));
}

struct lease *lease_walk(const struct leases *t, size_t *cursor)
{
	size_t i = *cursor;

	if (i >= t->count)
		return NULL;
	(*cursor)++;
	return &t->block[i / LEASE_BLOCK][i % LEASE_BLOCK];
}

/* ---- keeping indexes and heaps in step ---- */

static struct lease_shelf *shelf_of(const struct leases *t, const struct lease *l)
{
	return l->pool < t->nshelf ? &t->shelf[l->pool] : NULL;
}

/* Classes that spawn subclasses need more counters than the configuration said. */
static bool has_counter(struct leases *t, uint32_t billing)
{
	size_t n = t->nbilled * 2 > billing ? t->nbilled * 2 : billing;
	uint32_t *grown = NULL;

	if (billing <= t->nbilled)
		return true;
	grown = reallocarray(t->billed, n, sizeof(*grown));
	if (grown == NULL)
		return false;
	memset(grown + t->nbilled, 0, (n - t->nbilled) * sizeof(*grown));
	t->billed = grown;
	t->nbilled = n;
	return true;
}

static void bill(struct leases *t, const struct lease *l, bool add)
{
	if (l->state != LEASE_ACTIVE || l->billing == 0 || !has_counter(t, l->billing))
		return;
	if (add)
		t->billed[l->billing - 1]++;
	else
		t->billed[l->billing - 1]--;
}

/* Take l out of everything but the index by address. */
static void unlink_all(struct leases *t, struct lease *l)
{
	struct lease_shelf *s = shelf_of(t, l);

	bill(t, l, false);
	if (l->state == LEASE_ABANDONED && s != NULL)
		pxe_list_remove(&l->abandoned);
	if (l->has_uid)
		pxe_hmap_remove(&t->by_uid, &l->by_uid);
	if (l->has_hw)
		pxe_hmap_remove(&t->by_hw, &l->by_hw);
	l->has_uid = l->has_hw = false;
	if (l->state == LEASE_FREE && s != NULL)
		pxe_heap_remove(&s->free, &l->when);
	else
		pxe_heap_remove(&t->expiry, &l->when);
	if (s == NULL)
		return;
	s->nfree -= l->state == LEASE_FREE;
	s->nactive -= l->state == LEASE_ACTIVE;
	s->nabandoned -= l->state == LEASE_ABANDONED;
	s->noffered -= l->state == LEASE_FREE && l->offer != NULL;
}

/* Lack of memory for an index entry leaves a lease that is only found by address, which is safe. */
static void link_client(struct leases *t, struct lease *l)
{
	struct pxe_bytes uid = lease_uid(l);
	struct pxe_hwaddr hw = lease_hw(l);

	if (uid.len > 0)
		l->has_uid = pxe_hmap_insert(&t->by_uid, hash_bytes(t, uid), &l->by_uid) == 0;
	if (hw.len > 0)
		l->has_hw = pxe_hmap_insert(&t->by_hw, hash_hw(t, &hw), &l->by_hw) == 0;
}

/* Blank ones first, ascending: they are as good as never used. */
static int64_t free_key(const struct lease *l)
{
	return lease_is_blank(l) ? (int64_t)l->ip.v - INT64_C(0x100000000) : (int64_t)l->ends;
}

static void link_all(struct leases *t, struct lease *l)
{
	struct lease_shelf *s = shelf_of(t, l);

	bill(t, l, true);
	if (l->state != LEASE_ABANDONED)
		link_client(t, l);
	else if (s != NULL)
		pxe_list_append(&s->abandoned, &l->abandoned);
	if (l->state != LEASE_FREE) {
		if (l->ends != UINT32_MAX)
			(void)pxe_heap_set(&t->expiry, &l->when, l->ends);
	} else if (s != NULL && l->offer == NULL && !l->reserved) {
		(void)pxe_heap_set(&s->free, &l->when, free_key(l));
	}
	if (s == NULL)
		return;
	s->nfree += l->state == LEASE_FREE;
	s->nactive += l->state == LEASE_ACTIVE;
	s->nabandoned += l->state == LEASE_ABANDONED;
	s->noffered += l->state == LEASE_FREE && l->offer != NULL;
}

static void set_data(struct leases *t, struct lease *l, struct lease_data *d)
{
	if (l->data != NULL)
		t->text_bytes -= sizeof(*l->data) + lease_data_len(l->data);
	if (d != NULL)
		t->text_bytes += sizeof(*d) + lease_data_len(d);
	free(l->data);
	l->data = d;
}

/* ---- the table ---- */

void leases_init(struct leases *t, const struct pxe_hash_seed *seed)
{
	memset(t, 0, sizeof(*t));
	t->seed = *seed;
	pxe_hmap_init(&t->by_ip);
	pxe_hmap_init(&t->by_uid);
	pxe_hmap_init(&t->by_hw);
	pxe_heap_init(&t->expiry);
}

static void shelves_free(struct lease_shelf *shelf, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pxe_heap_fini(&shelf[i].free);
	free(shelf);
}

void leases_fini(struct leases *t)
{
	struct lease *l = NULL;
	size_t cursor = 0;

	while ((l = lease_walk(t, &cursor)) != NULL)
		free(l->data);
	for (size_t i = 0; i < t->nblock; i++)
		free(t->block[i]);
	free(t->block);
	pxe_hmap_fini(&t->by_ip);
	pxe_hmap_fini(&t->by_uid);
	pxe_hmap_fini(&t->by_hw);
	pxe_heap_fini(&t->expiry);
	shelves_free(t->shelf, t->nshelf);
	free(t->billed);
	memset(t, 0, sizeof(*t));
}

static uint32_t moved(uint32_t t, int64_t delta_s)
{
	int64_t to = (int64_t)t + delta_s;

	if (t == 0 || t == UINT32_MAX)
		return t;
	if (to < 1)
		return 1;
	return to < UINT32_MAX ? (uint32_t)to : UINT32_MAX - 1;
}

void leases_shift(struct leases *t, int64_t old_now_s, int64_t delta_s)
{
	struct lease *l = NULL;
	size_t cursor = 0;

	while ((l = lease_walk(t, &cursor)) != NULL) {
		struct lease_shelf *s = shelf_of(t, l);

		if ((int64_t)l->cltt > old_now_s + 1)
			continue;
		l->starts = moved(l->starts, delta_s);
		l->ends = moved(l->ends, delta_s);
		l->cltt = moved(l->cltt, delta_s);
		l->tstp = moved(l->tstp, delta_s);
		if (l->state != LEASE_FREE && l->ends != UINT32_MAX)
			(void)pxe_heap_set(&t->expiry, &l->when, l->ends);
		else if (l->state == LEASE_FREE && s != NULL && l->offer == NULL && !l->reserved)
			(void)pxe_heap_set(&s->free, &l->when, free_key(l));
	}
}

int leases_shelve(struct leases *t, size_t npool, lease_pool_fn pool_of, void *arg)
{
	struct lease_shelf *fresh = calloc(npool > 0 ? npool : 1, sizeof(*fresh));
	struct lease *l = NULL;
	size_t cursor = 0;

	if (fresh == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < npool; i++) {
		pxe_heap_init(&fresh[i].free);
		pxe_list_init(&fresh[i].abandoned);
	}
	while ((l = lease_walk(t, &cursor)) != NULL)
		unlink_all(t, l);
	shelves_free(t->shelf, t->nshelf);
	t->shelf = fresh;
	t->nshelf = npool;
	for (cursor = 0; (l = lease_walk(t, &cursor)) != NULL;) {
		l->pool = pool_of(arg, l->ip);
		link_all(t, l);
	}
	return 0;
}

int leases_bill(
    struct leases *t, size_t n, uint32_t (*billing_of)(void *arg, const struct lease *l), void *arg)
{
	uint32_t *fresh = calloc(n > 0 ? n : 1, sizeof(*fresh));
	struct lease *l = NULL;
	size_t cursor = 0;

	if (fresh == NULL)
		return -ENOMEM;
	free(t->billed);
	t->billed = fresh;
	t->nbilled = n;
	while ((l = lease_walk(t, &cursor)) != NULL) {
		if (l->billing != 0)
			l->billing = billing_of(arg, l);
		bill(t, l, true);
	}
	return 0;
}

struct lease *lease_due(const struct leases *t, int64_t now_s)
{
	struct pxe_heap_node *n = pxe_heap_min(&t->expiry);

	return n != NULL && n->key <= now_s ? PXE_CONTAINER(n, struct lease, when) : NULL;
}

int64_t lease_next_end(const struct leases *t)
{
	struct pxe_heap_node *n = pxe_heap_min(&t->expiry);

	return n != NULL ? n->key : INT64_MAX;
}

struct lease *lease_oldest_free(const struct leases *t, uint32_t pool)
{
	struct pxe_heap_node *n = pool < t->nshelf ? pxe_heap_min(&t->shelf[pool].free) : NULL;

	return n != NULL ? PXE_CONTAINER(n, struct lease, when) : NULL;
}

struct lease *lease_oldest_abandoned(const struct leases *t, uint32_t pool)
{
	if (pool >= t->nshelf || pxe_list_is_empty(&t->shelf[pool].abandoned))
		return NULL;
	return PXE_CONTAINER(t->shelf[pool].abandoned.next, struct lease, abandoned);
}

/* ---- changes ---- */

/* Room for one more lease, zeroed; NULL: out of memory. It is taken by raising count. */
static struct lease *room(struct leases *t)
{
	size_t i = t->count / LEASE_BLOCK;
	struct lease **v = NULL;

	if (i == t->nblock) {
		/* a power of two of pointers, grown when it is full */
		if ((i & (i - 1)) == 0) {
			v = reallocarray(t->block, i > 0 ? i * 2 : 1, sizeof(*v));
			if (v == NULL)
				return NULL;
			t->block = v;
		}
		t->block[i] = calloc(LEASE_BLOCK, sizeof(*t->block[i]));
		if (t->block[i] == NULL)
			return NULL;
		t->nblock++;
	}
	return &t->block[i][t->count % LEASE_BLOCK];
}

struct lease *lease_new(struct leases *t, struct pxe_ip4 ip, uint32_t pool)
{
	struct lease *l = room(t);

	if (l == NULL)
		return NULL;
	l->ip = ip;
	l->pool = pool;
	l->state = LEASE_FREE;
	pxe_heap_node_init(&l->when);
	if (pxe_hmap_insert(&t->by_ip, hash_ip(t, ip), &l->by_ip) != 0) {
		memset(l, 0, sizeof(*l));
		return NULL;
	}
	t->count++;
	link_all(t, l);
	return l;
}

static void take(struct lease *l, const struct lease_rec *rec)
{
	l->starts = pack_time(rec->starts);
	l->ends = pack_time(rec->ends);
	l->cltt = pack_time(rec->cltt);
	l->tstp = pack_time(rec->tstp);
	l->reserved = rec->reserved;
	l->bootp = rec->bootp;
}

int lease_load(struct leases *t, const struct lease_rec *rec, uint32_t pool, uint32_t billing)
{
	struct lease *l = lease_find(t, rec->ip);
	struct lease_data *d = lease_data_new(rec);

	if (d != NULL && l == NULL)
		l = lease_new(t, rec->ip, pool);
	if (d == NULL || l == NULL) {
		free(d);
		return -ENOMEM;
	}
	unlink_all(t, l);
	set_data(t, l, d);
	take(l, rec);
	l->pool = pool;
	l->billing = billing;
	l->state = rec->state == LEASE_ACTIVE || rec->state == LEASE_ABANDONED ? (uint8_t)rec->state
									       : LEASE_FREE;
	link_all(t, l);
	l->durable = l->version;
	return 0;
}

int lease_bind(struct leases *t, struct lease *l, const struct lease_rec *rec, uint32_t billing)
{
	struct lease_data *d = lease_data_new(rec);

	if (d == NULL)
		return -ENOMEM;
	unlink_all(t, l);
	set_data(t, l, d);
	take(l, rec);
	l->billing = billing;
	l->state = LEASE_ACTIVE;
	l->version++;
	link_all(t, l);
	return 0;
}

/* What stays with a lease when nobody holds it. */
static void forget(struct leases *t, struct lease *l, bool keep_client)
{
	struct lease_rec rec = {0}, was;
	struct lease_data *d = NULL;

	lease_view(l, &was);
	if (keep_client && l->data != NULL) {
		rec.hw = was.hw;
		rec.uid = was.uid;
		rec.vars = was.vars;
		d = lease_data_new(&rec);
	}
	set_data(t, l, d);
	l->billing = 0;
	l->bootp = false;
}

void lease_free(struct leases *t, struct lease *l, int64_t now_s)
{
	unlink_all(t, l);
	forget(t, l, true);
	if (l->ends == UINT32_MAX || l->ends > pack_time(now_s))
		l->ends = pack_time(now_s);
	l->tstp = l->ends;
	l->state = LEASE_FREE;
	l->version++;
	link_all(t, l);
}

void lease_abandon(struct leases *t, struct lease *l, int64_t now_s, int64_t ends_s)
{
	unlink_all(t, l);
	forget(t, l, false);
	l->starts = l->starts != 0 ? l->starts : pack_time(now_s);
	l->ends = pack_time(ends_s);
	l->cltt = l->cltt != 0 ? l->cltt : pack_time(now_s);
	l->tstp = 0;
	l->state = LEASE_ABANDONED;
	l->version++;
	link_all(t, l);
}

void lease_reclaim(struct leases *t, struct lease *l, int64_t now_s)
{
	lease_free(t, l, now_s);
}

void lease_touch(struct lease *l, int64_t now_s)
{
	l->cltt = pack_time(now_s);
}

void lease_set_offer(struct leases *t, struct lease *l, struct offer *offer)
{
	unlink_all(t, l);
	l->offer = offer;
	link_all(t, l);
}

void lease_remember(struct leases *t, struct lease *l, const struct pxe_hwaddr *hw,
    struct pxe_bytes uid, int64_t now_s)
{
	struct lease_rec rec = {.hw = *hw, .uid = uid};
	struct lease_data *d = NULL;

	assert(l->state == LEASE_FREE);
	if (l->data == NULL)
		d = lease_data_new(&rec);
	unlink_all(t, l);
	if (d != NULL)
		set_data(t, l, d);
	l->ends = pack_time(now_s);
	link_all(t, l);
}

void lease_set_durable(struct lease *l, uint32_t version)
{
	if ((int32_t)(version - l->durable) > 0)
		l->durable = version;
}
