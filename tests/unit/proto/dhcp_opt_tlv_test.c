/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_opt_tlv_test.c -- sequences of options in spaces of every width. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/proto/dhcp_opt.h"

/* Widths of code and length, PAD and END or not. */
static const struct pxe_opt_space
    narrow = {.name = "n", .code_width = 1, .len_width = 1, .has_pad_end = true},
    agent = {.name = "a", .code_width = 1, .len_width = 1},
    two = {.name = "t", .code_width = 2, .len_width = 2},
    four = {.name = "f", .code_width = 4, .len_width = 1},
    all4 = {.name = "l", .code_width = 4, .len_width = 4},
    mixed = {.name = "m", .code_width = 1, .len_width = 2, .has_pad_end = true},
    bare = {.name = "b", .code_width = 2, .len_width = 0};

#define B(s) (const uint8_t *)(s), sizeof(s) - 1

/* Bytes, what they hold, and whether the reader complains in the end. */
static const struct walk {
	const struct pxe_opt_space *space;
	struct pxe_bytes bytes;
	const char *want; /* "code=hex code=hex" */
	bool broken;
} walks[] = {
    {&narrow, {B("")}, "", false},
    {&narrow, {B("\x01\x02hi\x02\x00\x03\x01z")}, "1=6869 2= 3=7a ", false},
    {&narrow, {B("\x00\x00\x01\x01x\x00\xff\x02\x01y")}, "1=78 ", false},
    {&narrow, {B("\x01\x01x\xff")}, "1=78 ", false},
    {&narrow, {B("\x01\x01x\x02")}, "1=78 ", true},
    {&narrow, {B("\x01\x01x\x02\x02y")}, "1=78 ", true},
    {&agent, {B("\x00\x01x\xff\x00\x01\x01y")}, "0=78 255= 1=79 ", false},
    {&two, {B("\x00\x01\x00\x02hi\xff\xff\x00\x00")}, "1=6869 65535= ", false},
    {&two, {B("\x00\x00\x00\x01x")}, "0=78 ", false},
    {&two, {B("\x00")}, "", true},
    {&two, {B("\x00\x01\x00")}, "", true},
    {&two, {B("\x00\x01\x01\x00x")}, "", true},
    {&four,
	{B("\x00\x00\x09\xbf\x03"
	   "foo\xff\xff\xff\xff\x00")},
	"2495=666f6f 4294967295= ", false},
    {&four, {B("\x00\x00\x09")}, "", true},
    {&all4, {B("\x00\x00\x00\x01\x00\x00\x00\x01x")}, "1=78 ", false},
    {&all4, {B("\x00\x00\x00\x01\xff\xff\xff\xffx")}, "", true},
    {&mixed, {B("\x00\x07\x00\x01x\xff")}, "7=78 ", false},
    {&bare, {B("\x00\x07xyz")}, "7=78797a ", false},
    {&bare, {B("\x00\x07")}, "7= ", false},
    {&bare, {B("\x00")}, "", true},
};

START_TEST(next)
{
	const struct walk *w = &walks[_i];
	uint8_t *exact = malloc(w->bytes.len > 0 ? w->bytes.len : 1);
	struct pxe_rd rd;
	struct pxe_opt_tlv tlv = {.code = 77};
	char buf[256];
	struct pxe_text text = pxe_text_init(buf, sizeof(buf));

	memcpy(exact, w->bytes.p, w->bytes.len);
	rd = pxe_rd_init(exact, w->bytes.len);
	while (pxe_opt_tlv_next(&rd, w->space, &tlv)) {
		pxe_text_addf(&text, "%u=", tlv.code);
		pxe_text_add_hex(&text, tlv.value.p, tlv.value.len, 0);
		pxe_text_addc(&text, ' ');
	}
	ck_assert_str_eq(buf, w->want);
	ck_assert_int_eq(rd.err, w->broken ? PXE_E_TRUNC : 0);
	ck_assert(!pxe_opt_tlv_next(&rd, w->space, &tlv)); /* and it stays so */
	free(exact);
}
END_TEST

START_TEST(find)
{
	struct pxe_bytes body = {B("\x01\x01x\x02\x00\x01\x01y\x03\x05z")};
	struct pxe_bytes none = {NULL, 0};

	ck_assert_uint_eq(pxe_opt_tlv_find(body, &agent, 1).len, 1);
	ck_assert_mem_eq(pxe_opt_tlv_find(body, &agent, 1).p, "x", 1);
	ck_assert_ptr_nonnull(pxe_opt_tlv_find(body, &agent, 2).p);
	ck_assert_uint_eq(pxe_opt_tlv_find(body, &agent, 2).len, 0);
	ck_assert_ptr_null(pxe_opt_tlv_find(body, &agent, 3).p); /* malformed */
	ck_assert_ptr_null(pxe_opt_tlv_find(body, &agent, 4).p);
	ck_assert_ptr_null(pxe_opt_tlv_find(none, &agent, 1).p);
	ck_assert_ptr_null(pxe_opt_tlv_find((struct pxe_bytes){B("\xff\x01\x01x")}, &narrow, 1).p);
}
END_TEST

