/* SPDX-License-Identifier: BSD-2-Clause */
/* list_test.c -- order, removal while walking, removing twice. */
#include "libpxecommon/base/list.h"

#include "tests/unit/check_main.h"

struct item {
	int v;
	struct pxe_link link;
};

/* The values as a number: 1, 2, 3 is 123. */
static int digits(struct pxe_link *head)
{
	int sum = 0, back = 0, factor = 1;

	PXE_LIST_FOREACH (l, head)
		sum = sum * 10 + PXE_CONTAINER(l, struct item, link)->v;
	for (struct pxe_link *l = head->prev; l != head; l = l->prev, factor *= 10)
		back += PXE_CONTAINER(l, struct item, link)->v * factor;
	ck_assert_int_eq(sum, back);
	return sum;
}

START_TEST(order)
{
	struct item a = {.v = 1}, b = {.v = 2}, c = {.v = 3};
	struct pxe_link head;

	pxe_list_init(&head);
	ck_assert(pxe_list_is_empty(&head));
	ck_assert_int_eq(digits(&head), 0);
	pxe_list_append(&head, &a.link);
	pxe_list_append(&head, &c.link);
	pxe_list_insert_after(&a.link, &b.link);
	ck_assert_int_eq(digits(&head), 123);
	pxe_list_remove(&b.link);
	pxe_list_remove(&b.link);
	ck_assert_int_eq(digits(&head), 13);
	pxe_list_insert_after(&head, &b.link);
	ck_assert_int_eq(digits(&head), 213);
	ck_assert(!pxe_list_is_empty(&head));
	pxe_list_remove(&a.link);
	pxe_list_remove(&b.link);
	pxe_list_remove(&c.link);
	ck_assert(pxe_list_is_empty(&head));
}
END_TEST

START_TEST(free_while_walking)
{
	struct pxe_link head;
	int left = 0;

	pxe_list_init(&head);
	for (int i = 0; i < 100; i++) {
		struct item *it = calloc(1, sizeof(*it));

		it->v = i;
		pxe_list_append(&head, &it->link);
	}
	PXE_LIST_FOREACH_SAFE (l, &head) {
		struct item *it = PXE_CONTAINER(l, struct item, link);

		if (it->v % 2 == 0) {
			left++;
			continue;
		}
		pxe_list_remove(l);
		free(it);
	}
	ck_assert_int_eq(left, 50);
	PXE_LIST_FOREACH_SAFE (l, &head) {
		pxe_list_remove(l);
		free(PXE_CONTAINER(l, struct item, link));
	}
	ck_assert(pxe_list_is_empty(&head));
}
END_TEST

CHECK_MAIN("base/list", order, free_while_walking)
