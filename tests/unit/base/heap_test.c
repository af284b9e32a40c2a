/* SPDX-License-Identifier: BSD-2-Clause */
/* heap_test.c -- the heap against a plain array. */
#include "libpxecommon/base/heap.h"

#include <errno.h>

#include "tests/unit/check_main.h"

enum { NODES = 300 };

static void check_order(const struct pxe_heap *h)
{
	for (size_t i = 0; i < h->n; i++) {
		MUST(h->v[i]->index == i, "node %zu", i);
		MUST(i == 0 || h->v[(i - 1) / 2]->key <= h->v[i]->key, "node %zu", i);
	}
}

START_TEST(agrees_with_an_array)
{
	static struct pxe_heap_node node[NODES];
	struct pxe_heap h;
	uint64_t state = 99;

	pxe_heap_init(&h);
	for (size_t i = 0; i < NODES; i++)
		pxe_heap_node_init(&node[i]);
	for (unsigned round = 0; round < 60000; round++) {
		uint64_t r = test_random(&state);
		struct pxe_heap_node *n = &node[r % NODES];
		const struct pxe_heap_node *least = NULL;
		size_t in = 0;

		switch (r >> 20 & 7) {
		case 0:
		case 1:
			pxe_heap_remove(&h, n);
			MUST(n->index == PXE_HEAP_OUT, "still in");
			break;
		case 2:
			if ((n = pxe_heap_min(&h)) != NULL)
				pxe_heap_remove(&h, n);
			break;
		default: /* few different keys, so that many are equal; both signs */
			MUST(pxe_heap_set(&h, n, (int64_t)(r >> 32) % 100 - 50) == 0, "set");
			break;
		}
		for (size_t i = 0; i < NODES; i++) {
			if (node[i].index == PXE_HEAP_OUT)
				continue;
			in++;
			if (least == NULL || node[i].key < least->key)
				least = &node[i];
		}
		MUST(h.n == in, "%zu and not %zu", h.n, in);
		MUST((pxe_heap_min(&h) == NULL) == (least == NULL), "empty or not");
		MUST(least == NULL || pxe_heap_min(&h)->key == least->key, "not the least");
		check_order(&h);
	}
	pxe_heap_fini(&h);
}
END_TEST

START_TEST(sorts)
{
	static struct pxe_heap_node node[1000];
	struct pxe_heap h;
	uint64_t state = 5;
	int64_t last = INT64_MIN;

	pxe_heap_init(&h);
	for (size_t i = 0; i < ROWS(node); i++) {
		pxe_heap_node_init(&node[i]);
		ck_assert_int_eq(pxe_heap_set(&h, &node[i], (int64_t)test_random(&state)), 0);
	}
	/* move each once more, up or down */
	for (size_t i = 0; i < ROWS(node); i++)
		ck_assert_int_eq(pxe_heap_set(&h, &node[i], (int64_t)test_random(&state)), 0);
	ck_assert_uint_eq(h.n, ROWS(node));
	for (size_t i = 0; i < ROWS(node); i++) {
		struct pxe_heap_node *n = pxe_heap_min(&h);

		ck_assert_int_ge(n->key, last);
		last = n->key;
		pxe_heap_remove(&h, n);
		pxe_heap_remove(&h, n); /* harmless */
	}
	ck_assert_ptr_null(pxe_heap_min(&h));
	pxe_heap_fini(&h);
}
END_TEST

START_TEST(extremes)
{
	struct pxe_heap_node a, b, c;
	struct pxe_heap h;

	pxe_heap_init(&h);
	ck_assert_ptr_null(pxe_heap_min(&h));
	pxe_heap_node_init(&a);
	pxe_heap_node_init(&b);
	pxe_heap_node_init(&c);
	pxe_heap_remove(&h, &a);
	ck_assert_int_eq(pxe_heap_set(&h, &a, INT64_MAX), 0);
	ck_assert_int_eq(pxe_heap_set(&h, &b, INT64_MIN), 0);
	ck_assert_int_eq(pxe_heap_set(&h, &c, 0), 0);
	ck_assert_ptr_eq(pxe_heap_min(&h), &b);
	pxe_heap_remove(&h, &b);
	ck_assert_ptr_eq(pxe_heap_min(&h), &c);
	ck_assert_int_eq(pxe_heap_set(&h, &c, INT64_MAX), 0);
	ck_assert_int_eq(pxe_heap_set(&h, &a, INT64_MIN), 0);
	ck_assert_ptr_eq(pxe_heap_min(&h), &a);
	pxe_heap_fini(&h);
	pxe_heap_fini(&h);
	pxe_heap_fini(NULL);
}
END_TEST

ALLOCATION_MAY_FAIL;

/* The heap is told that it is larger than memory. */
START_TEST(out_of_memory)
{
	struct pxe_heap_node a, b;
	struct pxe_heap h;
	size_t cap = 0;

	pxe_heap_init(&h);
	pxe_heap_node_init(&a);
	pxe_heap_node_init(&b);
	ck_assert_int_eq(pxe_heap_set(&h, &a, 1), 0);
	cap = h.cap;
	h.n = h.cap = SIZE_MAX / 4;
	ck_assert_int_eq(pxe_heap_set(&h, &b, 0), -ENOMEM);
	ck_assert_uint_eq(b.index, PXE_HEAP_OUT);
	ck_assert_uint_eq(h.n, SIZE_MAX / 4);
	h.n = 1;
	h.cap = cap;
	ck_assert_ptr_eq(pxe_heap_min(&h), &a);
	ck_assert_int_eq(pxe_heap_set(&h, &b, 0), 0);
	ck_assert_ptr_eq(pxe_heap_min(&h), &b);
	pxe_heap_fini(&h);
}
END_TEST

CHECK_MAIN("base/heap", out_of_memory, agrees_with_an_array, sorts, extremes)
