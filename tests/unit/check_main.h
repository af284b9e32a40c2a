/* SPDX-License-Identifier: BSD-2-Clause */
/* check_main.h -- main() of a Check program, and facts in tables.
 *
 * A test is a list of rows and a loop; ROWS counts them, and ck_assert_msg names the row that is
 * wrong. */
#pragma once

#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* ck_assert_msg for inner loops: Check writes a line to its parent for each of its own assertions,
 * passed ones too. */
#define MUST(condition, ...) ((condition) ? (void)0 : ck_abort_msg(__VA_ARGS__))

/* For tests of running out of memory: where AddressSanitizer is built in, an allocation that is too
 * large returns NULL as it does elsewhere. Its runtime reads this before main(). */
#define ALLOCATION_MAY_FAIL                                                                        \
	const char *__asan_default_options(void);                                                  \
	const char *__asan_default_options(void)                                                   \
	{                                                                                          \
		return "allocator_may_return_null=1";                                              \
	}                                                                                          \
	extern int pxe_test_allocation_may_fail

/* CHECK_MAIN("base/buf", test, test, ...) */
#define CHECK_MAIN(suite_name, ...)                                                                \
	int main(void)                                                                             \
	{                                                                                          \
		const TTest *const tests[] = {__VA_ARGS__};                                        \
		Suite *suite = suite_create(suite_name);                                           \
		SRunner *runner = srunner_create(suite);                                           \
                                                                                                   \
		for (size_t i = 0; i < ROWS(tests); i++) {                                         \
			TCase *tcase = tcase_create(tests[i]->name);                               \
                                                                                                   \
			tcase_set_timeout(tcase, 60);                                              \
			tcase_add_test(tcase, tests[i]);                                           \
			suite_add_tcase(suite, tcase);                                             \
		}                                                                                  \
		srunner_run_all(runner, CK_ENV);                                                   \
		int failed = srunner_ntests_failed(runner);                                        \
		srunner_free(runner);                                                              \
		return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;                                  \
	}

/* Numbers that look random and are the same in every run (xorshift64*). */
static inline uint64_t test_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}
