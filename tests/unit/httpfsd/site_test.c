/* SPDX-License-Identifier: BSD-2-Clause */
/* site_test.c -- mounts, policies, types, listings and log lines. */
#include "httpfsd/core/site.h"

#include <check.h>
#include <stdlib.h>

#include "httpfsd/core/listing.h"
#include "httpfsd/core/logline.h"

static struct mount mounts[4] = {
    {.prefix = ""},
    {.prefix = "centos", .prefix_len = 6},
    {.prefix = "centos/7/os", .prefix_len = 11},
    {.prefix = "debian", .prefix_len = 6},
};
static const char *names[] = {"b.example", "[::1]", NULL};
static struct mount other[1] = {{.prefix = ""}};
static struct site_host hosts[2] = {
    {.mount = mounts, .nmount = 4}, {.name = names, .nname = 2, .mount = other, .nmount = 1}};
static struct site site = {.host = hosts, .nhost = 2};

START_TEST(longest_prefix_wins)
{
	static const struct {
		const char *path, *prefix, *rest;
	} row[] = {{".", "", "."}, {"x", "", "x"}, {"centos", "centos", "."},
	    {"centos/", "centos", "./"}, {"centos/x/y", "centos", "x/y"},
	    {"centosx", "", "centosx"}, {"centos/7/os", "centos/7/os", "."},
	    {"centos/7/os/Packages/a.rpm", "centos/7/os", "Packages/a.rpm"},
	    {"centos/7/osx", "centos", "7/osx"}, {"debian/d/", "debian", "d/"}};
	size_t host = 0;

	ck_assert_int_eq(site_sort(&site, &host), -1);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const char *rest = NULL;
		const struct mount *m = site_find(&site.host[0], row[i].path, &rest);

		ck_assert_ptr_nonnull(m);
		ck_assert_str_eq(m->prefix, row[i].prefix);
		ck_assert_str_eq(rest, row[i].rest);
	}
}
END_TEST

START_TEST(two_mounts_of_one_prefix)
{
	struct mount twice[2] = {
	    {.prefix = "a", .prefix_len = 1}, {.prefix = "a", .prefix_len = 1}};
	struct site_host h = {.mount = twice, .nmount = 2};
	struct site s = {.host = &h, .nhost = 1};
	size_t host = 9;

	ck_assert_int_eq(site_sort(&s, &host), 1);
	ck_assert_uint_eq(host, 0);
}
END_TEST

START_TEST(without_a_root_mount)
{
	struct mount one[1] = {{.prefix = "a", .prefix_len = 1}};
	struct site_host h = {.mount = one, .nmount = 1};
	const char *rest = NULL;

	ck_assert_ptr_null(site_find(&h, ".", &rest));
	ck_assert_ptr_null(site_find(&h, "b", &rest));
	ck_assert_ptr_nonnull(site_find(&h, "a/b", &rest));
}
END_TEST

START_TEST(what_a_mount_adds_to_a_listing)
{
	static const struct {
		const char *prefix, *path, *adds;
	} row[] = {{"", "", NULL}, {"a", "", "a"}, {"a/b/c", "", "a"}, {"a/b/c", "a", "b"},
	    {"a/b/c", "a/b", "c"}, {"a/b/c", "a/b/c", NULL}, {"a/b/c", "a/b/c/d", NULL},
	    {"ab", "a", NULL}, {"a/b", "b", NULL}};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct mount m = {.prefix = row[i].prefix, .prefix_len = strlen(row[i].prefix)};
		size_t len = 0;
		const char *adds = mount_below(&m, row[i].path, &len);

		ck_assert_msg((adds == NULL) == (row[i].adds == NULL), "row %zu", i);
		if (adds != NULL)
			ck_assert_msg(
			    len == strlen(row[i].adds) && strncmp(adds, row[i].adds, len) == 0,
			    "row %zu", i);
	}
}
END_TEST

START_TEST(hosts_by_name)
{
	static const struct {
		const char *authority;
		size_t host;
	} row[] = {{"", 0}, {"a.example", 0}, {"b.example", 1}, {"B.Example:8080", 1},
	    {"b.example.", 1}, {"b.example.com", 0}, {"[::1]:80", 1}, {"[::1]", 1}, {"::1", 0}};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		ck_assert_msg(
		    site_host_find(&site, slice_of(row[i].authority)) == &hosts[row[i].host], "%s",
		    row[i].authority);
}
END_TEST

