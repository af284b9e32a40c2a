/* SPDX-License-Identifier: BSD-2-Clause */
/* number_test.c -- numbers, sizes and hex from text. */
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "tests/unit/check_main.h"

static const struct {
	const char *text;
	uint64_t min, max;
	int err;
	uint64_t v;
} number[] = {
    {"0", 0, UINT64_MAX, 0, 0}, {"18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX},
    {"18446744073709551616", 0, UINT64_MAX, PXE_E_RANGE, 0},
    {"18446744073709551620", 0, UINT64_MAX, PXE_E_RANGE, 0},
    {"184467440737095516150", 0, UINT64_MAX, PXE_E_RANGE, 0},
    {"99999999999999999999999999999999999999999", 0, UINT64_MAX, PXE_E_RANGE, 0},
    {"99999999999999999999999999999999999999999x", 0, UINT64_MAX, PXE_E_SYNTAX, 0},
    {"007", 0, 7, 0, 7}, /* decimal all the same */
    {"010", 0, 100, 0, 10}, {"512", 512, 65464, 0, 512}, {"65464", 512, 65464, 0, 65464},
    {"511", 512, 65464, PXE_E_RANGE, 0}, {"65465", 512, 65464, PXE_E_RANGE, 0},
    {"", 0, 9, PXE_E_SYNTAX, 0}, {" 1", 0, 9, PXE_E_SYNTAX, 0}, {"1 ", 0, 9, PXE_E_SYNTAX, 0},
    {"+1", 0, 9, PXE_E_SYNTAX, 0}, {"-1", 0, UINT64_MAX, PXE_E_SYNTAX, 0},
    {"0x1", 0, 9, PXE_E_SYNTAX, 0}, {"1.0", 0, 9, PXE_E_SYNTAX, 0}, {"1e1", 0, 99, PXE_E_SYNTAX, 0},
    {"1k", 0, UINT64_MAX, PXE_E_SYNTAX, 0},
    {"\xd9\xa1", 0, 9, PXE_E_SYNTAX, 0}, /* a digit of another script */
};

START_TEST(numbers)
{
	for (size_t i = 0; i < ROWS(number); i++) {
		uint64_t v = 4711;
		int err = pxe_parse_u64(number[i].text, number[i].min, number[i].max, &v);

		ck_assert_msg(err == number[i].err, "%s: %d", number[i].text, err);
		ck_assert_uint_eq(v, err == 0 ? number[i].v : 4711);
	}
}
END_TEST

static const struct {
	const char *text;
	uint64_t min, max;
	int err;
	uint64_t v;
} size[] = {
    {"0", 0, 9, 0, 0},
    {"1k", 0, 1024, 0, 1024},
    {"1K", 0, 1024, 0, 1024},
    {"256k", 4096, 1 << 30, 0, 262144},
    {"3M", 0, UINT64_MAX, 0, 3145728},
    {"3m", 0, UINT64_MAX, 0, 3145728},
    {"2G", 0, UINT64_MAX, 0, UINT64_C(2147483648)},
    {"2g", 0, UINT64_MAX, 0, UINT64_C(2147483648)},
    {"17179869183G", 0, UINT64_MAX, 0, UINT64_C(18446744072635809792)},
    {"17179869184G", 0, UINT64_MAX, PXE_E_RANGE, 0},
    {"1k", 0, 1023, PXE_E_RANGE, 0},
    {"1k", 1025, 9999, PXE_E_RANGE, 0},
    {"k", 0, UINT64_MAX, PXE_E_SYNTAX, 0},
    {"", 0, UINT64_MAX, PXE_E_SYNTAX, 0},
    {"1kk", 0, UINT64_MAX, PXE_E_SYNTAX, 0},
    {"1kB", 0, UINT64_MAX, PXE_E_SYNTAX, 0},
    {"1 k", 0, UINT64_MAX, PXE_E_SYNTAX, 0},
    {"1T", 0, UINT64_MAX, PXE_E_SYNTAX, 0},
    {"1.5M", 0, UINT64_MAX, PXE_E_SYNTAX, 0},
    {"-1k", 0, UINT64_MAX, PXE_E_SYNTAX, 0},
};

START_TEST(sizes)
{
	for (size_t i = 0; i < ROWS(size); i++) {
		uint64_t v = 4711;
		int err = pxe_parse_size(size[i].text, size[i].min, size[i].max, &v);

		ck_assert_msg(err == size[i].err, "%s: %d", size[i].text, err);
		ck_assert_uint_eq(v, err == 0 ? size[i].v : 4711);
	}
}
END_TEST

static const struct {
	const char *text;
	int count; /* or error; room is 6 */
	uint8_t b[6];
} hex[] = {
    {"00", 1, {0}},
    {"0aF0", 2, {0x0a, 0xf0}},
    {"0a:f0", 2, {0x0a, 0xf0}},
    {"0a-F0", 2, {0x0a, 0xf0}},
    {"1:0:5e", 3, {1, 0, 0x5e}},
    {"a:b", 2, {10, 11}},
    {"0102:0304:5", 5, {1, 2, 3, 4, 5}},
    {"01:02-03", 3, {1, 2, 3}},
    {"010203040506", 6, {1, 2, 3, 4, 5, 6}},
    {"1:2:3:4:5:6", 6, {1, 2, 3, 4, 5, 6}},
    {"01020304050607", PXE_E_TOOBIG, {0}},
    {"1:2:3:4:5:6:7", PXE_E_TOOBIG, {0}},
    {"01020304050607x", PXE_E_SYNTAX, {0}},
    {"", PXE_E_SYNTAX, {0}},
    {"a", PXE_E_SYNTAX, {0}},
    {"abc", PXE_E_SYNTAX, {0}},
    {"123:4", PXE_E_SYNTAX, {0}},
    {":", PXE_E_SYNTAX, {0}},
    {":01", PXE_E_SYNTAX, {0}},
    {"01:", PXE_E_SYNTAX, {0}},
    {"01::02", PXE_E_SYNTAX, {0}},
    {"01:-02", PXE_E_SYNTAX, {0}},
    {"0x01", PXE_E_SYNTAX, {0}},
    {"01 02", PXE_E_SYNTAX, {0}},
    {"0g", PXE_E_SYNTAX, {0}},
};

START_TEST(hex_strings)
{
	for (size_t i = 0; i < ROWS(hex); i++) {
		uint8_t out[7] = {[6] = 0x77};
		int n = pxe_parse_hex(hex[i].text, out, 6);

		ck_assert_msg(n == hex[i].count, "%s: %d", hex[i].text, n);
		if (n > 0)
			ck_assert_mem_eq(out, hex[i].b, (size_t)n);
		ck_assert_uint_eq(out[6], 0x77);
	}
	ck_assert_int_eq(pxe_parse_hex("00", NULL, 0), PXE_E_TOOBIG);
}
END_TEST

START_TEST(hex_digits)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	for (int c = -128; c < 128; c++) {
		const char *at = c != 0 ? strchr(digits, c) : NULL;
		int want = at != NULL ? (int)(at - digits) : -1;

		ck_assert_int_eq(pxe_hex_value((char)c), want > 15 ? want - 6 : want);
	}
}
END_TEST

CHECK_MAIN("base/number", numbers, sizes, hex_strings, hex_digits)
