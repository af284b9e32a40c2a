/* SPDX-License-Identifier: BSD-2-Clause */
/* plan_test.c -- dates, ranges, preconditions, and the heads that come out of them. */
#include "httpfsd/core/plan.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "httpfsd/core/date.h"
#include "httpfsd/core/head.h"
#include "libpxecommon/base/err.h"

enum { NOW = 1732406400 }; /* Sun, 24 Nov 2024 00:00:00 GMT */
static const char now_text[] = "Sun, 24 Nov 2024 00:00:00 GMT";
static const char mtime_text[] = "Sat, 23 Nov 2024 00:00:00 GMT";

static struct object make_object(uint64_t size, int64_t mtime_s)
{
	struct object o = {0};
	struct object_facts f = {
	    .size = size, .id = 0x1234, .mtime_s = mtime_s, .mtime_ns = 5, .type = "text/plain"};

	object_init(&o, &f, NOW);
	return o;
}

static struct request rq;
static struct range ranges[RANGE_MAX];

/* Plan a request with these header lines for a file of 1000 bytes changed a day ago. */
static struct plan plan_for(const char *method, const char *lines)
{
	static char text[REQUEST_HEAD_MAX];
	struct object o = make_object(1000, NOW - 86400);
	struct plan p = {0};

	(void)snprintf(text, sizeof(text), "%s / HTTP/1.1\r\nHost: a\r\n%s\r\n", method, lines);
	ck_assert_int_eq(request_parse(text, strlen(text), &rq), 0);
	plan_make(&rq, &o, NOW, ranges, 0x123456789abcdef0, &p);
	return p;
}

