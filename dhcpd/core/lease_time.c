/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_time.c -- civil dates by counting days in eras of 400 years, the year starting in March. */
#include "dhcpd/core/lease_time.h"

enum { DAY_S = 86400, ERA_DAYS = 146097, EPOCH_DAYS = 719468 };

int64_t lease_date_days(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - EPOCH_DAYS;
}

int64_t lease_date_seconds(const struct lease_date *d)
{
	return lease_date_days(d->year, d->month, d->day) * DAY_S + d->hour * 3600 + d->min * 60 +
	       d->sec;
}

struct lease_date lease_date_of(int64_t when_s)
{
	int64_t days = when_s / DAY_S - (when_s % DAY_S < 0 ? 1 : 0);
	int64_t left = when_s - days * DAY_S;
	int64_t z = days + EPOCH_DAYS;
	int64_t era = (z >= 0 ? z : z - (ERA_DAYS - 1)) / ERA_DAYS;
	int64_t doe = z - era * ERA_DAYS;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	struct lease_date d = {
	    .day = (int)(doy - (153 * mp + 2) / 5 + 1),
	    .month = (int)(mp < 10 ? mp + 3 : mp - 9),
	    .hour = (int)(left / 3600),
	    .min = (int)(left / 60 % 60),
	    .sec = (int)(left % 60),
	    .weekday = (int)(((days + 4) % 7 + 7) % 7),
	};

	d.year = yoe + era * 400 + (d.month <= 2 ? 1 : 0);
	return d;
}
