/* SPDX-License-Identifier: BSD-2-Clause */
/* diag_test.c -- findings: their text, their copies, their limit. */
#include "libpxecommon/base/diag.h"

#include <string.h>

#include "tests/unit/check_main.h"

static const struct {
	enum pxe_diag_level level;
	const char *file;
	unsigned line, column;
	const char *text;
} shape[] = {
    {PXE_DIAG_ERROR, "dhcpd.conf", 12, 3, "dhcpd.conf:12:3: error: what"},
    {PXE_DIAG_WARNING, "dhcpd.conf", 12, 3, "dhcpd.conf:12:3: warning: what"},
    {PXE_DIAG_ERROR, "dhcpd.conf", 12, 0, "dhcpd.conf:12: error: what"},
    {PXE_DIAG_ERROR, "dhcpd.conf", 0, 0, "dhcpd.conf: error: what"},
    {PXE_DIAG_ERROR, "dhcpd.conf", 0, 3, "dhcpd.conf: error: what"},
    {PXE_DIAG_ERROR, NULL, 0, 0, "error: what"},
    {PXE_DIAG_WARNING, NULL, 12, 3, "warning: what"},
    {PXE_DIAG_ERROR, "a", 4294967295u, 4294967295u, "a:4294967295:4294967295: error: what"},
};

START_TEST(shapes)
{
	struct pxe_diag d;
	char buf[128];

	pxe_diag_init(&d);
	for (size_t i = 0; i < ROWS(shape); i++) {
		pxe_diag_add(&d, shape[i].level, shape[i].file, shape[i].line, shape[i].column,
		    NULL, NULL, "%s", "what");
		ck_assert_str_eq(pxe_diag_str(&d.v[i], buf, sizeof(buf)), shape[i].text);
	}
	ck_assert_uint_eq(d.n, ROWS(shape));
	ck_assert_uint_eq(d.errors, 6);
	ck_assert_uint_eq(d.dropped, 0);
	ck_assert_str_eq(pxe_diag_str(&d.v[0], buf, 11), "dhcpd.conf");
	pxe_diag_fini(&d);
	ck_assert_uint_eq(d.n, 0);
	pxe_diag_fini(&d);
	pxe_diag_fini(NULL);
}
END_TEST

START_TEST(everything_is_copied)
{
	char file[] = "dhcpd.conf", code[] = "unknown-option", source[] = "option foo 1;\nnext";
	struct pxe_diag d;

	pxe_diag_init(&d);
	pxe_diag_add(&d, PXE_DIAG_ERROR, file, 1, 8, code, source, "unknown option \"%s\"", "foo");
	memset(file, 'X', sizeof(file) - 1);
	memset(code, 'X', sizeof(code) - 1);
	memset(source, 'X', sizeof(source) - 1);
	ck_assert_str_eq(d.v[0].file, "dhcpd.conf");
	ck_assert_str_eq(d.v[0].code, "unknown-option");
	ck_assert_str_eq(d.v[0].source, "option foo 1;");
	ck_assert_str_eq(d.v[0].text, "unknown option \"foo\"");
	ck_assert_uint_eq(d.v[0].line, 1);
	ck_assert_uint_eq(d.v[0].column, 8);
	pxe_diag_fini(&d);
}
END_TEST

START_TEST(source_is_one_line)
{
	static const char *const fact[][2] = {
	    {"a;\nb;", "a;"}, {"a;\r\nb;", "a;"}, {"\n", ""}, {"", ""}, {"a", "a"}};
	char longer[3000];
	struct pxe_diag d;

	pxe_diag_init(&d);
	for (size_t i = 0; i < ROWS(fact); i++) {
		pxe_diag_add(&d, PXE_DIAG_WARNING, "f", 1, 1, NULL, fact[i][0], "x");
		ck_assert_str_eq(d.v[i].source, fact[i][1]);
		ck_assert_ptr_null(d.v[i].code);
	}
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	pxe_diag_add(&d, PXE_DIAG_WARNING, NULL, 0, 0, NULL, longer, "x");
	ck_assert_uint_eq(strlen(d.v[ROWS(fact)].source), 1024);
	ck_assert_ptr_null(d.v[ROWS(fact)].file);
	pxe_diag_fini(&d);
}
END_TEST

START_TEST(there_is_a_limit)
{
	struct pxe_diag d;
	char buf[64];

	pxe_diag_init(&d);
	for (unsigned i = 0; i < PXE_DIAG_MAX + 50; i++)
		pxe_diag_add(&d, i % 2 == 0 ? PXE_DIAG_ERROR : PXE_DIAG_WARNING, "f", i + 1, 1,
		    NULL, NULL, "number %u", i);
	ck_assert_uint_eq(d.n, PXE_DIAG_MAX);
	ck_assert_uint_eq(d.dropped, 50);
	ck_assert_uint_eq(d.errors, (PXE_DIAG_MAX + 50) / 2);
	ck_assert_str_eq(
	    pxe_diag_str(&d.v[PXE_DIAG_MAX - 1], buf, sizeof(buf)), "f:200:1: warning: number 199");
	pxe_diag_fini(&d);
}
END_TEST

CHECK_MAIN("base/diag", shapes, everything_is_copied, source_is_one_line, there_is_a_limit)
