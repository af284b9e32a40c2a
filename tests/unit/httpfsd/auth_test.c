/* SPDX-License-Identifier: BSD-2-Clause */
/* auth_test.c -- password files, Basic credentials, and who is remembered. */
#include "httpfsd/auth.h"

#include <check.h>
#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"

static char path[] = "/tmp/httpfsd-auth-XXXXXX";

/* Load a file with this text; *out_line is that of the first finding. */
static int load(const char *text, struct auth **out, unsigned *out_line)
{
	struct pxe_diag d;
	FILE *f = fopen(path, "w");
	int err = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	pxe_diag_init(&d);
	err = auth_load(path, out, &d);
	*out_line = d.n > 0 ? d.v[0].line : 0;
	ck_assert_int_eq(err != 0, d.errors > 0);
	pxe_diag_fini(&d);
	return err;
}

/* A cheap hash: the test is not about crypt. */
static const char *hash_of(const char *password)
{
	static char text[256];
	const char *hash = crypt(password, "$5$rounds=1000$salt$");

	ck_assert_ptr_nonnull(hash);
	(void)snprintf(text, sizeof(text), "%s", hash);
	return text;
}

START_TEST(verifies)
{
	static const struct {
		const char *field;
		bool ok;
	} row[] = {
	    {"Basic am9lOnBhOnNz", true}, /* joe:pa:ss */
	    {"bAsIc  am9lOnBhOnNz ", true},
	    {"Basic am9lOnBhOnNz=", true},
	    {"Basic am9lOnBhOnNT", false},     /* joe:pa:sS */
	    {"Basic am9lOnBhOnNzcw==", false}, /* joe:pa:sss */
	    {"Basic am9lOg==", false},         /* joe: */
	    {"Basic YW5uOnBhOnNz", false},     /* ann:pa:ss */
	    {"Basic OnBhOnNz", false},         /* :pa:ss */
	    {"Basic am9l", false},             /* joe */
	    {"Basic am9lOnBhOnNzAA==", false}, /* joe:pa:ss and a NUL */
	    {"Basic am9l*nBhOnNz", false},
	    {"Basic ", false},
	    {"Basic", false},
	    {"", false},
	    {"Digest am9lOnBhOnNz", false},
	};
	struct auth *a = NULL;
	char text[512];
	unsigned line = 0;

	(void)snprintf(text, sizeof(text), "# users\n\njoe:%s:ignored\r\n", hash_of("pa:ss"));
	ck_assert_int_eq(load(text, &a, &line), 0);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		ck_assert_msg(
		    auth_verify(a, slice_of(row[i].field)) == row[i].ok, "%s", row[i].field);
	auth_free(a);
}
END_TEST

START_TEST(names)
{
	char name[AUTH_NAME_MAX + 1] = "untouched", longest[2048] = "Basic ";

	ck_assert(auth_name(slice_of("Basic am9lOnBhOnNz"), name));
	ck_assert_str_eq(name, "joe");
	memset(longest + 6, 'A', sizeof(longest) - 7);
	ck_assert(!auth_name(slice_of(longest), name));
	ck_assert_str_eq(name, "joe");
}
END_TEST

START_TEST(broken_files)
{
	static const struct {
		const char *text;
		unsigned line;
	} row[] = {{"joe\n", 1}, {"#\n\n:x\n", 3}, {"joe:plain text\n", 1}, {"joe:\n", 1}};
	struct auth *a = NULL;
	unsigned line = 0;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		ck_assert_int_eq(load(row[i].text, &a, &line), PXE_E_CONFIG);
		ck_assert_uint_eq(line, row[i].line);
		ck_assert_ptr_null(a);
	}
}
END_TEST

START_TEST(nobody_gets_in_without_users)
{
	struct auth *a = NULL;
	unsigned line = 0;

	ck_assert_int_eq(load("# nobody\n", &a, &line), 0);
	ck_assert(!auth_verify(a, slice_of("Basic am9lOnBhOnNz")));
	auth_free(a);
}
END_TEST

START_TEST(the_cache_knows_exactly_whom)
{
	struct auth_cache c = {.seed = {{1, 2}, {3, 4}}};
	const struct auth *a = (const struct auth *)&c, *b = (const struct auth *)&a;

	ck_assert(!auth_cache_has(&c, a, slice_of("Basic x")));
	auth_cache_add(&c, a, slice_of("Basic x"));
	ck_assert(auth_cache_has(&c, a, slice_of("Basic x")));
	ck_assert(!auth_cache_has(&c, b, slice_of("Basic x")));
	ck_assert(!auth_cache_has(&c, a, slice_of("Basic y")));
	auth_cache_clear(&c);
	ck_assert(!auth_cache_has(&c, a, slice_of("Basic x")));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("httpfsd/auth");
	TCase *tc = tcase_create("shell");
	SRunner *sr = srunner_create(s);
	int failed = 0, fd = mkstemp(path);

	if (fd < 0)
		return EXIT_FAILURE;
	(void)close(fd);
	tcase_add_test(tc, verifies);
	tcase_add_test(tc, names);
	tcase_add_test(tc, broken_files);
	tcase_add_test(tc, nobody_gets_in_without_users);
	tcase_add_test(tc, the_cache_knows_exactly_whom);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	(void)unlink(path);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
