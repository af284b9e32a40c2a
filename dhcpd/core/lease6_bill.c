/* SPDX-License-Identifier: BSD-2-Clause */
/* lease6_bill.c -- how many bound leases count for a class, for `lease limit`. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/lease6.h"
#include "libpxecommon/base/list.h"

/* What leases count for: a class, or a subclass of one, by what the lease file calls it. */
struct bill6 {
	struct pxe_hnode by_name;
	size_t nlease; /* that name it */
	uint32_t n;    /* of those, bound */
	size_t len;
	uint8_t name[];
};

static struct bill6 *of(struct pxe_hnode *n)
{
	return n == NULL ? NULL : PXE_CONTAINER(n, struct bill6, by_name);
}

static bool eq(const struct pxe_hnode *n, const void *key)
{
	const struct bill6 *b = PXE_CONTAINER(n, struct bill6, by_name);
	const struct pxe_bytes *name = key;

	return b->len == name->len && memcmp(b->name, name->p, name->len) == 0;
}

static struct bill6 *find(const struct leases6 *t, struct pxe_bytes name)
{
	return of(pxe_hmap_find(&t->bills, pxe_siphash(&t->seed, name.p, name.len), eq, &name));
}

int lease6_bill(struct leases6 *t, struct pxe_bytes vars, struct bill6 **out)
{
	struct pxe_bytes name;
	struct bill6 *b = NULL;

	*out = NULL;
	if (vars.len == 0 || !lease_vars_find(vars, LEASE6_BILLING, &name))
		return 0;
	b = find(t, name);
	if (b == NULL) {
		b = calloc(1, sizeof(*b) + name.len);
		if (b == NULL)
			return -ENOMEM;
		b->len = name.len;
		memcpy(b->name, name.p, name.len);
		if (pxe_hmap_insert(
			&t->bills, pxe_siphash(&t->seed, name.p, name.len), &b->by_name) != 0) {
			free(b);
			return -ENOMEM;
		}
	}
	b->nlease++;
	*out = b;
	return 0;
}

void lease6_unbill(struct leases6 *t, struct bill6 *b)
{
	if (b == NULL || --b->nlease > 0)
		return;
	pxe_hmap_remove(&t->bills, &b->by_name);
	free(b);
}

void lease6_bill_count(struct bill6 *b, int by)
{
	b->n += (uint32_t)by;
}

uint32_t lease6_billed(const struct leases6 *t, struct pxe_bytes name)
{
	const struct bill6 *b = find(t, name);

	return b != NULL ? b->n : 0;
}
