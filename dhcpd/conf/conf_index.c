/* SPDX-License-Identifier: BSD-2-Clause */
/* conf_index.c -- hash index over things of the configuration. */
#include "dhcpd/conf/conf_index.h"

#include <errno.h>
#include <stdlib.h>

struct conf_index_node {
	const void *item;
	uint32_t hash; /* folded */
	uint32_t next; /* node + 1 */
};

static uint32_t fold(uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32);
}

void conf_index_fini(struct conf_index *x)
{
	free(x->node);
	free(x->bucket);
	*x = (struct conf_index){0};
}

uint64_t conf_hash(uint64_t seed, const void *p, size_t len)
{
	const uint8_t *b = p;
	uint64_t h = seed != 0 ? seed : 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ b[i]) * 0x100000001b3u;
	return h;
}

static uint32_t *bucket_of(const struct conf_index *x, uint32_t hash)
{
	return &x->bucket[2 * (hash & (x->nbucket - 1))];
}

static void link_node(struct conf_index *x, uint32_t i)
{
	uint32_t *b = bucket_of(x, x->node[i].hash);

	x->node[i].next = 0;
	if (b[0] == 0)
		b[0] = i + 1;
	else
		x->node[b[1] - 1].next = i + 1;
	b[1] = i + 1;
}

static int grow(struct conf_index *x)
{
	uint32_t cap = x->cap > 0 ? x->cap * 2 : 16;
	struct conf_index_node *node = reallocarray(x->node, cap, sizeof(*node));
	uint32_t *bucket = NULL;

	if (node == NULL)
		return -ENOMEM;
	x->node = node;
	bucket = calloc(cap, 2 * sizeof(*bucket));
	if (bucket == NULL)
		return -ENOMEM;
	free(x->bucket);
	x->bucket = bucket;
	x->nbucket = x->cap = cap;
	for (uint32_t i = 0; i < x->n; i++)
		link_node(x, i);
	return 0;
}

static bool has_hash(const struct conf_index *x, uint32_t hash)
{
	for (uint32_t i = *bucket_of(x, hash); i > 0; i = x->node[i - 1].next)
		if (x->node[i - 1].hash == hash)
			return true;
	return false;
}

int conf_index_add(struct conf_index *x, uint64_t hash, const void *item)
{
	if (x->n == x->cap && grow(x) != 0)
		return -ENOMEM;
	if (!x->has_alike)
		x->has_alike = has_hash(x, fold(hash));
	x->node[x->n] = (struct conf_index_node){.hash = fold(hash), .item = item};
	link_node(x, x->n++);
	return 0;
}

const void *conf_index_find(
    const struct conf_index *x, uint64_t hash, conf_index_eq eq, const void *key, const void *prev)
{
	uint32_t folded = fold(hash);

	if (x->nbucket == 0)
		return NULL;
	for (uint32_t i = *bucket_of(x, folded); i > 0; i = x->node[i - 1].next) {
		const struct conf_index_node *n = &x->node[i - 1];

		if (prev != NULL) {
			if (n->item == prev)
				prev = NULL;
			continue;
		}
		if (n->hash == folded && eq(n->item, key))
			return n->item;
	}
	return NULL;
}
