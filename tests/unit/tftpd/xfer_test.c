/* SPDX-License-Identifier: BSD-2-Clause */
/* xfer_test.c -- the transfer state machine against a clock of its own. */
#include "tftpd/core/xfer.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { S = 1000000 };

static struct xfer x;
static struct xfer_fx fx;
static int64_t now;

static struct xfer_params params(bool write, bool oack, uint32_t blksize, uint32_t window)
{
	return (struct xfer_params){
	    .write = write,
	    .has_oack = oack,
	    .blksize = blksize,
	    .windowsize = window,
	    .size_known = !write,
	    .timeout_us = 1 * S,
	    .timeout_min_us = 200000,
	    .give_up_us = 63 * S,
	};
}

static void start(struct xfer_params p)
{
	now = 1000 * (int64_t)S;
	xfer_start(&x, &p, now, &fx);
}

static void ack(uint16_t block)
{
	uint8_t pkt[4];
	int n = pxe_tftp_build_ack(pkt, sizeof(pkt), block);

	xfer_input(&x, pkt, (size_t)n, now, &fx);
}

static void data(uint16_t block, size_t len)
{
	static uint8_t pkt[70000];
	int n = pxe_tftp_build_data_header(pkt, sizeof(pkt), block);

	xfer_input(&x, pkt, (size_t)n + len, now, &fx);
}

static void error(uint16_t code)
{
	uint8_t pkt[64];
	int n = pxe_tftp_build_error(pkt, sizeof(pkt), code, "no");

	xfer_input(&x, pkt, (size_t)n, now, &fx);
}

/* All blocks wanted go out; returns "first+count". */
static uint64_t send_all(uint32_t *out_n)
{
	uint64_t first = 0;
	uint32_t n = xfer_want(&x, &first);

	*out_n = n;
	if (n > 0)
		xfer_sent(&x, n, first + n - 1 == x.last ? x.last_len : x.p.blksize, now);
	return first;
}

static void expect_sends(uint64_t want_first, uint32_t want_n)
{
	uint32_t n = 0;
	uint64_t first = send_all(&n);

	ck_assert_uint_eq(n, want_n);
	if (n > 0)
		ck_assert_uint_eq(first, want_first);
}

static bool timer(int64_t after)
{
	now += after;
	if (now < x.deadline_us)
		return false;
	xfer_timeout(&x, now, &fx);
	return true;
}

START_TEST(read_of_two_blocks_and_a_half)
{
	struct xfer_params p = params(false, false, 512, 1);

	p.size = 1280;
	start(p);
	ck_assert_int_eq(fx.send, XFER_SEND_NOTHING);
	expect_sends(1, 1);
	ack(1);
	expect_sends(2, 1);
	ack(2);
	expect_sends(3, 1);
	expect_sends(0, 0);
	ack(3);
	ck_assert_int_eq(x.state, XFER_ENDED);
	ck_assert(x.done);
	ck_assert_int_eq(x.reason, PXE_REASON_OK);
	ck_assert_uint_eq(x.bytes, 1280);
	ck_assert_uint_eq(x.retransmits, 0);
	ck_assert_int_eq(x.deadline_us, INT64_MAX);
}
END_TEST

START_TEST(a_multiple_of_the_block_size_ends_with_an_empty_block)
{
	struct xfer_params p = params(false, false, 512, 1);

	p.size = 1024;
	start(p);
	expect_sends(1, 1);
	ack(1);
	expect_sends(2, 1);
	ack(2);
	expect_sends(3, 1);
	ack(3);
	ck_assert_int_eq(x.reason, PXE_REASON_OK);
	ck_assert_uint_eq(x.bytes, 1024);
}
END_TEST

START_TEST(an_empty_file_is_one_empty_block)
{
	start(params(false, false, 512, 1));
	expect_sends(1, 1);
	ack(1);
	ck_assert_int_eq(x.reason, PXE_REASON_OK);
	ck_assert_uint_eq(x.bytes, 0);
}
END_TEST

