/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_none_test.c -- the form of tls.h that is built without OpenSSL refuses, and says what. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "httpfsd/tls.h"
#include "libpxecommon/base/err.h"

static int load(const char *text, struct pxe_diag *d)
{
	struct pxe_arena *arena = pxe_arena_new();
	struct conf conf;
	struct tls_set *set = NULL;
	int err = 0;

	pxe_diag_init(d);
	ck_assert_int_eq(pxe_conf_defaults(&conf_schema, arena, &conf), 0);
	ck_assert_int_eq(pxe_conf_load_string(&conf_schema, "x.cfg", text, arena, &conf, d), 0);
	err = tls_set_load(&conf, NULL, &set, d);
	ck_assert_ptr_null(set);
	tls_set_free(set);
	pxe_arena_free(arena);
	return err;
}

START_TEST(test_plain_is_fine)
{
	struct pxe_diag d;

	ck_assert_int_eq(load("listen = [\":80\"]; listeners = ({ address = \":81\"; });", &d), 0);
	ck_assert_uint_eq(d.n, 0);
	pxe_diag_fini(&d);
}
END_TEST

START_TEST(test_tls_is_refused)
{
	static const struct {
		const char *text, *named;
	} rows[] = {
	    {"tls_listen = \":443\"; certificate = \"/c\";", ":443: "},
	    {"tls_listen = \":443\";", ":443: "},
	    {"listeners = ({ address = \":80\"; },"
	     " { address = \":444\"; tls = { certificate = \"/c\"; }; });",
		":444: "},
	    {"hosts = ({ names = [\"h.example\"]; tls = { certificate = \"/c\"; };"
	     " mounts = ({ at = \"/\"; dir = \"/srv\"; }); });",
		"h.example: "},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pxe_diag d;

		ck_assert_int_eq(load(rows[i].text, &d), PXE_E_UNSUPPORTED);
		ck_assert_uint_eq(d.errors, 1);
		ck_assert_ptr_nonnull(strstr(d.v[0].text, "built without TLS"));
		ck_assert_ptr_eq(strstr(d.v[0].text, rows[i].named), d.v[0].text);
		pxe_diag_fini(&d);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("httpfsd/tls_none");
	TCase *tc = tcase_create("all");
	SRunner *sr = NULL;
	int failed = 0;

	tcase_add_test(tc, test_plain_is_fine);
	tcase_add_test(tc, test_tls_is_refused);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
