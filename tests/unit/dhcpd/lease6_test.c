/* SPDX-License-Identifier: BSD-2-Clause */
/* lease6_test.c -- the lease table of DHCPv6: who holds what, and when something is due. */
#include "dhcpd/core/lease6.h"

#include <check.h>
#include <string.h>

#include "libpxecommon/base/err.h"

enum { T0 = 1000000 };

static struct leases6 t;

static const uint64_t no_prefixes[3];

static uint32_t on_shelf(void *arg, enum lease6_kind kind, const struct pxe_ip6 *ip, uint8_t len)
{
	(void)arg;
	(void)kind;
	(void)len;
	return ip->b[14] == 0 ? 0 : LEASE6_SHELF_NONE;
}

static void setup(void)
{
	static const struct pxe_hash_seed seed = {1, 2};

	leases6_init(&t, &seed);
	ck_assert_int_eq(leases6_shelve(&t, 1, no_prefixes, on_shelf, NULL), 0);
}

static void teardown(void)
{
	leases6_fini(&t);
}

static struct pxe_bytes duid(const char *name)
{
	return (struct pxe_bytes){(const uint8_t *)name, strlen(name)};
}

static struct ia6 *ia(const char *name)
{
	return ia6_get(&t, LEASE6_NA, 1, duid(name));
}

static struct lease6_give address(uint8_t last)
{
	return (struct lease6_give){
	    .ip = {{0x20, 1, [15] = last}}, .len = 128, .preferred_s = 50, .valid_s = 100};
}

static struct lease6 *at(uint8_t last)
{
	struct lease6_give g = address(last);

	return lease6_find(&t, &g.ip, 128);
}

START_TEST(bind_and_end)
{
	struct lease6_give g = address(1);
	struct ia6 *a = ia("a");

	ck_assert_int_eq(lease6_bind(&t, a, &g, T0), 0);
	ck_assert_uint_eq(a->version, 1);
	ck_assert_uint_eq(t.shelf[0].nactive, 1);
	ck_assert_ptr_null(lease6_due(&t, T0 + 99));
	ck_assert_ptr_eq(lease6_due(&t, T0 + 100), at(1));
	lease6_end(&t, at(1), LEASE_EXPIRED, T0 + 100);
	ck_assert_uint_eq(t.shelf[0].nactive, 0);
	ck_assert_uint_eq(t.shelf[0].nended, 1);
	ck_assert_int_eq(lease6_next_due(&t), T0 + 100 + LEASE6_KEEP_S);
}
END_TEST

START_TEST(nobody_shares)
{
	struct lease6_give g = address(1);

	ck_assert_int_eq(lease6_bind(&t, ia("a"), &g, T0), 0);
	ck_assert_int_eq(lease6_bind(&t, ia("b"), &g, T0), PXE_E_EXISTS);
	ck_assert_int_eq(lease6_offer(&t, ia("b"), &g, T0), PXE_E_EXISTS);
	lease6_end(&t, at(1), LEASE_RELEASED, T0);
	ck_assert_int_eq(lease6_bind(&t, ia("b"), &g, T0), 0);
	ck_assert_ptr_eq(at(1)->ia, ia("b"));
	ck_assert_ptr_null(ia("a")->first);
}
END_TEST

START_TEST(an_offer_is_held_and_lapses)
{
	struct lease6_give g = address(1);

	ck_assert_int_eq(lease6_offer(&t, ia("a"), &g, T0), 0);
	ck_assert_int_eq(lease6_bind(&t, ia("b"), &g, T0), PXE_E_EXISTS);
	ck_assert(!ia6_is_written(ia("a")));
	ck_assert_ptr_eq(lease6_due(&t, T0 + LEASE6_OFFER_S), at(1));
	lease6_drop(&t, at(1));
	ck_assert_uint_eq(t.offers, 0);
	ck_assert_uint_eq(t.count, 0);
	ck_assert_ptr_null(ia6_find(&t, LEASE6_NA, 1, duid("a"))); /* forgotten with it */
}
END_TEST

