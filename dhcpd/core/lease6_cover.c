/* SPDX-License-Identifier: BSD-2-Clause */
/* lease6_cover.c -- which prefixes have longer ones in use inside them, or lie in shorter ones. */
#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/lease6.h"
#include "libpxecommon/base/list.h"

/* How many longer prefixes are in use inside this one. */
struct cover {
	struct pxe_hnode by_ip;
	struct pxe_ip6 ip;
	uint8_t len;
	uint64_t n;
};

struct cover_key {
	struct pxe_ip6 ip;
	uint8_t len;
};

static struct cover *of(struct pxe_hnode *n)
{
	return n == NULL ? NULL : PXE_CONTAINER(n, struct cover, by_ip);
}

static bool eq(const struct pxe_hnode *n, const void *key)
{
	const struct cover *c = PXE_CONTAINER(n, struct cover, by_ip);
	const struct cover_key *k = key;

	return c->len == k->len && memcmp(&c->ip, &k->ip, sizeof(c->ip)) == 0;
}

static uint64_t hash(const struct leases6 *t, const struct cover_key *k)
{
	return pxe_siphash(&t->seed, k->ip.b, sizeof(k->ip.b));
}

static struct cover_key cut(const struct pxe_ip6 *ip, unsigned len)
{
	struct cover_key k = {.len = (uint8_t)len};

	memcpy(k.ip.b, ip->b, len / 8);
	if (len % 8 != 0)
		k.ip.b[len / 8] = (uint8_t)(ip->b[len / 8] & 0xff << (8 - len % 8));
	return k;
}

static bool has_len(const uint64_t bits[3], unsigned len)
{
	return (bits[len / 64] >> len % 64 & 1) != 0;
}

static struct cover *reach(struct leases6 *t, const struct cover_key *k)
{
	struct cover *c = of(pxe_hmap_find(&t->cover, hash(t, k), eq, k));

	if (c != NULL)
		return c;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->ip = k->ip;
	c->len = k->len;
	if (pxe_hmap_insert(&t->cover, hash(t, k), &c->by_ip) != 0) {
		free(c);
		return NULL;
	}
	return c;
}

void lease6_cover(struct leases6 *t, const struct lease6 *l, int by)
{
	if (l->len == 128 || (l->state != LEASE_ACTIVE && l->state != LEASE_FREE))
		return;
	t->in_use[l->len] += (uint64_t)(int64_t)by;
	for (unsigned len = 1; len < l->len; len++) {
		struct cover_key k = cut(&l->ip, len);
		struct cover *c = has_len(t->cover_len, len) ? reach(t, &k) : NULL;

		if (c == NULL) {
			t->cover_lost |= has_len(t->cover_len, len);
			continue;
		}
		c->n += (uint64_t)(int64_t)by;
		if (c->n == 0) {
			pxe_hmap_remove(&t->cover, &c->by_ip);
			free(c);
		}
	}
}

void lease6_cover_reset(struct leases6 *t, const uint64_t len[3])
{
	struct pxe_hnode *n = NULL;
	size_t cursor = 0;

	while ((n = pxe_hmap_walk(&t->cover, n, &cursor)) != NULL) {
		struct cover *c = of(n);

		pxe_hmap_remove(&t->cover, n);
		free(c);
	}
	memset(t->in_use, 0, sizeof(t->in_use));
	memcpy(t->cover_len, len, sizeof(t->cover_len));
	t->cover_lost = false;
}

bool lease6_overlaps(const struct leases6 *t, const struct pxe_ip6 *ip, uint8_t len)
{
	struct cover_key own = cut(ip, len);

	for (unsigned shorter = 1; shorter < len; shorter++) {
		struct cover_key k = cut(ip, shorter);
		const struct lease6 *l = NULL;

		if (t->in_use[shorter] > 0)
			l = lease6_find(t, &k.ip, k.len);
		if (l != NULL && (l->state == LEASE_ACTIVE || l->state == LEASE_FREE))
			return true;
	}
	return t->cover_lost || pxe_hmap_find(&t->cover, hash(t, &own), eq, &own) != NULL;
}
