/* SPDX-License-Identifier: BSD-2-Clause */
/* dns_name_test.c -- domain names between text and wire form, with and without compression. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/proto/dhcp_opt.h"

#define B(s) (const uint8_t *)(s), sizeof(s) - 1

/* Text of the name at off, from memory of its exact size. Returns what pxe_dns_get does. */
static int get(struct pxe_bytes value, size_t off, char *buf, size_t cap)
{
	uint8_t *exact = malloc(value.len > 0 ? value.len : 1);
	struct pxe_text text = pxe_text_init(buf, cap);
	int end = 0;

	if (value.len > 0)
		memcpy(exact, value.p, value.len);
	end = pxe_dns_get((struct pxe_bytes){exact, value.len}, off, &text);
	free(exact);
	return end;
}

static const struct both_ways {
	const char *text;
	struct pxe_bytes wire;
	const char *back; /* NULL: the same text */
} names[] = {
    {"a",
	{B("\x01"
	   "a\x00")},
	NULL},
    {"a.example.org",
	{B("\x01"
	   "a\x07"
	   "example\x03org\x00")},
	NULL},
    {"a.example.org.",
	{B("\x01"
	   "a\x07"
	   "example\x03org\x00")},
	"a.example.org"},
    {".", {B("\x00")}, NULL},
    {"a\\.b.c",
	{B("\x03"
	   "a.b\x01"
	   "c\x00")},
	NULL},
    {"a\\\\b",
	{B("\x03"
	   "a\\b\x00")},
	NULL},
    {"\\065\\000\\255",
	{B("\x03"
	   "A\x00\xff\x00")},
	"A\\000\\255"},
    {"sp ace", {B("\x06sp ace\x00")}, "sp\\032ace"},
    {"_tcp.Mixed", {B("\x04_tcp\x05Mixed\x00")}, NULL},
};

START_TEST(text_and_wire)
{
	const struct both_ways *n = &names[_i];
	uint8_t out[64];
	struct pxe_wr wr = pxe_wr_init(out, n->wire.len);
	char buf[PXE_DNS_TEXT_MAX];

	ck_assert_int_eq(pxe_dns_put(&wr, n->text, false, 0), 0);
	ck_assert_int_eq(wr.err, 0);
	ck_assert_uint_eq(wr.len, n->wire.len);
	ck_assert_mem_eq(out, n->wire.p, n->wire.len);
	ck_assert_int_eq(get(n->wire, 0, buf, sizeof(buf)), (int)n->wire.len);
	ck_assert_str_eq(buf, n->back != NULL ? n->back : n->text);
	/* No room is the writer's business. */
	wr = pxe_wr_init(out, n->wire.len - 1);
	ck_assert_int_eq(pxe_dns_put(&wr, n->text, false, 0), 0);
	ck_assert_int_eq(wr.err, PXE_E_TOOBIG);
}
END_TEST

START_TEST(text_that_is_no_name)
{
	static const char *const bad[] = {
	    "", "..", ".a", "a..b", "a.b..", "a\\", "a\\1", "a\\12", "a\\1x2", "a\\256", "a\\999"};
	uint8_t out[64] = "before";

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pxe_wr wr = pxe_wr_init(out, sizeof(out));

		wr.len = 6;
		ck_assert_msg(pxe_dns_put(&wr, bad[i], false, 0) == PXE_E_SYNTAX, "%s", bad[i]);
		ck_assert_uint_eq(wr.len, 6);
		ck_assert_int_eq(wr.err, 0);
	}
}
END_TEST

