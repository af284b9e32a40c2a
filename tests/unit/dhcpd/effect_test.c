/* SPDX-License-Identifier: BSD-2-Clause */
/* effect_test.c -- the list of effects: order, room, texts. */
#include "dhcpd/core/effect.h"

#include <string.h>

#include "../check_main.h"

static struct fx_list fx;

START_TEST(keeps_order_and_condition)
{
	fx_reset(&fx);
	fx_log(&fx, FX_LOG_INFO, "a %d", 1);
	fx.when = FX_IF_DURABLE;
	ck_assert_ptr_nonnull(fx_add(&fx, FX_SEND));
	fx.when = FX_IF_LOST;
	fx_log(&fx, FX_LOG_ERROR, "%s", "b");
	ck_assert_uint_eq(fx.n, 3);
	ck_assert_str_eq(fx.v[0].log.text, "a 1");
	ck_assert_int_eq(fx.v[0].when, FX_ALWAYS);
	ck_assert_int_eq(fx.v[1].when, FX_IF_DURABLE);
	ck_assert_int_eq(fx.v[2].log.level, FX_LOG_ERROR);
	fx_reset(&fx);
	ck_assert_uint_eq(fx.n, 0);
	ck_assert_int_eq(fx.when, FX_ALWAYS);
}
END_TEST

/* The two clocks are read one after the other: a day is a day though it looks a little shorter. */
START_TEST(a_clock_step_is_of_whole_seconds)
{
	const int64_t day = INT64_C(86400) * 1000000, begin = INT64_C(1700000000) * 1000000;
	static const int64_t jitter[] = {0, -7, 9, -20000, 3};
	int64_t offset = 0, old_now_s = 0, sum = 0;

	for (size_t i = 0; i < 5; i++) {
		int64_t wall = begin + (i % 2 == 1 ? day : 0) + jitter[i];

		fx_reset(&fx);
		sum += fx_clock_step(&fx, &(struct pxe_now){.wall_us = wall, .mono_us = 5000000},
		    &offset, &old_now_s);
		ck_assert_int_eq(sum, i % 2 == 1 ? 86400 : 0);
		ck_assert_uint_eq(fx.n, i == 0 ? 0 : 2);
	}
}
END_TEST

START_TEST(says_when_it_is_full)
{
	fx_reset(&fx);
	while (fx_add(&fx, FX_SEND) != NULL)
		;
	ck_assert_uint_eq(fx.n, FX_MAX);
	ck_assert(fx.overflow);
	ck_assert(!fx_has_room(&fx, 1));
	fx_reset(&fx);
	ck_assert(!fx.overflow);
	ck_assert(fx_has_room(&fx, 4));
	ck_assert_ptr_null(fx_alloc(&fx, FX_BYTES + 1));
	ck_assert(fx.overflow);
	fx_reset(&fx);
	ck_assert_ptr_nonnull(fx_alloc(&fx, FX_BYTES));
	ck_assert_str_eq(fx_strdup(&fx, "no room"), "");
}
END_TEST

START_TEST(cuts_a_long_line)
{
	char line[5000];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	fx_reset(&fx);
	fx_log(&fx, FX_LOG_INFO, "%s", line);
	ck_assert_uint_lt(strlen(fx.v[0].log.text), 1024);
	ck_assert_uint_eq((uintptr_t)fx_alloc(&fx, 3) % 16, 0);
}
END_TEST

CHECK_MAIN("dhcpd/effect", keeps_order_and_condition, a_clock_step_is_of_whole_seconds,
    says_when_it_is_full, cuts_a_long_line)
