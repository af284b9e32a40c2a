/* SPDX-License-Identifier: BSD-2-Clause */
/* settings_test.c -- how values of one option combine, and the limits of the scratch. */
#include "dhcpd/conf/settings.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check_main.h"

static struct settings s;

static struct pxe_bytes bytes(const char *text)
{
	return (struct pxe_bytes){(const uint8_t *)text, strlen(text)};
}

static const struct pxe_opt_def *def(uint32_t code)
{
	return pxe_opt_by_code(NULL, pxe_opt_space_dhcp(), code);
}

static bool is(const struct setting_option *o, const char *text)
{
	return o != NULL && o->value.len == strlen(text) &&
	       memcmp(o->value.p, text, o->value.len) == 0;
}

START_TEST(combines_values)
{
	static const struct {
		enum settings_op op[3];
		const char *value; /* of a, b, c in that order */
	} rows[] = {
	    {{SET_SUPERSEDE, SET_SUPERSEDE, SET_SUPERSEDE}, "c"},
	    {{SET_SUPERSEDE, SET_APPEND, SET_APPEND}, "abc"},
	    {{SET_SUPERSEDE, SET_PREPEND, SET_PREPEND}, "cba"},
	    {{SET_SUPERSEDE, SET_APPEND, SET_PREPEND}, "cab"},
	    {{SET_SUPERSEDE, SET_DEFAULT, SET_DEFAULT}, "a"},
	    {{SET_DEFAULT, SET_DEFAULT, SET_APPEND}, "ac"},
	    {{SET_APPEND, SET_PREPEND, SET_DEFAULT}, "ba"},
	    {{SET_PREPEND, SET_APPEND, SET_SUPERSEDE}, "c"},
	};
	static const char *const values[] = {"a", "b", "c"};

	for (size_t i = 0; i < ROWS(rows); i++) {
		settings_reset(&s);
		for (uint16_t k = 0; k < 3; k++)
			settings_set_option(&s, def(12), rows[i].op[k], bytes(values[k]),
			    (struct conf_pos){.line = k + 1u});
		MUST(is(settings_option(&s, def(12)), rows[i].value), "row %zu", i);
		ck_assert_ptr_eq(settings_option(&s, def(12)), settings_dhcp_option(&s, 12));
		ck_assert_uint_eq(s.nopt, 1);
	}
}
END_TEST

START_TEST(remembers_who_spoke_last)
{
	settings_reset(&s);
	settings_set_option(&s, def(12), SET_SUPERSEDE, bytes("a"), (struct conf_pos){.line = 1});
	settings_set_option(&s, def(12), SET_DEFAULT, bytes("b"), (struct conf_pos){.line = 2});
	ck_assert_uint_eq(settings_dhcp_option(&s, 12)->pos.line, 1);
	settings_set_option(&s, def(12), SET_APPEND, bytes("b"), (struct conf_pos){.line = 3});
	ck_assert_uint_eq(settings_dhcp_option(&s, 12)->pos.line, 3);
}
END_TEST

START_TEST(tells_spaces_apart)
{
	const struct pxe_opt_space *agent = pxe_opt_space_find(NULL, "agent");
	const struct pxe_opt_def *circuit = pxe_opt_by_code(NULL, agent, 1);

	settings_reset(&s);
	settings_set_option(&s, circuit, SET_SUPERSEDE, bytes("x"), (struct conf_pos){0});
	ck_assert_ptr_null(settings_option(&s, def(1)));
	ck_assert_ptr_null(settings_dhcp_option(&s, 1));
	ck_assert(is(settings_option(&s, circuit), "x"));
}
END_TEST

