/* SPDX-License-Identifier: BSD-2-Clause */
/* hash.c -- SipHash-2-4 and the intrusive hash map. */
#include "libpxecommon/base/hash.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum { FIRST_BUCKETS = 16 };

static uint64_t rotl(uint64_t v, unsigned n)
{
	return v << n | v >> (64 - n);
}

/* Up to 8 bytes, little-endian whatever the machine is. */
static uint64_t load_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static void sip_rounds(uint64_t v[4], unsigned n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotl(v[1], 13) ^ v[0];
		v[3] = rotl(v[3], 16) ^ v[2];
		v[0] = rotl(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotl(v[1], 17) ^ v[2];
		v[3] = rotl(v[3], 21) ^ v[0];
		v[2] = rotl(v[2], 32);
	}
}

static void sip_word(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	sip_rounds(v, 2);
	v[0] ^= m;
}

uint64_t pxe_siphash(const struct pxe_hash_seed *seed, const void *p, size_t len)
{
	const uint8_t *b = p;
	/* Aumasson and Bernstein, "SipHash: a fast short-input PRF", section 2.1 */
	uint64_t v[4] = {
	    seed->k0 ^ UINT64_C(0x736f6d6570736575),
	    seed->k1 ^ UINT64_C(0x646f72616e646f6d),
	    seed->k0 ^ UINT64_C(0x6c7967656e657261),
	    seed->k1 ^ UINT64_C(0x7465646279746573),
	};
	size_t i = 0;

	for (; len - i >= 8; i += 8)
		sip_word(v, load_le(b + i, 8));
	sip_word(v, (uint64_t)len << 56 | (i < len ? load_le(b + i, len - i) : 0));
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void pxe_hmap_init(struct pxe_hmap *m)
{
	*m = (struct pxe_hmap){0};
}

void pxe_hmap_fini(struct pxe_hmap *m)
{
	if (m == NULL)
		return;
	free(m->bucket);
	pxe_hmap_init(m);
}

static struct pxe_hnode **bucket_of(const struct pxe_hmap *m, uint64_t hash)
{
	return &m->bucket[hash & (m->nbucket - 1)];
}

/* From node on along its chain. */
static struct pxe_hnode *search(
    struct pxe_hnode *node, uint64_t hash, pxe_hmap_eq_fn eq, const void *key)
{
	for (; node != NULL; node = node->next) {
		if (node->hash == hash && eq(node, key))
			return node;
	}
	return NULL;
}

struct pxe_hnode *pxe_hmap_find(
    const struct pxe_hmap *m, uint64_t hash, pxe_hmap_eq_fn eq, const void *key)
{
	return m->count > 0 ? search(*bucket_of(m, hash), hash, eq, key) : NULL;
}

struct pxe_hnode *pxe_hmap_next(const struct pxe_hnode *node, pxe_hmap_eq_fn eq, const void *key)
{
	return search(node->next, node->hash, eq, key);
}

static int grow(struct pxe_hmap *m)
{
	size_t n = m->nbucket > 0 ? m->nbucket * 2 : FIRST_BUCKETS;
	struct pxe_hmap to = {.nbucket = n, .count = m->count};

	to.bucket = calloc(n, sizeof(*to.bucket));
	if (to.bucket == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < m->nbucket; i++) {
		struct pxe_hnode *next = NULL;

		for (struct pxe_hnode *node = m->bucket[i]; node != NULL; node = next) {
			struct pxe_hnode **b = bucket_of(&to, node->hash);

			next = node->next;
			node->next = *b;
			*b = node;
		}
	}
	free(m->bucket);
	*m = to;
	return 0;
}

int pxe_hmap_insert(struct pxe_hmap *m, uint64_t hash, struct pxe_hnode *node)
{
	struct pxe_hnode **b = NULL;

	/* Longer chains are better than no service: only a map without buckets has to give up. */
	if (m->count >= m->nbucket && grow(m) != 0 && m->nbucket == 0)
		return -ENOMEM;
	b = bucket_of(m, hash);
	node->hash = hash;
	node->next = *b;
	*b = node;
	m->count++;
	return 0;
}

void pxe_hmap_remove(struct pxe_hmap *m, struct pxe_hnode *node)
{
	struct pxe_hnode **at = bucket_of(m, node->hash);

	while (*at != node) {
		assert(*at != NULL);
		at = &(*at)->next;
	}
	*at = node->next;
	m->count--;
}

static struct pxe_hnode *first_from(const struct pxe_hmap *m, size_t bucket)
{
	for (; bucket < m->nbucket; bucket++) {
		if (m->bucket[bucket] != NULL)
			return m->bucket[bucket];
	}
	return NULL;
}

/* The cursor is the address of the node to return next, so that the one returned last may be gone
 * by then. */
struct pxe_hnode *pxe_hmap_walk(
    const struct pxe_hmap *m, const struct pxe_hnode *after, size_t *cursor)
{
	struct pxe_hnode *node = NULL, *next = NULL;

	node = after == NULL ? first_from(m, 0) : (struct pxe_hnode *)(uintptr_t)*cursor;
	if (node != NULL) {
		next = node->next != NULL ? node->next
					  : first_from(m, (node->hash & (m->nbucket - 1)) + 1);
	}
	*cursor = (size_t)(uintptr_t)next;
	return node;
}
