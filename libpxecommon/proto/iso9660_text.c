/* SPDX-License-Identifier: BSD-2-Clause */
/* iso9660_text.c -- names and dates of ISO 9660 and Joliet. */
#include "libpxecommon/proto/iso9660_priv.h"

/* Days from 1970-01-01 to a day of the proleptic Gregorian calendar, counted in eras of 400 years
 * that begin on 1 March, so that the leap day is the last of a year. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct moment {
	unsigned year, month, day, hour, minute, second;
	int quarters; /* of an hour that the zone is east of Greenwich */
};

static bool moment_to_s(const struct moment *m, int64_t *out_s)
{
	/* ECMA-119 8.4.26.1 allows -48 to +52; what is outside is no zone, and Linux ignores it */
	int zone = m->quarters >= -48 && m->quarters <= 52 ? m->quarters : 0;

	if (m->month < 1 || m->month > 12 || m->day < 1 || m->day > 31 || m->hour > 23 ||
	    m->minute > 59 || m->second > 60)
		return false;
	*out_s = days_of(m->year, m->month, m->day) * 86400 + m->hour * 3600 + m->minute * 60 +
		 m->second - zone * 900;
	return true;
}

bool iso_date7(const uint8_t p[7], int64_t *out_s)
{
	struct moment m = {1900u + p[0], p[1], p[2], p[3], p[4], p[5], (int8_t)p[6]};

	return moment_to_s(&m, out_s);
}

/* Value of n digits; a value that no part of a date can have if they are not. */
static unsigned digits(const uint8_t *p, size_t n)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return 99999;
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

bool iso_date17(const uint8_t p[17], int64_t *out_s)
{
	struct moment m = {digits(p, 4), digits(p + 4, 2), digits(p + 6, 2), digits(p + 8, 2),
	    digits(p + 10, 2), digits(p + 12, 2), (int8_t)p[16]};

	return m.year <= 9999 && moment_to_s(&m, out_s);
}

/* Length without a file version: ';' and digits (ECMA-119 7.5.1). */
static size_t without_version(const char *s, size_t len)
{
	size_t n = len;

	while (n > 0 && s[n - 1] >= '0' && s[n - 1] <= '9')
		n--;
	return n > 1 && n < len && s[n - 1] == ';' ? n - 1 : len;
}

/* An empty extension leaves its dot in the name; a name of dots only keeps them, to be refused. */
static size_t without_dots(const char *s, size_t len)
{
	size_t n = len;

	while (n > 0 && s[n - 1] == '.')
		n--;
	return n > 0 ? n : len;
}

size_t iso_name_plain(const uint8_t *p, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] + ('a' - 'A') : p[i]);
	len = without_dots(out, without_version(out, len));
	out[len] = '\0';
	return len;
}

static size_t put_utf8(char *out, uint32_t c)
{
	static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(n == 1 ? c : lead[n] | c);
	return n;
}

/* Joliet says UCS-2; tools write UTF-16. A surrogate without its other half is U+FFFD, and an odd
 * last byte is nothing. */
size_t iso_name_joliet(const uint8_t *p, size_t len, char *out)
{
	struct pxe_rd rd = pxe_rd_init(p, len);
	size_t n = 0;

	while (pxe_rd_left(&rd) >= 2) {
		uint32_t c = pxe_rd_u16(&rd);

		if (c >= 0xd800 && c < 0xdc00 && pxe_rd_left(&rd) >= 2) {
			struct pxe_rd ahead = rd;
			uint32_t low = pxe_rd_u16(&ahead);

			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				rd = ahead;
			}
		}
		n += put_utf8(out + n, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	}
	n = without_dots(out, without_version(out, n));
	out[n] = '\0';
	return n;
}
