/* SPDX-License-Identifier: BSD-2-Clause */
/* mcast_test.c -- many clients of one file: whose turn it is, and what the group is sent. */
#include "tftpd/core/mcast.h"

#include <check.h>
#include <stdlib.h>

#include "libpxecommon/base/err.h"

enum { S = 1000000, LAST = 5, MEMBERS = 3 };

static struct mcast m;
static struct mcast_member a, b, c;
static struct mcast_fx fx;
static int64_t now;

static void start(bool mtftp)
{
	const struct mcast_params p = {.mtftp = mtftp,
	    .last = LAST,
	    .members_max = mtftp ? 1 : MEMBERS,
	    .tries = 2,
	    .timeout_us = 1 * S,
	    .timeout_min_us = 200000,
	    .give_up_us = 63 * S};

	now = 1000 * (int64_t)S;
	mcast_init(&m, &p);
	pxe_list_init(&a.link);
	pxe_list_init(&b.link);
	pxe_list_init(&c.link);
}

static void join(struct mcast_member *who)
{
	ck_assert_int_eq(mcast_join(&m, who, now, &fx), 0);
}

/* who acknowledges block; what is wanted by it goes out. */
static uint16_t ack(struct mcast_member *who, uint16_t block)
{
	now += 1000;
	mcast_ack(&m, who, block, now, &fx);
	if (fx.data != 0)
		mcast_sent(&m, now);
	return fx.data;
}

static void silence(void)
{
	ck_assert_int_ne(m.deadline_us, INT64_MAX);
	now = m.deadline_us;
	mcast_timeout(&m, now, &fx);
	if (fx.data != 0)
		mcast_sent(&m, now);
}

START_TEST(the_first_client_asks_for_all)
{
	start(false);
	join(&a);
	ck_assert_ptr_eq(fx.asked, &a);
	ck_assert_ptr_null(fx.told);
	for (uint16_t n = 0; n < LAST; n++)
		ck_assert_uint_eq(ack(&a, n), n + 1);
	ck_assert_uint_eq(ack(&a, LAST), 0);
	ck_assert_ptr_eq(fx.ended, &a);
	ck_assert_int_eq(fx.reason, PXE_REASON_OK);
	ck_assert_uint_eq(m.n, 0);
	ck_assert_ptr_null(m.master);
	ck_assert_int_eq(m.deadline_us, INT64_MAX);
	ck_assert_uint_eq(m.sent, LAST);
	ck_assert_uint_eq(m.repeated, 0);
}
END_TEST

START_TEST(a_later_client_listens_and_then_asks_for_the_rest)
{
	start(false);
	join(&a);
	(void)ack(&a, 0);
	(void)ack(&a, 1);
	join(&b);
	ck_assert_ptr_eq(fx.told, &b);
	ck_assert_ptr_null(fx.asked);
	ck_assert_uint_eq(ack(&b, 0), 0); /* it is not its turn */
	(void)ack(&a, 2);
	(void)ack(&a, 3);
	(void)ack(&a, 4);
	(void)ack(&a, LAST);
	ck_assert_ptr_eq(fx.ended, &a);
	ck_assert_ptr_eq(fx.asked, &b);
	ck_assert_uint_eq(ack(&b, 0), 1);
	ck_assert_uint_eq(ack(&b, 1), 2);
	ck_assert_uint_eq(ack(&b, LAST), 0); /* it had 3 to 5 */
	ck_assert_ptr_eq(fx.ended, &b);
	ck_assert_int_eq(fx.reason, PXE_REASON_OK);
}
END_TEST

START_TEST(a_listener_may_end_with_the_last_ack)
{
	start(false);
	join(&a);
	join(&b);
	(void)ack(&a, 0);
	ck_assert_uint_eq(ack(&b, LAST), 0);
	ck_assert_ptr_eq(fx.ended, &b);
	ck_assert_ptr_eq(m.master, &a);
	ck_assert_uint_eq(ack(&a, 1), 2);
}
END_TEST

START_TEST(a_repeated_ack_sends_nothing)
{
	start(false);
	join(&a);
	ck_assert_uint_eq(ack(&a, 0), 1);
	ck_assert_uint_eq(ack(&a, 0), 0);
	ck_assert_uint_eq(ack(&a, 1), 2);
	ck_assert_uint_eq(ack(&a, 0), 0);
	ck_assert_uint_eq(ack(&a, LAST + 1), 0); /* there is no such block */
	ck_assert_ptr_eq(m.master, &a);
}
END_TEST

START_TEST(a_lost_block_is_repeated_to_the_group)
{
	start(false);
	join(&a);
	(void)ack(&a, 0);
	silence();
	ck_assert_uint_eq(fx.data, 1);
	silence();
	ck_assert_uint_eq(fx.data, 1);
	ck_assert_uint_eq(m.repeated, 2);
	ck_assert_uint_eq(ack(&a, 1), 2);
}
END_TEST