START_TEST(unknown_size_ends_where_the_shell_says)
{
	struct xfer_params p = params(false, false, 512, 4);

	p.size_known = false;
	start(p);
	ck_assert_uint_eq(xfer_want(&x, &(uint64_t){0}), 4);
	xfer_sent(&x, 2, 7, now);
	expect_sends(0, 0);
	ck_assert_int_ne(x.deadline_us, INT64_MAX);
	ack(2);
	ck_assert_int_eq(x.reason, PXE_REASON_OK);
	ck_assert_uint_eq(x.bytes, 512 + 7);
}
END_TEST

START_TEST(no_data_before_ack_0)
{
	struct xfer_params p = params(false, true, 512, 1);

	p.size = 100;
	start(p);
	ck_assert_int_eq(fx.send, XFER_SEND_OACK);
	expect_sends(0, 0);
	ack(1);
	expect_sends(0, 0);
	ack(0);
	expect_sends(1, 1);
	ack(0); /* a duplicate of ACK 0 */
	expect_sends(0, 0);
	ack(1);
	ck_assert_int_eq(x.reason, PXE_REASON_OK);
}
END_TEST

START_TEST(duplicate_acks_never_repeat_data_in_lockstep)
{
	struct xfer_params p = params(false, false, 512, 1);

	p.size = 5000;
	start(p);
	expect_sends(1, 1);
	ack(1);
	expect_sends(2, 1);
	ack(1);
	ack(1);
	expect_sends(0, 0);
	ack(7); /* never sent */
	expect_sends(0, 0);
	ack(2);
	expect_sends(3, 1);
	ck_assert_uint_eq(x.retransmits, 0);
}
END_TEST

START_TEST(silence_is_answered_as_in_tftpd_does)
{
	static const int64_t at[] = {1, 3, 7, 15, 31};
	struct xfer_params p = params(false, false, 512, 1);
	int64_t begin;

	p.size = 5000;
	start(p);
	begin = now;
	expect_sends(1, 1);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_int_eq(x.deadline_us - begin, at[i] * S);
		ck_assert(timer(x.deadline_us - now));
		expect_sends(1, 1);
	}
	ck_assert_int_eq(x.deadline_us - begin, 63 * (int64_t)S);
	ck_assert(timer(x.deadline_us - now));
	ck_assert_int_eq(x.state, XFER_ENDED);
	ck_assert_int_eq(x.reason, PXE_REASON_TIMEOUT);
	ck_assert_int_eq(fx.send, XFER_SEND_NOTHING);
	ck_assert_uint_eq(x.retransmits, 5);
}
END_TEST

START_TEST(time_out_follows_the_round_trip)
{
	struct xfer_params p = params(false, false, 512, 1);

	p.size = 500000;
	start(p);
	for (uint16_t i = 1; i < 20; i++) {
		expect_sends(i, 1);
		now += 100000; /* 100 ms */
		ack(i);
	}
	expect_sends(20, 1);
	ck_assert_int_le(x.deadline_us - now, 250000);
	ck_assert_int_ge(x.deadline_us - now, 200000);
	timer(x.deadline_us - now);
	expect_sends(20, 1);
	ck_assert_int_ge(x.deadline_us - now, 400000);
	ack(20); /* of a repeated block: no sample, the back-off stays */
	expect_sends(21, 1);
	ck_assert_int_ge(x.deadline_us - now, 400000);
	now += 100000;
	ack(21);
	expect_sends(22, 1);
	ck_assert_int_le(x.deadline_us - now, 250000);
}
END_TEST

START_TEST(a_timeout_the_client_chose_is_kept)
{
	struct xfer_params p = params(false, true, 512, 1);

	p.size = 500000;
	p.timeout_us = 5 * S;
	p.timeout_fixed = true;
	start(p);
	now += 1000;
	ack(0);
	expect_sends(1, 1);
	now += 1000;
	ack(1);
	expect_sends(2, 1);
	ck_assert_int_eq(x.deadline_us - now, 5 * S);
}
END_TEST

