/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_time_test.c -- seconds and civil dates. */
#include "dhcpd/core/lease_time.h"

#include <time.h>

#include "../check_main.h"

static const struct {
	int64_t s;
	struct lease_date d;
} known[] = {
    {0, {1970, 1, 1, 0, 0, 0, 4}},
    {951782400, {2000, 2, 29, 0, 0, 0, 2}},
    {1795507200, {2026, 11, 24, 8, 0, 0, 2}},
    {4102444799, {2099, 12, 31, 23, 59, 59, 4}},
    {4107542400, {2100, 3, 1, 0, 0, 0, 1}}, /* 2100 has no 29 February */
    {-1, {1969, 12, 31, 23, 59, 59, 3}},
};

START_TEST(known_dates)
{
	for (size_t i = 0; i < ROWS(known); i++) {
		struct lease_date d = lease_date_of(known[i].s);

		ck_assert_int_eq(lease_date_seconds(&known[i].d), known[i].s);
		ck_assert_int_eq(d.year, known[i].d.year);
		ck_assert_int_eq(d.month, known[i].d.month);
		ck_assert_int_eq(d.day, known[i].d.day);
		ck_assert_int_eq(d.hour, known[i].d.hour);
		ck_assert_int_eq(d.min, known[i].d.min);
		ck_assert_int_eq(d.sec, known[i].d.sec);
		ck_assert_int_eq(d.weekday, known[i].d.weekday);
	}
}
END_TEST

/* Against the C library over 140 years. */
START_TEST(agrees_with_libc)
{
	for (int64_t s = 0; s < INT64_C(4417977600); s += 86399 * 7) {
		struct lease_date d = lease_date_of(s);
		time_t t = (time_t)s;
		struct tm tm;

		(void)gmtime_r(&t, &tm);
		MUST(d.year == tm.tm_year + 1900 && d.month == tm.tm_mon + 1 &&
			 d.day == tm.tm_mday && d.hour == tm.tm_hour && d.min == tm.tm_min &&
			 d.sec == tm.tm_sec && d.weekday == tm.tm_wday,
		    "%lld", (long long)s);
		MUST(lease_date_seconds(&d) == s, "%lld", (long long)s);
	}
}
END_TEST

CHECK_MAIN("dhcpd/lease_time", known_dates, agrees_with_libc)
