/* SPDX-License-Identifier: BSD-2-Clause */
/* name_test.c -- names of clients to places of ours. */
#include "tftpd/core/name.h"

#include <check.h>
#include <stdlib.h>

#include "libpxecommon/base/err.h"

static const char *const dirs[] = {"/srv/tftp", "/boot"};
static const struct name_rules secure = {.secure = true};
static const struct name_rules listed = {.dir = dirs, .ndir = 2};
static const struct name_rules anything = {0};

static const struct {
	const struct name_rules *rules;
	const char *name;
	int rc;
	size_t dir;
	const char *result; /* path, or the ERROR's text */
} table[] = {
    {&secure, "pxelinux.0", 0, 0, "pxelinux.0"},
    {&secure, "/pxelinux.0", 0, 0, "pxelinux.0"},
    {&secure, "//grub//x.mod", 0, 0, "grub/x.mod"},
    {&secure, "a/../b", 0, 0, "b"},
    {&secure, "../etc/passwd", PXE_E_TRAVERSAL, 0, "Access denied"},
    {&secure, "/../../etc/passwd", PXE_E_TRAVERSAL, 0, "Access denied"},
    {&secure, "a%2e%2e/b", 0, 0, "a%2e%2e/b"},
    {&listed, "/srv/tftp/a/b", 0, 0, "a/b"},
    {&listed, "/boot/vmlinuz", 0, 1, "vmlinuz"},
    {&listed, "/srv/tftp", 0, 0, "."},
    {&listed, "/srv/tftp-evil/x", PXE_E_DENIED, 0, "Forbidden directory"},
    {&listed, "/etc/passwd", PXE_E_DENIED, 0, "Forbidden directory"},
    {&listed, "srv/tftp/a", PXE_E_DENIED, 0, "Only absolute filenames allowed"},
    {&listed, "/srv/tftp/../../etc/passwd", PXE_E_TRAVERSAL, 0, "Reverse path not allowed"},
    {&listed, "/srv/tftp/..", PXE_E_DENIED, 0, "Forbidden directory"},
    {&anything, "/etc/hostname", 0, 0, "etc/hostname"},
    {&anything, "etc/hostname", PXE_E_DENIED, 0, "Only absolute filenames allowed"},
};

START_TEST(places)
{
	struct name_place place;
	const char *text = NULL;
	int rc = name_place(table[_i].rules, table[_i].name, &place, &text);

	ck_assert_msg(rc == table[_i].rc, "%s: %d", table[_i].name, rc);
	if (rc == 0) {
		ck_assert_str_eq(place.rel, table[_i].result);
		ck_assert_uint_eq(place.dir, table[_i].dir);
	} else {
		ck_assert_str_eq(text, table[_i].result);
	}
}
END_TEST

START_TEST(other_readings)
{
	char out[64];

	ck_assert(!name_clean("plain", NAME_BACKSLASH | NAME_TRIM, out, sizeof(out)));
	ck_assert(name_clean("\\Boot\\BCD", NAME_BACKSLASH, out, sizeof(out)));
	ck_assert_str_eq(out, "/Boot/BCD");
	ck_assert(!name_clean("\\Boot\\BCD", NAME_TRIM, out, sizeof(out)));
	ck_assert(name_clean("C:\\Boot\\BCD", NAME_BACKSLASH, out, sizeof(out)));
	ck_assert_str_eq(out, "/Boot/BCD");
	ck_assert(name_clean("pxelinux.0\xff", NAME_TRIM, out, sizeof(out)));
	ck_assert_str_eq(out, "pxelinux.0");
	ck_assert(!name_clean("\xff\xff", NAME_TRIM, out, sizeof(out)));
	ck_assert(!name_clean("\\a\\b", NAME_BACKSLASH, out, 3));
}
END_TEST

START_TEST(overlays)
{
	struct name_client c = {0};
	char out[64];

	ck_assert_int_eq(name_expand("plain", &c, out, sizeof(out)), 0);
	ck_assert_str_eq(out, "plain");
	ck_assert_int_eq(name_expand("hosts/${mac}", &c, out, sizeof(out)), PXE_E_NOTFOUND);
	ck_assert_int_eq(pxe_hwaddr_parse("52:54:0:12:34:ab", &c.mac), 0);
	ck_assert_int_eq(pxe_ip_parse("192.0.2.1", &c.ip), 0);
	ck_assert_int_eq(name_expand("hosts/${mac}/x", &c, out, sizeof(out)), 0);
	ck_assert_str_eq(out, "hosts/52-54-00-12-34-ab/x");
	ck_assert_int_eq(name_expand("${ip}-${iphex}", &c, out, sizeof(out)), 0);
	ck_assert_str_eq(out, "192.0.2.1-C0000201");
	ck_assert_int_eq(pxe_ip_parse("2001:db8::1", &c.ip), 0);
	ck_assert_int_eq(name_expand("${ip}", &c, out, sizeof(out)), 0);
	ck_assert_str_eq(out, "2001-db8--1");
	ck_assert_int_eq(name_expand("${serial}", &c, out, sizeof(out)), PXE_E_SYNTAX);
	ck_assert_int_eq(name_expand("${mac", &c, out, sizeof(out)), PXE_E_SYNTAX);
	ck_assert_int_eq(name_expand("hosts/${mac}", &c, out, 8), PXE_E_TOOBIG);
}
END_TEST

