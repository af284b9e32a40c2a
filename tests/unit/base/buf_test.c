/* SPDX-License-Identifier: BSD-2-Clause */
/* buf_test.c -- the reader and the writer at each border. */
#include "libpxecommon/base/buf.h"

#include "tests/unit/check_main.h"

static const uint8_t ten[] = {0x01, 0x82, 0x03, 0x84, 0xf5, 0x06, 0x07, 0x08, 0x09, 0x0a};

START_TEST(reads_network_order)
{
	struct pxe_rd rd = pxe_rd_init(ten, sizeof(ten));

	ck_assert_uint_eq(pxe_rd_u8(&rd), 0x01);
	ck_assert_uint_eq(pxe_rd_u16(&rd), 0x8203);
	ck_assert_uint_eq(pxe_rd_u32(&rd), 0x84f50607);
	ck_assert_uint_eq(pxe_rd_left(&rd), 3);
	pxe_rd_skip(&rd, 3);
	ck_assert_int_eq(rd.err, 0);
	ck_assert_uint_eq(pxe_rd_left(&rd), 0);
}
END_TEST

/* Each kind of read with one byte too few: zero, sticky, and the position stays. */
START_TEST(overrun_is_sticky)
{
	for (size_t have = 0; have < 4; have++) {
		struct pxe_rd rd = pxe_rd_init(ten, have);

		ck_assert_uint_eq(pxe_rd_u32(&rd), 0);
		ck_assert_int_eq(rd.err, PXE_E_TRUNC);
		ck_assert_uint_eq(rd.off, 0);
		ck_assert_uint_eq(pxe_rd_left(&rd), 0);
		ck_assert_uint_eq(pxe_rd_u8(&rd), 0);
		ck_assert_ptr_null(pxe_rd_bytes(&rd, 0));
	}
	for (size_t have = 0; have < 2; have++) {
		struct pxe_rd rd = pxe_rd_init(ten, have);

		ck_assert_uint_eq(pxe_rd_u16(&rd), 0);
		ck_assert_int_eq(rd.err, PXE_E_TRUNC);
	}
}
END_TEST

START_TEST(huge_lengths_do_not_wrap)
{
	struct pxe_rd rd = pxe_rd_init(ten, sizeof(ten));
	uint8_t out[4];
	struct pxe_wr wr = pxe_wr_init(out, sizeof(out));

	pxe_rd_skip(&rd, 1);
	ck_assert_ptr_null(pxe_rd_bytes(&rd, SIZE_MAX));
	ck_assert_int_eq(rd.err, PXE_E_TRUNC);
	pxe_wr_u8(&wr, 1);
	ck_assert_ptr_null(pxe_wr_reserve(&wr, SIZE_MAX));
	ck_assert_int_eq(wr.err, PXE_E_TOOBIG);
}
END_TEST

START_TEST(first_error_stays)
{
	struct pxe_rd rd = pxe_rd_init(ten, 2);

	pxe_rd_fail(&rd, PXE_E_SYNTAX);
	pxe_rd_skip(&rd, 99);
	ck_assert_int_eq(rd.err, PXE_E_SYNTAX);
	pxe_rd_fail(&rd, PXE_E_RANGE);
	ck_assert_int_eq(rd.err, PXE_E_SYNTAX);
}
END_TEST

START_TEST(copy_leaves_its_target_alone_on_error)
{
	struct pxe_rd rd = pxe_rd_init(ten, 3);
	uint8_t to[4] = {9, 9, 9, 9};

	pxe_rd_copy(&rd, to, 4);
	ck_assert_int_eq(rd.err, PXE_E_TRUNC);
	ck_assert_uint_eq(to[0], 9);
	rd = pxe_rd_init(ten, 3);
	pxe_rd_copy(&rd, to, 3);
	ck_assert_mem_eq(to, ten, 3);
	ck_assert_uint_eq(to[3], 9);
	pxe_rd_copy(&rd, to, 0);
	ck_assert_int_eq(rd.err, 0);
}
END_TEST

START_TEST(sub_reader_ends_where_it_was_told)
{
	struct pxe_rd rd = pxe_rd_init(ten, sizeof(ten));
	struct pxe_rd sub = pxe_rd_sub(&rd, 2);

	ck_assert_uint_eq(pxe_rd_u16(&sub), 0x0182);
	ck_assert_uint_eq(pxe_rd_u8(&sub), 0);
	ck_assert_int_eq(sub.err, PXE_E_TRUNC);
	ck_assert_int_eq(rd.err, 0);
	ck_assert_uint_eq(pxe_rd_u8(&rd), 0x03);

	sub = pxe_rd_sub(&rd, 0);
	ck_assert_int_eq(sub.err, 0);
	ck_assert_uint_eq(pxe_rd_left(&sub), 0);

	sub = pxe_rd_sub(&rd, 8);
	ck_assert_int_eq(sub.err, PXE_E_TRUNC);
	ck_assert_int_eq(rd.err, PXE_E_TRUNC);
	ck_assert_uint_eq(pxe_rd_left(&sub), 0);
}
END_TEST

