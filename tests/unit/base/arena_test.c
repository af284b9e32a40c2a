/* SPDX-License-Identifier: BSD-2-Clause */
/* arena_test.c -- zeroed, aligned, apart from each other. */
#include "libpxecommon/base/arena.h"

#include <stddef.h>
#include <string.h>

#include "tests/unit/check_main.h"

/* Sizes around the chunk and the border of "big"; each piece is filled and checked at the end. */
START_TEST(pieces_do_not_overlap)
{
	static const size_t size[] = {1, 7, 15, 16, 17, 100, 4079, 4080, 4095, 4096, 4097, 5000,
	    16383, 16384, 16385, 100000, 1};
	enum { ROUNDS = 40, N = ROUNDS * ROWS(size) };
	struct pxe_arena *a = pxe_arena_new();
	uint8_t *piece[N];
	size_t sum = 0;

	ck_assert_ptr_nonnull(a);
	ck_assert_uint_eq(pxe_arena_used(a), 0);
	for (size_t i = 0; i < N; i++) {
		size_t n = size[i % ROWS(size)];

		piece[i] = pxe_arena_alloc(a, n);
		ck_assert_ptr_nonnull(piece[i]);
		ck_assert_uint_eq((uintptr_t)piece[i] % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < n; k++)
			MUST(piece[i][k] == 0, "byte %zu of %zu", k, n);
		memset(piece[i], (int)(i % 255 + 1), n);
		sum += n;
		ck_assert_uint_ge(pxe_arena_used(a), sum);
	}
	ck_assert_uint_le(pxe_arena_used(a), sum + N * _Alignof(max_align_t));
	for (size_t i = 0; i < N; i++) {
		size_t n = size[i % ROWS(size)];

		ck_assert_uint_eq(piece[i][0], i % 255 + 1);
		ck_assert_uint_eq(piece[i][n - 1], i % 255 + 1);
	}
	pxe_arena_free(a);
}
END_TEST

START_TEST(big_pieces_leave_the_chunk_in_use)
{
	struct pxe_arena *a = pxe_arena_new();
	uint8_t *first = pxe_arena_alloc(a, 100000), *small = NULL, *next = NULL;

	ck_assert_ptr_nonnull(first);
	memset(first, 1, 100000);
	small = pxe_arena_alloc(a, 16);
	memset(pxe_arena_alloc(a, 100000), 2, 100000);
	next = pxe_arena_alloc(a, 16);
	ck_assert_ptr_eq(next, small + 16);
	ck_assert_uint_eq(first[99999], 1);
	pxe_arena_free(a);
}
END_TEST

START_TEST(nothing_is_something)
{
	struct pxe_arena *a = pxe_arena_new();
	void *p = pxe_arena_alloc(a, 0), *q = pxe_arena_alloc(a, 0);

	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_nonnull(q);
	ck_assert_ptr_ne(p, q);
	pxe_arena_free(a);
	pxe_arena_free(NULL);
}
END_TEST

ALLOCATION_MAY_FAIL;

START_TEST(too_much)
{
	struct pxe_arena *a = pxe_arena_new();
	size_t used = 0;

	ck_assert_ptr_nonnull(pxe_arena_alloc(a, 8));
	used = pxe_arena_used(a);
	for (size_t less = 0; less < 64; less += 9)
		ck_assert_ptr_null(pxe_arena_alloc(a, SIZE_MAX - less));
	ck_assert_uint_eq(pxe_arena_used(a), used);
	ck_assert_ptr_nonnull(pxe_arena_alloc(a, 8));
	pxe_arena_free(a);
}
END_TEST

START_TEST(copies)
{
	struct pxe_arena *a = pxe_arena_new();
	char word[] = "pxelinux.0";
	char *s = pxe_arena_strdup(a, word);
	uint8_t *b = pxe_arena_memdup(a, word, 3);

	word[0] = 'X';
	ck_assert_str_eq(s, "pxelinux.0");
	ck_assert_mem_eq(b, "pxe", 3);
	ck_assert_str_eq(pxe_arena_strdup(a, ""), "");
	ck_assert_ptr_nonnull(pxe_arena_memdup(a, NULL, 0));
	pxe_arena_free(a);
}
END_TEST

CHECK_MAIN("base/arena", pieces_do_not_overlap, big_pieces_leave_the_chunk_in_use,
    nothing_is_something, too_much, copies)
