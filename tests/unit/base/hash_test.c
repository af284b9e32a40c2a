/* SPDX-License-Identifier: BSD-2-Clause */
/* hash_test.c -- SipHash vectors, and the map against a plain array. */
#include "libpxecommon/base/hash.h"

#include <string.h>

#include "libpxecommon/base/list.h"
#include "tests/unit/check_main.h"

/* Key 00..0f, message 00..n-1; made with another implementation (OpenSSL's SIPHASH MAC). Number 15
 * is the example of the paper, appendix A. */
static const uint64_t vector[64] = {
    UINT64_C(0x726fdb47dd0e0e31),
    UINT64_C(0x74f839c593dc67fd),
    UINT64_C(0x0d6c8009d9a94f5a),
    UINT64_C(0x85676696d7fb7e2d),
    UINT64_C(0xcf2794e0277187b7),
    UINT64_C(0x18765564cd99a68d),
    UINT64_C(0xcbc9466e58fee3ce),
    UINT64_C(0xab0200f58b01d137),
    UINT64_C(0x93f5f5799a932462),
    UINT64_C(0x9e0082df0ba9e4b0),
    UINT64_C(0x7a5dbbc594ddb9f3),
    UINT64_C(0xf4b32f46226bada7),
    UINT64_C(0x751e8fbc860ee5fb),
    UINT64_C(0x14ea5627c0843d90),
    UINT64_C(0xf723ca908e7af2ee),
    UINT64_C(0xa129ca6149be45e5),
    UINT64_C(0x3f2acc7f57c29bdb),
    UINT64_C(0x699ae9f52cbe4794),
    UINT64_C(0x4bc1b3f0968dd39c),
    UINT64_C(0xbb6dc91da77961bd),
    UINT64_C(0xbed65cf21aa2ee98),
    UINT64_C(0xd0f2cbb02e3b67c7),
    UINT64_C(0x93536795e3a33e88),
    UINT64_C(0xa80c038ccd5ccec8),
    UINT64_C(0xb8ad50c6f649af94),
    UINT64_C(0xbce192de8a85b8ea),
    UINT64_C(0x17d835b85bbb15f3),
    UINT64_C(0x2f2e6163076bcfad),
    UINT64_C(0xde4daaaca71dc9a5),
    UINT64_C(0xa6a2506687956571),
    UINT64_C(0xad87a3535c49ef28),
    UINT64_C(0x32d892fad841c342),
    UINT64_C(0x7127512f72f27cce),
    UINT64_C(0xa7f32346f95978e3),
    UINT64_C(0x12e0b01abb051238),
    UINT64_C(0x15e034d40fa197ae),
    UINT64_C(0x314dffbe0815a3b4),
    UINT64_C(0x027990f029623981),
    UINT64_C(0xcadcd4e59ef40c4d),
    UINT64_C(0x9abfd8766a33735c),
    UINT64_C(0x0e3ea96b5304a7d0),
    UINT64_C(0xad0c42d6fc585992),
    UINT64_C(0x187306c89bc215a9),
    UINT64_C(0xd4a60abcf3792b95),
    UINT64_C(0xf935451de4f21df2),
    UINT64_C(0xa9538f0419755787),
    UINT64_C(0xdb9acddff56ca510),
    UINT64_C(0xd06c98cd5c0975eb),
    UINT64_C(0xe612a3cb9ecba951),
    UINT64_C(0xc766e62cfcadaf96),
    UINT64_C(0xee64435a9752fe72),
    UINT64_C(0xa192d576b245165a),
    UINT64_C(0x0a8787bf8ecb74b2),
    UINT64_C(0x81b3e73d20b49b6f),
    UINT64_C(0x7fa8220ba3b2ecea),
    UINT64_C(0x245731c13ca42499),
    UINT64_C(0xb78dbfaf3a8d83bd),
    UINT64_C(0xea1ad565322a1a0b),
    UINT64_C(0x60e61c23a3795013),
    UINT64_C(0x6606d7e446282b93),
    UINT64_C(0x6ca4ecb15c5f91e1),
    UINT64_C(0x9f626da15c9625f3),
    UINT64_C(0xe51b38608ef25f57),
    UINT64_C(0x958a324ceb064572),
};