START_TEST(limits_of_labels_and_names)
{
	char text[400], buf[PXE_DNS_TEXT_MAX];
	uint8_t out[300];
	struct pxe_wr wr = pxe_wr_init(out, sizeof(out));

	memset(text, 'x', sizeof(text));
	text[63] = '\0';
	ck_assert_int_eq(pxe_dns_put(&wr, text, false, 0), 0);
	text[63] = 'x';
	text[64] = '\0';
	ck_assert_int_eq(pxe_dns_put(&wr, text, false, 0), PXE_E_SYNTAX);
	/* 63.63.63.61 is 255 bytes on the wire, one more is too long. */
	memset(text, 'x', sizeof(text));
	text[63] = text[127] = text[191] = '.';
	text[192 + 61] = '\0';
	wr = pxe_wr_init(out, sizeof(out));
	ck_assert_int_eq(pxe_dns_put(&wr, text, false, 0), 0);
	ck_assert_uint_eq(wr.len, 255);
	ck_assert_int_eq(get((struct pxe_bytes){out, 255}, 0, buf, sizeof(buf)), 255);
	ck_assert_str_eq(buf, text);
	text[192 + 61] = 'x';
	text[192 + 62] = '\0';
	ck_assert_int_eq(pxe_dns_put(&wr, text, false, 0), PXE_E_SYNTAX);
	/* The same from the wire: the name is 256 bytes. */
	out[192] = 62;
	out[255] = 0;
	ck_assert_int_eq(get((struct pxe_bytes){out, 256}, 0, buf, sizeof(buf)), PXE_E_SYNTAX);
}
END_TEST

START_TEST(the_longest_text_fits)
{
	uint8_t wire[255];
	char buf[PXE_DNS_TEXT_MAX];
	struct pxe_text text = pxe_text_init(buf, sizeof(buf));

	memset(wire, 0x80, sizeof(wire)); /* every byte becomes \128 */
	wire[0] = wire[64] = wire[128] = 63;
	wire[192] = 61;
	wire[254] = 0;
	ck_assert_int_eq(pxe_dns_get((struct pxe_bytes){wire, 255}, 0, &text), 255);
	ck_assert(!text.truncated);
	ck_assert_uint_eq(text.len, 4 * 250 + 3);
}
END_TEST

static const struct broken {
	struct pxe_bytes wire;
	size_t off;
} broken[] = {
    {{B("")}, 0},
    {{B("\x01"
	"a")},
	0},
    {{B("\x02"
	"a")},
	0},
    {{B("\x01"
	"a\x00")},
	3},
    {{B("\x01"
	"a\x00")},
	4},
    {{B("\xc0")}, 0},
    {{B("\xc0\x00")}, 0},     /* itself */
    {{B("\xc0\x02\x00")}, 0}, /* forwards */
    {{B("\x01"
	"a\xc0\x00")},
	0}, /* a name inside itself */
    {{B("\x01"
	"a\xc0\x02")},
	0},
    {{B("\x00\x01"
	"a\xc0\x01")},
	1},
    {{B("\xc0\x02\xc0\x00")}, 2}, /* a circle of two */
    {{B("\x40"
	"a\x00")},
	0}, /* reserved label types */
    {{B("\x80\x00")}, 0},
    {{B("\x00\xc0\xff")}, 1},
};

START_TEST(wire_that_is_no_name)
{
	char buf[64] = "kept";
	struct pxe_text text = pxe_text_init(buf, sizeof(buf));

	ck_assert_int_eq(get(broken[_i].wire, broken[_i].off, buf, sizeof(buf)), PXE_E_SYNTAX);
	/* What was in the text before is there afterwards, and no more. */
	text = pxe_text_init(buf, sizeof(buf));
	pxe_text_add(&text, "kept");
	ck_assert_int_eq(pxe_dns_get(broken[_i].wire, broken[_i].off, &text), PXE_E_SYNTAX);
	ck_assert_str_eq(buf, "kept");
	ck_assert_uint_eq(text.len, 4);
}
END_TEST

