/* SPDX-License-Identifier: BSD-2-Clause */
/* arena.c -- bump allocation out of a chain of zeroed chunks. */
#include "libpxecommon/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 16 * 1024, ALIGN = _Alignof(max_align_t) };

struct chunk {
	struct chunk *next;
	size_t used, size;
	max_align_t data[]; /* size bytes */
};

struct pxe_arena {
	struct chunk *chunk; /* the one allocations come from, then the full ones */
	size_t used;
};

struct pxe_arena *pxe_arena_new(void)
{
	return calloc(1, sizeof(struct pxe_arena));
}

void pxe_arena_free(struct pxe_arena *a)
{
	struct chunk *next = NULL;

	if (a == NULL)
		return;
	for (struct chunk *c = a->chunk; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}

static struct chunk *chunk_new(size_t size)
{
	struct chunk *c = NULL;

	if (size > SIZE_MAX - sizeof(*c))
		return NULL;
	c = calloc(1, sizeof(*c) + size);
	if (c != NULL)
		c->size = size;
	return c;
}

/* A big piece gets a chunk of its own behind the current one, whose rest stays in use. */
static struct chunk *add_chunk(struct pxe_arena *a, size_t n)
{
	struct chunk *c = chunk_new(n > CHUNK_SIZE / 4 ? n : CHUNK_SIZE);

	if (c == NULL)
		return NULL;
	if (a->chunk != NULL && n > CHUNK_SIZE / 4) {
		c->next = a->chunk->next;
		a->chunk->next = c;
	} else {
		c->next = a->chunk;
		a->chunk = c;
	}
	return c;
}

void *pxe_arena_alloc(struct pxe_arena *a, size_t n)
{
	struct chunk *c = a->chunk;
	uint8_t *at = NULL;

	/* Even nothing gets a place of its own, so that NULL always means out of memory. */
	n = n == 0 ? 1 : n;
	if (n > SIZE_MAX - ALIGN)
		return NULL;
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (c == NULL || c->size - c->used < n)
		c = add_chunk(a, n);
	if (c == NULL)
		return NULL;
	at = (uint8_t *)c->data + c->used;
	c->used += n;
	a->used += n;
	return at;
}

char *pxe_arena_strdup(struct pxe_arena *a, const char *s)
{
	return pxe_arena_memdup(a, s, strlen(s) + 1);
}

void *pxe_arena_memdup(struct pxe_arena *a, const void *p, size_t n)
{
	void *copy = pxe_arena_alloc(a, n);

	if (copy != NULL && n > 0)
		memcpy(copy, p, n);
	return copy;
}

size_t pxe_arena_used(const struct pxe_arena *a)
{
	return a->used;
}
