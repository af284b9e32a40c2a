/* SPDX-License-Identifier: BSD-2-Clause */
/* packet_test.c -- messages seen in place. */
#include <check.h>
#include <stdlib.h>

#include "libpxecommon/base/err.h"
#include "make_packet.h"
#include "relayd/core/packet.h"

START_TEST(reads_fixed_fields_and_options)
{
	struct made m;
	struct packet pk;

	make_begin(&m, 1, 0x0a000001);
	make_type(&m, 1);
	make_opt(&m, 57, "\x05\xc0", 2);
	make_opt(&m, 60, "PXEClient", 9);
	make_end(&m);
	ck_assert_int_eq(packet_open(&pk, m.b, m.len, sizeof(m.b)), 0);
	ck_assert_uint_eq(pk.op, 1);
	ck_assert_uint_eq(pk.xid, 0x11223344);
	ck_assert_uint_eq(pk.giaddr.v, 0x0a000001);
	ck_assert_uint_eq(pk.type, 1);
	ck_assert_uint_eq(pk.max_size, 1472);
	ck_assert_uint_eq(pk.hw.len, 6);
	ck_assert_uint_eq(pk.hw.b[5], 9);
	ck_assert_uint_eq(pk.vendor_class.len, 9);
	ck_assert(pk.client_id.p == NULL);
	ck_assert(!pk.is_cut && !pk.has_agent && pk.has_cookie);
}
END_TEST

START_TEST(refuses_short_and_overlong_hlen)
{
	struct made m;
	struct packet pk;

	make_begin(&m, 1, 0);
	for (size_t len = 0; len < 236; len++)
		ck_assert_int_eq(packet_open(&pk, m.b, len, sizeof(m.b)), PXE_E_TRUNC);
	ck_assert_int_eq(packet_open(&pk, m.b, 236, sizeof(m.b)), 0);
	ck_assert(!pk.has_cookie);
	ck_assert_int_eq(packet_open(&pk, m.b, 239, sizeof(m.b)), 0);
	ck_assert(!pk.has_cookie);
	ck_assert_int_eq(packet_open(&pk, m.b, 240, sizeof(m.b)), 0);
	ck_assert(pk.has_cookie);
	m.b[239] ^= 1;
	ck_assert_int_eq(packet_open(&pk, m.b, 240, sizeof(m.b)), 0);
	ck_assert(!pk.has_cookie);
	m.b[239] ^= 1;
	m.b[2] = 17;
	ck_assert_int_eq(packet_open(&pk, m.b, m.len, sizeof(m.b)), PXE_E_SYNTAX);
	ck_assert_uint_eq(pk.hw.len, 0);
	m.b[2] = 16;
	ck_assert_int_eq(packet_open(&pk, m.b, m.len, sizeof(m.b)), 0);
}
END_TEST

START_TEST(notices_an_option_past_the_end)
{
	struct made m;
	struct packet pk;

	make_begin(&m, 1, 0);
	make_type(&m, 3);
	m.b[m.len++] = 12;
	m.b[m.len++] = 9;
	ck_assert_int_eq(packet_open(&pk, m.b, m.len, sizeof(m.b)), 0);
	ck_assert(pk.is_cut);
	ck_assert_uint_eq(pk.type, 3);
	/* a list that simply stops, as old ROMs send it, is fine */
	ck_assert_int_eq(packet_open(&pk, m.b, m.len - 2, sizeof(m.b)), 0);
	ck_assert(!pk.is_cut);
}
END_TEST

START_TEST(wrong_lengths_are_not_taken)
{
	struct made m;
	struct packet pk;

	make_begin(&m, 1, 0);
	make_opt(&m, 53, "\1\2", 2);
	make_opt(&m, 57, "\2", 1);
	make_end(&m);
	ck_assert_int_eq(packet_open(&pk, m.b, m.len, sizeof(m.b)), 0);
	ck_assert_uint_eq(pk.type, 0);
	ck_assert_uint_eq(pk.max_size, 0);
}
END_TEST

START_TEST(writes_where_the_fields_are)
{
	struct made m;
	struct packet pk;
	uint8_t before[2048];

	make_begin(&m, 1, 0);
	make_end(&m);
	memcpy(before, m.b, sizeof(before));
	ck_assert_int_eq(packet_open(&pk, m.b, m.len, sizeof(m.b)), 0);
	packet_set_hops(&pk, 7);
	packet_set_giaddr(&pk, (struct pxe_ip4){0x01020304});
	before[3] = 7;
	put32(before + 24, 0x01020304);
	ck_assert_mem_eq(before, m.b, sizeof(before));
}
END_TEST

START_TEST(walks_every_agent_option)
{
	struct made m;
	struct packet pk;
	struct pxe_bytes body = {0};
	size_t cursor = 0;

	make_begin(&m, 2, 0);
	make_opt(&m, 82, "\1\1a", 3);
	make_type(&m, 2);
	make_opt(&m, 82, "\1\2bc", 4);
	make_end(&m);
	ck_assert_int_eq(packet_open(&pk, m.b, m.len, sizeof(m.b)), 0);
	ck_assert(packet_next_agent(&pk, &cursor, &body));
	ck_assert_uint_eq(body.len, 3);
	ck_assert(packet_next_agent(&pk, &cursor, &body));
	ck_assert_uint_eq(body.len, 4);
	ck_assert_mem_eq(body.p, "\1\2bc", 4);
	ck_assert(!packet_next_agent(&pk, &cursor, &body));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("packet");
	TCase *tc = tcase_create("packet");
	SRunner *sr = NULL;
	int failed = 0;

	tcase_add_test(tc, reads_fixed_fields_and_options);
	tcase_add_test(tc, refuses_short_and_overlong_hlen);
	tcase_add_test(tc, notices_an_option_past_the_end);
	tcase_add_test(tc, wrong_lengths_are_not_taken);
	tcase_add_test(tc, writes_where_the_fields_are);
	tcase_add_test(tc, walks_every_agent_option);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
