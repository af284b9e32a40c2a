/* SPDX-License-Identifier: BSD-2-Clause */
/* netascii_test.c -- text conversion, with a block border at every place. */
#include "tftpd/core/netascii.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *disk;
	size_t disk_len;
	const char *wire;
	size_t wire_len;
} text[] = {
#define T(d, w)                                                                                    \
	{                                                                                          \
		d, sizeof(d) - 1, w, sizeof(w) - 1                                                 \
	}
    T("", ""),
    T("abc", "abc"),
    T("a\nb\n", "a\r\nb\r\n"),
    T("a\rb", "a\r\0b"),
    T("\r\n", "\r\0\r\n"),
    T("\n\n\r\r\0x", "\r\n\r\n\r\0\r\0\0x"),
};

START_TEST(encode_in_blocks_of_any_size)
{
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		for (size_t block = 1; block < 6; block++) {
			struct netascii_place at = {0};
			uint8_t out[64];
			size_t n = 0, got;

			do {
				got =
				    netascii_encode(&at, (const uint8_t *)text[i].disk + at.offset,
					text[i].disk_len - at.offset, out + n, block);
				n += got;
			} while (got == block);
			ck_assert_uint_eq(n, text[i].wire_len);
			ck_assert_mem_eq(out, text[i].wire, n);
			ck_assert_uint_eq(at.offset, text[i].disk_len);
		}
	}
}
END_TEST

START_TEST(encode_goes_on_from_a_saved_place)
{
	const uint8_t disk[] = "one\ntwo\n";
	struct netascii_place at = {0}, saved;
	uint8_t first[4], again[8];

	ck_assert_uint_eq(netascii_encode(&at, disk, 8, first, 4), 4);
	ck_assert_mem_eq(first, "one\r", 4);
	saved = at;
	ck_assert_uint_eq(netascii_encode(&at, disk + at.offset, 4, NULL, 4), 4);
	ck_assert_uint_eq(netascii_encode(&saved, disk + saved.offset, 4, again, 4), 4);
	ck_assert_mem_eq(again, "\ntwo", 4);
	ck_assert_uint_eq(saved.offset, at.offset);
}
END_TEST

START_TEST(decode_split_at_every_byte)
{
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		for (size_t cut = 0; cut <= text[i].wire_len; cut++) {
			struct netascii_decoder d = {0};
			const uint8_t *wire = (const uint8_t *)text[i].wire;
			uint8_t out[64];
			size_t n = netascii_decode(&d, wire, cut, out);

			n += netascii_decode(&d, wire + cut, text[i].wire_len - cut, out + n);
			n += netascii_decode_end(&d, out + n);
			ck_assert_uint_eq(n, text[i].disk_len);
			ck_assert_mem_eq(out, text[i].disk, n);
		}
	}
}
END_TEST

START_TEST(decode_keeps_other_carriage_returns)
{
	struct netascii_decoder d = {0};
	uint8_t out[8];
	size_t n = netascii_decode(&d, (const uint8_t *)"a\rb\r", 4, out);

	n += netascii_decode_end(&d, out + n);
	ck_assert_uint_eq(n, 4);
	ck_assert_mem_eq(out, "a\rb\r", 4);
	ck_assert_uint_eq(netascii_decode_end(&d, out), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tftpd/netascii");
	TCase *t = tcase_create("all");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(t, encode_in_blocks_of_any_size);
	tcase_add_test(t, encode_goes_on_from_a_saved_place);
	tcase_add_test(t, decode_split_at_every_byte);
	tcase_add_test(t, decode_keeps_other_carriage_returns);
	suite_add_tcase(s, t);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