START_TEST(siphash_vectors)
{
	static const struct pxe_hash_seed seed = {
	    UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
	uint8_t in[65];

	for (unsigned i = 0; i < 65; i++)
		in[i] = (uint8_t)i;
	for (size_t n = 0; n < 64; n++)
		ck_assert_msg(pxe_siphash(&seed, in, n) == vector[n], "length %zu", n);
	ck_assert_uint_eq(vector[15], UINT64_C(0xa129ca6149be45e5));
	/* wherever the bytes stand */
	memmove(in + 1, in, 63);
	ck_assert_uint_eq(pxe_siphash(&seed, in + 1, 63), vector[63]);
	ck_assert_uint_eq(pxe_siphash(&seed, NULL, 0), vector[0]);
}
END_TEST

START_TEST(siphash_depends_on_the_seed)
{
	struct pxe_hash_seed a = {1, 2}, b = {1, 3}, c = {2, 2};
	uint64_t h = pxe_siphash(&a, "key", 3);

	ck_assert_uint_ne(h, pxe_siphash(&b, "key", 3));
	ck_assert_uint_ne(h, pxe_siphash(&c, "key", 3));
	ck_assert_uint_eq(h, pxe_siphash(&a, "key", 3));
}
END_TEST

struct item {
	struct pxe_hnode node;
	unsigned key;
	bool in;
	unsigned seen;
};

static bool item_eq(const struct pxe_hnode *node, const void *key)
{
	return ((const struct item *)(const void *)node)->key == *(const unsigned *)key;
}

_Static_assert(offsetof(struct item, node) == 0, "item_eq casts");

/* few: only that many different hashes, so that chains are long and full of strangers. */
static uint64_t hash_of(unsigned key, unsigned few)
{
	static const struct pxe_hash_seed seed = {5, 6};
	uint64_t h = pxe_siphash(&seed, &key, sizeof(key));

	return few > 0 ? h % few : h;
}

enum { ITEMS = 600, KEYS = 200 };

static void check_key(const struct pxe_hmap *m, const struct item *item, unsigned key, unsigned few)
{
	size_t want = 0, got = 0;
	struct pxe_hnode *node = NULL;

	for (size_t i = 0; i < ITEMS; i++)
		want += item[i].in && item[i].key == key;
	for (node = pxe_hmap_find(m, hash_of(key, few), item_eq, &key); node != NULL;
	     node = pxe_hmap_next(node, item_eq, &key)) {
		struct item *it = PXE_CONTAINER(node, struct item, node);

		MUST(it->in && it->key == key, "a stranger under key %u", key);
		got++;
	}
	MUST(got == want, "key %u: %zu and not %zu", key, got, want);
}

static void check_walk(const struct pxe_hmap *m, struct item *item)
{
	size_t cursor = 0, n = 0, want = 0;

	for (size_t i = 0; i < ITEMS; i++) {
		item[i].seen = 0;
		want += item[i].in;
	}
	for (struct pxe_hnode *node = pxe_hmap_walk(m, NULL, &cursor); node != NULL;
	     node = pxe_hmap_walk(m, node, &cursor)) {
		struct item *it = PXE_CONTAINER(node, struct item, node);

		MUST(it->in && it->seen++ == 0, "absent, or seen before");
		n++;
	}
	ck_assert_uint_eq(n, want);
	ck_assert_uint_eq(m->count, want);
}

static void run_model(unsigned few)
{
	static struct item item[ITEMS];
	struct pxe_hmap m;
	uint64_t state = 3 + few;

	memset(item, 0, sizeof(item));
	pxe_hmap_init(&m);
	for (unsigned round = 0; round < 40000; round++) {
		uint64_t r = test_random(&state);
		struct item *it = &item[r % ITEMS];

		if (it->in) {
			pxe_hmap_remove(&m, &it->node);
			it->in = false;
		} else {
			it->key = (unsigned)(r >> 32) % KEYS;
			MUST(pxe_hmap_insert(&m, hash_of(it->key, few), &it->node) == 0, "insert");
			it->in = true;
		}
		check_key(&m, item, (unsigned)(r >> 40) % (KEYS + 5), few);
		if (round % 1000 == 0)
			check_walk(&m, item);
	}
	check_walk(&m, item);
	pxe_hmap_fini(&m);
}

START_TEST(map_agrees_with_an_array)
{
	run_model(0);
}
END_TEST

START_TEST(map_stands_collisions)
{
	run_model(1);
	run_model(7);
}
END_TEST

START_TEST(empty_map)
{
	struct pxe_hmap m;
	size_t cursor = 99;
	unsigned key = 1;

	pxe_hmap_init(&m);
	ck_assert_ptr_null(pxe_hmap_find(&m, 1, item_eq, &key));
	ck_assert_ptr_null(pxe_hmap_walk(&m, NULL, &cursor));
	pxe_hmap_fini(&m);
	pxe_hmap_fini(&m);
	pxe_hmap_fini(NULL);
}
END_TEST

/* Not inlined: the compiler would warn, rightly, that the walk is handed the address of what is
 * gone. It may look at whether it is NULL, no more. */
__attribute__((noinline)) static void item_free(struct item *it)
{
	memset(it, 0xff, sizeof(*it));
	free(it);
}

/* What expiry does: free the node in hand. The sanitizer sees a walk that looks back. */
START_TEST(walk_survives_free)
{
	struct pxe_hmap m;
	size_t cursor = 0, left = 0, gone = 0;

	pxe_hmap_init(&m);
	for (unsigned i = 0; i < 1000; i++) {
		struct item *it = calloc(1, sizeof(*it));

		it->key = i;
		ck_assert_int_eq(pxe_hmap_insert(&m, hash_of(i, 50), &it->node), 0);
	}
	for (struct pxe_hnode *node = pxe_hmap_walk(&m, NULL, &cursor); node != NULL;
	     node = pxe_hmap_walk(&m, node, &cursor)) {
		struct item *it = PXE_CONTAINER(node, struct item, node);

		if (it->key % 3 == 0) {
			left++;
			continue;
		}
		pxe_hmap_remove(&m, &it->node);
		item_free(it);
		gone++;
	}
	ck_assert_uint_eq(left, 334);
	ck_assert_uint_eq(gone, 666);
	ck_assert_uint_eq(m.count, 334);
	for (struct pxe_hnode *node = pxe_hmap_walk(&m, NULL, &cursor); node != NULL;
	     node = pxe_hmap_walk(&m, node, &cursor)) {
		pxe_hmap_remove(&m, node);
		item_free(PXE_CONTAINER(node, struct item, node));
	}
	ck_assert_uint_eq(m.count, 0);
	pxe_hmap_fini(&m);
}
END_TEST

START_TEST(map_grows)
{
	static struct item item[5000];
	struct pxe_hmap m;

	pxe_hmap_init(&m);
	for (unsigned i = 0; i < ROWS(item); i++) {
		item[i].key = i;
		ck_assert_int_eq(pxe_hmap_insert(&m, hash_of(i, 0), &item[i].node), 0);
		ck_assert_uint_ge(m.nbucket, m.count);
		ck_assert_uint_eq(m.nbucket & (m.nbucket - 1), 0);
	}
	ck_assert_uint_le(m.nbucket, 2 * ROWS(item));
	for (unsigned i = 0; i < ROWS(item); i++)
		ck_assert_ptr_eq(pxe_hmap_find(&m, hash_of(i, 0), item_eq, &i), &item[i].node);
	pxe_hmap_fini(&m);
}
END_TEST

ALLOCATION_MAY_FAIL;

/* The map is told that it is larger than memory; the hash stays inside the real buckets. */
START_TEST(map_that_cannot_grow)
{
	struct item a = {.key = 1}, b = {.key = 2};
	struct pxe_hmap m;
	size_t nbucket = 0;

	pxe_hmap_init(&m);
	ck_assert_int_eq(pxe_hmap_insert(&m, 3, &a.node), 0);
	nbucket = m.nbucket;
	m.count = m.nbucket = SIZE_MAX / 4 + 1;
	ck_assert_int_eq(pxe_hmap_insert(&m, 3, &b.node), 0);
	ck_assert_uint_eq(m.count, SIZE_MAX / 4 + 2);
	m.count = 2;
	m.nbucket = nbucket;
	ck_assert_ptr_eq(pxe_hmap_find(&m, 3, item_eq, &a.key), &a.node);
	ck_assert_ptr_eq(pxe_hmap_find(&m, 3, item_eq, &b.key), &b.node);
	pxe_hmap_fini(&m);
}
END_TEST

CHECK_MAIN("base/hash", map_that_cannot_grow, siphash_vectors, siphash_depends_on_the_seed,
    map_agrees_with_an_array, map_stands_collisions, empty_map, walk_survives_free, map_grows)