START_TEST(a_client_that_never_answered_is_not_waited_for_as_it_asked)
{
	static const int64_t at[] = {5, 15, 35};
	struct xfer_params p = params(false, true, 512, 1);
	int64_t begin;

	p.size = 5000;
	p.timeout_us = 255 * (int64_t)S;
	p.timeout_fixed = true;
	p.give_up_us = 600 * (int64_t)S;
	p.opening_timeout_us = 5 * S;
	p.opening_give_up_us = 63 * S;
	start(p);
	begin = now;
	ck_assert_int_eq(fx.send, XFER_SEND_OACK);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(x.deadline_us - begin, at[i] * S);
		ck_assert(timer(x.deadline_us - now));
		ck_assert_int_eq(fx.send, XFER_SEND_OACK);
	}
	ck_assert_int_eq(x.deadline_us - begin, 63 * (int64_t)S);
	ck_assert(timer(x.deadline_us - now));
	ck_assert_int_eq(x.reason, PXE_REASON_TIMEOUT);

	/* With its first answer it gets what it asked for, also behind a repeat. */
	start(p);
	ck_assert(timer(5 * (int64_t)S));
	now += S;
	ck_assert(!x.is_answered);
	ack(0);
	ck_assert(x.is_answered);
	expect_sends(1, 1);
	ck_assert_int_eq(x.deadline_us - now, 255 * (int64_t)S);
}
END_TEST

START_TEST(window_of_four)
{
	struct xfer_params p = params(false, false, 512, 4);

	p.size = 512 * 9 + 1;
	start(p);
	expect_sends(1, 4);
	ack(4);
	expect_sends(5, 4);
	ack(8);
	expect_sends(9, 2);
	ack(10);
	ck_assert_int_eq(x.reason, PXE_REASON_OK);
	ck_assert_uint_eq(x.retransmits, 0);
}
END_TEST

START_TEST(an_ack_inside_the_window_goes_on_behind_it)
{
	struct xfer_params p = params(false, false, 512, 4);

	p.size = 512 * 100;
	start(p);
	expect_sends(1, 4);
	ack(1); /* 2 was lost */
	expect_sends(2, 4);
	ck_assert_uint_eq(x.retransmits, 3);
	/* EDK2 repeats the ACK for each block behind the gap. */
	ack(1);
	ack(1);
	expect_sends(0, 0);
	ack(5);
	expect_sends(6, 4);
}
END_TEST

START_TEST(the_first_block_lost_is_sent_again_once)
{
	struct xfer_params p = params(false, true, 512, 4);

	p.size = 512 * 100;
	start(p);
	ack(0);
	expect_sends(1, 4);
	ack(0);
	expect_sends(1, 4);
	ack(0);
	ack(0);
	expect_sends(0, 0);
	ack(4);
	expect_sends(5, 4);
	ack(4);
	expect_sends(5, 4); /* a new gap is answered again */
}
END_TEST

START_TEST(time_out_repeats_the_window_from_the_first_missing)
{
	struct xfer_params p = params(false, false, 512, 4);

	p.size = 512 * 100;
	start(p);
	expect_sends(1, 4);
	ack(2);
	expect_sends(3, 4);
	ck_assert(timer(x.deadline_us - now));
	expect_sends(3, 4);
	ack(6);
	expect_sends(7, 4);
}
END_TEST

START_TEST(a_window_may_leave_in_parts)
{
	struct xfer_params p = params(false, false, 512, 8);
	uint64_t first = 0;

	p.size = 512 * 100;
	start(p);
	xfer_sent(&x, 3, 512, now);
	ck_assert_int_eq(x.deadline_us, INT64_MAX); /* the disk is slow, not the client */
	ck_assert_uint_eq(xfer_want(&x, &first), 5);
	ck_assert_uint_eq(first, 4);
	xfer_sent(&x, 5, 512, now);
	ck_assert_int_ne(x.deadline_us, INT64_MAX);
}
END_TEST