START_TEST(networks)
{
	struct pxe_prefix allow[2], deny[1];
	struct mount m = {.allow = {allow, 2}, .deny = {deny, 1}};
	struct pxe_ip ip;

	ck_assert_int_eq(pxe_prefix_parse("10.0.0.0/8", &allow[0]), 0);
	ck_assert_int_eq(pxe_prefix_parse("2001:db8::/32", &allow[1]), 0);
	ck_assert_int_eq(pxe_prefix_parse("10.1.0.0/16", &deny[0]), 0);
	ck_assert_int_eq(pxe_ip_parse("10.2.3.4", &ip), 0);
	ck_assert(mount_admits(&m, &ip));
	ck_assert_int_eq(pxe_ip_parse("::ffff:10.2.3.4", &ip), 0);
	ck_assert(mount_admits(&m, &ip));
	ck_assert_int_eq(pxe_ip_parse("10.1.3.4", &ip), 0);
	ck_assert(!mount_admits(&m, &ip));
	ck_assert_int_eq(pxe_ip_parse("192.0.2.1", &ip), 0);
	ck_assert(!mount_admits(&m, &ip));
	ck_assert_int_eq(pxe_ip_parse("2001:db8::1", &ip), 0);
	ck_assert(mount_admits(&m, &ip));
	/* A Unix socket has no address: only a mount for everybody. */
	ip = (struct pxe_ip){0};
	ck_assert(!mount_admits(&m, &ip));
	m.allow.n = m.deny.n = 0;
	ck_assert(mount_admits(&m, &ip));
}
END_TEST

START_TEST(dotfiles)
{
	struct mount m = {0};

	ck_assert(!mount_hides(&m, "."));
	ck_assert(!mount_hides(&m, "./"));
	ck_assert(!mount_hides(&m, "a/b.c"));
	ck_assert(!mount_hides(&m, ".treeinfo"));
	ck_assert(!mount_hides(&m, "8/.discinfo"));
	ck_assert(!mount_hides(&m, ".well-known/x"));
	ck_assert(mount_hides(&m, ".git"));
	ck_assert(mount_hides(&m, ".git/"));
	ck_assert(mount_hides(&m, "a/.ssh/id"));
	ck_assert(mount_hides(&m, "a/.treeinfo2"));
	ck_assert(mount_hides(&m, ".well-known/.x"));
	m.dotfiles = true;
	ck_assert(!mount_hides(&m, ".git"));
}
END_TEST

START_TEST(types)
{
	static const struct type_rule own[] = {
	    {".img", "application/vnd.efi-img", false}, {".x", "a/b", false}};
	struct types plain = {0}, mine = {.own = own, .nown = 2, .fallback = "text/plain"};

	ck_assert_str_eq(types_of(&plain, "EFI/BOOT/BOOTX64.EFI"), "application/efi");
	ck_assert_str_eq(types_of(&plain, "a.b/vmlinuz"), "application/octet-stream");
	ck_assert_str_eq(types_of(&plain, "x.tar.gz"), "application/gzip");
	ck_assert_str_eq(types_of(&plain, "x.iso"), "application/x-iso9660-image");
	ck_assert_str_eq(types_of(&plain, "a.efi/x"), "application/octet-stream");
	ck_assert_str_eq(types_of(&plain, ".treeinfo"), "text/plain");
	ck_assert_str_eq(types_of(&mine, "initrd.img"), "application/vnd.efi-img");
	ck_assert_str_eq(types_of(&mine, "a.x"), "a/b");
	ck_assert_str_eq(types_of(&mine, "a.rpm"), "application/x-rpm");
	ck_assert_str_eq(types_of(&mine, "README"), "text/plain");
	for (size_t i = 0; types_builtin(i) != NULL; i++)
		ck_assert_str_eq(
		    types_of(&plain, types_builtin(i)->suffix), types_builtin(i)->type);
}
END_TEST

static char page[65536];

static void render(struct listing_entry *e, size_t n, const char *query)
{
	struct listing_how how = listing_how_parse(slice_of(query));
	size_t bound = listing_bound("p<a>th", e, n);
	struct pxe_text t = pxe_text_init(page, sizeof(page));

	listing_sort(e, n, &how);
	listing_write(&t, "p<a>th", e, n, &how);
	ck_assert_uint_lt(t.len, sizeof(page) - 1);
	ck_assert_msg(t.len < bound, "%zu bytes, bound %zu", t.len, bound);
}

START_TEST(listings_of_hostile_names)
{
	struct listing_entry e[] = {{"<script>alert(1)</script>", 1, 0, false},
	    {"javascript:alert(1)", 1, 0, false}, {"a\nb\x7f", 1, 0, false},
	    {"\xff\xc3\xa4\xed\xa0\x80", 1, 0, false}, {"q\"'&?#%", 1, 0, false},
	    {"", 1, 0, false}};

	render(e, 5, "");
	ck_assert_ptr_null(strstr(page, "<script"));
	ck_assert_ptr_null(strstr(page, "<a>"));
	ck_assert_ptr_null(strstr(page, "href=\"javascript:"));
	ck_assert_ptr_nonnull(strstr(page, "href=\"javascript%3Aalert%281%29\""));
	ck_assert_ptr_nonnull(strstr(page, "a%0Ab%7F"));
	ck_assert_ptr_nonnull(strstr(page, "href=\"%FF%C3%A4%ED%A0%80\""));
	ck_assert_ptr_nonnull(
	    strstr(page, ">\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd</a>"));
	ck_assert_ptr_nonnull(strstr(page, "href=\"q%22%27%26%3F%23%25\">q&quot;'&amp;?#%</a>"));
	render(e, 5, "format=json");
	ck_assert(page[0] == '[');
	ck_assert_ptr_null(strstr(page, "a\nb"));
}
END_TEST

