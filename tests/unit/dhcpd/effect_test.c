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

CHECK_MAIN("dhcpd/effect", keeps_order_and_condition, says_when_it_is_full, cuts_a_long_line)
