/* SPDX-License-Identifier: BSD-2-Clause */
/* negotiate_test.c -- options asked for and what is answered, as a table. */
#include "tftpd/core/negotiate.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/str.h"

static const struct neg_limits open_limits = {
    .blksize_max = 65464, .windowsize_max = 64, .window_bytes = 4 << 20};

/* "name=value ..." as request and as answer. */
struct row {
	const char *ask, *answer;
	enum pxe_tftp_op op;
	bool size_known;
};

static void split(char *s, struct pxe_tftp_req *req)
{
	for (char *tok = strtok(s, " "); tok != NULL; tok = strtok(NULL, " ")) {
		char *eq = strchr(tok, '=');

		*eq = '\0';
		req->opt[req->nopt].name = tok;
		req->opt[req->nopt].value = eq + 1;
		req->nopt++;
	}
}

static char *join(const struct neg *n, char *buf, size_t cap)
{
	struct pxe_text t = pxe_text_init(buf, cap);

	for (unsigned i = 0; i < n->nopt; i++)
		pxe_text_addf(&t, "%s%s=%s", i > 0 ? " " : "", n->opt[i].name, n->opt[i].value);
	return buf;
}

static void run(
    const struct row *row, const struct neg_limits *limits, struct neg *out, char *answer)
{
	static char ask[512];
	struct pxe_tftp_req req = {.op = row->op, .name = "x"};
	struct neg_file file = {.size_known = row->size_known, .size = UINT64_C(5000000000)};

	ck_assert_int_eq(pxe_str_copy(ask, sizeof(ask), row->ask), 0);
	split(ask, &req);
	neg_run(out, &req, limits, &file);
	join(out, answer, 512);
}

static const struct row table[] = {
    {"", "", PXE_TFTP_RRQ, true},
    {"blksize=1468", "blksize=1468", PXE_TFTP_RRQ, true},
    {"BlkSize=1468", "BlkSize=1468", PXE_TFTP_RRQ, true},
    {"blksize=8", "blksize=8", PXE_TFTP_RRQ, true},
    {"blksize=7", "", PXE_TFTP_RRQ, true},
    {"blksize=65464", "blksize=65464", PXE_TFTP_RRQ, true},
    {"blksize=65465", "blksize=65464", PXE_TFTP_RRQ, true},
    {"blksize=-1", "", PXE_TFTP_RRQ, true},
    {"blksize=+8", "", PXE_TFTP_RRQ, true},
    {"blksize=1468x", "", PXE_TFTP_RRQ, true},
    {"blksize=", "", PXE_TFTP_RRQ, true},
    {"blksize=99999999999999999999999", "", PXE_TFTP_RRQ, true},
    {"blksize=1468 blksize=512", "blksize=1468", PXE_TFTP_RRQ, true},
    {"blksize2=1500", "blksize2=1024", PXE_TFTP_RRQ, true},
    {"blksize2=70000", "blksize2=32768", PXE_TFTP_RRQ, true},
    {"blksize2=1024 blksize=1468", "blksize2=1024", PXE_TFTP_RRQ, true},
    {"blksize=4 blksize2=1024", "blksize2=1024", PXE_TFTP_RRQ, true},
    {"tsize=0", "tsize=5000000000", PXE_TFTP_RRQ, true},
    {"tsize=17", "tsize=5000000000", PXE_TFTP_RRQ, true},
    {"tsize=0", "", PXE_TFTP_RRQ, false},
    {"tsize=12345678901", "tsize=12345678901", PXE_TFTP_WRQ, false},
    {"timeout=5", "timeout=5", PXE_TFTP_RRQ, true},
    {"timeout=0", "", PXE_TFTP_RRQ, true},
    {"timeout=255", "timeout=255", PXE_TFTP_RRQ, true},
    {"timeout=256", "", PXE_TFTP_RRQ, true},
    {"utimeout=10000", "utimeout=10000", PXE_TFTP_RRQ, true},
    {"utimeout=9999", "", PXE_TFTP_RRQ, true},
    {"utimeout=255000001", "", PXE_TFTP_RRQ, true},
    {"rollover=1", "rollover=1", PXE_TFTP_RRQ, true},
    {"rollover=65536", "", PXE_TFTP_RRQ, true},
    {"windowsize=4", "windowsize=4", PXE_TFTP_RRQ, true},
    {"windowsize=1", "windowsize=1", PXE_TFTP_RRQ, true},
    {"windowsize=0", "", PXE_TFTP_RRQ, true},
    {"windowsize=65", "windowsize=64", PXE_TFTP_RRQ, true},
    {"windowsize=65536", "", PXE_TFTP_RRQ, true},
    /* EDK2's probe, pxelinux, GRUB, Windows: order and spelling stay, strangers are left out. */
    {"tsize=0 blksize=1468 windowsize=4", "tsize=5000000000 blksize=1468 windowsize=4",
	PXE_TFTP_RRQ, true},
    {"tsize=0 blksize=1456 windowsize=4 msftwindow=31416",
	"tsize=5000000000 blksize=1456 windowsize=4", PXE_TFTP_RRQ, true},
    {"multicast= blksize=1432", "blksize=1432", PXE_TFTP_RRQ, true},
    {"cookie=a1b2 blksize=1432", "cookie=a1b2 blksize=1432", PXE_TFTP_RRQ, true},
    {"cookie=", "cookie=", PXE_TFTP_WRQ, true},
};

START_TEST(answers)
{
	const struct row *row = &table[_i];
	char answer[512];
	struct neg n;

	run(row, &open_limits, &n, answer);
	ck_assert_msg(strcmp(answer, row->answer) == 0, "asked %s: got \"%s\", want \"%s\"",
	    row->ask, answer, row->answer);
}
END_TEST