START_TEST(block_numbers_wrap_inside_a_window)
{
	static const uint32_t rollover[] = {0, 1, 7};
	struct xfer_params p = params(false, false, 8, 5);

	p.rollover = rollover[_i];
	p.size = 8 * UINT64_C(200000) + 1;
	start(p);
	while (x.state == XFER_SENDING) {
		uint32_t n = 0;
		uint64_t first = send_all(&n);

		ck_assert_uint_gt(n, 0);
		ack(xfer_wire_block(first + n - 1, p.rollover));
	}
	ck_assert_int_eq(x.reason, PXE_REASON_OK);
	ck_assert_uint_eq(x.bytes, p.size);
	ck_assert_uint_eq(xfer_wire_block(65535, p.rollover), 65535);
	ck_assert_uint_eq(xfer_wire_block(65536, p.rollover), p.rollover);
}
END_TEST

START_TEST(wire_numbers_find_their_block)
{
	for (uint32_t rollover = 0; rollover < 3; rollover++) {
		for (uint64_t lo = 65500; lo < 65600; lo++) {
			for (uint64_t b = lo; b < lo + 64; b++)
				ck_assert_uint_eq(xfer_real_block(xfer_wire_block(b, rollover), lo,
						      lo + 63, rollover),
				    b);
			ck_assert_uint_eq(xfer_real_block(xfer_wire_block(lo + 64, rollover), lo,
					      lo + 63, rollover),
			    UINT64_MAX);
			ck_assert_uint_eq(xfer_real_block(xfer_wire_block(lo - 1, rollover), lo,
					      lo + 63, rollover),
			    UINT64_MAX);
		}
	}
}
END_TEST

START_TEST(an_error_after_the_oack_ends_a_probe)
{
	struct xfer_params p = params(false, true, 512, 1);

	p.size = 100;
	p.size_asked = true;
	start(p);
	error(8);
	ck_assert_int_eq(x.state, XFER_ENDED);
	ck_assert_int_eq(x.reason, PXE_REASON_PROBE);
	ck_assert_int_eq(fx.send, XFER_SEND_NOTHING);
	p.size_asked = false;
	start(p);
	error(8);
	ck_assert_int_eq(x.reason, PXE_REASON_OPTION_REFUSED);
	start(p);
	ack(0);
	error(0);
	ck_assert_int_eq(x.reason, PXE_REASON_CLIENT_ABORT);
}
END_TEST

START_TEST(strays_do_no_harm)
{
	struct xfer_params p = params(false, false, 512, 1);
	const uint8_t short_ack[] = {0, 4, 0};

	p.size = 5000;
	start(p);
	expect_sends(1, 1);
	xfer_input(&x, short_ack, 0, now, &fx);
	xfer_input(&x, short_ack, 1, now, &fx);
	xfer_input(&x, short_ack, 3, now, &fx);
	data(1, 10);
	ck_assert_int_eq(x.state, XFER_SENDING);
	ck_assert_int_eq(fx.send, XFER_SEND_NOTHING);
	xfer_input(&x, (const uint8_t[]){0, 9, 0, 0}, 4, now, &fx);
	ck_assert_int_eq(fx.send, XFER_SEND_ERROR);
	ck_assert_uint_eq(fx.code, 4);
	ck_assert_int_eq(x.reason, PXE_REASON_BAD_REQUEST);
}
END_TEST