START_TEST(pointers_are_followed)
{
	/* RFC 3397 2: the list of the example there. */
	static const uint8_t list[] = "\x03"
				      "eng\x05"
				      "apple\x03"
				      "com\x00\x09marketing\xc0\x04";
	struct pxe_bytes value = {list, sizeof(list) - 1};
	char buf[64];

	ck_assert_int_eq(get(value, 0, buf, sizeof(buf)), 15);
	ck_assert_str_eq(buf, "eng.apple.com");
	ck_assert_int_eq(get(value, 15, buf, sizeof(buf)), (int)value.len);
	ck_assert_str_eq(buf, "marketing.apple.com");
	ck_assert_int_eq(get((struct pxe_bytes){B("\x00\xc0\x00")}, 1, buf, sizeof(buf)), 3);
	ck_assert_str_eq(buf, ".");
}
END_TEST

START_TEST(compression)
{
	static const uint8_t want[] = "pre\x03"
				      "eng\x05"
				      "apple\x03"
				      "com\x00\x09marketing\xc0\x04\xc0\x00\x02xx\xc0\x00";
	uint8_t out[128] = "pre";
	struct pxe_wr wr = pxe_wr_init(out, sizeof(out));
	struct pxe_bytes value;
	char buf[64];
	int off = 0;

	wr.len = 3; /* offsets count from the start of the value, not of the buffer */
	ck_assert_int_eq(pxe_dns_put(&wr, "eng.apple.com", true, 3), 0);
	ck_assert_int_eq(pxe_dns_put(&wr, "marketing.apple.com", true, 3), 0);
	ck_assert_int_eq(pxe_dns_put(&wr, "eng.apple.com.", true, 3), 0);
	ck_assert_int_eq(pxe_dns_put(&wr, "xx.eng.apple.com", true, 3), 0);
	value = (struct pxe_bytes){out + 3, wr.len - 3};
	for (unsigned i = 0; i < 4; i++) {
		static const char *const names4[] = {
		    "eng.apple.com", "marketing.apple.com", "eng.apple.com", "xx.eng.apple.com"};

		off = get(value, (size_t)off, buf, sizeof(buf));
		ck_assert_int_gt(off, 0);
		ck_assert_str_eq(buf, names4[i]);
	}
	ck_assert_int_eq(off, (int)value.len);
	ck_assert_uint_eq(wr.len, sizeof(want) - 1);
	ck_assert_mem_eq(out, want, sizeof(want) - 1);
	/* Names that differ in case are different bytes, and stay so. */
	ck_assert_int_eq(pxe_dns_put(&wr, "ENG.apple.com", true, 3), 0);
	ck_assert_uint_eq(wr.len, sizeof(want) - 1 + 6);
}
END_TEST

START_TEST(compression_reaches_as_far_as_a_pointer)
{
	static uint8_t out[20000];
	struct pxe_wr wr = pxe_wr_init(out, sizeof(out));

	memset(out, 0xff, sizeof(out));
	wr.len = 0x3fff;
	ck_assert_int_eq(pxe_dns_put(&wr, "far.example", false, 0), 0);
	ck_assert_int_eq(pxe_dns_put(&wr, "far.example", true, 0), 0);
	ck_assert_uint_eq(wr.len, 0x3fff + 13 + 2); /* the last offset there is */
	wr.len = 0x4000;
	ck_assert_int_eq(pxe_dns_put(&wr, "far.example", false, 0), 0);
	memset(out, 0xff, 0x4000);
	ck_assert_int_eq(pxe_dns_put(&wr, "far.example", true, 0), 0);
	ck_assert_uint_eq(wr.len, 0x4000 + 13 + 13);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns_name");
	TCase *tc = tcase_create("names");
	SRunner *runner = NULL;
	int failed = 0;

	tcase_add_loop_test(tc, text_and_wire, 0, sizeof(names) / sizeof(names[0]));
	tcase_add_test(tc, text_that_is_no_name);
	tcase_add_test(tc, limits_of_labels_and_names);
	tcase_add_test(tc, the_longest_text_fits);
	tcase_add_loop_test(tc, wire_that_is_no_name, 0, sizeof(broken) / sizeof(broken[0]));
	tcase_add_test(tc, pointers_are_followed);
	tcase_add_test(tc, compression);
	tcase_add_test(tc, compression_reaches_as_far_as_a_pointer);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
