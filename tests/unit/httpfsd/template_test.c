/* SPDX-License-Identifier: BSD-2-Clause */
/* template_test.c -- answer files are filled, or refused with their place. */
#include "httpfsd/core/template.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "libpxecommon/base/err.h"

static char out[4096], why[400];

static const char *value(void *arg, const char *name)
{
	(void)arg;
	if (strcmp(name, "mac") == 0)
		return "52:54:00:12:34:56";
	if (strcmp(name, "host.disk") == 0)
		return "/dev/${mac}";
	return strcmp(name, "host.empty") == 0 ? "" : NULL;
}

static int include(void *arg, const char *path, struct slice *text)
{
	static const struct {
		const char *path, *text;
	} files[] = {{"ks/part.ks", "part ${host.disk}\n"},
	    {"base.ks", "base ${include:ks/part.ks}"}, {"loop", "x${include:loop}"},
	    {"ks/bad.ks", "one\ntwo ${nothing}\n"},
	    {"wide", "${include:/base.ks}${include:/base.ks}"}};

	(void)arg;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (strcmp(files[i].path, path) != 0)
			continue;
		*text = slice_of(files[i].text);
		return 0;
	}
	return -ENOENT;
}

static int fill_into(const char *path, const char *text, size_t cap)
{
	struct template_env env = {.value = value, .include = include};
	struct pxe_text t = pxe_text_init(out, cap);

	why[0] = '\0';
	return template_expand(path, slice_of(text), &env, &t, why, sizeof(why));
}

static int fill(const char *path, const char *text)
{
	return fill_into(path, text, sizeof(out));
}

START_TEST(names_are_filled)
{
	ck_assert_int_eq(fill("a.ks", "m=${mac}; e=[${host.empty}] $ $x $$ {mac}\n"), 0);
	ck_assert_str_eq(out, "m=52:54:00:12:34:56; e=[] $ $x $$ {mac}\n");
	ck_assert_int_eq(fill("a.ks", ""), 0);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(dollars_are_escaped)
{
	ck_assert_int_eq(fill("a.ks", "$${mac} $${HOME:-x} $$${mac}"), 0);
	ck_assert_str_eq(out, "${mac} ${HOME:-x} $${mac}");
}
END_TEST

START_TEST(values_are_not_looked_through)
{
	ck_assert_int_eq(fill("a.ks", "${host.disk}"), 0);
	ck_assert_str_eq(out, "/dev/${mac}");
}
END_TEST

START_TEST(includes_are_relative_or_of_the_mount)
{
	ck_assert_int_eq(fill("ks/a.ks", "${include:part.ks}|${include:/base.ks}"), 0);
	ck_assert_str_eq(out, "part /dev/${mac}\n|base part /dev/${mac}\n");
	ck_assert_int_eq(fill("ks/a.ks", "${include:../base.ks}"), 0);
}
END_TEST

static const struct {
	const char *text;
	int err;
	const char *why;
} bad[] = {
    {"a\nb ${nothing}", PXE_E_NOTFOUND, "ks/a:2: no value for ${nothing} of this machine"},
    {"${host.none}", PXE_E_NOTFOUND, "ks/a:1: no value for ${host.none}"},
    {"${}", PXE_E_SYNTAX, "ks/a:1: ${} is not understood"},
    {"${mac:-x}", PXE_E_SYNTAX, "ks/a:1: ${mac:-x} is not understood"},
    {"${a b}", PXE_E_SYNTAX, "ks/a:1: ${a b} is not understood"},
    {"\n\n${mac", PXE_E_SYNTAX, "ks/a:3: ${ without }"},
    {"${mac\n}", PXE_E_SYNTAX, "ks/a:1: ${ without }"},
    {"${include:bad.ks}", PXE_E_NOTFOUND, "ks/bad.ks:2: no value for ${nothing}"},
    {"${include:none}", -ENOENT, "ks/a:1: cannot include ks/none: "},
    {"${include:../../etc/passwd}", PXE_E_TRAVERSAL, "ks/a:1: cannot include ../../etc/passwd: "},
    {"${include:/loop}", PXE_E_LIMIT, "loop:1: files include each other more than 8 deep"},
};

START_TEST(what_is_wrong_is_said_with_its_place)
{
	ck_assert_int_eq(fill("ks/a", bad[_i].text), bad[_i].err);
	ck_assert_msg(strncmp(why, bad[_i].why, strlen(bad[_i].why)) == 0, "%s", why);
}
END_TEST

START_TEST(size_and_number_are_bounded)
{
	char text[64 * 20 + 1] = "";

	ck_assert_int_eq(fill_into("a", "1234567890", 10), PXE_E_TOOBIG);
	ck_assert_int_eq(fill_into("a", "123456789", 10), 0);
	for (int i = 0; i < 22; i++)
		(void)strcat(text, "${include:wide}");
	ck_assert_int_eq(fill("a", text), PXE_E_LIMIT);
	ck_assert_msg(strstr(why, "more than 64 files included") != NULL, "%s", why);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("httpfsd/template");
	TCase *tc = tcase_create("template");
	SRunner *sr = NULL;
	int failed = 0;

	tcase_add_test(tc, names_are_filled);
	tcase_add_test(tc, dollars_are_escaped);
	tcase_add_test(tc, values_are_not_looked_through);
	tcase_add_test(tc, includes_are_relative_or_of_the_mount);
	tcase_add_loop_test(
	    tc, what_is_wrong_is_said_with_its_place, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(tc, size_and_number_are_bounded);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