START_TEST(keeps_empty_values_and_drops_unset_ones)
{
	settings_reset(&s);
	settings_set_option(
	    &s, def(12), SET_SUPERSEDE, (struct pxe_bytes){0}, (struct conf_pos){0});
	settings_set_option(&s, def(15), SET_SUPERSEDE, bytes("b"), (struct conf_pos){0});
	settings_set_option(&s, def(17), SET_SUPERSEDE, bytes("c"), (struct conf_pos){0});
	ck_assert(is(settings_dhcp_option(&s, 12), "")); /* set, to nothing long */
	s.opt[1].value.p = NULL;                         /* as a null expression leaves it */
	ck_assert_ptr_null(settings_dhcp_option(&s, 15));
	settings_drop_empty(&s);
	ck_assert_uint_eq(s.nopt, 2);
	ck_assert(is(settings_dhcp_option(&s, 12), ""));
	ck_assert_ptr_null(settings_dhcp_option(&s, 15));
	ck_assert(is(settings_dhcp_option(&s, 17), "c"));
	ck_assert(settings_is_nulled(&s, 15));
	ck_assert(!settings_is_nulled(&s, 12) && !settings_is_nulled(&s, 17));
	settings_reset(&s);
	ck_assert(!settings_is_nulled(&s, 15));
}
END_TEST

/* A second list points into the first, and pointers count from the start of the whole. */
START_TEST(compresses_joined_names_anew)
{
	static const uint8_t both[] = "\1a\7example\0\1b\xc0\0";
	static const uint8_t want[] = "\1a\7example\0\1b\xc0\0\xc0\0\xc0\x0b";
	struct pxe_bytes list = {both, sizeof(both) - 1};
	const struct setting_option *o = NULL;

	settings_reset(&s);
	settings_set_option(&s, def(119), SET_SUPERSEDE, list, (struct conf_pos){0});
	settings_set_option(&s, def(119), SET_APPEND, list, (struct conf_pos){0});
	o = settings_dhcp_option(&s, 119);
	ck_assert_uint_eq(o->value.len, sizeof(want) - 1);
	ck_assert_mem_eq(o->value.p, want, sizeof(want) - 1);
}
END_TEST

START_TEST(bounds_the_scratch)
{
	settings_reset(&s);
	ck_assert_ptr_null(settings_alloc(&s, SETTINGS_SCRATCH + 1));
	ck_assert(s.overflow);
	settings_reset(&s);
	for (size_t i = 0; i < SETTINGS_SCRATCH / 16; i++) {
		void *p = settings_alloc(&s, 1);

		MUST(p != NULL && (uintptr_t)p % _Alignof(max_align_t) == 0, "%zu", i);
	}
	ck_assert_ptr_null(settings_alloc(&s, 1));
	ck_assert_ptr_null(settings_alloc(&s, SIZE_MAX));
	settings_reset(&s);
	ck_assert_ptr_nonnull(settings_alloc(&s, SETTINGS_SCRATCH));
}
END_TEST

START_TEST(bounds_the_options)
{
	struct pxe_arena *arena = pxe_arena_new();
	struct pxe_opt_registry *reg = pxe_opt_registry_new(arena);
	const struct pxe_opt_space *wide = NULL;

	ck_assert_int_eq(pxe_opt_space_add(reg, "wide", 2, 2, &wide), 0);
	settings_reset(&s);
	for (uint32_t i = 0; i < SETTINGS_OPTIONS_MAX + 1; i++) {
		struct pxe_opt_field field = {.type = PXE_OPT_STRING};
		char name[16];
		struct pxe_opt_def d = {
		    .name = name, .space = wide, .code = i, .nfield = 1, .field = &field};
		const struct pxe_opt_def *made = NULL;

		(void)snprintf(name, sizeof(name), "o%u", (unsigned)i);
		ck_assert_int_eq(pxe_opt_define(reg, &d, &made), 0);
		settings_set_option(&s, made, SET_SUPERSEDE, bytes("v"), (struct conf_pos){0});
	}
	ck_assert_uint_eq(s.nopt, SETTINGS_OPTIONS_MAX);
	ck_assert(s.overflow);
	pxe_arena_free(arena);
}
END_TEST

CHECK_MAIN("dhcpd/conf/settings", combines_values, remembers_who_spoke_last, tells_spaces_apart,
    keeps_empty_values_and_drops_unset_ones, compresses_joined_names_anew, bounds_the_scratch,
    bounds_the_options)