START_TEST(dates_are_written)
{
	static const struct {
		int64_t t;
		const char *text;
	} row[] = {{0, "Thu, 01 Jan 1970 00:00:00 GMT"},
	    {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
	    {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"}, {NOW, now_text},
	    {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"}, {-1, "Wed, 31 Dec 1969 23:59:59 GMT"},
	    {INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT"},
	    {INT64_MIN, "Mon, 01 Jan 0001 00:00:00 GMT"}};
	char buf[DATE_LEN + 1];

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		ck_assert_str_eq(date_format(row[i].t, buf), row[i].text);
}
END_TEST

START_TEST(dates_are_read)
{
	static const struct {
		const char *text;
		int64_t t;
	} row[] = {{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
	    {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777}, {"Sun Nov  6 08:49:37 1994", 784111777},
	    {"Sun Nov 06 08:49:37 1994", 784111777}, {"Mon, 06 Nov 1994 08:49:37 GMT", 784111777},
	    {"Tue, 29 Feb 2000 00:00:00 GMT", 951782400},
	    {"Friday, 01-Jan-74 00:00:00 GMT", 3281990400},
	    {"Wednesday, 01-Jan-75 00:00:00 GMT", 157766400},
	    {"Fri, 31 Dec 1999 23:59:60 GMT", 946684799}};
	int64_t t = 0;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		ck_assert_msg(date_parse(slice_of(row[i].text), NOW, &t) == 0, "%s", row[i].text);
		ck_assert_msg(t == row[i].t, "%s: %lld", row[i].text, (long long)t);
	}
}
END_TEST

START_TEST(what_is_no_date)
{
	static const char *const row[] = {"", "0", "Sun", "Sun, 06 Nov 1994 08:49:37",
	    "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
	    "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 nov 1994 08:49:37 GMT",
	    "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
	    "Sun, 29 Feb 2001 00:00:00 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
	    "Sun, 06 Nov 1994 00:60:00 GMT", "Xxx, 06 Nov 1994 00:00:00 GMT",
	    "Sun, 06 Nov 94 00:00:00 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
	    "Sun Nov  6 08:49:37 1994 GMT", "Sun, 06 Nov 0000 08:49:37 GMT"};
	int64_t t = 42;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		ck_assert_msg(date_parse(slice_of(row[i]), NOW, &t) == PXE_E_SYNTAX, "%s", row[i]);
	ck_assert_int_eq(t, 42);
}
END_TEST

/* One range of a file of 1000 bytes: off and len, or rc. */
static const struct {
	const char *value;
	int rc;
	uint64_t off, len;
	unsigned n;
} range_row[] = {
    {"bytes=0-", 0, 0, 1000, 1},
    {"bytes=0-0", 0, 0, 1, 1},
    {"bytes=999-", 0, 999, 1, 1},
    {"bytes=10-19", 0, 10, 10, 1},
    {"bytes=990-2000", 0, 990, 10, 1},
    {"bytes=-1", 0, 999, 1, 1},
    {"bytes=-5000", 0, 0, 1000, 1},
    {"BYTES=5-9", 0, 5, 5, 1},
    {"bytes= 5-9 ,", 0, 5, 5, 1},
    {"bytes=5-18446744073709551615", 0, 5, 995, 1},
    {"bytes=5-18446744073709551616", 0, 5, 995, 1},
    {"bytes=5-99999999999999999999999999999999999999999999", 0, 5, 995, 1},
    {"bytes=-99999999999999999999999999999999999999999999", 0, 0, 1000, 1},
    {"bytes=0-0,-1", 0, 0, 1, 2},
    {"bytes=2000-,5-9", 0, 5, 5, 1},
    {"bytes=,,5-9,,", 0, 5, 5, 1},
    {"bytes=0-499,400-899", 0, 0, 500, 2},
    {"bytes=1000-", PXE_E_RANGE, 0, 0, 0},
    {"bytes=-0", PXE_E_RANGE, 0, 0, 0},
    {"bytes=99999999999999999999-", PXE_E_RANGE, 0, 0, 0},
    {"bytes=18446744073709551615-18446744073709551615", PXE_E_RANGE, 0, 0, 0},
    {"bytes=9-5", PXE_E_SYNTAX, 0, 0, 0},
    {"bytes=", PXE_E_SYNTAX, 0, 0, 0},
    {"bytes=-", PXE_E_SYNTAX, 0, 0, 0},
    {"bytes=5", PXE_E_SYNTAX, 0, 0, 0},
    {"bytes=a-b", PXE_E_SYNTAX, 0, 0, 0},
    {"bytes=0x1-5", PXE_E_SYNTAX, 0, 0, 0},
    {"bytes=1-5x", PXE_E_SYNTAX, 0, 0, 0},
    {"bytes=--5", PXE_E_SYNTAX, 0, 0, 0},
    {"bytes =0-1", PXE_E_SYNTAX, 0, 0, 0},
    {"bytes 0-1", PXE_E_SYNTAX, 0, 0, 0},
    {"lines=0-1", PXE_E_SYNTAX, 0, 0, 0},
    {"bytes=0-1,x", PXE_E_SYNTAX, 0, 0, 0},
    {"", PXE_E_SYNTAX, 0, 0, 0},
    {"bytes=0-,0-", PXE_E_LIMIT, 0, 0, 0},
    {"bytes=0-499,0-499,0-0", PXE_E_LIMIT, 0, 0, 0},
};

START_TEST(ranges_are_resolved)
{
	unsigned n = 0;
	int rc = range_parse(slice_of(range_row[_i].value), 1000, ranges, &n);

	ck_assert_msg(rc == range_row[_i].rc, "%s: %d", range_row[_i].value, rc);
	if (rc != 0)
		return;
	ck_assert_uint_eq(n, range_row[_i].n);
	ck_assert_uint_eq(ranges[0].off, range_row[_i].off);
	ck_assert_uint_eq(ranges[0].len, range_row[_i].len);
}
END_TEST

START_TEST(many_ranges)
{
	char text[8192] = "bytes=";
	size_t len = strlen(text);
	unsigned n = 0;

	for (unsigned i = 0; i < RANGE_MAX; i++)
		len += (size_t)sprintf(text + len, "%u-%u,", 2 * i, 2 * i);
	ck_assert_int_eq(range_parse(slice_of(text), 1000, ranges, &n), 0);
	ck_assert_uint_eq(n, RANGE_MAX);
	(void)sprintf(text + len, "999-");
	ck_assert_int_eq(range_parse(slice_of(text), 1000, ranges, &n), PXE_E_LIMIT);
}
END_TEST

START_TEST(ranges_of_extreme_files)
{
	unsigned n = 0;

	ck_assert_int_eq(range_parse(slice_of("bytes=0-"), 0, ranges, &n), PXE_E_RANGE);
	ck_assert_int_eq(range_parse(slice_of("bytes=-1"), 0, ranges, &n), PXE_E_RANGE);
	ck_assert_int_eq(
	    range_parse(slice_of("bytes=1-18446744073709551615"), UINT64_MAX, ranges, &n), 0);
	ck_assert_uint_eq(ranges[0].len, UINT64_MAX - 1);
	ck_assert_int_eq(range_parse(slice_of("bytes=0-,0-"), UINT64_MAX, ranges, &n), PXE_E_LIMIT);
}
END_TEST

#define TAGOF "\"1234-3e8-67411b0000000005\""
/* RFC 9110 13.2.2: header lines and the status they end in. */
static const struct {
	const char *lines;
	int get, head;
} cond_row[] = {
    {"", 200, 200},
    {"If-Match: *\r\n", 200, 200},
    {"If-Match: @\r\n", 200, 200},
    {"If-Match: \"x\", @\r\n", 200, 200},
    {"If-Match: \"x\"\r\nIf-Match: @\r\n", 200, 200},
    {"If-Match: \"x\"\r\n", 412, 412},
    {"If-Match: W/@\r\n", 412, 412}, /* strong comparison */
    {"If-Match: unquoted\r\n", 412, 412},
    {"If-Match:\r\n", 412, 412},
    /* If-Match makes If-Unmodified-Since void */
    {"If-Match: @\r\nIf-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n", 200, 200},
    {"If-Match: \"x\"\r\nIf-Unmodified-Since: Sun, 24 Nov 2024 00:00:00 GMT\r\n", 412, 412},
    {"If-Unmodified-Since: Sat, 23 Nov 2024 00:00:00 GMT\r\n", 200, 200},
    {"If-Unmodified-Since: Fri, 22 Nov 2024 23:59:59 GMT\r\n", 412, 412},
    {"If-Unmodified-Since: nonsense\r\n", 200, 200},
    {"If-None-Match: *\r\n", 304, 304},
    {"If-None-Match: @\r\n", 304, 304},
    {"If-None-Match: W/@\r\n", 304, 304}, /* weak comparison */
    {"If-None-Match: \"a,b\", @\r\n", 304, 304},
    {"If-None-Match: \"x\"\r\n", 200, 200},
    /* If-None-Match makes If-Modified-Since void */
    {"If-None-Match: \"x\"\r\nIf-Modified-Since: Sun, 24 Nov 2024 00:00:00 GMT\r\n", 200, 200},
    {"If-Modified-Since: Sat, 23 Nov 2024 00:00:00 GMT\r\n", 304, 304},
    {"If-Modified-Since: Sun, 24 Nov 2024 00:00:00 GMT\r\n", 304, 304},
    {"If-Modified-Since: Saturday, 23-Nov-24 00:00:00 GMT\r\n", 304, 304},
    {"If-Modified-Since: Sat Nov 23 00:00:00 2024\r\n", 304, 304},
    {"If-Modified-Since: Fri, 22 Nov 2024 23:59:59 GMT\r\n", 200, 200},
    {"If-Modified-Since: nonsense\r\n", 200, 200},
    {"If-Match: \"x\"\r\nIf-None-Match: @\r\n", 412, 412},
    /* Range comes last, and not for HEAD */
    {"Range: bytes=0-9\r\n", 206, 200},
    {"Range: bytes=5000-\r\n", 416, 200},
    {"Range: bytes=9-5\r\n", 200, 200},
    {"Range: bytes=0-9\r\nIf-None-Match: @\r\n", 304, 304},
    {"Range: bytes=0-9\r\nIf-Match: \"x\"\r\n", 412, 412},
    {"Range: bytes=0-9\r\nIf-Range: @\r\n", 206, 200},
    {"Range: bytes=0-9\r\nIf-Range: W/@\r\n", 200, 200},
    {"Range: bytes=0-9\r\nIf-Range: \"x\"\r\n", 200, 200},
    {"Range: bytes=0-9\r\nIf-Range: Sat, 23 Nov 2024 00:00:00 GMT\r\n", 206, 200},
    {"Range: bytes=0-9\r\nIf-Range: Sun, 24 Nov 2024 00:00:00 GMT\r\n", 200, 200},
    {"Range: bytes=0-9\r\nIf-Range: Fri, 22 Nov 2024 00:00:00 GMT\r\n", 200, 200},
    {"Range: bytes=0-9\r\nIf-Range:\r\n", 200, 200},
    {"Range: bytes=5000-\r\nIf-Range: \"x\"\r\n", 200, 200},
    {"If-Range: @\r\n", 200, 200},
};

START_TEST(preconditions)
{
	char lines[512];
	size_t n = 0;
	struct plan p = {0};

	/* '@' stands for the file's own tag. */
	for (const char *s = cond_row[_i].lines; *s != '\0'; s++) {
		if (*s == '@')
			n += (size_t)sprintf(lines + n, "%s", TAGOF);
		else
			lines[n++] = *s;
	}
	lines[n] = '\0';
	p = plan_for("GET", lines);
	ck_assert_msg(p.status == cond_row[_i].get, "GET %s: %d", lines, p.status);
	p = plan_for("HEAD", lines);
	ck_assert_msg(p.status == cond_row[_i].head, "HEAD %s: %d", lines, p.status);
	ck_assert(!p.has_body);
}
END_TEST

START_TEST(a_date_is_weak_within_its_second)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9\r\n"
				   "If-Range: Sun, 24 Nov 2024 00:00:00 GMT\r\n\r\n";
	struct object o = make_object(1000, NOW);
	struct plan p = {0};

	ck_assert_int_eq(request_parse(text, sizeof(text) - 1, &rq), 0);
	plan_make(&rq, &o, NOW, ranges, 0, &p);
	ck_assert_int_eq(p.status, 200);
	plan_make(&rq, &o, NOW + 1, ranges, 0, &p);
	ck_assert_int_eq(p.status, 206);
}
END_TEST

START_TEST(tags_differ_within_a_second)
{
	struct object_facts f = {.size = 1, .id = 7, .mtime_s = 100, .type = "a/b"};
	struct object a = {0}, b = {0};

	object_init(&a, &f, NOW);
	f.mtime_ns = 1;
	object_init(&b, &f, NOW);
	ck_assert_str_ne(a.etag, b.etag);
	f.mtime_ns = 0;
	f.sub_id = 3;
	object_init(&b, &f, NOW);
	ck_assert_str_ne(a.etag, b.etag);
	ck_assert(a.etag[0] == '"'); /* strong: EDK2 resumes with no other kind */
}
END_TEST

START_TEST(a_future_date_is_not_sent)
{
	struct object o = make_object(1, NOW + 5000);

	ck_assert_int_eq(o.mtime_s, NOW);
	ck_assert_ptr_nonnull(strstr(o.fields, now_text));
}
END_TEST

static char head_text[4096];

static const char *head_of(const struct plan *p, enum head_persist persist)
{
	struct pxe_text t = pxe_text_init(head_text, sizeof(head_text));
	struct head h = {.date = now_text, .persist = persist};
	struct object o = make_object(1000, NOW - 86400);

	head_object(&t, &h, p, &o);
	ck_assert(!t.truncated);
	return head_text;
}

START_TEST(a_whole_answer)
{
	struct plan p = plan_for("GET", "");
	char expected[1024];

	(void)snprintf(expected, sizeof(expected),
	    "HTTP/1.1 200 OK\r\nServer: httpfsd\r\nDate: %s\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 1000\r\nLast-Modified: %s\r\nETag: %s\r\nAccept-Ranges: bytes\r\n\r\n",
	    now_text, mtime_text, TAGOF);
	ck_assert_str_eq(head_of(&p, HEAD_KEEP), expected);
	ck_assert(p.has_body);
}
END_TEST

START_TEST(a_single_range)
{
	struct plan p = plan_for("GET", "Range: bytes=-10\r\n");
	char expected[1024];

	(void)snprintf(expected, sizeof(expected),
	    "HTTP/1.1 206 Partial Content\r\nServer: httpfsd\r\nDate: %s\r\n"
	    "Content-Type: text/plain\r\nContent-Range: bytes 990-999/1000\r\nContent-Length: "
	    "10\r\n"
	    "Last-Modified: %s\r\nETag: %s\r\nAccept-Ranges: bytes\r\nConnection: "
	    "keep-alive\r\n\r\n",
	    now_text, mtime_text, TAGOF);
	ck_assert_str_eq(head_of(&p, HEAD_KEEP_ECHO), expected);
}
END_TEST

START_TEST(several_ranges)
{
	struct plan p = plan_for("GET", "Range: bytes=0-0,-2\r\n");
	struct object o = make_object(1000, NOW - 86400);
	char text[PLAN_PART_MAX], expected[512];
	uint64_t total = 0;

	ck_assert_int_eq(p.status, 206);
	ck_assert_uint_eq(p.nrange, 2);
	for (unsigned i = 0; i <= p.nrange; i++) {
		struct pxe_text t = pxe_text_init(text, sizeof(text));

		plan_part(&p, &o, i, &t);
		ck_assert(!t.truncated);
		total += t.len + (i < p.nrange ? p.range[i].len : 0);
		if (i == 1) {
			(void)snprintf(expected, sizeof(expected),
			    "\r\n--%s\r\nContent-Type: text/plain\r\n"
			    "Content-Range: bytes 998-999/1000\r\n\r\n",
			    p.boundary);
			ck_assert_str_eq(text, expected);
		}
	}
	ck_assert_uint_eq(total, p.content_length);
	(void)head_of(&p, HEAD_CLOSE);
	(void)snprintf(expected, sizeof(expected),
	    "Content-Type: multipart/byteranges; boundary=%s\r\nContent-Length: %llu\r\n",
	    p.boundary, (unsigned long long)total);
	ck_assert_ptr_nonnull(strstr(head_text, expected));
	ck_assert_ptr_null(strstr(head_text, "Content-Length: 1000"));
	ck_assert_ptr_nonnull(strstr(head_text, "\r\nConnection: close\r\n\r\n"));
}
END_TEST

START_TEST(not_modified_has_no_length)
{
	struct plan p = plan_for("GET", "If-None-Match: *\r\n");

	(void)head_of(&p, HEAD_KEEP);
	ck_assert_ptr_null(strstr(head_text, "Content-Length"));
	ck_assert_ptr_null(strstr(head_text, "Content-Type"));
	ck_assert_ptr_nonnull(strstr(head_text, "ETag: " TAGOF "\r\n"));
}
END_TEST

START_TEST(errors_have_a_body_only_for_people)
{
	struct head h = {.date = now_text, .persist = HEAD_KEEP};
	struct pxe_text t = pxe_text_init(head_text, sizeof(head_text));
	size_t body = head_error(&t, &h, 404, false, false, NULL);

	ck_assert_uint_eq(body, 0);
	ck_assert_ptr_nonnull(strstr(head_text, "\r\nContent-Length: 0\r\n\r\n"));
	/* GRUB loses the line behind the status line: never the length. */
	ck_assert_ptr_nonnull(strstr(head_text, "404 Not Found\r\nServer: httpfsd\r\nDate: "));
	t = pxe_text_init(head_text, sizeof(head_text));
	body = head_error(&t, &h, 404, true, false, NULL);
	ck_assert_uint_gt(body, 0);
	ck_assert_ptr_nonnull(strstr(head_text, "<h1>404 Not Found</h1>"));
	t = pxe_text_init(head_text, sizeof(head_text));
	ck_assert_uint_eq(head_error(&t, &h, 404, true, true, NULL), 0);
	ck_assert_ptr_null(strstr(head_text, "Content-Length: 0"));
	ck_assert_ptr_null(strstr(head_text, "<h1>"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("httpfsd/plan");
	TCase *tc = tcase_create("core");
	SRunner *sr = srunner_create(s);
	int failed = 0;

	tcase_add_test(tc, dates_are_written);
	tcase_add_test(tc, dates_are_read);
	tcase_add_test(tc, what_is_no_date);
	tcase_add_loop_test(tc, ranges_are_resolved, 0, sizeof(range_row) / sizeof(range_row[0]));
	tcase_add_test(tc, many_ranges);
	tcase_add_test(tc, ranges_of_extreme_files);
	tcase_add_loop_test(tc, preconditions, 0, sizeof(cond_row) / sizeof(cond_row[0]));
	tcase_add_test(tc, a_date_is_weak_within_its_second);
	tcase_add_test(tc, tags_differ_within_a_second);
	tcase_add_test(tc, a_future_date_is_not_sent);
	tcase_add_test(tc, a_whole_answer);
	tcase_add_test(tc, a_single_range);
	tcase_add_test(tc, several_ranges);
	tcase_add_test(tc, not_modified_has_no_length);
	tcase_add_test(tc, errors_have_a_body_only_for_people);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