START_TEST(abandoned_stays)
{
	struct lease6_give g = address(1);

	ck_assert_int_eq(lease6_bind(&t, ia("a"), &g, T0), 0);
	lease6_abandon(&t, at(1), T0);
	ck_assert_int_eq(lease6_bind(&t, ia("a"), &g, T0), PXE_E_EXISTS);
	ck_assert_int_eq(lease6_next_due(&t), INT64_MAX);
	ck_assert_uint_eq(t.shelf[0].nabandoned, 1);
}
END_TEST

START_TEST(what_waits_for_the_disk_is_not_forgotten)
{
	struct lease6_give g = address(1);
	struct ia6 *a = ia("a");
	uint32_t index = a->index;

	ck_assert_int_eq(lease6_bind(&t, a, &g, T0), 0);
	lease6_drop(&t, at(1));
	ck_assert_ptr_eq(ia6_at(&t, index), a);
	a->durable = a->version;
	ia6_tidy(&t, a);
	ck_assert_ptr_null(ia6_at(&t, index));
	ck_assert_uint_eq(ia("b")->index, index); /* the slot is used again */
}
END_TEST

START_TEST(the_last_entry_of_a_file_counts)
{
	bool inside = false;
	struct ia6_rec rec = {.kind = LEASE6_NA, .iaid = 1, .duid = duid("a"), .cltt = T0, .n = 2};

	for (size_t i = 0; i < 2; i++)
		rec.v[i] = (struct lease6_rec){.ip = address((uint8_t)(i + 1)).ip,
		    .len = 128,
		    .state = LEASE_ACTIVE,
		    .valid_s = 100,
		    .ends = T0 + 100};
	ck_assert_int_eq(lease6_load(&t, &rec, on_shelf, NULL, T0, &inside), 0);
	ck_assert_uint_eq(t.count, 2);
	rec.n = 1; /* the second is gone from it */
	rec.v[0].state = LEASE_RELEASED;
	ck_assert_int_eq(lease6_load(&t, &rec, on_shelf, NULL, T0, &inside), 0);
	ck_assert_uint_eq(t.count, 1);
	ck_assert_uint_eq(at(1)->state, LEASE_RELEASED);
	rec.duid = duid("b"); /* and another has the first by now */
	rec.v[0].state = LEASE_ACTIVE;
	ck_assert_int_eq(lease6_load(&t, &rec, on_shelf, NULL, T0, &inside), 0);
	ck_assert_ptr_eq(at(1)->ia, ia("b"));
	ck_assert_uint_eq(t.shelf[0].nactive, 1);
	ck_assert(at(1)->ia->version == at(1)->ia->durable);
}
END_TEST

START_TEST(limits)
{
	struct ia6 *a = ia("a");
	static const uint8_t longest[LEASE6_DUID_MAX + 1];

	for (unsigned i = 0; i < LEASE6_PER_IA_MAX; i++) {
		struct lease6_give g = address((uint8_t)i);

		ck_assert_int_eq(lease6_bind(&t, a, &g, T0), 0);
	}
	ck_assert_int_eq(
	    lease6_bind(&t, a, &(struct lease6_give){.ip = {{1}}, .len = 128}, T0), PXE_E_LIMIT);
	ck_assert_ptr_null(ia6_get(&t, LEASE6_NA, 1, (struct pxe_bytes){longest, sizeof(longest)}));
	ck_assert_ptr_null(ia6_get(&t, LEASE6_NA, 1, (struct pxe_bytes){longest, 0}));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcpd/lease6");
	TCase *tc = tcase_create("all");
	SRunner *r = srunner_create(s);
	int failed = 0;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, bind_and_end);
	tcase_add_test(tc, nobody_shares);
	tcase_add_test(tc, an_offer_is_held_and_lapses);
	tcase_add_test(tc, abandoned_stays);
	tcase_add_test(tc, what_waits_for_the_disk_is_not_forgotten);
	tcase_add_test(tc, the_last_entry_of_a_file_counts);
	tcase_add_test(tc, limits);
	suite_add_tcase(s, tc);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
