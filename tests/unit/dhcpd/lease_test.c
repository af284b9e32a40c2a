/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_test.c -- the lease table: indexes, heaps and counts in step through every change. */
#include "dhcpd/core/lease.h"

#include <string.h>

#include "../check_main.h"
#include "dhcpd/core/client.h"
#include "dhcpd/core/offer.h"
#include "libpxecommon/base/clock.h"

static const struct pxe_hash_seed seed = {1, 2};
enum { T0 = 1795507200 };

static struct pxe_ip4 ip_of(uint32_t n)
{
	return (struct pxe_ip4){.v = 0xc0000200u + n};
}

static struct pxe_hwaddr hw_of(uint32_t n)
{
	return (struct pxe_hwaddr){
	    .type = 1, .len = 6, .b = {2, 0, 0, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}};
}

static struct pxe_bytes of(const char *s)
{
	return (struct pxe_bytes){.p = (const uint8_t *)s, .len = strlen(s)};
}

static uint32_t one_pool(void *arg, struct pxe_ip4 ip)
{
	(void)arg;
	return ip.v < 0xc0000280u ? 0 : LEASE_POOL_NONE;
}

static void setup(struct leases *t)
{
	leases_init(t, &seed);
	ck_assert_int_eq(leases_shelve(t, 1, one_pool, NULL), 0);
}

static struct lease *bound(struct leases *t, uint32_t n, const char *uid, int64_t ends)
{
	struct lease *l = lease_new(t, ip_of(n), 0);
	struct lease_rec rec = {.starts = T0,
	    .ends = ends,
	    .cltt = T0,
	    .hw = hw_of(n),
	    .uid = of(uid),
	    .hostname = of("name"),
	    .vars = of("  set a = \"b\";\n"),
	    .agent = of("\001\001x"),
	    .tail = of("  billing class \"c\";\n")};

	ck_assert_ptr_nonnull(l);
	ck_assert_int_eq(lease_bind(t, l, &rec, 0), 0);
	return l;
}

START_TEST(found_by_every_key)
{
	struct leases t;
	struct lease *a = NULL, *b = NULL;
	struct pxe_hwaddr hw = hw_of(1);

	setup(&t);
	a = bound(&t, 1, "same", T0 + 10);
	b = bound(&t, 2, "same", T0 + 20);
	ck_assert_ptr_eq(lease_find(&t, ip_of(1)), a);
	ck_assert_ptr_null(lease_find(&t, ip_of(3)));
	ck_assert_ptr_eq(lease_by_hw(&t, &hw, NULL), a);
	ck_assert_ptr_null(lease_by_hw(&t, &hw, a));
	/* two leases of one identifier, both found, each once */
	{
		struct lease *x = lease_by_uid(&t, of("same"), NULL);
		struct lease *y = lease_by_uid(&t, of("same"), x);

		ck_assert((x == a && y == b) || (x == b && y == a));
		ck_assert_ptr_null(lease_by_uid(&t, of("same"), y));
	}
	ck_assert_ptr_null(lease_by_uid(&t, of(""), NULL));
	leases_fini(&t);
}
END_TEST

START_TEST(keeps_what_it_was_given)
{
	struct leases t;
	struct lease *l = NULL;
	struct lease_rec rec;

	setup(&t);
	l = bound(&t, 1, "u", T0 + 10);
	lease_view(l, &rec);
	ck_assert_int_eq(rec.state, LEASE_ACTIVE);
	ck_assert_int_eq(rec.next, LEASE_FREE);
	ck_assert_int_eq(rec.ends, T0 + 10);
	ck_assert_mem_eq(rec.vars.p, "  set a = \"b\";\n", rec.vars.len);
	ck_assert_mem_eq(rec.agent.p, "\001\001x", 3);
	ck_assert_uint_eq(rec.tail.len, 21);
	lease_free(&t, l, T0 + 5);
	lease_view(l, &rec);
	ck_assert_int_eq(rec.state, LEASE_FREE);
	ck_assert_int_eq(rec.ends, T0 + 5);
	ck_assert_int_eq(rec.tstp, T0 + 5);
	ck_assert_uint_eq(rec.uid.len, 1);
	ck_assert_uint_gt(rec.vars.len, 0);
	ck_assert_uint_eq(rec.hostname.len + rec.agent.len + rec.tail.len, 0);
	lease_abandon(&t, l, T0, T0 + 100);
	lease_view(l, &rec);
	ck_assert_int_eq(rec.state, LEASE_ABANDONED);
	ck_assert_uint_eq(rec.uid.len + rec.hw.len + rec.vars.len, 0);
	ck_assert_int_eq(rec.ends, T0 + 100);
	leases_fini(&t);
}
END_TEST

