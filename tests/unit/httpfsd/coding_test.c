/* SPDX-License-Identifier: BSD-2-Clause */
/* coding_test.c -- which compressed siblings a client may get, and the heads they have. */
#include "httpfsd/core/coding.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "httpfsd/core/head.h"
#include "httpfsd/core/types.h"

enum { NOW = 1732406400 };

/* The codings of a request with these header lines, as "br gzip". */
static const char *accepted(const char *lines)
{
	static char text[1024], out[64];
	unsigned char coding[CODING_COUNT];
	struct request rq;
	size_t n = 0, len = 0;

	(void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", lines);
	ck_assert_int_eq(request_parse(text, strlen(text), &rq), 0);
	n = coding_accepted(&rq, coding);
	out[0] = '\0';
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%s", i > 0 ? " " : "",
		    coding_table[coding[i]].name);
	return out;
}

START_TEST(accept_encoding)
{
	static const struct {
		const char *lines, *out;
	} row[] = {
	    {"", ""},
	    {"Accept-Encoding:\r\n", ""},
	    {"Accept-Encoding: gzip\r\n", "gzip"},
	    {"Accept-Encoding: GZip\r\n", "gzip"},
	    {"Accept-Encoding: x-gzip\r\n", "gzip"},
	    {"Accept-Encoding: gzip, deflate, br, zstd\r\n", "br zstd gzip"},
	    {"Accept-Encoding: gzip\r\nAccept-Encoding: br\r\n", "br gzip"},
	    {"Accept-Encoding: *\r\n", "br zstd gzip"},
	    {"Accept-Encoding: gzip;q=1.0, br;q=0.9, *;q=0.5\r\n", "gzip br zstd"},
	    {"Accept-Encoding: gzip ; q=0.001,br;q=0\r\n", "gzip"},
	    {"Accept-Encoding: *;q=0, gzip\r\n", "gzip"},
	    {"Accept-Encoding: br;q=0.000\r\n", ""},
	    {"Accept-Encoding: identity, gzip;q=0.5\r\n", ""},
	    {"Accept-Encoding: identity;q=0.5, gzip;q=0.5\r\n", "gzip"},
	    {"Accept-Encoding: identity;q=0, gzip\r\n", "gzip"},
	    {"Accept-Encoding: gzip;q=2, br;q=1.001, zstd;q=x\r\n", ""},
	    {"Accept-Encoding: gzip;q=0.1234\r\n", ""},
	    {"Accept-Encoding: gzip;level=9\r\n", ""},
	    {"Accept-Encoding: gzipped, brotli\r\n", ""},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		ck_assert_msg(strcmp(accepted(row[i].lines), row[i].out) == 0, "%s: %s, not %s",
		    row[i].lines, accepted(row[i].lines), row[i].out);
}
END_TEST

START_TEST(archives_are_never_coded)
{
	static const char *const packed[] = {"a.iso", "Packages.gz", "x/y.RPM", "p.deb", "a.tar",
	    "a.tar.zst", "b.squashfs", "initrd.img"};
	static const char *const plain[] = {
	    "Packages", "index.html", "repomd.xml", "gz", "a.gz.txt"};

	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
		ck_assert_msg(types_is_packed(packed[i]), "%s", packed[i]);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		ck_assert_msg(!types_is_packed(plain[i]), "%s", plain[i]);
}
END_TEST

/* The head for a request with these lines, of a file of 1000 bytes in this coding. */
static const char *head_for(const char *lines, const char *coding)
{
	static char text[1024], out[1024];
	static struct range ranges[RANGE_MAX];
	struct object_facts facts = {.size = 1000,
	    .id = 1,
	    .mtime_s = NOW - 86400,
	    .type = "text/plain",
	    .coding = coding,
	    .varies = true};
	struct pxe_text t = pxe_text_init(out, sizeof(out));
	struct head h = {.date = "-----------------------------"};
	struct object o;
	struct request rq;
	struct plan p;

	(void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", lines);
	ck_assert_int_eq(request_parse(text, strlen(text), &rq), 0);
	object_init(&o, &facts, NOW);
	plan_make(&rq, &o, NOW, ranges, 0, &p);
	head_object(&t, &h, &p, &o);
	return out;
}

START_TEST(heads)
{
	static const char coding_line[] = "\r\nContent-Encoding: gzip\r\n";
	const char *h = head_for("", "gzip");

	ck_assert_ptr_nonnull(strstr(h, " 200 OK\r\n"));
	ck_assert_ptr_nonnull(strstr(h, coding_line));
	ck_assert_ptr_nonnull(strstr(h, "\r\nVary: Accept-Encoding\r\n"));
	ck_assert_ptr_nonnull(strstr(h, "-gzip\"\r\n"));

	h = head_for("", NULL);
	ck_assert_ptr_null(strstr(h, "Content-Encoding"));
	ck_assert_ptr_null(strstr(h, "-gzip"));
	ck_assert_ptr_nonnull(strstr(h, "\r\nVary: Accept-Encoding\r\n"));

	h = head_for("Range: bytes=10-19\r\n", "gzip");
	ck_assert_ptr_nonnull(strstr(h, "\r\nContent-Range: bytes 10-19/1000\r\n"));
	ck_assert_ptr_nonnull(strstr(h, "\r\nContent-Length: 10\r\n"));
	ck_assert_ptr_nonnull(strstr(h, coding_line));

	h = head_for("Range: bytes=10-19,30-39\r\n", "gzip");
	ck_assert_ptr_nonnull(strstr(h, " 200 OK\r\n"));
	ck_assert_ptr_nonnull(strstr(h, "\r\nContent-Length: 1000\r\n"));

	h = head_for("If-None-Match: *\r\n", "gzip");
	ck_assert_ptr_nonnull(strstr(h, " 304 "));
	ck_assert_ptr_null(strstr(h, "Content-Encoding"));
	ck_assert_ptr_nonnull(strstr(h, "\r\nVary: Accept-Encoding\r\n"));
}
END_TEST

START_TEST(the_longest_fields_fit)
{
	static const char end[] = "Accept-Ranges: bytes\r\n";
	char type[OBJECT_TYPE_MAX + 1], cache[OBJECT_TYPE_MAX + 1];
	struct object_facts facts = {.size = UINT64_MAX,
	    .id = UINT64_MAX,
	    .sub_id = UINT64_MAX,
	    .mtime_s = -1,
	    .mtime_ns = UINT32_MAX,
	    .type = type,
	    .cache_control = cache,
	    .coding = "zstd",
	    .varies = true};
	struct object o;

	memset(type, 't', sizeof(type) - 1);
	memset(cache, 'c', sizeof(cache) - 1);
	type[sizeof(type) - 1] = cache[sizeof(cache) - 1] = '\0';
	object_init(&o, &facts, NOW);
	ck_assert_uint_gt(o.fields_len, sizeof(end));
	ck_assert_int_eq(
	    memcmp(o.fields + o.fields_len - (sizeof(end) - 1), end, sizeof(end) - 1), 0);
	ck_assert_ptr_nonnull(strstr(o.fields, "-zstd\"\r\n"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("httpfsd/coding");
	TCase *tc = tcase_create("coding");
	SRunner *sr = NULL;
	int failed = 0;

	tcase_add_test(tc, accept_encoding);
	tcase_add_test(tc, archives_are_never_coded);
	tcase_add_test(tc, heads);
	tcase_add_test(tc, the_longest_fields_fit);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
