/* SPDX-License-Identifier: BSD-2-Clause */
/* heap.c -- binary min-heap of nodes that know their place. */
#include "libpxecommon/base/heap.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

void pxe_heap_init(struct pxe_heap *h)
{
	*h = (struct pxe_heap){0};
}

void pxe_heap_fini(struct pxe_heap *h)
{
	if (h == NULL)
		return;
	free(h->v);
	pxe_heap_init(h);
}

void pxe_heap_node_init(struct pxe_heap_node *node)
{
	*node = (struct pxe_heap_node){.index = PXE_HEAP_OUT};
}

static void put(struct pxe_heap *h, size_t i, struct pxe_heap_node *node)
{
	h->v[i] = node;
	node->index = i;
}

static void sift_up(struct pxe_heap *h, size_t i)
{
	struct pxe_heap_node *node = h->v[i];

	for (; i > 0 && h->v[(i - 1) / 2]->key > node->key; i = (i - 1) / 2)
		put(h, i, h->v[(i - 1) / 2]);
	put(h, i, node);
}

static void sift_down(struct pxe_heap *h, size_t i)
{
	struct pxe_heap_node *node = h->v[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < h->n && h->v[child + 1]->key < h->v[child]->key)
			child++;
		if (child >= h->n || h->v[child]->key >= node->key)
			break;
		put(h, i, h->v[child]);
		i = child;
	}
	put(h, i, node);
}

static void settle(struct pxe_heap *h, size_t i)
{
	sift_up(h, i);
	sift_down(h, i);
}

static int make_room(struct pxe_heap *h)
{
	size_t cap = h->cap > 0 ? h->cap * 2 : 16;
	struct pxe_heap_node **v = NULL;

	if (h->n < h->cap)
		return 0;
	v = reallocarray(h->v, cap, sizeof(struct pxe_heap_node *));
	if (v == NULL)
		return -ENOMEM;
	h->v = v;
	h->cap = cap;
	return 0;
}

int pxe_heap_set(struct pxe_heap *h, struct pxe_heap_node *node, int64_t key)
{
	if (node->index == PXE_HEAP_OUT) {
		int err = make_room(h);

		if (err != 0)
			return err;
		put(h, h->n++, node);
	}
	assert(node->index < h->n && h->v[node->index] == node);
	node->key = key;
	settle(h, node->index);
	return 0;
}

void pxe_heap_remove(struct pxe_heap *h, struct pxe_heap_node *node)
{
	size_t at = node->index;

	if (at == PXE_HEAP_OUT)
		return;
	assert(at < h->n && h->v[at] == node);
	node->index = PXE_HEAP_OUT;
	h->n--;
	if (at == h->n)
		return;
	put(h, at, h->v[h->n]);
	settle(h, at);
}
