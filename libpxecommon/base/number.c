/* SPDX-License-Identifier: BSD-2-Clause */
/* number.c -- numbers and hex strings from text, with range checks (declared in str.h). */
#include <limits.h>
#include <string.h>

#include "libpxecommon/base/buf.h"
#include "libpxecommon/base/str.h"

/* The digits s[0..n) times unit; what overflows is out of range, but only if all are digits. */
static int parse_digits(const char *s, size_t n, uint64_t unit, uint64_t *out)
{
	uint64_t v = 0;
	bool over = false;

	if (n == 0)
		return PXE_E_SYNTAX;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return PXE_E_SYNTAX;
		over |= __builtin_mul_overflow(v, UINT64_C(10), &v);
		over |= __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v);
	}
	over |= __builtin_mul_overflow(v, unit, &v);
	if (over)
		return PXE_E_RANGE;
	*out = v;
	return 0;
}

static int parse_within(
    const char *s, size_t n, uint64_t unit, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	int err = parse_digits(s, n, unit, &v);

	if (err != 0)
		return err;
	if (v < min || v > max)
		return PXE_E_RANGE;
	*out = v;
	return 0;
}

int pxe_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	return parse_within(s, strlen(s), 1, min, max, out);
}

int pxe_parse_size(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	size_t n = strlen(s);
	uint64_t unit = 1;

	switch (n > 0 ? s[n - 1] : '\0') {
	case 'k':
	case 'K':
		unit = UINT64_C(1) << 10;
		break;
	case 'm':
	case 'M':
		unit = UINT64_C(1) << 20;
		break;
	case 'g':
	case 'G':
		unit = UINT64_C(1) << 30;
		break;
	default:
		return parse_within(s, n, 1, min, max, out);
	}
	return parse_within(s, n - 1, unit, min, max, out);
}

int pxe_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Bytes of one run of hex digits: pairs, or a lone digit where separators tell bytes apart. */
static int add_run(const char *s, size_t n, bool joined, struct pxe_wr *wr)
{
	if (n == 0 || (n % 2 != 0 && !(joined && n == 1)))
		return PXE_E_SYNTAX;
	if (n == 1)
		pxe_wr_u8(wr, (uint8_t)pxe_hex_value(s[0]));
	for (size_t i = 0; i + 1 < n; i += 2)
		pxe_wr_u8(wr, (uint8_t)(pxe_hex_value(s[i]) << 4 | pxe_hex_value(s[i + 1])));
	return wr->err;
}

int pxe_parse_hex(const char *s, uint8_t *out, size_t cap)
{
	struct pxe_wr wr = pxe_wr_init(out, cap < INT_MAX ? cap : INT_MAX);
	bool joined = strpbrk(s, ":-") != NULL;
	int err = 0;

	/* Syntax first, so that a long string of rubbish is called rubbish and not long. */
	if (s[strspn(s, "0123456789abcdefABCDEF:-")] != '\0')
		return PXE_E_SYNTAX;
	for (;;) {
		size_t run = strcspn(s, ":-");

		err = add_run(s, run, joined, &wr);
		if (err != 0)
			return err;
		s += run;
		if (*s++ == '\0')
			return (int)wr.len;
	}
}
