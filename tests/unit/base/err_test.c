/* SPDX-License-Identifier: BSD-2-Clause */
/* err_test.c -- one number space, one text each. */
#include "libpxecommon/base/err.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/check_main.h"

static const struct {
	int err;
	const char *text;
} fact[] = {
#define X(name, num, text) {PXE_E_##name, text},
    PXE_ERR_TABLE(X)
#undef X
	{-ENOENT, "No such file or directory"},
    {-EACCES, "Permission denied"},
    {-99999, "unknown error"},
    {-10000, "unknown error"},
    {5, "unknown error"},
};

START_TEST(texts)
{
	for (size_t i = 0; i < ROWS(fact); i++)
		ck_assert_str_eq(pxe_strerror(fact[i].err), fact[i].text);
	ck_assert_str_eq(pxe_strerror(0), strerror(0)); /* C libraries differ about this one */
}
END_TEST

START_TEST(codes_are_out_of_the_way_and_distinct)
{
	static const int code[] = {
#define X(name, num, text) PXE_E_##name,
	    PXE_ERR_TABLE(X)
#undef X
	};

	for (size_t i = 0; i < ROWS(code); i++) {
		ck_assert_int_lt(code[i], -10000);
		for (size_t j = 0; j < i; j++)
			ck_assert_int_ne(code[i], code[j]);
	}
}
END_TEST

CHECK_MAIN("base/err", texts, codes_are_out_of_the_way_and_distinct)
