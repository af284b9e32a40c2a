/* SPDX-License-Identifier: BSD-2-Clause */
/* conf_index.h -- hash index over things of the configuration; equal keys keep their order.
 *
 * Filled while parsing, read-only afterwards. Keys come from the configuration, so nobody outside
 * can make a bucket long; strangers only look up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_index_node;

struct conf_index {
	struct conf_index_node *node;
	uint32_t n, cap;
	uint32_t *bucket; /* first and last node + 1 of each bucket */
	uint32_t nbucket; /* power of two; 0 before the first insertion */
	bool has_alike;   /* two items may have one key; false: all differ */
};

typedef bool (*conf_index_eq)(const void *item, const void *key);

void conf_index_fini(struct conf_index *x); /* a zeroed one is empty */
/* Add item under hash, behind those with the same. 0 or -ENOMEM. */
int conf_index_add(struct conf_index *x, uint64_t hash, const void *item);
/* First item with this hash for which eq says yes, after `prev` (NULL: from the start); NULL: none.
 */
const void *conf_index_find(
    const struct conf_index *x, uint64_t hash, conf_index_eq eq, const void *key, const void *prev);
/* FNV-1a of len bytes, going on from `seed` (0: fresh). */
uint64_t conf_hash(uint64_t seed, const void *p, size_t len);
