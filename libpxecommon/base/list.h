/* SPDX-License-Identifier: BSD-2-Clause */
/* list.h -- intrusive doubly linked list with a head that is a link itself.
 *
 * The owner embeds a struct pxe_link and gets itself back with PXE_CONTAINER. An unlinked link
 * points to itself, so removing twice is harmless.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct pxe_link {
	struct pxe_link *prev, *next;
};

#define PXE_CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline void pxe_list_init(struct pxe_link *l)
{
	l->prev = l->next = l;
}

static inline bool pxe_list_is_empty(const struct pxe_link *head)
{
	return head->next == head;
}

static inline void pxe_list_insert_after(struct pxe_link *at, struct pxe_link *l)
{
	l->prev = at;
	l->next = at->next;
	at->next->prev = l;
	at->next = l;
}

static inline void pxe_list_append(struct pxe_link *head, struct pxe_link *l)
{
	pxe_list_insert_after(head->prev, l);
}

static inline void pxe_list_remove(struct pxe_link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	pxe_list_init(l);
}

#define PXE_LIST_FOREACH(it, head)                                                                 \
	for (struct pxe_link *it = (head)->next; it != (head); it = it->next)
/* it may be removed (or freed) in the body. */
#define PXE_LIST_FOREACH_SAFE(it, head)                                                            \
	for (struct pxe_link *it = (head)->next, *it##_next = it->next; it != (head);              \
	     it = it##_next, it##_next = it->next)