START_TEST(machines_tell_who_they_are)
{
	static const char uuid[] = "4c4c4544-0042-4810-8053-b4c04f564231";
	struct name_client c = {0};
	char out[64];

	ck_assert_int_eq(name_expand("${uuid}", &c, out, sizeof(out)), PXE_E_NOTFOUND);
	ck_assert(!name_identity("pxelinux.cfg/default", &c));
	ck_assert(!name_identity("pxelinux.cfg/C0000201", &c));
	ck_assert(!name_identity("4c4c4544-0042-4810-8053-b4c04f564231/kernel", &c));
	ck_assert(!name_identity("4c4c4544-0042-4810-8053-b4c04f56423", &c));
	ck_assert(!name_identity("4c4c4544-0042-4810-8053-b4c04f5642311", &c));
	ck_assert(!name_identity("4c4c4544-0042-4810-8053-b4c04f56423g", &c));
	ck_assert(!name_identity("", &c));
	ck_assert(!c.has_uuid);
	ck_assert(name_identity("/pxelinux.cfg/4C4C4544-0042-4810-8053-B4C04F564231", &c));
	ck_assert(c.has_uuid && c.mac.len == 0);
	ck_assert_int_eq(name_expand("${uuid}", &c, out, sizeof(out)), 0);
	ck_assert_str_eq(out, uuid);
	ck_assert(name_identity("grub/grub.cfg-01-52-54-00-12-34-Ab", &c));
	ck_assert_int_eq(name_expand("${mac}", &c, out, sizeof(out)), 0);
	ck_assert_str_eq(out, "52-54-00-12-34-ab");
	ck_assert(!name_identity("06-52-54-00-12-34-ab", &c));
}
END_TEST

START_TEST(normalised)
{
	static const struct {
		const char *name, *root, *path;
	} t[] = {
	    {"a", "/a", "/a"},
	    {"", "/", "/"},
	    {"/a", "/a", "/a"},
	    {"//a//b/", "//a//b/", "/a/b"},
	    {"./a/./b", "/./a/./b", "/a/b"},
	    {"a/../b", "/a/../b", "/b"},
	    {"../../b", "/../../b", "/b"},
	    {"a/..", "/a/..", "/"},
	    {"a/...", "/a/...", "/a/..."},
	};
	char out[64];

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ck_assert_int_eq(name_normalise(t[i].name, false, out, sizeof(out)), 0);
		ck_assert_str_eq(out, t[i].root);
		ck_assert_int_eq(name_normalise(t[i].name, true, out, sizeof(out)), 0);
		ck_assert_str_eq(out, t[i].path);
	}
	ck_assert_int_eq(name_normalise("abc", true, out, 4), PXE_E_TOOBIG);
	ck_assert_int_eq(name_normalise("abc", false, out, 4), PXE_E_TOOBIG);
}
END_TEST

START_TEST(validated)
{
	const struct name_rules rules = {.secure = true, .validate = true};
	struct name_place at;
	const char *text = NULL;

	ck_assert_int_eq(name_place(&rules, "/a//b", &at, &text), 0);
	ck_assert_str_eq(at.rel, "a/b");
	ck_assert_int_eq(name_place(&rules, "a", &at, &text), PXE_E_DENIED);
	ck_assert_str_eq(text, "Only absolute filenames allowed");
	ck_assert_int_eq(name_place(&rules, "/a/./b", &at, &text), PXE_E_TRAVERSAL);
	ck_assert_int_eq(name_place(&rules, "/a/..", &at, &text), PXE_E_TRAVERSAL);
	ck_assert_str_eq(text, "Invalid pathname specified");
	ck_assert_int_eq(name_place(&rules, "/a\033b", &at, &text), PXE_E_SYNTAX);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tftpd/name");
	TCase *t = tcase_create("all");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, places, 0, (int)(sizeof(table) / sizeof(table[0])));
	tcase_add_test(t, other_readings);
	tcase_add_test(t, overlays);
	tcase_add_test(t, machines_tell_who_they_are);
	tcase_add_test(t, normalised);
	tcase_add_test(t, validated);
	suite_add_tcase(s, t);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