START_TEST(ends_in_order)
{
	struct leases t;
	struct lease *never = NULL;

	setup(&t);
	(void)bound(&t, 1, "a", T0 + 30);
	(void)bound(&t, 2, "b", T0 + 10);
	never = bound(&t, 3, "c", LEASE_NEVER);
	lease_abandon(&t, lease_new(&t, ip_of(4), 0), T0, T0 + 20);
	ck_assert_int_eq(lease_next_end(&t), T0 + 10);
	ck_assert_ptr_null(lease_due(&t, T0 + 9));
	for (uint32_t k = 0; k < 3; k++) {
		static const uint32_t order[] = {2, 4, 1};
		struct lease *l = lease_due(&t, T0 + 30);

		ck_assert_uint_eq(l->ip.v, ip_of(order[k]).v);
		lease_free(&t, l, T0 + 30);
	}
	ck_assert_ptr_null(lease_due(&t, INT64_MAX));
	ck_assert_int_eq(lease_next_end(&t), INT64_MAX);
	ck_assert_int_eq(never->state, LEASE_ACTIVE);
	/* given out again in the order in which they ended */
	ck_assert_uint_eq(lease_oldest_free(&t, 0)->ip.v, ip_of(2).v);
	leases_fini(&t);
}
END_TEST

START_TEST(blank_before_free_and_ascending)
{
	struct leases t;
	struct lease *l = NULL;

	setup(&t);
	lease_free(&t, bound(&t, 1, "a", T0 + 1), T0 + 1);
	(void)lease_new(&t, ip_of(9), 0);
	(void)lease_new(&t, ip_of(5), 0);
	l = lease_oldest_free(&t, 0);
	ck_assert_uint_eq(l->ip.v, ip_of(5).v);
	ck_assert(lease_is_blank(l));
	leases_fini(&t);
}
END_TEST

/* Counts against a plain recount after each of many random changes. */
START_TEST(counts_stay_right)
{
	struct leases t;
	struct offers o;
	uint64_t r = 7;

	setup(&t);
	offers_init(&o, &t);
	for (int i = 0; i < 20000; i++) {
		uint32_t n = (uint32_t)(test_random(&r) % 40);
		struct lease *l = lease_find(&t, ip_of(n));
		struct client_key key = {.hw = hw_of((uint32_t)(test_random(&r) % 50))};
		struct lease_rec rec = {
		    .ends = T0 + (int64_t)(test_random(&r) % 100), .hw = key.hw};
		size_t active = 0, free_ = 0, abandoned = 0, offered = 0, cursor = 0;

		if (l == NULL)
			l = lease_new(&t, ip_of(n), 0);
		switch (test_random(&r) % 6) {
		case 0:
			if (l->offer != NULL)
				offer_drop(&o, l->offer);
			(void)lease_bind(&t, l, &rec, 0);
			break;
		case 1:
			lease_free(&t, l, T0 + 50);
			break;
		case 2:
			if (l->offer != NULL)
				offer_drop(&o, l->offer);
			lease_abandon(&t, l, T0, T0 + 70);
			break;
		case 3:
			if (l->state == LEASE_FREE)
				(void)offer_make(&o, l, &key, 1, i * PXE_US_PER_S);
			break;
		case 4:
			offers_lapse(&o, i * PXE_US_PER_S, T0);
			break;
		default:
			if (i % 100 == 0)
				ck_assert_int_eq(leases_shelve(&t, 1, one_pool, NULL), 0);
			break;
		}
		while ((l = lease_walk(&t, &cursor)) != NULL) {
			active += l->state == LEASE_ACTIVE;
			abandoned += l->state == LEASE_ABANDONED;
			free_ += l->state == LEASE_FREE;
			offered += l->state == LEASE_FREE && l->offer != NULL;
		}
		MUST(active == t.shelf[0].nactive && abandoned == t.shelf[0].nabandoned &&
			 free_ == t.shelf[0].nfree && offered == t.shelf[0].noffered &&
			 t.shelf[0].free.n == free_ - offered && t.expiry.n == active + abandoned,
		    "after step %d", i);
	}
	offers_fini(&o);
	leases_fini(&t);
}
END_TEST