/* RFC 2090: with a group at hand, and what it excludes. */
static void run_multicast(const char *ask, enum pxe_tftp_op op, uint64_t size, struct neg *n)
{
	static char text[512];
	struct pxe_tftp_req req = {.op = op, .name = "x"};
	struct neg_file file = {.size_known = true, .size = size, .multicast = true};

	ck_assert_int_eq(pxe_str_copy(text, sizeof(text), ask), 0);
	split(text, &req);
	neg_run(n, &req, &open_limits, &file);
}

START_TEST(multicast_is_answered_by_the_group)
{
	char answer[512];
	struct neg n;

	run_multicast("windowsize=8 MultiCast= rollover=1 blksize=1432", PXE_TFTP_RRQ, 1000, &n);
	ck_assert(n.multicast);
	neg_set_multicast(&n, "239.255.0.1,1758,1");
	ck_assert_str_eq(
	    join(&n, answer, sizeof(answer)), "MultiCast=239.255.0.1,1758,1 blksize=1432");
	ck_assert_uint_eq(n.windowsize, 1);
	ck_assert_uint_eq(n.rollover, 0);
}
END_TEST

START_TEST(multicast_is_left_out)
{
	static const struct {
		const char *ask;
		enum pxe_tftp_op op;
		uint64_t size;
		bool granted;
	} t[] = {
	    {"multicast=", PXE_TFTP_RRQ, 65534 * 512 + 511, true},
	    {"multicast=", PXE_TFTP_RRQ, 65535 * 512, false},
	    {"multicast= blksize=1024", PXE_TFTP_RRQ, 65535 * 512, true},
	    {"multicast=", PXE_TFTP_WRQ, 0, false},
	    {"multicast=239.255.0.9,1,1", PXE_TFTP_RRQ, 0, false},
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct neg n;

		run_multicast(t[i].ask, t[i].op, t[i].size, &n);
		ck_assert_msg(n.multicast == t[i].granted, "row %zu", i);
		ck_assert_uint_eq(n.nopt, (t[i].granted ? 1U : 0U) + (i == 2));
	}
}
END_TEST

START_TEST(long_cookies_are_left_out)
{
	static char ask[300] = "cookie=";
	char answer[512];
	struct neg n;

	memset(ask + 7, 'c', 255);
	run(&(struct row){ask, NULL, PXE_TFTP_RRQ, true}, &open_limits, &n, answer);
	ck_assert_str_eq(answer, ask);
	memset(ask + 7, 'c', 256);
	run(&(struct row){ask, NULL, PXE_TFTP_RRQ, true}, &open_limits, &n, answer);
	ck_assert_str_eq(answer, "");
}
END_TEST

START_TEST(values_reach_the_transfer)
{
	const struct row row = {
	    "blksize=1024 timeout=3 rollover=1 windowsize=8", NULL, PXE_TFTP_RRQ, true};
	char answer[512];
	struct neg n;

	run(&row, &open_limits, &n, answer);
	ck_assert_uint_eq(n.blksize, 1024);
	ck_assert_uint_eq(n.windowsize, 8);
	ck_assert_uint_eq(n.rollover, 1);
	ck_assert_int_eq(n.timeout_us, 3000000);
	ck_assert(!n.tsize_asked);
}
END_TEST

START_TEST(refused_options_are_left_out)
{
	const struct row row = {"blksize=1024 tsize=0", NULL, PXE_TFTP_RRQ, true};
	struct neg_limits limits = open_limits;
	char answer[512];
	struct neg n;

	limits.refuse = neg_option_bit("BLKSIZE");
	ck_assert_uint_ne(limits.refuse, 0);
	run(&row, &limits, &n, answer);
	ck_assert_str_eq(answer, "tsize=5000000000");
	ck_assert_uint_eq(n.blksize, 512);
	ck_assert_uint_eq(neg_option_bit("msftwindow"), 0);
	ck_assert_str_eq(neg_option_names(),
	    "blksize blksize2 tsize timeout utimeout rollover windowsize multicast cookie");
}
END_TEST

START_TEST(a_window_is_bounded_in_bytes)
{
	/* The block size may come after the window size. */
	const struct row row = {"windowsize=64 blksize=65464", NULL, PXE_TFTP_RRQ, true};
	struct neg_limits limits = open_limits;
	char answer[512];
	struct neg n;

	limits.window_bytes = 1 << 20;
	run(&row, &limits, &n, answer);
	ck_assert_str_eq(answer, "windowsize=16 blksize=65464");
	ck_assert_uint_eq(n.windowsize, 16);
	limits.window_bytes = 1;
	run(&row, &limits, &n, answer);
	ck_assert_str_eq(answer, "windowsize=1 blksize=65464");
}
END_TEST

START_TEST(blksize_is_capped_by_the_administrator)
{
	const struct row row = {"blksize=9000", NULL, PXE_TFTP_RRQ, true};
	struct neg_limits limits = open_limits;
	char answer[512];
	struct neg n;

	limits.blksize_max = 1468;
	run(&row, &limits, &n, answer);
	ck_assert_str_eq(answer, "blksize=1468");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tftpd/negotiate");
	TCase *t = tcase_create("all");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, answers, 0, (int)(sizeof(table) / sizeof(table[0])));
	tcase_add_test(t, multicast_is_answered_by_the_group);
	tcase_add_test(t, multicast_is_left_out);
	tcase_add_test(t, long_cookies_are_left_out);
	tcase_add_test(t, values_reach_the_transfer);
	tcase_add_test(t, refused_options_are_left_out);
	tcase_add_test(t, a_window_is_bounded_in_bytes);
	tcase_add_test(t, blksize_is_capped_by_the_administrator);
	suite_add_tcase(s, t);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
