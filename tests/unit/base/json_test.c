/* SPDX-License-Identifier: BSD-2-Clause */
/* json_test.c -- commas, numbers, and strings made of hostile bytes. */
#include "libpxecommon/base/json.h"

#include <string.h>

#include "tests/unit/check_main.h"

START_TEST(document)
{
	char buf[512];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));
	struct pxe_json j = pxe_json_init(&t);

	pxe_json_open(&j, NULL, '{');
	pxe_json_str(&j, "a", "x");
	pxe_json_strn(&j, "b", "yz", 1);
	pxe_json_open(&j, "list", '[');
	pxe_json_u64(&j, NULL, 0);
	pxe_json_u64(&j, NULL, UINT64_MAX);
	pxe_json_i64(&j, NULL, INT64_MIN);
	pxe_json_i64(&j, NULL, INT64_MAX);
	pxe_json_open(&j, NULL, '{');
	pxe_json_close(&j, '}');
	pxe_json_open(&j, NULL, '[');
	pxe_json_close(&j, ']');
	pxe_json_bool(&j, NULL, true);
	pxe_json_close(&j, ']');
	pxe_json_bool(&j, "f", false);
	pxe_json_str(&j, "n", NULL);
	pxe_json_close(&j, '}');
	ck_assert_str_eq(buf,
	    "{\"a\":\"x\",\"b\":\"y\",\"list\":[0,18446744073709551615,"
	    "-9223372036854775808,9223372036854775807,{},[],true],\"f\":false,\"n\":null}");
}
END_TEST

START_TEST(a_value_alone)
{
	char buf[32];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));
	struct pxe_json j = pxe_json_init(&t);

	pxe_json_str(&j, NULL, "x");
	ck_assert_str_eq(buf, "\"x\"");
}
END_TEST

START_TEST(seconds)
{
	static const struct {
		int64_t us;
		const char *text;
	} fact[] = {
	    {0, "0.000000"},
	    {1, "0.000001"},
	    {999999, "0.999999"},
	    {1000000, "1.000000"},
	    {INT64_C(1732406400000125), "1732406400.000125"},
	    {-1, "-0.000001"},
	    {-1500000, "-1.500000"},
	    {INT64_MAX, "9223372036854.775807"},
	    {INT64_MIN, "-9223372036854.775808"},
	};

	for (size_t i = 0; i < ROWS(fact); i++) {
		char buf[32];
		struct pxe_text t = pxe_text_init(buf, sizeof(buf));
		struct pxe_json j = pxe_json_init(&t);

		pxe_json_us(&j, NULL, fact[i].us);
		ck_assert_str_eq(buf, fact[i].text);
	}
}
END_TEST

static const struct {
	const char *raw;
	size_t len;
	const char *json;
} string[] = {
#define S(raw, json)                                                                               \
	{                                                                                          \
		raw, sizeof(raw) - 1, "\"" json "\""                                               \
	}
    S("", ""),
    S("plain/name.0", "plain/name.0"),
    S("\"", "\\\""),
    S("\\", "\\\\"),
    S("\\u0041", "\\\\u0041"),
    S("/", "/"),
    S("\0", "\\u0000"),
    S("a\0b", "a\\u0000b"),
    S("\b\f\n\r\t", "\\u0008\\u000c\\u000a\\u000d\\u0009"),
    S("\x1b[2J", "\\u001b[2J"),
    S("\x1f ~", "\\u001f ~"),
    S("\x7f", "\\u007f"),
    S("\"}\n{\"reason\":\"ok", "\\\"}\\u000a{\\\"reason\\\":\\\"ok"),
    /* UTF-8 of 2, 3 and 4 bytes: first, ordinary, last */
    S("\xc2\xa0", "\xc2\xa0"),
    S("\xc3\xa9", "\xc3\xa9"),
    S("\xdf\xbf", "\xdf\xbf"),
    S("\xe0\xa0\x80", "\xe0\xa0\x80"),
    S("\xe2\x82\xac", "\xe2\x82\xac"),
    S("\xed\x9f\xbf", "\xed\x9f\xbf"),
    S("\xee\x80\x80", "\xee\x80\x80"),
    S("\xef\xbf\xbf", "\xef\xbf\xbf"),
    S("\xf0\x90\x80\x80", "\xf0\x90\x80\x80"),
    S("\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"),
    /* C1 controls */
    S("\xc2\x80", "\\u0080"),
    S("\xc2\x9b[2J", "\\u009b[2J"),
    S("\xc2\x9f", "\\u009f"),
    /* no UTF-8: the byte stands for itself */
    S("\x80", "\\u0080"),
    S("\xff", "\\u00ff"),
    S("\xfe\xff", "\\u00fe\\u00ff"),
    S("\xc3", "\\u00c3"),
    S("\xc3(", "\\u00c3("),
    S("\xc3\xc3\xa9", "\\u00c3\xc3\xa9"),
    S("\xe2\x82", "\\u00e2\\u0082"),
    S("\xe2\x82x", "\\u00e2\\u0082x"),
    S("\xe2(\xac", "\\u00e2(\\u00ac"),
    S("\xf0\x90\x80", "\\u00f0\\u0090\\u0080"),
    S("\xf0\x90\x80\"", "\\u00f0\\u0090\\u0080\\\""),
    S("\xc0\x80", "\\u00c0\\u0080"), /* overlong NUL */
    S("\xc0\xaf", "\\u00c0\\u00af"), /* overlong slash */
    S("\xc1\xbf", "\\u00c1\\u00bf"),
    S("\xe0\x9f\xbf", "\\u00e0\\u009f\\u00bf"),
    S("\xf0\x8f\xbf\xbf", "\\u00f0\\u008f\\u00bf\\u00bf"),
    S("\xed\xa0\x80", "\\u00ed\\u00a0\\u0080"), /* surrogates */
    S("\xed\xbf\xbf", "\\u00ed\\u00bf\\u00bf"),
    S("\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080"), /* U+110000 */
    S("\xf7\xbf\xbf\xbf", "\\u00f7\\u00bf\\u00bf\\u00bf"),
    S("\xf8\x90\x80\x80", "\\u00f8\\u0090\\u0080\\u0080"), /* no head of four */
    S("\xf8\x88\x80\x80\x80", "\\u00f8\\u0088\\u0080\\u0080\\u0080"),
    S("\xfc\x84\x80\x80\x80\x80", "\\u00fc\\u0084\\u0080\\u0080\\u0080\\u0080"),
#undef S
};

