/* SPDX-License-Identifier: BSD-2-Clause */
/* share_test.c -- caps and shares on a fake clock: who gets how much of a second. */
#include "httpfsd/core/share.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>

enum { SEC = 1000000, TICK = 20000 };
static int64_t tick_us = TICK;

/* A client with some connections, each of which takes all it may, up to a speed of its own. */
struct taker {
	unsigned connections;
	uint64_t per_tick; /* what its line carries; 0: anything */
	uint64_t got;
	struct share_client share;
};

/* Let them take for `seconds` after one second that does not count. */
static void run(const struct share_rates *rates, struct taker *t, size_t n, int seconds)
{
	struct share s = {0};
	int64_t now = 10 * (int64_t)SEC;

	for (int tick = 0; tick < (seconds + 1) * (SEC / tick_us); tick++, now += tick_us) {
		for (size_t i = 0; tick == SEC / tick_us && i < n; i++)
			t[i].got = 0;
		for (size_t k = 0; k < n; k++) {
			/* not always the same one first */
			struct taker *c = &t[(k + (size_t)tick) % n];
			uint64_t room = c->per_tick > 0 ? c->per_tick : UINT64_MAX;

			for (unsigned i = 0; i < c->connections; i++) {
				uint64_t may = share_allow(&s, rates, &c->share, now);

				may = may < room ? may : room;
				share_charge(&s, rates, &c->share, may);
				c->got += may;
				room -= may;
			}
		}
	}
}

static bool is_near(uint64_t got, uint64_t want)
{
	return got > want - want / 20 && got < want + want / 20;
}

START_TEST(no_rates_no_limit)
{
	struct share s = {0};
	struct share_client c = {0};

	ck_assert_uint_eq(share_allow(&s, &(struct share_rates){0}, &c, SEC), UINT64_MAX);
}
END_TEST

START_TEST(a_client_gets_its_rate_over_all_connections)
{
	struct taker t[2] = {{.connections = 1}, {.connections = 16}};

	run(&(struct share_rates){.client = 1000000}, t, 2, 10);
	ck_assert(is_near(t[0].got, 10000000));
	ck_assert(is_near(t[1].got, 10000000));
}
END_TEST

START_TEST(slow_rates_are_met)
{
	struct taker t[1] = {{.connections = 3}};

	run(&(struct share_rates){.client = 7}, t, 1, 100);
	ck_assert_uint_ge(t[0].got, 690);
	ck_assert_uint_le(t[0].got, 710);
}
END_TEST

START_TEST(the_total_is_shared_by_client_not_by_connection)
{
	struct taker t[3] = {{.connections = 1}, {.connections = 10}, {.connections = 100}};

	run(&(struct share_rates){.total = 30000000}, t, 3, 10);
	for (size_t i = 0; i < 3; i++)
		ck_assert_msg(is_near(t[i].got, 100000000), "client %zu: %llu", i,
		    (unsigned long long)t[i].got);
}
END_TEST

START_TEST(what_a_slow_client_leaves_falls_to_the_others)
{
	struct taker t[3] = {
	    {.connections = 1, .per_tick = 20000}, {.connections = 1}, {.connections = 9}};

	/* 1 MB/s on a slow line, and 29 MB/s for the other two. */
	run(&(struct share_rates){.total = 30000000}, t, 3, 10);
	ck_assert(is_near(t[0].got, 10000000));
	ck_assert(is_near(t[0].got + t[1].got + t[2].got, 300000000));
	ck_assert_msg(t[1].got > 110000000 && t[2].got > 110000000, "%llu %llu",
	    (unsigned long long)t[1].got, (unsigned long long)t[2].got);
}
END_TEST

/* A machine so busy that the server seldom gets to send: not the first one takes all. */
START_TEST(seldom_and_still_by_client)
{
	struct taker t[2] = {{.connections = 8}, {.connections = 1}};

	tick_us = 250000;
	run(&(struct share_rates){.total = 4000000}, t, 2, 10);
	ck_assert_msg(t[0].got < 2 * t[1].got && t[1].got < 2 * t[0].got, "%llu %llu",
	    (unsigned long long)t[0].got, (unsigned long long)t[1].got);
	ck_assert_uint_lt(t[0].got + t[1].got, 42000000);
	tick_us = TICK;
}
END_TEST

START_TEST(both_rates)
{
	struct taker t[2] = {{.connections = 2}, {.connections = 2}};

	run(&(struct share_rates){.total = 30000000, .client = 4000000}, t, 2, 10);
	ck_assert(is_near(t[0].got, 40000000) && is_near(t[1].got, 40000000));
}
END_TEST

/* Each worker has its own idea of the time, a little old at most. */
START_TEST(a_clock_that_lags_does_not_count_anew)
{
	const struct share_rates rates = {.total = 1000000};
	int64_t edge = 100 * (int64_t)SHARE_PERIOD_US;
	struct share_client c[4] = {0};
	struct share s = {0};

	for (int i = 0; i < 4; i++)
		(void)share_allow(&s, &rates, &c[i], edge);
	(void)share_allow(&s, &rates, &c[0], edge - 1);
	(void)share_allow(&s, &rates, &c[0], edge);
	ck_assert_uint_eq(s.busy, 4);
	ck_assert_int_eq(s.period, edge / SHARE_PERIOD_US + 1);
}
END_TEST

/* Who has sent all it may must not find a few bytes more at once, again and again. */
START_TEST(an_empty_bucket_stays_empty_for_a_while)
{
	const struct share_rates rates = {.client = 8388608, .total = 9999991};
	struct share s = {0};
	struct share_client c = {0};
	int64_t now = 5 * SEC;

	for (int i = 0; i < 100; i++, now += 14165) {
		share_charge(&s, &rates, &c, share_allow(&s, &rates, &c, now));
		ck_assert_uint_eq(share_allow(&s, &rates, &c, now), 0);
		ck_assert_uint_eq(share_allow(&s, &rates, &c, now + 500), 0);
	}
}
END_TEST

START_TEST(an_excess_is_waited_for)
{
	const struct share_rates rates = {.client = 1000000};
	struct share s = {0};
	struct share_client c = {0};

	ck_assert_uint_gt(share_allow(&s, &rates, &c, 5 * SEC), 0);
	share_charge(&s, &rates, &c, 3100000); /* a page of a large directory, in one call */
	ck_assert_uint_eq(share_allow(&s, &rates, &c, 6 * SEC), 0);
	ck_assert_uint_eq(share_allow(&s, &rates, &c, 7 * SEC), 0);
	ck_assert_uint_gt(share_allow(&s, &rates, &c, 9 * SEC), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("httpfsd/share");
	TCase *tc = tcase_create("share");
	SRunner *sr = NULL;
	int failed = 0;

	tcase_add_test(tc, no_rates_no_limit);
	tcase_add_test(tc, a_client_gets_its_rate_over_all_connections);
	tcase_add_test(tc, slow_rates_are_met);
	tcase_add_test(tc, the_total_is_shared_by_client_not_by_connection);
	tcase_add_test(tc, what_a_slow_client_leaves_falls_to_the_others);
	tcase_add_test(tc, seldom_and_still_by_client);
	tcase_add_test(tc, both_rates);
	tcase_add_test(tc, a_clock_that_lags_does_not_count_anew);
	tcase_add_test(tc, an_empty_bucket_stays_empty_for_a_while);
	tcase_add_test(tc, an_excess_is_waited_for);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
