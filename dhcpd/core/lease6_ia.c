/* SPDX-License-Identifier: BSD-2-Clause */
/* lease6_ia.c -- identity associations: the table's entries, found by their key or by client. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/lease6.h"
#include "libpxecommon/base/list.h"

struct ia_key {
	enum lease6_kind kind;
	uint32_t iaid;
	struct pxe_bytes duid;
};

static struct ia6 *of_key(const struct pxe_hnode *n)
{
	return n == NULL ? NULL : PXE_CONTAINER(n, struct ia6, by_key);
}

static bool eq_key(const struct pxe_hnode *n, const void *key)
{
	const struct ia6 *ia = of_key(n);
	const struct ia_key *k = key;

	return ia->iaid == k->iaid && ia->kind == k->kind && ia->duid_len == k->duid.len &&
	       memcmp(ia->duid, k->duid.p, k->duid.len) == 0;
}

static uint64_t hash_key(const struct leases6 *t, const struct ia_key *k)
{
	uint8_t buf[5 + LEASE6_DUID_MAX];
	size_t n = k->duid.len;

	memcpy(buf, &k->iaid, 4);
	buf[4] = (uint8_t)k->kind;
	memcpy(buf + 5, k->duid.p, n);
	return pxe_siphash(&t->seed, buf, 5 + n);
}

/* ---- finding ---- */

struct ia6 *ia6_find(
    const struct leases6 *t, enum lease6_kind kind, uint32_t iaid, struct pxe_bytes duid)
{
	struct ia_key k = {kind, iaid, duid};

	if (duid.len == 0 || duid.len > LEASE6_DUID_MAX)
		return NULL;
	return of_key(pxe_hmap_find(&t->by_key, hash_key(t, &k), eq_key, &k));
}

struct ia6 *ia6_at(const struct leases6 *t, uint32_t index)
{
	return index < t->nia ? t->ia[index] : NULL;
}

struct ia6 *ia6_walk(const struct leases6 *t, size_t *cursor)
{
	while (*cursor < t->nia) {
		struct ia6 *ia = t->ia[(*cursor)++];

		if (ia != NULL)
			return ia;
	}
	return NULL;
}

bool ia6_is_written(const struct ia6 *ia)
{
	for (const struct lease6 *l = ia->first; l != NULL; l = l->next)
		if (l->state != LEASE_FREE)
			return true;
	return false;
}

void ia6_view(const struct ia6 *ia, struct ia6_rec *out)
{
	out->kind = (enum lease6_kind)ia->kind;
	out->iaid = ia->iaid;
	out->duid = (struct pxe_bytes){ia->duid, ia->duid_len};
	out->cltt = ia->cltt;
	out->n = 0;
	for (const struct lease6 *l = ia->first; l != NULL && out->n < LEASE6_PER_IA_MAX;
	     l = l->next) {
		if (l->state == LEASE_FREE)
			continue;
		out->v[out->n++] = (struct lease6_rec){.ip = l->ip,
		    .len = l->len,
		    .state = l->state,
		    .preferred_s = l->preferred_s,
		    .valid_s = l->valid_s,
		    .ends = l->ends == UINT32_MAX ? LEASE_NEVER : (int64_t)l->ends,
		    .vars = lease6_vars(l),
		    .tail = lease6_tail(l)};
	}
}

/* ---- by client ---- */

static struct ia6 *of_client(const struct pxe_hnode *n)
{
	return n == NULL ? NULL : PXE_CONTAINER(n, struct ia6, by_client);
}

static bool eq_client(const struct pxe_hnode *n, const void *key)
{
	const struct ia6 *ia = of_client(n);
	const struct pxe_bytes *duid = key;

	return ia->duid_len == duid->len && memcmp(ia->duid, duid->p, duid->len) == 0;
}

static int index_one(struct leases6 *t, struct ia6 *ia)
{
	return pxe_hmap_insert(
	    &t->by_client, pxe_siphash(&t->seed, ia->duid, ia->duid_len), &ia->by_client);
}

/* Only who asks by client pays for the index. */
static bool index_all(struct leases6 *t)
{
	struct ia6 *ia = NULL;
	size_t cursor = 0;

	while (!t->is_indexed && (ia = ia6_walk(t, &cursor)) != NULL)
		if (index_one(t, ia) != 0)
			return false; /* at the first of them: nothing is linked */
	t->is_indexed = true;
	return true;
}

struct ia6 *ia6_by_client(struct leases6 *t, struct pxe_bytes duid, const struct ia6 *after)
{
	if (after != NULL)
		return of_client(pxe_hmap_next(&after->by_client, eq_client, &duid));
	if (duid.len == 0 || !index_all(t))
		return NULL;
	return of_client(pxe_hmap_find(
	    &t->by_client, pxe_siphash(&t->seed, duid.p, duid.len), eq_client, &duid));
}

/* ---- making and forgetting ---- */

static int take_slot(struct leases6 *t, struct ia6 *ia)
{
	if (t->nspare > 0) {
		ia->index = t->spare[--t->nspare];
	} else {
		if (t->nia == t->cap) {
			size_t cap = t->cap > 0 ? t->cap * 2 : 1024;
			struct ia6 **grown = realloc(t->ia, cap * sizeof(struct ia6 *));

			if (grown == NULL)
				return -ENOMEM;
			t->ia = grown;
			t->cap = cap;
		}
		ia->index = (uint32_t)t->nia++;
	}
	t->ia[ia->index] = ia;
	return 0;
}

/* Without memory to remember a slot it stays unused, which costs a pointer. */
static void give_slot(struct leases6 *t, uint32_t index)
{
	t->ia[index] = NULL;
	if (t->nspare == t->spare_cap) {
		size_t cap = t->spare_cap > 0 ? t->spare_cap * 2 : 1024;
		uint32_t *grown = realloc(t->spare, cap * sizeof(*grown));

		if (grown == NULL)
			return;
		t->spare = grown;
		t->spare_cap = cap;
	}
	t->spare[t->nspare++] = index;
}

struct ia6 *ia6_get(struct leases6 *t, enum lease6_kind kind, uint32_t iaid, struct pxe_bytes duid)
{
	struct ia_key k = {kind, iaid, duid};
	struct ia6 *ia = ia6_find(t, kind, iaid, duid);

	if (ia != NULL || duid.len == 0 || duid.len > LEASE6_DUID_MAX)
		return ia;
	ia = malloc(sizeof(*ia) + duid.len);
	if (ia == NULL)
		return NULL;
	memset(ia, 0, sizeof(*ia));
	ia->kind = (uint8_t)kind;
	ia->iaid = iaid;
	ia->duid_len = (uint8_t)duid.len;
	memcpy(ia->duid, duid.p, duid.len);
	if (take_slot(t, ia) != 0) {
		free(ia);
		return NULL;
	}
	if (pxe_hmap_insert(&t->by_key, hash_key(t, &k), &ia->by_key) != 0) {
		give_slot(t, ia->index);
		free(ia);
		return NULL;
	}
	if (t->is_indexed && index_one(t, ia) != 0) {
		pxe_hmap_remove(&t->by_key, &ia->by_key);
		give_slot(t, ia->index);
		free(ia);
		return NULL;
	}
	return ia;
}

void ia6_tidy(struct leases6 *t, struct ia6 *ia)
{
	if (ia->first != NULL || ia->version != ia->durable)
		return;
	pxe_hmap_remove(&t->by_key, &ia->by_key);
	if (t->is_indexed)
		pxe_hmap_remove(&t->by_client, &ia->by_client);
	give_slot(t, ia->index);
	free(ia);
}