START_TEST(a_lost_oack_is_repeated)
{
	start(false);
	join(&a);
	silence();
	ck_assert_ptr_eq(fx.asked, &a);
	ck_assert_uint_eq(fx.data, 0);
}
END_TEST

START_TEST(a_silent_master_loses_its_place_to_who_waits)
{
	start(false);
	join(&a);
	(void)ack(&a, 0);
	join(&b);
	silence();
	silence();
	ck_assert_ptr_null(fx.ended);
	silence();
	ck_assert_ptr_eq(fx.ended, &a);
	ck_assert_int_eq(fx.reason, PXE_REASON_TIMEOUT);
	ck_assert_ptr_eq(fx.asked, &b);
	ck_assert_uint_eq(ack(&b, 3), 4);
}
END_TEST

START_TEST(alone_it_is_waited_for_longer)
{
	unsigned repeats = 0;

	start(false);
	join(&a);
	(void)ack(&a, 0);
	do {
		silence();
		repeats += fx.data == 1;
	} while (fx.ended == NULL && repeats < 100);
	ck_assert_ptr_eq(fx.ended, &a);
	ck_assert_uint_ge(repeats, 5);
	ck_assert_uint_le(repeats, 10);
	ck_assert_uint_eq(m.n, 0);
}
END_TEST

START_TEST(who_asks_again_takes_over_from_a_silent_master)
{
	start(false);
	join(&a);
	join(&b);
	join(&c);
	mcast_again(&m, &b, now, &fx); /* its OACK was lost */
	ck_assert_ptr_eq(fx.told, &b);
	ck_assert_ptr_null(fx.asked);
	silence();
	mcast_again(&m, &c, now, &fx);
	ck_assert_ptr_eq(fx.asked, &c);
	ck_assert_ptr_eq(fx.told, &a);
	ck_assert_uint_eq(ack(&c, 0), 1);
	ck_assert_uint_eq(ack(&a, 0), 0);
	mcast_leave(&m, &c, now, &fx);
	ck_assert_ptr_eq(fx.asked, &b); /* a stands behind it now */
	mcast_leave(&m, &b, now, &fx);
	ck_assert_ptr_eq(fx.asked, &a);
	mcast_leave(&m, &b, now, &fx); /* harmless */
	ck_assert_uint_eq(m.n, 1);
}
END_TEST

START_TEST(a_full_group_takes_nobody)
{
	struct mcast_member d;

	start(false);
	pxe_list_init(&d.link);
	join(&a);
	join(&b);
	join(&c);
	ck_assert_int_eq(mcast_join(&m, &d, now, &fx), PXE_E_FULL);
	ck_assert(pxe_list_is_empty(&d.link));
	ck_assert_uint_eq(m.n, MEMBERS);
}
END_TEST

START_TEST(mtftp_sends_the_first_block_twice)
{
	start(true);
	join(&a);
	ck_assert_ptr_null(fx.asked);
	ck_assert_uint_eq(fx.data, 1);
	ck_assert(fx.alone_too);
	mcast_sent(&m, now);
	ck_assert_uint_eq(ack(&a, 0), 0); /* nothing to acknowledge yet */
	ck_assert_uint_eq(ack(&a, 1), 2);
	ck_assert(!fx.alone_too);
	ck_assert_int_eq(mcast_join(&m, &b, now, &fx), PXE_E_EXISTS);
	silence();
	ck_assert_uint_eq(fx.data, 2);
	ck_assert_int_eq(mcast_join(&m, &b, now, &fx), 0);
	ck_assert_ptr_eq(fx.ended, &a);
	ck_assert_uint_eq(fx.data, 1);
	ck_assert(fx.alone_too);
	ck_assert_uint_eq(m.n, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tftpd/mcast");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_test(t, the_first_client_asks_for_all);
	tcase_add_test(t, a_later_client_listens_and_then_asks_for_the_rest);
	tcase_add_test(t, a_listener_may_end_with_the_last_ack);
	tcase_add_test(t, a_repeated_ack_sends_nothing);
	tcase_add_test(t, a_lost_block_is_repeated_to_the_group);
	tcase_add_test(t, a_lost_oack_is_repeated);
	tcase_add_test(t, a_silent_master_loses_its_place_to_who_waits);
	tcase_add_test(t, alone_it_is_waited_for_longer);
	tcase_add_test(t, who_asks_again_takes_over_from_a_silent_master);
	tcase_add_test(t, a_full_group_takes_nobody);
	tcase_add_test(t, mtftp_sends_the_first_block_twice);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