START_TEST(put_in_every_width)
{
	static const struct {
		const struct pxe_opt_space *space;
		uint32_t code;
		struct pxe_bytes want;
	} cases[] = {
	    {&narrow, 8, {B("\x08\x02hi")}},
	    {&agent, 255, {B("\xff\x02hi")}},
	    {&two, 0x1234, {B("\x12\x34\x00\x02hi")}},
	    {&four, 2495, {B("\x00\x00\x09\xbf\x02hi")}},
	    {&all4, 0xfffffffe, {B("\xff\xff\xff\xfe\x00\x00\x00\x02hi")}},
	    {&mixed, 9, {B("\x09\x00\x02hi")}},
	    {&bare, 9, {B("\x00\x09hi")}},
	};
	uint8_t out[32];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = cases[i].want.len;
		struct pxe_wr wr = pxe_wr_init(out, n);

		pxe_opt_tlv_put(&wr, cases[i].space, cases[i].code, "hi", 2);
		ck_assert_int_eq(wr.err, 0);
		ck_assert_uint_eq(wr.len, n);
		ck_assert_mem_eq(out, cases[i].want.p, n);
		/* All or nothing. */
		wr = pxe_wr_init(out, n - 1);
		pxe_opt_tlv_put(&wr, cases[i].space, cases[i].code, "hi", 2);
		ck_assert_int_eq(wr.err, PXE_E_TOOBIG);
		ck_assert_uint_eq(wr.len, 0);
	}
}
END_TEST

START_TEST(put_refuses)
{
	static uint8_t big[70000], out[80000];
	struct pxe_wr wr = pxe_wr_init(out, sizeof(out));

	pxe_opt_tlv_put(&wr, &narrow, 256, "x", 1);
	ck_assert_int_eq(wr.err, PXE_E_TOOBIG);
	wr = pxe_wr_init(out, sizeof(out));
	pxe_opt_tlv_put(&wr, &two, 65536, "x", 1);
	ck_assert_int_eq(wr.err, PXE_E_TOOBIG);
	wr = pxe_wr_init(out, sizeof(out));
	pxe_opt_tlv_put(&wr, &two, 1, big, 65536); /* wide spaces do not split */
	ck_assert_int_eq(wr.err, PXE_E_TOOBIG);
	ck_assert_uint_eq(wr.len, 0);
	wr = pxe_wr_init(out, sizeof(out));
	pxe_opt_tlv_put(&wr, &four, 1, big, 256);
	ck_assert_int_eq(wr.err, PXE_E_TOOBIG);
	wr = pxe_wr_init(out, sizeof(out));
	pxe_opt_tlv_put(&wr, &two, 1, big, 65535);
	ck_assert_int_eq(wr.err, 0);
	ck_assert_uint_eq(wr.len, 65539);
	wr = pxe_wr_init(out, sizeof(out));
	pxe_opt_tlv_put(&wr, &two, 1, NULL, 0);
	ck_assert_uint_eq(wr.len, 4);
}
END_TEST

START_TEST(put_splits_where_lengths_are_one_byte)
{
	uint8_t big[600], out[700];
	struct pxe_wr wr;
	struct pxe_rd rd;
	struct pxe_opt_tlv tlv;
	size_t got = 0, pieces = 0;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7);
	wr = pxe_wr_init(out, sizeof(big) + 6);
	pxe_opt_tlv_put(&wr, &narrow, 5, big, sizeof(big));
	ck_assert_int_eq(wr.err, 0);
	ck_assert_uint_eq(wr.len, sizeof(big) + 6);
	rd = pxe_rd_init(out, wr.len);
	while (pxe_opt_tlv_next(&rd, &narrow, &tlv)) {
		ck_assert_uint_eq(tlv.code, 5);
		ck_assert_mem_eq(tlv.value.p, big + got, tlv.value.len);
		got += tlv.value.len;
		pieces++;
	}
	ck_assert_uint_eq(got, sizeof(big));
	ck_assert_uint_eq(pieces, 3);

	wr = pxe_wr_init(out, sizeof(big) + 5);
	pxe_opt_tlv_put(&wr, &narrow, 5, big, sizeof(big));
	ck_assert_int_eq(wr.err, PXE_E_TOOBIG);
	ck_assert_uint_eq(wr.len, 0);
	wr = pxe_wr_init(out, sizeof(out));
	pxe_opt_tlv_put(&wr, &narrow, 5, big, 255);
	ck_assert_uint_eq(wr.len, 257);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp_opt_tlv");
	TCase *tc = tcase_create("tlv");
	SRunner *runner = NULL;
	int failed = 0;

	tcase_add_loop_test(tc, next, 0, sizeof(walks) / sizeof(walks[0]));
	tcase_add_test(tc, find);
	tcase_add_test(tc, put_in_every_width);
	tcase_add_test(tc, put_refuses);
	tcase_add_test(tc, put_splits_where_lengths_are_one_byte);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
