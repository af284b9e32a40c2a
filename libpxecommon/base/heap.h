/* SPDX-License-Identifier: BSD-2-Clause */
/* heap.h -- intrusive binary min-heap on a 64-bit key, for time-outs and expiries.
 *
 * The owner embeds a node; the heap keeps pointers to nodes and each node its own index, so any
 * node is moved or removed in O(log n).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pxe_heap_node {
	int64_t key;
	size_t index; /* PXE_HEAP_OUT when not in a heap */
};
#define PXE_HEAP_OUT SIZE_MAX

struct pxe_heap {
	struct pxe_heap_node **v;
	size_t n, cap;
};

void pxe_heap_init(struct pxe_heap *h);
void pxe_heap_fini(struct pxe_heap *h); /* the nodes are the owner's */
void pxe_heap_node_init(struct pxe_heap_node *node);
/* Insert node, or move it when it is in already, under key. 0 or -ENOMEM. */
int pxe_heap_set(struct pxe_heap *h, struct pxe_heap_node *node, int64_t key);
/* Take node out; harmless when it is not in. */
void pxe_heap_remove(struct pxe_heap *h, struct pxe_heap_node *node);
/* Smallest key, or NULL. */
static inline struct pxe_heap_node *pxe_heap_min(const struct pxe_heap *h)
{
	return h->n > 0 ? h->v[0] : NULL;
}