START_TEST(strings)
{
	for (size_t i = 0; i < ROWS(string); i++) {
		char buf[128];
		struct pxe_text t = pxe_text_init(buf, sizeof(buf));
		struct pxe_json j = pxe_json_init(&t);
		char *exact = malloc(string[i].len > 0 ? string[i].len : 1);

		memcpy(exact, string[i].raw, string[i].len);
		pxe_json_strn(&j, NULL, exact, string[i].len);
		ck_assert_str_eq(buf, string[i].json);
		free(exact);
	}
}
END_TEST

START_TEST(keys_are_strings_too)
{
	char buf[64];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));
	struct pxe_json j = pxe_json_init(&t);

	pxe_json_open(&j, NULL, '{');
	pxe_json_u64(&j, "packets{type=\"x\"}", 1);
	pxe_json_close(&j, '}');
	ck_assert_str_eq(buf, "{\"packets{type=\\\"x\\\"}\":1}");
}
END_TEST

/* One value read back: the string's bytes, where escapes below U+0100 are bytes; NULL if the text
 * is not JSON. A strict reader of just this much. */
static bool read_string(const char *s, uint8_t *out, size_t *out_len)
{
	size_t n = 0;

	if (*s++ != '"')
		return false;
	for (; *s != '"'; s++) {
		if ((uint8_t)*s < 0x20 || *s == 0x7f)
			return false;
		if (*s != '\\') {
			out[n++] = (uint8_t)*s;
		} else if (s[1] == '"' || s[1] == '\\') {
			out[n++] = (uint8_t) * ++s;
		} else if (strncmp(s, "\\u00", 4) == 0) {
			out[n++] = (uint8_t)(pxe_hex_value(s[4]) << 4 | pxe_hex_value(s[5]));
			s += 5;
		} else {
			return false;
		}
	}
	*out_len = n;
	return s[1] == '\0';
}

/* Nothing is lost but the difference of U+0080..U+009F and the bytes 80..9f. */
START_TEST(random_bytes)
{
	uint64_t state = 21;

	for (unsigned round = 0; round < 50000; round++) {
		uint8_t raw[16], back[64];
		char buf[128];
		struct pxe_text t = pxe_text_init(buf, sizeof(buf));
		struct pxe_json j = pxe_json_init(&t);
		size_t len = test_random(&state) % sizeof(raw), back_len = 0;

		for (size_t i = 0; i < len; i++) {
			raw[i] = (uint8_t)(test_random(&state) >> 13);
			if (raw[i] == 0xc2)
				raw[i] = 'x';
		}
		pxe_json_strn(&j, NULL, raw, len);
		MUST(read_string(buf, back, &back_len), "%s", buf);
		MUST(back_len == len && memcmp(back, raw, len) == 0, "%s", buf);
	}
}
END_TEST

START_TEST(truncation_shows)
{
	for (size_t cap = 0; cap < 24; cap++) {
		char buf[32];
		struct pxe_text t = pxe_text_init(buf, cap);
		struct pxe_json j = pxe_json_init(&t);

		pxe_json_open(&j, NULL, '{');
		pxe_json_str(&j, "k", "\x01\x02"); /* {"k":"\u0001\u0002"} is 20 */
		pxe_json_close(&j, '}');
		ck_assert_int_eq(t.truncated, cap < 21);
	}
}
END_TEST

CHECK_MAIN("base/json", document, a_value_alone, seconds, strings, keys_are_strings_too,
    random_bytes, truncation_shows)