START_TEST(write_in_lockstep)
{
	start(params(true, false, 512, 1));
	ck_assert_int_eq(fx.send, XFER_SEND_ACK);
	ck_assert_uint_eq(fx.block, 0);
	data(1, 512);
	ck_assert_uint_eq(fx.store.len, 512);
	ck_assert(fx.flush);
	ck_assert(!fx.flush_last);
	ck_assert_int_eq(fx.send, XFER_SEND_NOTHING); /* not before it is on disk */
	data(1, 512);                                 /* meanwhile the client repeats it */
	ck_assert(!fx.flush);
	xfer_flushed(&x, 0, now, &fx);
	ck_assert_int_eq(fx.send, XFER_SEND_ACK);
	ck_assert_uint_eq(fx.block, 1);
	data(1, 512); /* our ACK was lost */
	ck_assert_uint_eq(fx.store.len, 0);
	ck_assert_int_eq(fx.send, XFER_SEND_ACK);
	ck_assert_uint_eq(fx.block, 1);
	data(2, 0);
	ck_assert(fx.flush_last);
	ck_assert(!x.done);
	xfer_flushed(&x, 0, now, &fx);
	ck_assert_uint_eq(fx.block, 2);
	ck_assert(x.done);
	ck_assert_int_eq(x.state, XFER_DALLYING);
	data(2, 0);
	ck_assert_int_eq(fx.send, XFER_SEND_ACK);
	ck_assert_uint_eq(fx.block, 2);
	ck_assert(timer(1 * S));
	ck_assert_int_eq(x.state, XFER_ENDED);
	ck_assert_int_eq(x.reason, PXE_REASON_OK);
	ck_assert_uint_eq(x.bytes, 512);
}
END_TEST

START_TEST(write_with_options_repeats_its_oack)
{
	start(params(true, true, 1024, 1));
	ck_assert_int_eq(fx.send, XFER_SEND_OACK);
	ck_assert(timer(1 * S));
	ck_assert_int_eq(fx.send, XFER_SEND_OACK);
	data(1, 1024);
	xfer_flushed(&x, 0, now, &fx);
	ck_assert_int_eq(fx.send, XFER_SEND_ACK);
	ck_assert(timer(x.deadline_us - now));
	ck_assert_int_eq(fx.send, XFER_SEND_ACK);
	ck_assert_uint_eq(fx.block, 1);
}
END_TEST

START_TEST(write_in_windows)
{
	start(params(true, false, 512, 3));
	data(1, 512);
	ck_assert(!fx.flush);
	ck_assert_int_eq(fx.send, XFER_SEND_NOTHING);
	data(2, 512);
	data(3, 512);
	ck_assert(fx.flush);
	xfer_flushed(&x, 0, now, &fx);
	ck_assert_uint_eq(fx.block, 3);
	data(4, 512);
	data(6, 512);        /* 5 was lost */
	ck_assert(fx.flush); /* 4 must be stored before it is acknowledged */
	xfer_flushed(&x, 0, now, &fx);
	ck_assert_int_eq(fx.send, XFER_SEND_ACK);
	ck_assert_uint_eq(fx.block, 4);
	data(7, 512);
	ck_assert_int_eq(fx.send, XFER_SEND_NOTHING); /* once per gap */
	data(5, 512);
	data(6, 512);
	data(7, 12);
	ck_assert(fx.flush_last);
	xfer_flushed(&x, 0, now, &fx);
	ck_assert_uint_eq(fx.block, 7);
	ck_assert_uint_eq(x.bytes, 6 * 512 + 12);
}
END_TEST

START_TEST(a_full_disk_is_told_before_the_last_ack)
{
	start(params(true, false, 512, 1));
	data(1, 100);
	ck_assert(fx.flush_last);
	xfer_flushed(&x, -ENOSPC, now, &fx);
	ck_assert_int_eq(fx.send, XFER_SEND_ERROR);
	ck_assert_uint_eq(fx.code, 3);
	ck_assert_int_eq(x.reason, PXE_REASON_DISK_FULL);
}
END_TEST

START_TEST(writes_have_limits)
{
	struct xfer_params p = params(true, false, 512, 1);

	p.size_max = 600;
	start(p);
	data(1, 513);
	ck_assert_uint_eq(fx.code, 4);
	ck_assert_str_eq(fx.text, "Data packet too large");
	start(p);
	data(1, 512);
	xfer_flushed(&x, 0, now, &fx);
	data(2, 89);
	ck_assert_uint_eq(fx.code, 3);
	ck_assert_int_eq(x.reason, PXE_REASON_TOO_LARGE);
}
END_TEST

