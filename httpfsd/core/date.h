/* SPDX-License-Identifier: BSD-2-Clause */
/* date.h -- HTTP dates (RFC 9110 5.6.7) without locale or time zone files. Pure.
 */
#pragma once

#include <stdint.h>

#include "httpfsd/core/slice.h"

enum { DATE_LEN = 29 }; /* "Sun, 06 Nov 1994 08:49:37 GMT" */

/* Seconds since 1970 as IMF-fixdate: DATE_LEN characters and a NUL. Times outside years 1 to 9999
 * are brought to the nearer end. Returns buf. */
char *date_format(int64_t time_s, char buf[DATE_LEN + 1]);

/* Any of the three forms: IMF-fixdate, RFC 850, asctime. The weekday's name is checked to be one,
 * not to be right; a leap second counts as the second before.
 *
 * now_s  decides the century of RFC 850's two digits: never more than 50 years ahead.
 * Returns 0 or PXE_E_SYNTAX (then the field is to be ignored). */
int date_parse(struct slice s, int64_t now_s, int64_t *out_s);

/* Civil date and time of a moment, for formats other than HTTP's. month 1..12, wday 0 is Sunday. */
struct date_parts {
	int64_t year;
	unsigned month, day, hour, minute, second, wday;
};
struct date_parts date_split(int64_t time_s);
extern const char date_month_names[12][4];