START_TEST(outside_all_pools)
{
	struct leases t;
	struct lease_rec rec = {
	    .ip = ip_of(200), .state = LEASE_ACTIVE, .ends = T0 + 5, .hw = hw_of(1)};

	setup(&t);
	ck_assert_int_eq(lease_load(&t, &rec, LEASE_POOL_NONE, 0), 0);
	ck_assert_ptr_nonnull(lease_due(&t, T0 + 5));
	lease_free(&t, lease_due(&t, T0 + 5), T0 + 5);
	ck_assert_ptr_null(lease_due(&t, T0 + 500));
	ck_assert_ptr_null(lease_oldest_free(&t, 0));
	ck_assert_ptr_null(lease_oldest_free(&t, LEASE_POOL_NONE));
	leases_fini(&t);
}
END_TEST

START_TEST(later_record_wins)
{
	struct leases t;
	struct lease_rec rec = {
	    .ip = ip_of(1), .state = LEASE_ACTIVE, .ends = T0 + 5, .hw = hw_of(1), .uid = of("a")};
	struct pxe_hwaddr hw = hw_of(1);

	setup(&t);
	ck_assert_int_eq(lease_load(&t, &rec, 0, 0), 0);
	rec.hw = hw_of(2);
	rec.uid = of("b");
	rec.state = LEASE_BACKUP; /* without a peer: free */
	ck_assert_int_eq(lease_load(&t, &rec, 0, 0), 0);
	ck_assert_uint_eq(t.count, 1);
	ck_assert_ptr_null(lease_by_hw(&t, &hw, NULL));
	ck_assert_ptr_null(lease_by_uid(&t, of("a"), NULL));
	ck_assert_int_eq(lease_by_uid(&t, of("b"), NULL)->state, LEASE_FREE);
	leases_fini(&t);
}
END_TEST

START_TEST(durable_by_version)
{
	struct leases t;
	struct lease *l = NULL;
	uint32_t first = 0;

	setup(&t);
	l = bound(&t, 1, "a", T0 + 5);
	first = l->version;
	ck_assert(!lease_is_durable(l));
	lease_free(&t, l, T0 + 5);
	lease_set_durable(l, first); /* the older record is on disk, the newer is not */
	ck_assert(!lease_is_durable(l));
	lease_set_durable(l, l->version);
	ck_assert(lease_is_durable(l));
	lease_set_durable(l, first);
	ck_assert(lease_is_durable(l));
	leases_fini(&t);
}
END_TEST

static uint32_t bills_one(void *arg, const struct lease *l)
{
	(void)arg;
	(void)l;
	return 1;
}

START_TEST(bills)
{
	struct leases t;
	struct lease *l = NULL;
	struct lease_rec rec = {.hw = hw_of(1), .ends = T0 + 5};

	setup(&t);
	ck_assert_int_eq(leases_bill(&t, 2, bills_one, NULL), 0);
	l = lease_new(&t, ip_of(1), 0);
	ck_assert_int_eq(lease_bind(&t, l, &rec, 2), 0);
	ck_assert_uint_eq(t.billed[1], 1);
	ck_assert_int_eq(leases_bill(&t, 1, bills_one, NULL), 0);
	ck_assert_uint_eq(t.billed[0], 1);
	lease_free(&t, l, T0);
	ck_assert_uint_eq(t.billed[0], 0);
	leases_fini(&t);
}
END_TEST

/* issue: at most 200 bytes a lease with identifier and host name, beyond these texts. */
START_TEST(is_small)
{
	ck_assert_uint_le(sizeof(struct lease), 144);
}
END_TEST

CHECK_MAIN("dhcpd/lease", found_by_every_key, keeps_what_it_was_given, ends_in_order,
    blank_before_free_and_ascending, counts_stay_right, outside_all_pools, later_record_wins,
    durable_by_version, bills, is_small)
