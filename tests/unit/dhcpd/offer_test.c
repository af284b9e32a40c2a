/* SPDX-License-Identifier: BSD-2-Clause */
/* offer_test.c -- offers: held, lapsed, limited, waiting for a probe. */
#include "dhcpd/core/offer.h"

#include <stdlib.h>
#include <string.h>

#include "../check_main.h"
#include "dhcpd/core/client.h"
#include "libpxecommon/base/clock.h"

static const struct pxe_hash_seed seed = {1, 2};

static uint32_t pool_zero(void *arg, struct pxe_ip4 ip)
{
	(void)arg;
	(void)ip;
	return 0;
}

static struct client_key client(uint32_t n)
{
	return (struct client_key){
	    .hw = {.type = 1,
		.len = 6,
		.b = {2, 0, 0, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}}};
}

struct fixture {
	struct leases t;
	struct offers o;
};

static void setup(struct fixture *f)
{
	leases_init(&f->t, &seed);
	ck_assert_int_eq(leases_shelve(&f->t, 1, pool_zero, NULL), 0);
	offers_init(&f->o, &f->t);
}

static void teardown(struct fixture *f)
{
	offers_fini(&f->o);
	leases_fini(&f->t);
}

static struct lease *address(struct fixture *f, uint32_t n)
{
	struct lease *l = lease_find(&f->t, (struct pxe_ip4){n});

	return l != NULL ? l : lease_new(&f->t, (struct pxe_ip4){n}, 0);
}

START_TEST(holds_and_lapses)
{
	struct fixture f;
	struct client_key a = client(1), b = client(2);
	struct lease *l = NULL;

	setup(&f);
	l = address(&f, 1);
	ck_assert_ptr_nonnull(offer_make(&f.o, l, &a, 1, 0));
	ck_assert(offer_is_for(l->offer, &a));
	ck_assert(!offer_is_for(l->offer, &b));
	ck_assert_ptr_eq(offer_of_client(&f.o, &a, NULL)->lease, l);
	ck_assert_ptr_null(lease_oldest_free(&f.t, 0)); /* not to be given to another */
	offers_lapse(&f.o, OFFER_HOLD_S * PXE_US_PER_S - 1, 1000);
	ck_assert_ptr_nonnull(l->offer);
	offers_lapse(&f.o, OFFER_HOLD_S * PXE_US_PER_S, 1000);
	ck_assert_ptr_null(l->offer);
	ck_assert_ptr_eq(lease_oldest_free(&f.t, 0), l);
	ck_assert_uint_eq(f.o.count, 0);
	/* it remembers for whom it was meant */
	ck_assert(client_owns(&a, l));
	ck_assert(!lease_is_blank(l));
	teardown(&f);
}
END_TEST

START_TEST(prolonged_by_a_repeat)
{
	struct fixture f;
	struct client_key a = client(1), b = client(2);

	setup(&f);
	(void)offer_make(&f.o, address(&f, 1), &a, 1, 0);
	(void)offer_make(&f.o, address(&f, 2), &b, 1, PXE_US_PER_S);
	(void)offer_make(&f.o, address(&f, 1), &a, 2, 60 * PXE_US_PER_S);
	ck_assert_uint_eq(f.o.count, 2);
	ck_assert_int_eq(offers_next_us(&f.o), (OFFER_HOLD_S + 1) * PXE_US_PER_S);
	offers_lapse(&f.o, (OFFER_HOLD_S + 2) * PXE_US_PER_S, 1000);
	ck_assert_ptr_nonnull(address(&f, 1)->offer);
	ck_assert_ptr_null(address(&f, 2)->offer);
	teardown(&f);
}
END_TEST

START_TEST(the_oldest_goes_when_there_are_too_many)
{
	struct fixture f;

	setup(&f);
	for (uint32_t i = 0; i <= OFFERS_MAX; i++) {
		struct client_key key = client(i);

		MUST(offer_make(&f.o, address(&f, i), &key, i, i) != NULL, "%u", i);
	}
	ck_assert_uint_eq(f.o.count, OFFERS_MAX);
	ck_assert_ptr_null(address(&f, 0)->offer);
	ck_assert_ptr_nonnull(address(&f, 1)->offer);
	teardown(&f);
}
END_TEST

START_TEST(waits_for_a_probe)
{
	struct fixture f;
	struct client_key a = client(1);
	struct offer *o = NULL;
	void *packet = NULL;

	setup(&f);
	o = offer_make(&f.o, address(&f, 1), &a, 1, 0);
	ck_assert_int_eq(offer_wait(&f.o, o, malloc(10)), 0);
	ck_assert(o->probing);
	ck_assert_int_eq(offer_wait(&f.o, o, malloc(20)), 0); /* the older one is freed */
	ck_assert_uint_eq(f.o.probing, 1);
	packet = offer_go_on(&f.o, o);
	ck_assert_ptr_nonnull(packet);
	free(packet);
	ck_assert(!o->probing && o->probed);
	ck_assert_uint_eq(f.o.probing, 0);
	/* dropped while waiting */
	ck_assert_int_eq(offer_wait(&f.o, o, malloc(10)), 0);
	offer_drop(&f.o, o);
	ck_assert_uint_eq(f.o.probing, 0);
	teardown(&f);
}
END_TEST

START_TEST(probes_are_limited)
{
	struct fixture f;
	struct client_key a = client(9999);
	void *packet = malloc(8);

	setup(&f);
	for (uint32_t i = 0; i < OFFER_PROBES_MAX; i++) {
		struct client_key key = client(i);
		struct offer *o = offer_make(&f.o, address(&f, i), &key, i, i);

		MUST(offer_wait(&f.o, o, malloc(8)) == 0, "%u", i);
	}
	ck_assert_int_eq(
	    offer_wait(&f.o, offer_make(&f.o, address(&f, 9999), &a, 1, 1), packet), PXE_E_LIMIT);
	free(packet);
	teardown(&f);
}
END_TEST

CHECK_MAIN("dhcpd/offer", holds_and_lapses, prolonged_by_a_repeat,
    the_oldest_goes_when_there_are_too_many, waits_for_a_probe, probes_are_limited)
