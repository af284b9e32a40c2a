/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_time.h -- seconds since 1970 and civil dates, without the C library's time zones.
 *
 * Proleptic Gregorian calendar, UTC. Pure. */
#pragma once

#include <stdint.h>

struct lease_date {
	int64_t year;
	int month, day; /* from 1 */
	int hour, min, sec;
	int weekday; /* 0 Sunday */
};

/* Days from 1970-01-01 to a date; months outside 1..12 are the caller's error. */
int64_t lease_date_days(int64_t year, int month, int day);
int64_t lease_date_seconds(const struct lease_date *d); /* weekday is not looked at */
struct lease_date lease_date_of(int64_t when_s);
