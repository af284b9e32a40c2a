/* SPDX-License-Identifier: BSD-2-Clause */
/* date.c -- see date.h. */
#include "httpfsd/core/date.h"

#include "libpxecommon/base/err.h"

enum { DAY_S = 86400 };

/* 0001-01-01 and 9999-12-31T23:59:59 in seconds since 1970. */
static const int64_t time_min = INT64_C(-62135596800), time_max = INT64_C(253402300799);

const char date_month_names[12][4] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char wday_names[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const wday_long[7] = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

/* Days since 1970-01-01 of a proleptic Gregorian date: years counted from March make the leap day
 * the last of its year. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

struct date_parts date_split(int64_t time_s)
{
	struct date_parts d = {0};
	int64_t days = 0, rest = 0, era = 0, doe = 0, yoe = 0, doy = 0, mp = 0;

	time_s = time_s < time_min ? time_min : time_s > time_max ? time_max : time_s;
	days = time_s / DAY_S;
	rest = time_s % DAY_S;
	if (rest < 0) {
		rest += DAY_S;
		days--;
	}
	d.hour = (unsigned)(rest / 3600);
	d.minute = (unsigned)(rest / 60 % 60);
	d.second = (unsigned)(rest % 60);
	d.wday = (unsigned)(((days + 4) % 7 + 7) % 7); /* 1970 began on a Thursday */
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	d.day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	d.month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	d.year = yoe + era * 400 + (d.month <= 2);
	return d;
}

static char *put2(char *p, unsigned v)
{
	p[0] = (char)('0' + v / 10 % 10);
	p[1] = (char)('0' + v % 10);
	return p + 2;
}

char *date_format(int64_t time_s, char buf[DATE_LEN + 1])
{
	struct date_parts d = date_split(time_s);
	char *p = buf;

	memcpy(p, wday_names[d.wday], 3);
	memcpy(p + 3, ", ", 2);
	p = put2(p + 5, d.day);
	*p++ = ' ';
	memcpy(p, date_month_names[d.month - 1], 3);
	p[3] = ' ';
	p = put2(put2(p + 4, (unsigned)(d.year / 100)), (unsigned)(d.year % 100));
	*p++ = ' ';
	p = put2(p, d.hour);
	*p++ = ':';
	p = put2(p, d.minute);
	*p++ = ':';
	p = put2(p, d.second);
	memcpy(p, " GMT", 5);
	return buf;
}

/* A cursor that fails once and for all. */
struct cursor {
	struct slice s;
	bool bad;
};

static void skip_text(struct cursor *c, const char *text)
{
	size_t n = strlen(text);

	if (c->s.len < n || memcmp(c->s.p, text, n) != 0) {
		c->bad = true;
		c->s.len = 0;
		return;
	}
	c->s.p += n;
	c->s.len -= n;
}

/* Exactly n digits; pad allows a blank for the first (asctime's day). */
static unsigned number(struct cursor *c, size_t n, bool pad)
{
	unsigned v = 0;

	if (c->s.len < n) {
		c->bad = true;
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		char ch = c->s.p[i];

		if (pad && i == 0 && ch == ' ')
			continue;
		if (ch < '0' || ch > '9')
			c->bad = true;
		v = v * 10 + (unsigned)(ch - '0');
	}
	c->s.p += n;
	c->s.len -= n;
	return v;
}

static unsigned month(struct cursor *c)
{
	for (unsigned i = 0; c->s.len >= 3 && i < 12; i++) {
		if (memcmp(c->s.p, date_month_names[i], 3) == 0) {
			skip_text(c, date_month_names[i]);
			return i + 1;
		}
	}
	c->bad = true;
	return 1;
}

static void clock_time(struct cursor *c, struct date_parts *d)
{
	d->hour = number(c, 2, false);
	skip_text(c, ":");
	d->minute = number(c, 2, false);
	skip_text(c, ":");
	d->second = number(c, 2, false);
}

/* Sun, 06 Nov 1994 08:49:37 GMT */
static void parse_imf(struct cursor *c, struct date_parts *d)
{
	skip_text(c, ", ");
	d->day = number(c, 2, false);
	skip_text(c, " ");
	d->month = month(c);
	skip_text(c, " ");
	d->year = number(c, 4, false);
	skip_text(c, " ");
	clock_time(c, d);
	skip_text(c, " GMT");
}

/* Sunday, 06-Nov-94 08:49:37 GMT */
static void parse_rfc850(struct cursor *c, struct date_parts *d, int64_t now_s)
{
	int64_t this_year = date_split(now_s).year;

	skip_text(c, ", ");
	d->day = number(c, 2, false);
	skip_text(c, "-");
	d->month = month(c);
	skip_text(c, "-");
	d->year = this_year / 100 * 100 + number(c, 2, false);
	/* RFC 9110 5.6.7: more than 50 years ahead means the past century. */
	if (d->year > this_year + 50)
		d->year -= 100;
	skip_text(c, " ");
	clock_time(c, d);
	skip_text(c, " GMT");
}

/* Sun Nov  6 08:49:37 1994 */
static void parse_asctime(struct cursor *c, struct date_parts *d)
{
	skip_text(c, " ");
	d->month = month(c);
	skip_text(c, " ");
	d->day = number(c, 2, true);
	skip_text(c, " ");
	clock_time(c, d);
	skip_text(c, " ");
	d->year = number(c, 4, false);
}

static unsigned days_in(int64_t year, unsigned m)
{
	static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return m == 2 && leap ? 29 : days[m - 1];
}

static bool is_real(const struct date_parts *d)
{
	return d->year >= 1 && d->day >= 1 && d->day <= days_in(d->year, d->month) &&
	       d->hour < 24 && d->minute < 60 && d->second <= 60;
}

int date_parse(struct slice s, int64_t now_s, int64_t *out_s)
{
	struct cursor c = {.s = s};
	struct date_parts d = {.month = 1};
	size_t i = 0, n = 0;

	for (i = 0; i < 7; i++) {
		n = strlen(wday_long[i]);
		if (s.len > n && memcmp(s.p, wday_long[i], n) == 0) {
			skip_text(&c, wday_long[i]);
			parse_rfc850(&c, &d, now_s);
			break;
		}
		if (s.len > 4 && memcmp(s.p, wday_names[i], 3) == 0 &&
		    (s.p[3] == ',' || s.p[3] == ' ')) {
			skip_text(&c, wday_names[i]);
			if (s.p[3] == ',')
				parse_imf(&c, &d);
			else
				parse_asctime(&c, &d);
			break;
		}
	}
	if (i == 7 || c.bad || c.s.len > 0 || !is_real(&d))
		return PXE_E_SYNTAX;
	if (d.second == 60)
		d.second = 59;
	*out_s = days_of(d.year, d.month, d.day) * DAY_S +
		 (int64_t)((d.hour * 60 + d.minute) * 60 + d.second);
	return 0;
}
