/* SPDX-License-Identifier: BSD-2-Clause */
/* arena.h -- allocations that live and die together, such as everything one configuration made.
 *
 * Memory comes zeroed and aligned for any type; nothing is freed before the whole arena is.
 */
#pragma once

#include <stddef.h>

struct pxe_arena;

struct pxe_arena *pxe_arena_new(void);                /* NULL when out of memory */
void pxe_arena_free(struct pxe_arena *a);             /* NULL ok */
void *pxe_arena_alloc(struct pxe_arena *a, size_t n); /* NULL when out of memory */
char *pxe_arena_strdup(struct pxe_arena *a, const char *s);
void *pxe_arena_memdup(struct pxe_arena *a, const void *p, size_t n);
/* Bytes handed out so far, for memory reports. */
size_t pxe_arena_used(const struct pxe_arena *a);
