/* SPDX-License-Identifier: BSD-2-Clause */
/* spawn.c -- subclasses that come into being with their first lease. */
#include "dhcpd/core/spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEP_MIN = 64 };

struct spawned {
	struct pxe_hnode by_value;
	const struct class *class;
	uint32_t index;
	uint8_t len;
	uint8_t value[];
};

struct spawn_key {
	const struct class *class;
	struct pxe_bytes value;
};

static struct spawned *of_node(const struct pxe_hnode *n)
{
	return n == NULL ? NULL : PXE_CONTAINER(n, struct spawned, by_value);
}

static struct spawn_key key_of(const struct class *cl, struct pxe_bytes value)
{
	if (value.len > SPAWN_VALUE_MAX)
		value.len = SPAWN_VALUE_MAX;
	return (struct spawn_key){cl, value};
}

static uint64_t hash_of(const struct spawns *s, const struct spawn_key *key)
{
	return pxe_siphash(&s->leases->seed, key->value.p, key->value.len) ^ key->class->index;
}

static bool eq(const struct pxe_hnode *n, const void *arg)
{
	const struct spawned *sp = of_node(n);
	const struct spawn_key *key = arg;

	return sp->class == key->class && sp->len == key->value.len &&
	       memcmp(sp->value, key->value.p, sp->len) == 0;
}

void spawns_init(struct spawns *s, const struct leases *leases, size_t base)
{
	*s = (struct spawns){.leases = leases,
	    .base = (uint32_t)base,
	    .next = (uint32_t)base,
	    .sweep_at = SWEEP_MIN};
	pxe_hmap_init(&s->by_value);
}

void spawns_fini(struct spawns *s)
{
	struct pxe_hnode *n = NULL;
	size_t cursor = 0;

	while ((n = pxe_hmap_walk(&s->by_value, n, &cursor)) != NULL)
		free(of_node(n));
	pxe_hmap_fini(&s->by_value);
	free(s->spare);
	memset(s, 0, sizeof(*s));
}

bool spawn_find(
    const struct spawns *s, const struct class *cl, struct pxe_bytes value, uint32_t *out_index)
{
	struct spawn_key key = key_of(cl, value);
	const struct spawned *sp = of_node(pxe_hmap_find(&s->by_value, hash_of(s, &key), eq, &key));

	if (sp == NULL)
		return false;
	*out_index = sp->index;
	return true;
}

static bool is_counted(const struct spawns *s, const struct spawned *sp)
{
	return sp->index < s->leases->nbilled && s->leases->billed[sp->index] > 0;
}

/* Forget those without leases; their indexes are used again. */
static void sweep(struct spawns *s)
{
	size_t room = s->nspare + s->by_value.count, cursor = 0;
	uint32_t *spare = reallocarray(s->spare, room > 0 ? room : 1, sizeof(*spare));
	struct pxe_hnode *n = NULL, *last = NULL;

	if (spare == NULL)
		return;
	s->spare = spare;
	while ((n = pxe_hmap_walk(&s->by_value, last, &cursor)) != NULL) {
		struct spawned *sp = of_node(n);

		last = n;
		if (is_counted(s, sp))
			continue;
		s->spare[s->nspare++] = sp->index;
		pxe_hmap_remove(&s->by_value, n);
		free(sp);
	}
	s->sweep_at = s->by_value.count * 2 > SWEEP_MIN ? s->by_value.count * 2 : SWEEP_MIN;
}

int spawn_make(
    struct spawns *s, const struct class *cl, struct pxe_bytes value, uint32_t *out_index)
{
	struct spawn_key key = key_of(cl, value);
	struct spawned *sp = NULL;

	if (spawn_find(s, cl, value, out_index))
		return 0;
	if (s->by_value.count >= s->sweep_at)
		sweep(s);
	sp = malloc(sizeof(*sp) + key.value.len);
	if (sp == NULL)
		return -ENOMEM;
	sp->class = cl;
	sp->len = (uint8_t)key.value.len;
	if (key.value.len > 0)
		memcpy(sp->value, key.value.p, key.value.len);
	if (pxe_hmap_insert(&s->by_value, hash_of(s, &key), &sp->by_value) != 0) {
		free(sp);
		return -ENOMEM;
	}
	sp->index = s->nspare > 0 ? s->spare[--s->nspare] : s->next++;
	*out_index = sp->index;
	return 0;
}