START_TEST(write_wraps_its_block_numbers)
{
	struct xfer_params p = params(true, false, 8, 1);

	p.rollover = 1;
	start(p);
	for (uint64_t b = 1; b <= 70000; b++) {
		data(xfer_wire_block(b, 1), 8);
		ck_assert(fx.flush);
		xfer_flushed(&x, 0, now, &fx);
		ck_assert_uint_eq(fx.block, xfer_wire_block(b, 1));
	}
	ck_assert_uint_eq(x.bytes, 70000 * 8);
}
END_TEST

START_TEST(failures_of_the_system_have_their_error)
{
	const char *text = NULL;

	ck_assert_uint_eq(xfer_error_of(-ENOENT, &text), 1);
	ck_assert_str_eq(text, "File not found");
	ck_assert_uint_eq(xfer_error_of(-ENOTDIR, &text), 1);
	ck_assert_uint_eq(xfer_error_of(-ENOSPC, &text), 3);
	ck_assert_uint_eq(xfer_error_of(-EEXIST, &text), 6);
	ck_assert_uint_eq(xfer_error_of(-EACCES, &text), 0);
	ck_assert_str_eq(text, "Permission denied");
	ck_assert_uint_eq(xfer_error_of(PXE_E_TRAVERSAL, &text), 2);
	ck_assert_int_eq(xfer_reason_of(-ENOENT), PXE_REASON_NOT_FOUND);
	ck_assert_int_eq(xfer_reason_of(-EIO), PXE_REASON_IO_ERROR);
}
END_TEST

static void add_reads(TCase *t)
{
	tcase_add_test(t, read_of_two_blocks_and_a_half);
	tcase_add_test(t, a_multiple_of_the_block_size_ends_with_an_empty_block);
	tcase_add_test(t, an_empty_file_is_one_empty_block);
	tcase_add_test(t, unknown_size_ends_where_the_shell_says);
	tcase_add_test(t, no_data_before_ack_0);
	tcase_add_test(t, duplicate_acks_never_repeat_data_in_lockstep);
	tcase_add_test(t, silence_is_answered_as_in_tftpd_does);
	tcase_add_test(t, time_out_follows_the_round_trip);
	tcase_add_test(t, a_timeout_the_client_chose_is_kept);
	tcase_add_test(t, a_client_that_never_answered_is_not_waited_for_as_it_asked);
	tcase_add_test(t, window_of_four);
	tcase_add_test(t, an_ack_inside_the_window_goes_on_behind_it);
	tcase_add_test(t, the_first_block_lost_is_sent_again_once);
	tcase_add_test(t, time_out_repeats_the_window_from_the_first_missing);
	tcase_add_test(t, a_window_may_leave_in_parts);
	tcase_add_loop_test(t, block_numbers_wrap_inside_a_window, 0, 3);
	tcase_add_test(t, wire_numbers_find_their_block);
	tcase_add_test(t, an_error_after_the_oack_ends_a_probe);
	tcase_add_test(t, strays_do_no_harm);
}

static void add_writes(TCase *t)
{
	tcase_add_test(t, write_in_lockstep);
	tcase_add_test(t, write_with_options_repeats_its_oack);
	tcase_add_test(t, write_in_windows);
	tcase_add_test(t, a_full_disk_is_told_before_the_last_ack);
	tcase_add_test(t, writes_have_limits);
	tcase_add_test(t, write_wraps_its_block_numbers);
	tcase_add_test(t, failures_of_the_system_have_their_error);
}

int main(void)
{
	Suite *s = suite_create("tftpd/xfer");
	TCase *reads = tcase_create("reads");
	TCase *writes = tcase_create("writes");
	SRunner *sr = srunner_create(s);
	int failed;

	add_reads(reads);
	add_writes(writes);
	suite_add_tcase(s, reads);
	suite_add_tcase(s, writes);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