START_TEST(listings_are_sorted)
{
	struct listing_entry e[] = {
	    {"b", 10, 3, false}, {"a", 30, 1, false}, {"c", 20, 2, false}, {"z", 0, 9, true}};
	static const struct {
		const char *query, *order;
	} row[] = {{"", "zabc"}, {"C=N;O=D", "zcba"}, {"C=M;O=A", "zacb"}, {"C=M&O=D", "zbca"},
	    {"C=S", "zbca"}, {"C=S;O=D", "zacb"}, {"nonsense&&=&C=", "zabc"}};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct listing_how how = listing_how_parse(slice_of(row[i].query));

		listing_sort(e, 4, &how);
		for (size_t k = 0; k < 4; k++)
			ck_assert_msg(e[k].name[0] == row[i].order[k], "%s: %zu is %s",
			    row[i].query, k, e[k].name);
	}
	render(e, 4, "");
	ck_assert_ptr_nonnull(strstr(page, "<a href=\"z/\">z/</a>"));
	render(e, 4, "format=json&C=S");
	ck_assert_ptr_nonnull(strstr(page,
	    "{\"name\":\"b\",\"type\":\"file\",\"mtime\":\"Thu, 01 Jan 1970 00:00:03 GMT\","
	    "\"size\":10}"));
}
END_TEST

START_TEST(sizes_are_readable)
{
	struct listing_entry e[] = {{"a", 1023, 0, false}, {"b", 1024, 0, false},
	    {"c", UINT64_MAX, 0, false}, {"d", UINT64_C(4700000000), 0, false}};

	render(e, 4, "");
	ck_assert_ptr_nonnull(strstr(page, "title=\"1023\">1023<"));
	ck_assert_ptr_nonnull(strstr(page, "title=\"1024\">1.0K<"));
	ck_assert_ptr_nonnull(strstr(page, ">15.9E<"));
	ck_assert_ptr_nonnull(strstr(page, ">4.3G<"));
}
END_TEST

START_TEST(log_lines)
{
	char text[LOGLINE_MAX];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct logline l = {.client = "10.0.0.9",
	    .date = "24/Nov/2026:14:16:01 +0000",
	    .line = slice_of("GET /a\"b\\\x1b HTTP/1.1"),
	    .status = 206,
	    .bytes = 10,
	    .agent = slice_of("curl/7"),
	    .range = slice_of("bytes=0-9"),
	    .duration_us = 1234567};

	logline_write(&t, &l, false);
	ck_assert_str_eq(text, "10.0.0.9 - - [24/Nov/2026:14:16:01 +0000] "
			       "\"GET /a\\\"b\\\\\\x1b HTTP/1.1\" 206 10 \"-\" \"curl/7\"\n");
	t = pxe_text_init(text, sizeof(text));
	l.mac = slice_of("eth0 52:54:00:12:34:56");
	l.user = slice_of("joe");
	logline_write(&t, &l, true);
	ck_assert_str_eq(text, "10.0.0.9 - joe [24/Nov/2026:14:16:01 +0000] "
			       "\"GET /a\\\"b\\\\\\x1b HTTP/1.1\" 206 10 \"-\" \"curl/7\" 1.234 "
			       "\"bytes=0-9\" \"eth0 52:54:00:12:34:56\" \"-\"\n");
}
END_TEST

START_TEST(log_lines_are_bounded)
{
	static char wild[20000];
	char text[LOGLINE_MAX];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct slice s = {wild, sizeof(wild)};
	struct logline l = {.client = "::1",
	    .date = "-",
	    .line = s,
	    .referer = s,
	    .agent = s,
	    .range = s,
	    .mac = s,
	    .status = 400};

	logline_write(&t, &l, true);
	ck_assert(!t.truncated);
	ck_assert(text[t.len - 1] == '\n');
}
END_TEST

int main(void)
{
	Suite *s = suite_create("httpfsd/site");
	TCase *tc = tcase_create("core");
	SRunner *sr = srunner_create(s);
	int failed = 0;

	tcase_add_test(tc, longest_prefix_wins);
	tcase_add_test(tc, two_mounts_of_one_prefix);
	tcase_add_test(tc, without_a_root_mount);
	tcase_add_test(tc, what_a_mount_adds_to_a_listing);
	tcase_add_test(tc, hosts_by_name);
	tcase_add_test(tc, networks);
	tcase_add_test(tc, dotfiles);
	tcase_add_test(tc, types);
	tcase_add_test(tc, listings_of_hostile_names);
	tcase_add_test(tc, listings_are_sorted);
	tcase_add_test(tc, sizes_are_readable);
	tcase_add_test(tc, log_lines);
	tcase_add_test(tc, log_lines_are_bounded);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