START_TEST(strings_end_at_nul)
{
	static const char text[] = "ab\0\0cd"; /* and its own NUL */
	struct pxe_rd rd = pxe_rd_init(text, sizeof(text));
	size_t len = 99;

	ck_assert_str_eq(pxe_rd_cstr(&rd, &len), "ab");
	ck_assert_uint_eq(len, 2);
	ck_assert_str_eq(pxe_rd_cstr(&rd, &len), "");
	ck_assert_uint_eq(len, 0);
	ck_assert_str_eq(pxe_rd_cstr(&rd, &len), "cd");
	ck_assert_uint_eq(len, 2);
	ck_assert_uint_eq(pxe_rd_left(&rd), 0);
	ck_assert_ptr_null(pxe_rd_cstr(&rd, &len));
	ck_assert_int_eq(rd.err, PXE_E_TRUNC);
	ck_assert_uint_eq(len, 2);

	rd = pxe_rd_init(text + 4, 2);
	ck_assert_ptr_null(pxe_rd_cstr(&rd, &len));
	ck_assert_int_eq(rd.err, PXE_E_TRUNC);
	rd = pxe_rd_init(NULL, 0);
	ck_assert_ptr_null(pxe_rd_cstr(&rd, &len));
	ck_assert_int_eq(rd.err, PXE_E_TRUNC);
}
END_TEST

START_TEST(writes_network_order)
{
	uint8_t out[16];
	struct pxe_wr wr = pxe_wr_init(out, sizeof(out));

	pxe_wr_u8(&wr, 0x01);
	pxe_wr_u16(&wr, 0x8203);
	pxe_wr_u32(&wr, 0x84f50607);
	pxe_wr_bytes(&wr, ten + 7, 3);
	ck_assert_uint_eq(wr.len, 10);
	ck_assert_mem_eq(out, ten, 10);
	pxe_wr_cstr(&wr, "ab");
	ck_assert_mem_eq(out + 10, "ab", 3);
	pxe_wr_fill(&wr, 7, 3);
	ck_assert_uint_eq(pxe_wr_room(&wr), 0);
	ck_assert_mem_eq(out + 13, "\7\7\7", 3);
	ck_assert_int_eq(wr.err, 0);
	pxe_wr_bytes(&wr, NULL, 0);
	ck_assert_int_eq(wr.err, 0);
}
END_TEST

/* What does not fit whole is not written at all, and nothing after it is. */
START_TEST(writer_never_writes_in_part)
{
	for (size_t cap = 0; cap < 4; cap++) {
		uint8_t out[5] = {0xaa, 0xaa, 0xaa, 0xaa, 0xaa};
		struct pxe_wr wr = pxe_wr_init(out, cap);

		pxe_wr_u32(&wr, 0);
		ck_assert_int_eq(wr.err, PXE_E_TOOBIG);
		ck_assert_uint_eq(wr.len, 0);
		ck_assert_uint_eq(pxe_wr_room(&wr), 0);
		pxe_wr_u8(&wr, 0);
		pxe_wr_cstr(&wr, "");
		pxe_wr_fill(&wr, 0, 1);
		for (size_t i = 0; i < sizeof(out); i++)
			ck_assert_uint_eq(out[i], 0xaa);
	}
}
END_TEST

/* An absent option is {NULL, 0}: read as nothing, without error and without undefined behaviour. */
START_TEST(no_bytes_at_all)
{
	struct pxe_rd rd = pxe_rd_init(NULL, 0), sub = pxe_rd_sub(&rd, 0);
	struct pxe_wr wr = pxe_wr_init(NULL, 0);

	ck_assert_ptr_nonnull(pxe_rd_bytes(&rd, 0));
	ck_assert_uint_eq(pxe_rd_left(&sub), 0);
	pxe_rd_copy(&rd, NULL, 0);
	ck_assert_int_eq(rd.err, 0);
	ck_assert_uint_eq(pxe_rd_u8(&rd), 0);
	ck_assert_int_eq(rd.err, PXE_E_TRUNC);
	pxe_wr_bytes(&wr, NULL, 0);
	pxe_wr_fill(&wr, 0, 0);
	ck_assert_int_eq(wr.err, 0);
	pxe_wr_u8(&wr, 0);
	ck_assert_int_eq(wr.err, PXE_E_TOOBIG);
}
END_TEST

CHECK_MAIN("base/buf", no_bytes_at_all, reads_network_order, overrun_is_sticky,
    huge_lengths_do_not_wrap, first_error_stays, copy_leaves_its_target_alone_on_error,
    sub_reader_ends_where_it_was_told, strings_end_at_nul, writes_network_order,
    writer_never_writes_in_part)
