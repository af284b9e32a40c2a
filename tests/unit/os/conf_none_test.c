/* SPDX-License-Identifier: BSD-2-Clause */
/* conf_none_test.c -- a program without libconfig: flags work, files are refused. */
#include <string.h>

#include "libpxecommon/os/conf.h"
#include "os_test.h"

struct settings {
	int64_t size;
};

static const struct pxe_conf_row rows[] = {{.name = "size",
    .type = PXE_CONF_INT,
    .offset = offsetof(struct settings, size),
    .min = 1,
    .max = 9,
    .def = "3"}};
static const struct pxe_conf_schema schema = PXE_CONF_SCHEMA(rows, struct settings);

START_TEST(defaults_and_flags_work)
{
	struct pxe_arena *arena = pxe_arena_new();
	struct settings s = {0};
	struct pxe_diag diag;

	pxe_diag_init(&diag);
	ck_assert_int_eq(pxe_conf_defaults(&schema, arena, &s), 0);
	ck_assert_int_eq(s.size, 3);
	ck_assert_int_eq(pxe_conf_set(&schema, "size", "7", "--size", arena, &s, &diag), 0);
	ck_assert_int_eq(s.size, 7);
	pxe_diag_fini(&diag);
	pxe_arena_free(arena);
}
END_TEST

START_TEST(a_file_is_refused_by_name)
{
	struct pxe_arena *arena = pxe_arena_new();
	struct settings s = {.size = 5};
	struct pxe_diag diag;
	char line[512];

	pxe_diag_init(&diag);
	ck_assert_int_eq(pxe_conf_load(&schema, "/etc/x.cfg", arena, &s, &diag), -ENOTSUP);
	ck_assert_int_eq(
	    pxe_conf_load_string(&schema, "text", "size = 4;", arena, &s, &diag), -ENOTSUP);
	ck_assert_int_eq(s.size, 5);
	ck_assert_uint_eq(diag.errors, 2);
	(void)pxe_diag_str(&diag.v[0], line, sizeof(line));
	ck_assert_msg(
	    strstr(line, "/etc/x.cfg") != NULL && strstr(line, "libconfig") != NULL, "%s", line);
	pxe_diag_fini(&diag);
	pxe_arena_free(arena);
}
END_TEST

CHECK_MAIN("os/conf_none", defaults_and_flags_work, a_file_is_refused_by_name)
