/* SPDX-License-Identifier: BSD-2-Clause */
/* request_test.c -- what the request parser takes, and each thing it refuses. */
#include "httpfsd/core/request.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "libpxecommon/base/err.h"

/* Scan and parse from memory of exactly the input's size, so that a read past it is seen. The
 * request points into a buffer that lives until the next call. */
static int parse_n(const char *text, size_t len, struct request *rq, size_t *used)
{
	static char *copy;
	size_t scan = 0;
	int rc = 0;

	free(copy);
	copy = malloc(len > 0 ? len : 1);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	rc = request_head_scan(copy, len, &scan, used);
	return rc != 0 ? rc : request_parse(copy, *used, rq);
}

static int parse(const char *text, struct request *rq)
{
	size_t used = 0;

	memset(rq, 0, sizeof(*rq));
	return parse_n(text, strlen(text), rq, &used);
}

static void ck_slice(struct slice s, const char *expected)
{
	ck_assert_msg(slice_eq(s, slice_of(expected)), "got \"%.*s\", expected \"%s\"", (int)s.len,
	    s.p != NULL ? s.p : "", expected);
}

START_TEST(a_plain_request)
{
	struct request rq;

	ck_assert_int_eq(
	    parse("GET /a/b?x=1 HTTP/1.1\r\nHost: h:80\r\nUser-Agent:\tcurl \t\r\n\r\n", &rq), 0);
	ck_assert_int_eq(rq.method, METHOD_GET);
	ck_slice(rq.line, "GET /a/b?x=1 HTTP/1.1");
	ck_slice(rq.path, "/a/b");
	ck_slice(rq.query, "x=1");
	ck_slice(rq.authority, "h:80");
	ck_slice(rq.field[FIELD_USER_AGENT], "curl");
	ck_assert_uint_eq(rq.minor, 1);
	ck_assert(rq.keep_alive);
	ck_assert(!rq.asks_keep_alive);
	ck_assert_int_eq(rq.body, BODY_NONE);
}
END_TEST

/* Requests that must be taken: text, then method. */
static const struct {
	const char *text;
	enum request_method method;
} good[] = {
    {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", METHOD_GET},
    {"GET / HTTP/1.0\r\n\r\n", METHOD_GET},
    {"HEAD / HTTP/1.1\r\nHost:\r\n\r\n", METHOD_HEAD},
    {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", METHOD_OPTIONS},
    {"GET http://a.b:8080/x HTTP/1.1\r\nHost: other\r\n\r\n", METHOD_GET},
    {"GET HTTP://a HTTP/1.1\r\nHost: a\r\n\r\n", METHOD_GET},
    {"GET http://a?q HTTP/1.1\r\nHost: a\r\n\r\n", METHOD_GET},
    {"GET / HTTP/1.7\r\nHost: [::1]:80\r\n\r\n", METHOD_GET},
    {"GET / HTTP/1.1\r\nHost: under_score\r\n\r\n", METHOD_GET},
    {"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", METHOD_GET},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: \xff\t y\r\nEmpty:\r\n\r\n", METHOD_GET},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n", METHOD_GET},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", METHOD_GET},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n", METHOD_GET},
    {"POST / HTTP/1.1\r\nHost: a\r\n\r\n", METHOD_POST},
    {"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", METHOD_CONNECT},
    {"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\nUser-Agent: y\r\n\r\n", METHOD_GET},
};

START_TEST(taken)
{
	struct request rq;

	ck_assert_int_eq(parse(good[_i].text, &rq), 0);
	ck_assert_int_eq(rq.method, good[_i].method);
}
END_TEST

/* Requests that must be refused, and how. */
static const struct {
	const char *text;
	int status;
} bad[] = {
    /* RFC 9112 2.2: bare CR, bare LF, more than one empty line before */
    {"GET / HTTP/1.1\nHost: a\n\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\rTransfer-Encoding: chunked\r\n\r\n", 400},
    {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    /* 3: request line */
    {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
    {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /\r\n\r\n", 400},
    {"GET / HTTP/1.1x\r\nHost: a\r\n\r\n", 400},
    {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/11\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
    {"get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"\x16\x03\x01\x02", 400},
    /* 3.2: target and Host */
    {"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET http://u@a/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\\b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a:123456\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: []\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
    /* 5: fields */
    {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\n\tfolded\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nNo colon\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\n: v\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nX\x7f: v\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-\r\nRange: bytes=1-\r\n\r\n", 400},
    /* 6: body */
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", 413},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999999\r\n\r\n", 413},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
     "Transfer-Encoding: identity\r\n\r\n",
	400},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n", 400},
    {"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n", 417},
};

START_TEST(refused)
{
	struct request rq;
	int rc = parse(bad[_i].text, &rq);

	ck_assert_msg(
	    rc == bad[_i].status, "%s: got %d, expected %d", bad[_i].text, rc, bad[_i].status);
}
END_TEST

/* A NUL ends C strings, not requests. */
START_TEST(nul_is_refused)
{
	static const char in_line[] = "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n";
	static const char in_field[] = "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n";
	struct request rq;
	size_t used = 0;

	ck_assert_int_eq(parse_n(in_line, sizeof(in_line) - 1, &rq, &used), 400);
	ck_assert_int_eq(parse_n(in_field, sizeof(in_field) - 1, &rq, &used), 400);
}
END_TEST

START_TEST(every_cut_wants_more)
{
	static const char text[] = "\r\nGET /x HTTP/1.1\r\nHost: a\r\nRange: bytes=0-\r\n\r\n";
	struct request rq;
	size_t used = 0, scan = 0;

	for (size_t len = 0; len < sizeof(text) - 1; len++)
		ck_assert_int_eq(parse_n(text, len, &rq, &used), PXE_E_AGAIN);
	/* The same when the scan goes on from call to call. */
	for (size_t len = 0; len < sizeof(text) - 1; len++)
		ck_assert_int_eq(request_head_scan(text, len, &scan, &used), PXE_E_AGAIN);
	ck_assert_int_eq(request_head_scan(text, sizeof(text) - 1, &scan, &used), 0);
	ck_assert_uint_eq(used, sizeof(text) - 1);
}
END_TEST

START_TEST(only_the_first_of_a_pipeline)
{
	static const char text[] =
	    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
	struct request rq;
	size_t used = 0;

	ck_assert_int_eq(parse_n(text, sizeof(text) - 1, &rq, &used), 0);
	ck_assert_uint_eq(used, (sizeof(text) - 1) / 2);
	ck_slice(rq.path, "/1");
}
END_TEST

/* "GET /xxx... HTTP/1.1" with a target of n bytes, and fields of m bytes, to a static buffer. */
static const char *long_request(size_t n, size_t m, unsigned fields)
{
	static char text[65536];
	size_t len = 0;

	len = (size_t)sprintf(text, "GET /");
	memset(text + len, 'x', n - 1);
	len += n - 1;
	len += (size_t)sprintf(text + len, " HTTP/1.1\r\nHost: a\r\n");
	for (unsigned i = 0; i < fields; i++)
		len += (size_t)sprintf(text + len, "X: y\r\n");
	if (m > 0) {
		len += (size_t)sprintf(text + len, "Y: ");
		memset(text + len, 'y', m);
		len += m;
		len += (size_t)sprintf(text + len, "\r\n");
	}
	(void)sprintf(text + len, "\r\n");
	return text;
}

START_TEST(limits)
{
	struct request rq;
	const size_t around = sizeof("GET  HTTP/1.1") - 1;
	size_t used = 0;
	const char *text = NULL;

	ck_assert_int_eq(parse(long_request(REQUEST_LINE_MAX - around, 0, 0), &rq), 0);
	ck_assert_int_eq(parse(long_request(REQUEST_LINE_MAX - around + 1, 0, 0), &rq), 414);
	ck_assert_int_eq(parse(long_request(1, 0, REQUEST_FIELDS_MAX - 1), &rq), 0);
	ck_assert_int_eq(parse(long_request(1, 0, REQUEST_FIELDS_MAX), &rq), 431);
	ck_assert_int_eq(parse(long_request(1, REQUEST_HEAD_MAX, 0), &rq), 431);
	/* Not ended yet, and already too long. */
	text = long_request(REQUEST_HEAD_MAX, 0, 0);
	ck_assert_int_eq(parse_n(text, REQUEST_LINE_MAX + 1, &rq, &used), 414);
	text = long_request(1, REQUEST_HEAD_MAX, 0);
	ck_assert_int_eq(parse_n(text, REQUEST_HEAD_MAX, &rq, &used), 431);
	ck_assert_int_eq(parse_n(text, REQUEST_HEAD_MAX - 1, &rq, &used), PXE_E_AGAIN);
}
END_TEST

static const struct {
	const char *text;
	bool keep, asks;
} persistence[] = {
    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true, false},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", true, true},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", false, false},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: TE, close\r\n\r\n", false, false},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: TE\r\nConnection: close\r\n\r\n", false, false},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", true, false},
    {"GET / HTTP/1.0\r\n\r\n", false, false},
    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true, true},
    {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false, false},
};

START_TEST(keeps_alive)
{
	struct request rq;

	ck_assert_int_eq(parse(persistence[_i].text, &rq), 0);
	ck_assert_int_eq(rq.keep_alive, persistence[_i].keep);
	ck_assert_int_eq(rq.asks_keep_alive, persistence[_i].asks);
}
END_TEST

START_TEST(list_fields_over_several_lines)
{
	struct request rq;
	struct slice v = {0};
	const char *at = NULL;

	ck_assert_int_eq(parse("GET / HTTP/1.1\r\nIf-Match: \"a\"\r\nHost: h\r\nIf-Match-X: no\r\n"
			       "if-match:\r\nIF-MATCH: \"b\"\r\n\r\n",
			     &rq),
	    0);
	ck_assert(request_field_next(&rq, FIELD_IF_MATCH, &at, &v));
	ck_slice(v, "\"a\"");
	ck_assert(request_field_next(&rq, FIELD_IF_MATCH, &at, &v));
	ck_slice(v, "");
	ck_assert(request_field_next(&rq, FIELD_IF_MATCH, &at, &v));
	ck_slice(v, "\"b\"");
	ck_assert(!request_field_next(&rq, FIELD_IF_MATCH, &at, &v));
	at = NULL;
	ck_assert(!request_field_next(&rq, FIELD_ACCEPT, &at, &v));
}
END_TEST

START_TEST(expect_counts_with_a_body_only)
{
	struct request rq;

	ck_assert_int_eq(
	    parse("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n", &rq), 0);
	ck_assert(!rq.expect_continue);
	ck_assert_int_eq(parse("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
			       "Content-Length: 3\r\n\r\n",
			     &rq),
	    0);
	ck_assert(rq.expect_continue);
}
END_TEST

/* Chunked bodies: text, and what skipping them ends in. */
static const struct {
	const char *text;
	int rc;
	size_t left; /* bytes behind the body */
} chunked[] = {
    {"0\r\n\r\n", 0, 0},
    {"3\r\nabc\r\n0\r\n\r\nGET", 0, 3},
    {"00A;x=\"y\"\r\n0123456789\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n", 0, 0},
    {"1 \r\nx\r\n0\r\n\r\n", 0, 0},
    {"3\r\nab", PXE_E_AGAIN, 0},
    {"3\nabc\r\n0\r\n\r\n", 400, 0},
    {"3\r\nabcd\r\n0\r\n\r\n", 400, 0},
    {"\r\n", 400, 0},
    {"g\r\n", 400, 0},
    {"-1\r\n", 400, 0},
    {"0x1\r\n", 400, 0},
    {"1\rx", 400, 0},
    {"10001\r\n", 413, 0},
    {"ffffffffffffffffffff\r\n", 413, 0},
    {"0\r\n\n", 400, 0},
    {"0\r\nA: b\n\r\n", 400, 0},
};

START_TEST(chunked_bodies)
{
	const char *text = chunked[_i].text;
	size_t len = strlen(text), used = 0, at = 0;
	struct request_skip whole = {.body = BODY_CHUNKED}, bytes = {.body = BODY_CHUNKED};
	int rc = request_skip(&whole, text, len, &used);

	ck_assert_int_eq(rc, chunked[_i].rc);
	if (rc == 0)
		ck_assert_uint_eq(len - used, chunked[_i].left);
	/* Byte by byte ends the same. */
	rc = PXE_E_AGAIN;
	while (rc == PXE_E_AGAIN && at < len) {
		rc = request_skip(&bytes, text + at, 1, &used);
		at += used;
	}
	ck_assert_int_eq(rc, chunked[_i].rc);
	if (rc == 0)
		ck_assert_uint_eq(len - at, chunked[_i].left);
}
END_TEST

START_TEST(endless_chunk_lines_are_refused)
{
	char text[2 * REQUEST_CHUNK_LINE_MAX];
	struct request_skip sk = {.body = BODY_CHUNKED};
	size_t used = 0;

	memset(text, 'x', sizeof(text));
	memcpy(text, "1;", 2);
	ck_assert_int_eq(request_skip(&sk, text, sizeof(text), &used), 413);
	memset(text, '0', sizeof(text));
	sk = (struct request_skip){.body = BODY_CHUNKED};
	ck_assert_int_eq(request_skip(&sk, text, sizeof(text), &used), 413);
}
END_TEST

START_TEST(counted_bodies)
{
	struct request rq;
	struct request_skip sk = {0};
	size_t used = 0;

	ck_assert_int_eq(parse("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", &rq), 0);
	sk = request_skip_init(&rq);
	ck_assert_int_eq(request_skip(&sk, "abc", 3, &used), PXE_E_AGAIN);
	ck_assert_uint_eq(used, 3);
	ck_assert_int_eq(request_skip(&sk, "deGET", 5, &used), 0);
	ck_assert_uint_eq(used, 2);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("httpfsd/request");
	TCase *tc = tcase_create("core");
	SRunner *sr = srunner_create(s);
	int failed = 0;

	tcase_add_test(tc, a_plain_request);
	tcase_add_loop_test(tc, taken, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tc, refused, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, nul_is_refused);
	tcase_add_test(tc, every_cut_wants_more);
	tcase_add_test(tc, only_the_first_of_a_pipeline);
	tcase_add_test(tc, limits);
	tcase_add_loop_test(tc, keeps_alive, 0, sizeof(persistence) / sizeof(persistence[0]));
	tcase_add_test(tc, list_fields_over_several_lines);
	tcase_add_test(tc, expect_counts_with_a_body_only);
	tcase_add_loop_test(tc, chunked_bodies, 0, sizeof(chunked) / sizeof(chunked[0]));
	tcase_add_test(tc, endless_chunk_lines_are_refused);
	tcase_add_test(tc, counted_bodies);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
