/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_opt_test.c -- the built-in option table and what a configuration lays over it. */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/proto/dhcp_opt.h"

static struct pxe_arena *arena;
static struct pxe_opt_registry *reg;

static void setup(void)
{
	arena = pxe_arena_new();
	reg = pxe_opt_registry_new(arena);
	ck_assert_ptr_nonnull(reg);
}

static void teardown(void)
{
	pxe_arena_free(arena);
}

static const struct pxe_opt_space *space(const char *name)
{
	const struct pxe_opt_space *s = pxe_opt_space_find(reg, name);

	ck_assert_msg(s != NULL, "space %s", name);
	return s;
}

static const struct pxe_opt_def *look(const char *qualified)
{
	const struct pxe_opt_def *def = NULL;
	const struct pxe_opt_space *s = NULL;
	int err = pxe_opt_lookup(reg, qualified, &def, &s);

	ck_assert_msg(err == 0, "%s: %s", qualified, pxe_strerror(err));
	ck_assert_ptr_eq(def->space, s);
	return def;
}

/* Define NAME code CODE = TYPE in a space. */
static int define(const struct pxe_opt_space *s, const char *name, uint32_t code,
    enum pxe_opt_type type, const struct pxe_opt_def **out)
{
	struct pxe_opt_field field = {.type = type};
	struct pxe_opt_def def = {
	    .name = name, .space = s, .code = code, .nfield = 1, .field = &field};

	return pxe_opt_define(reg, &def, out);
}

/* ---- built in ---- */

/* The columns of a row of the table file; false for comments and directives. */
static bool split_row(char *line, char *cols[7])
{
	unsigned n = 0;

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '#' || line[0] == '@' || line[0] == '\0')
		return false;
	for (char *at = line; at != NULL && n < 7; n++) {
		cols[n] = at;
		at = strchr(at, '\t');
		if (at != NULL)
			*at++ = '\0';
	}
	ck_assert_uint_eq(n, 7);
	return true;
}

static void check_row(char *cols[7])
{
	char qualified[128], type[256], want[256];
	struct pxe_text text = pxe_text_init(type, sizeof(type));
	const struct pxe_opt_def *def = NULL;

	(void)snprintf(qualified, sizeof(qualified), "%s.%s", cols[0], cols[1]);
	def = look(qualified);
	ck_assert_str_eq(def->name, cols[1]);
	ck_assert_uint_eq(def->code, strtoul(cols[2], NULL, 10));
	ck_assert_str_eq(def->space->name, cols[0]);
	ck_assert(!def->is_user);
	for (char *c = qualified; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	ck_assert_ptr_eq(look(qualified), def);
	ck_assert_ptr_eq(pxe_opt_by_code(reg, def->space, def->code), def);
	ck_assert_ptr_eq(pxe_opt_by_code(NULL, def->space, def->code), def);
	ck_assert_ptr_eq(pxe_opt_by_name(NULL, def->space, def->name), def);

	(void)snprintf(want, sizeof(want), "%s%s%s", cols[3], strcmp(cols[4], "-") != 0 ? " " : "",
	    strcmp(cols[4], "-") != 0 ? cols[4] : "");
	pxe_opt_type_text(def, &text);
	ck_assert_str_eq(type, want);
	if (strcmp(cols[4], "-") != 0) {
		ck_assert_str_eq(def->encap, cols[4]);
		ck_assert_ptr_nonnull(pxe_opt_space_find(reg, def->encap));
	}
	if (strcmp(cols[5], "-") == 0)
		ck_assert_ptr_null(def->rfc);
	else
		ck_assert_str_eq(def->rfc, cols[5]);
}

static unsigned check_table(const char *path)
{
	char line[512], *cols[7];
	unsigned rows = 0;
	FILE *f = fopen(path, "r");

	ck_assert_msg(f != NULL, "%s", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (split_row(line, cols)) {
			check_row(cols);
			rows++;
		}
	}
	(void)fclose(f);
	return rows;
}

START_TEST(every_row_of_the_table)
{
	ck_assert_uint_eq(check_table(PROJECT_DIR "/libpxecommon/proto/dhcp4_options.tsv"), 149);
	ck_assert_uint_eq(check_table(PROJECT_DIR "/libpxecommon/proto/dhcp6_options.tsv"), 69);
}
END_TEST

START_TEST(listing_is_complete_and_in_order)
{
	static const char *const first[] = {"dhcp", "agent", "fqdn", "nwip", "vendor-class",
	    "vendor", "isc", "server", "dhcp6", "vsio", "isc6"};
	static const size_t n[] = {120, 6, 8, 11, 1, 1, 2, 0, 64, 1, 4};

	for (size_t i = 0; i < 11; i++) {
		const struct pxe_opt_space *s = pxe_opt_space_at(NULL, i);
		uint32_t last = 0;
		size_t k = 0;

		ck_assert_str_eq(s->name, first[i]);
		ck_assert_uint_eq(s->id, i);
		ck_assert(!s->is_user);
		for (const struct pxe_opt_def *d = NULL; (d = pxe_opt_at(NULL, s, k)) != NULL;
		     k++) {
			ck_assert_ptr_eq(d->space, s);
			ck_assert_uint_gt(d->code, last);
			last = d->code;
		}
		ck_assert_uint_eq(k, n[i]);
	}
	ck_assert_ptr_eq(pxe_opt_space_dhcp(), pxe_opt_space_at(NULL, 0));
	ck_assert_ptr_null(pxe_opt_space_at(NULL, 1000));
}
END_TEST

START_TEST(built_in_spaces)
{
	const struct pxe_opt_space *s = pxe_opt_space_dhcp();

	ck_assert(s->code_width == 1 && s->len_width == 1 && s->has_pad_end && !s->is_virtual);
	s = space("AGENT");
	ck_assert(s->code_width == 1 && s->len_width == 1 && !s->has_pad_end);
	s = space("vendor");
	ck_assert(s->code_width == 4 && s->len_width == 1 && !s->has_pad_end);
	ck_assert_str_eq(space("vendor-class")->name, "vendor-class");
	s = space("dhcp6");
	ck_assert(s->code_width == 2 && s->len_width == 2 && !s->has_pad_end);
	s = space("vsio");
	ck_assert(s->code_width == 4 && s->len_width == 2);
	ck_assert(space("fqdn")->is_virtual);
	ck_assert(space("server")->is_virtual);
	ck_assert_ptr_null(pxe_opt_space_find(reg, "vendo"));
	ck_assert_ptr_null(pxe_opt_space_find(reg, ""));
}
END_TEST

START_TEST(names_that_are_not_there)
{
	static const char *const bad[] = {"", "router", "routersx", "dhcp.", ".routers",
	    "agent.routers", "nope.routers", "dhcp.dhcp.routers", "unknown-", "unknown-0",
	    "unknown-255", "unknown-256", "unknown-1x", "unknown--1", "fqdn.unknown-9",
	    "dhcp .routers"};
	const struct pxe_opt_def *def = NULL;
	const struct pxe_opt_space *s = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(
		    pxe_opt_lookup(reg, bad[i], &def, &s) == PXE_E_NOTFOUND, "%s", bad[i]);
	ck_assert_ptr_null(def);
	ck_assert_int_eq(pxe_opt_lookup(reg, "agent.routers", &def, &s), PXE_E_NOTFOUND);
	ck_assert_ptr_eq(s, space("agent"));
	ck_assert_int_eq(pxe_opt_lookup(reg, "nope.routers", &def, &s), PXE_E_NOTFOUND);
	ck_assert_ptr_null(s);
	/* Without a registry nothing new can be made, what exists is found. */
	ck_assert_int_eq(pxe_opt_lookup(NULL, "unknown-200", &def, &s), PXE_E_NOTFOUND);
	ck_assert_int_eq(pxe_opt_lookup(NULL, "unknown-3", &def, &s), 0);
	ck_assert_str_eq(def->name, "routers");
}
END_TEST

/* ---- unknown-N ---- */

START_TEST(unknown_code)
{
	uint32_t code = 7;

	ck_assert(pxe_opt_unknown_code(pxe_opt_space_dhcp(), "unknown-150", &code));
	ck_assert_uint_eq(code, 150);
	ck_assert(pxe_opt_unknown_code(pxe_opt_space_dhcp(), "Unknown-1", &code));
	ck_assert(!pxe_opt_unknown_code(pxe_opt_space_dhcp(), "unknown-255", &code));
	ck_assert(!pxe_opt_unknown_code(pxe_opt_space_dhcp(), "routers", &code));
	ck_assert_uint_eq(code, 1);
	ck_assert(pxe_opt_unknown_code(space("agent"), "unknown-0", &code));
	ck_assert(pxe_opt_unknown_code(space("agent"), "unknown-255", &code));
	ck_assert(pxe_opt_unknown_code(space("vendor"), "unknown-4294967295", &code));
	ck_assert_uint_eq(code, 4294967295u);
	ck_assert(!pxe_opt_unknown_code(space("vendor"), "unknown-4294967296", &code));
	ck_assert(pxe_opt_unknown_code(space("isc"), "unknown-65535", &code));
	ck_assert(!pxe_opt_unknown_code(space("isc"), "unknown-65536", &code));
}
END_TEST

START_TEST(unknown_n_is_a_string_until_defined)
{
	const struct pxe_opt_def *made = look("unknown-208"), *def = NULL;

	ck_assert_str_eq(made->name, "unknown-208");
	ck_assert_uint_eq(made->code, 208);
	ck_assert_int_eq(made->field[0].type, PXE_OPT_STRING);
	ck_assert(made->is_user);
	ck_assert_ptr_eq(look("dhcp.unknown-208"), made); /* made once */
	ck_assert_ptr_eq(pxe_opt_by_code(reg, pxe_opt_space_dhcp(), 208), made);
	ck_assert_ptr_null(pxe_opt_by_code(NULL, pxe_opt_space_dhcp(), 208));
	/* A code with a name is that option. */
	ck_assert_str_eq(look("unknown-150")->name, "tftp-server-address");
	/* A later definition takes the code over, by number as well. */
	ck_assert_int_eq(define(pxe_opt_space_dhcp(), "magic", 208, PXE_OPT_U32, &def), 0);
	ck_assert_ptr_eq(look("unknown-208"), def);
	ck_assert_ptr_eq(look("magic"), def);
	/* An option that somebody really called so is found by its name. */
	ck_assert_int_eq(define(pxe_opt_space_dhcp(), "unknown-5", 222, PXE_OPT_TEXT, &def), 0);
	ck_assert_ptr_eq(look("unknown-5"), def);
	ck_assert_ptr_eq(look("agent.unknown-9"), look("agent.unknown-9"));
	ck_assert_uint_eq(look("agent.unknown-9")->code, 9);
}
END_TEST

/* ---- user spaces ---- */

START_TEST(spaces_of_a_configuration)
{
	const struct pxe_opt_space *pxe = NULL, *again = NULL, *wide = NULL;
	const struct pxe_opt_def *def = NULL;
	char name[] = "PXE";

	ck_assert_int_eq(pxe_opt_space_add(reg, name, 1, 1, &pxe), 0);
	name[0] = 'x'; /* copied */
	ck_assert_str_eq(pxe->name, "PXE");
	ck_assert(pxe->is_user && pxe->has_pad_end && !pxe->is_virtual);
	ck_assert_ptr_eq(space("pxe"), pxe);
	/* ISC lets a second declaration pass; the first one stays as it is. */
	ck_assert_int_eq(pxe_opt_space_add(reg, "pxe", 2, 2, &again), PXE_E_EXISTS);
	ck_assert_ptr_eq(again, pxe);
	ck_assert_uint_eq(pxe->code_width, 1);
	ck_assert_int_eq(pxe_opt_space_add(reg, "agent", 1, 1, &again), PXE_E_EXISTS);
	ck_assert_ptr_eq(again, space("agent"));

	ck_assert_int_eq(pxe_opt_space_add(reg, "wide", 4, 2, &wide), 0);
	ck_assert(!wide->has_pad_end);
	ck_assert_uint_eq(wide->id, pxe->id + 1);
	ck_assert_ptr_eq(pxe_opt_space_at(reg, pxe->id), pxe);
	ck_assert_ptr_eq(pxe_opt_space_at(reg, wide->id), wide);
	ck_assert_ptr_null(pxe_opt_space_at(reg, wide->id + 1));
	ck_assert_ptr_null(pxe_opt_space_at(NULL, pxe->id));

	ck_assert_int_eq(define(pxe, "mtftp-ip", 1, PXE_OPT_IP4, &def), 0);
	ck_assert_ptr_eq(look("PXE.mtftp-ip"), def);
	ck_assert_ptr_eq(look("pxe.unknown-1"), def);
	ck_assert_ptr_eq(pxe_opt_at(reg, pxe, 0), def);
	ck_assert_ptr_null(pxe_opt_at(reg, pxe, 1));
	ck_assert_ptr_null(pxe_opt_at(reg, wide, 0));
	ck_assert_ptr_null(pxe_opt_by_name(reg, wide, "mtftp-ip"));
}
END_TEST

START_TEST(space_widths)
{
	static const unsigned code_ok[] = {1, 2, 4}, len_ok[] = {0, 1, 2, 4};
	static const unsigned bad[] = {3, 5, 8, 255};
	const struct pxe_opt_space *s = NULL;
	char name[16];

	for (size_t i = 0; i < 3; i++) {
		for (size_t k = 0; k < 4; k++) {
			(void)snprintf(name, sizeof(name), "s%zu-%zu", i, k);
			ck_assert_int_eq(
			    pxe_opt_space_add(reg, name, code_ok[i], len_ok[k], &s), 0);
			ck_assert_uint_eq(s->code_width, code_ok[i]);
			ck_assert_uint_eq(s->len_width, len_ok[k]);
		}
	}
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(pxe_opt_space_add(reg, "bad", bad[i], 1, &s), PXE_E_RANGE);
		ck_assert_int_eq(pxe_opt_space_add(reg, "bad", 1, bad[i], &s), PXE_E_RANGE);
	}
	ck_assert_int_eq(pxe_opt_space_add(reg, "bad", 0, 1, &s), PXE_E_RANGE);
	ck_assert_ptr_null(pxe_opt_space_find(reg, "bad"));
}
END_TEST

START_TEST(many_spaces_and_options)
{
	const struct pxe_opt_space *s = NULL;
	const struct pxe_opt_def *def = NULL;
	char name[32];

	for (unsigned i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "space-%u", i * 7919 % 300);
		ck_assert_int_eq(pxe_opt_space_add(reg, name, 2, 2, &s), 0);
	}
	s = space("space-123");
	for (uint32_t i = 0; i < 2000; i++) {
		(void)snprintf(name, sizeof(name), "option-%u", i * 7919 % 2000);
		ck_assert_int_eq(define(s, name, i * 31 % 2000, PXE_OPT_U8, &def), 0);
	}
	for (uint32_t i = 0; i < 2000; i++) {
		(void)snprintf(name, sizeof(name), "OPTION-%u", i * 7919 % 2000);
		def = pxe_opt_by_name(reg, s, name);
		ck_assert_ptr_nonnull(def);
		ck_assert_uint_eq(def->code, i * 31 % 2000);
		ck_assert_ptr_eq(pxe_opt_by_code(reg, s, def->code), def);
		ck_assert_ptr_eq(pxe_opt_at(reg, s, i), def);
	}
}
END_TEST

/* ---- definitions ---- */

START_TEST(second_name_for_a_code)
{
	const struct pxe_opt_space *dhcp = pxe_opt_space_dhcp();
	const struct pxe_opt_def *arch = NULL, *again = NULL;

	/* option arch code 93 = unsigned integer 16; in 14 of 182 real configurations */
	ck_assert_int_eq(define(dhcp, "arch", 93, PXE_OPT_U16, &arch), 0);
	ck_assert(arch->is_user);
	ck_assert_ptr_null(arch->rfc);
	ck_assert_ptr_eq(pxe_opt_by_code(reg, dhcp, 93), arch);
	ck_assert_ptr_eq(look("arch"), arch);
	ck_assert_int_eq(look("pxe-system-type")->array, PXE_OPT_ARRAY_RECORD);
	ck_assert_uint_eq(look("pxe-system-type")->code, 93);
	/* The built-in table itself is untouched. */
	ck_assert_str_eq(pxe_opt_by_code(NULL, dhcp, 93)->name, "pxe-system-type");
	ck_assert_ptr_null(pxe_opt_by_name(NULL, dhcp, "arch"));

	ck_assert_int_eq(define(dhcp, "architecture-type", 93, PXE_OPT_STRING, &again), 0);
	ck_assert_ptr_eq(pxe_opt_by_code(reg, dhcp, 93), again);
	ck_assert_ptr_eq(look("arch"), arch);
	ck_assert_ptr_eq(pxe_opt_at(reg, dhcp, 120), arch);
	ck_assert_ptr_eq(pxe_opt_at(reg, dhcp, 121), again);
	ck_assert_ptr_null(pxe_opt_at(reg, dhcp, 122));
}
END_TEST

START_TEST(known_name_with_another_code)
{
	const struct pxe_opt_space *dhcp = pxe_opt_space_dhcp();
	const struct pxe_opt_def *def = NULL;

	ck_assert_int_eq(define(dhcp, "Root-Path", 230, PXE_OPT_STRING, &def), 0);
	ck_assert_ptr_eq(look("root-path"), def);
	ck_assert_ptr_eq(pxe_opt_by_code(reg, dhcp, 230), def);
	ck_assert_str_eq(pxe_opt_by_code(reg, dhcp, 17)->name, "root-path");
	ck_assert(!pxe_opt_by_code(reg, dhcp, 17)->is_user);
}
END_TEST

START_TEST(a_definition_is_copied_whole)
{
	struct pxe_opt_word words[] = {{"off", 0}, {"on", 1}, {NULL, 0}};
	struct pxe_opt_field fields[] = {
	    {PXE_OPT_ENUM, false, 1, words}, {PXE_OPT_ENCAPSULATE, true, 0, NULL}};
	char name[] = "mixed", encap[] = "agent", word[] = "zero";
	struct pxe_opt_def in = {.name = name,
	    .space = pxe_opt_space_dhcp(),
	    .code = 224,
	    .nfield = 2,
	    .field = fields,
	    .encap = encap,
	    .rfc = "RFC 1",
	    .is_user = false};
	const struct pxe_opt_def *def = NULL;

	words[0].name = word;
	ck_assert_int_eq(pxe_opt_define(reg, &in, &def), 0);
	name[0] = encap[0] = word[0] = 'Z';
	memset(fields, 0, sizeof(fields));
	words[1].name = NULL;
	ck_assert_str_eq(def->name, "mixed");
	ck_assert_str_eq(def->encap, "agent");
	ck_assert_ptr_null(def->rfc);
	ck_assert(def->is_user);
	ck_assert_int_eq(def->field[0].type, PXE_OPT_ENUM);
	ck_assert(def->field[1].optional);
	ck_assert_str_eq(def->field[0].word[0].name, "zero");
	ck_assert_str_eq(def->field[0].word[1].name, "on");
	ck_assert_ptr_null(def->field[0].word[2].name);
}
END_TEST

static const struct pxe_opt_word some_words[] = {{"a", 1}, {NULL, 0}};

/* Types that make sense and those that do not. */
static const struct shape {
	int err;
	enum pxe_opt_array array;
	const char *encap;
	uint8_t nfield;
	struct pxe_opt_field field[3];
	const char *text;
} shapes[] = {
    {0, PXE_OPT_SINGLE, NULL, 1, {{.type = PXE_OPT_S8}}, "signed integer 8"},
    {0, PXE_OPT_ARRAY_RECORD, NULL, 1, {{.type = PXE_OPT_S16}}, "array of signed integer 16"},
    {0, PXE_OPT_ARRAY_LAST, NULL, 1, {{.type = PXE_OPT_IP6}}, "array of ip6-address"},
    {0, PXE_OPT_ARRAY_RECORD, NULL, 2, {{.type = PXE_OPT_IP4}, {.type = PXE_OPT_S32}},
	"array of { ip-address, signed integer 32 }"},
    {0, PXE_OPT_ARRAY_LAST, NULL, 2, {{.type = PXE_OPT_BOOL}, {.type = PXE_OPT_U32}},
	"{ boolean, array of unsigned integer 32 }"},
    {0, PXE_OPT_ARRAY_RECORD, NULL, 1, {{.type = PXE_OPT_DOMAIN}}, "array of domain-name"},
    {0, PXE_OPT_SINGLE, NULL, 2, {{.type = PXE_OPT_U8}, {.type = PXE_OPT_TEXT}},
	"{ unsigned integer 8, text }"},
    {0, PXE_OPT_SINGLE, NULL, 2, {{.type = PXE_OPT_U8}, {.type = PXE_OPT_DOMAINS_COMPRESSED}},
	"{ unsigned integer 8, domain-list compressed }"},
    {0, PXE_OPT_SINGLE, NULL, 1, {{.type = PXE_OPT_ZEROLEN}}, "zerolen"},
    {0, PXE_OPT_SINGLE, "agent", 1, {{.type = PXE_OPT_ENCAPSULATE}}, "encapsulate agent"},
    {0, PXE_OPT_SINGLE, NULL, 1, {{PXE_OPT_ENUM, false, 2, some_words}}, "enum"},
    {PXE_E_SYNTAX, PXE_OPT_SINGLE, NULL, 0, {{.type = PXE_OPT_U8}}, NULL},
    {PXE_E_SYNTAX, PXE_OPT_SINGLE, NULL, 1, {{.type = '?'}}, NULL},
    {PXE_E_SYNTAX, PXE_OPT_SINGLE, NULL, 2, {{.type = PXE_OPT_TEXT}, {.type = PXE_OPT_U8}}, NULL},
    {PXE_E_SYNTAX, PXE_OPT_SINGLE, NULL, 2, {{.type = PXE_OPT_STRING}, {.type = PXE_OPT_U8}}, NULL},
    {PXE_E_SYNTAX, PXE_OPT_SINGLE, NULL, 2, {{.type = PXE_OPT_DOMAINS}, {.type = PXE_OPT_U8}},
	NULL},
    {PXE_E_SYNTAX, PXE_OPT_ARRAY_RECORD, NULL, 1, {{.type = PXE_OPT_TEXT}}, NULL},
    {PXE_E_SYNTAX, PXE_OPT_ARRAY_RECORD, NULL, 1, {{.type = PXE_OPT_STRING}}, NULL},
    {PXE_E_SYNTAX, PXE_OPT_ARRAY_LAST, NULL, 2, {{.type = PXE_OPT_U8}, {.type = PXE_OPT_TEXT}},
	NULL},
    {PXE_E_SYNTAX, PXE_OPT_ARRAY_RECORD, NULL, 2, {{.type = PXE_OPT_U8}, {.type = PXE_OPT_DOMAINS}},
	NULL},
    {PXE_E_SYNTAX, PXE_OPT_ARRAY_RECORD, NULL, 1, {{.type = PXE_OPT_ZEROLEN}}, NULL},
    {PXE_E_SYNTAX, PXE_OPT_SINGLE, NULL, 2, {{.type = PXE_OPT_U8}, {.type = PXE_OPT_ZEROLEN}},
	NULL},
    {PXE_E_SYNTAX, PXE_OPT_SINGLE, NULL, 1, {{.type = PXE_OPT_ENCAPSULATE}}, NULL},
    {PXE_E_SYNTAX, PXE_OPT_ARRAY_RECORD, "agent", 1, {{.type = PXE_OPT_ENCAPSULATE}}, NULL},
    {PXE_E_SYNTAX, PXE_OPT_SINGLE, NULL, 1, {{PXE_OPT_ENUM, false, 3, some_words}}, NULL},
    {PXE_E_SYNTAX, PXE_OPT_SINGLE, NULL, 1, {{PXE_OPT_ENUM, false, 1, NULL}}, NULL},
};

START_TEST(types_that_make_sense)
{
	const struct shape *s = &shapes[_i];
	struct pxe_opt_def in = {.name = "shape",
	    .space = pxe_opt_space_dhcp(),
	    .code = 240,
	    .array = s->array,
	    .nfield = s->nfield,
	    .field = s->field,
	    .encap = s->encap};
	const struct pxe_opt_def *def = NULL;
	char buf[128];
	struct pxe_text text = pxe_text_init(buf, sizeof(buf));

	ck_assert_int_eq(pxe_opt_define(reg, &in, &def), s->err);
	if (s->err != 0) {
		ck_assert_ptr_null(def);
		ck_assert_ptr_null(pxe_opt_by_name(reg, pxe_opt_space_dhcp(), "shape"));
		return;
	}
	ck_assert(def->array != PXE_OPT_ARRAY_LAST || def->nfield > 1); /* one spelling */
	pxe_opt_type_text(def, &text);
	ck_assert_str_eq(buf, s->text);
}
END_TEST

START_TEST(codes_that_fit)
{
	const struct pxe_opt_space *narrow = NULL, *wide = NULL;
	const struct pxe_opt_def *def = NULL;

	ck_assert_int_eq(pxe_opt_space_add(reg, "narrow", 1, 1, &narrow), 0);
	ck_assert_int_eq(pxe_opt_space_add(reg, "wide", 2, 2, &wide), 0);
	ck_assert_int_eq(define(narrow, "a", 1, PXE_OPT_U8, &def), 0);
	ck_assert_int_eq(define(narrow, "a", 254, PXE_OPT_U8, &def), 0);
	ck_assert_int_eq(define(narrow, "a", 256, PXE_OPT_U8, &def), PXE_E_RANGE);
	ck_assert_int_eq(define(pxe_opt_space_dhcp(), "a", 0, PXE_OPT_U8, &def), PXE_E_RANGE);
	ck_assert_int_eq(define(pxe_opt_space_dhcp(), "a", 254, PXE_OPT_U8, &def), 0);
	ck_assert_int_eq(define(pxe_opt_space_dhcp(), "a", 255, PXE_OPT_U8, &def), PXE_E_RANGE);
	ck_assert_int_eq(define(pxe_opt_space_dhcp(), "a", 300, PXE_OPT_U8, &def), PXE_E_RANGE);
	ck_assert_int_eq(define(wide, "a", 0, PXE_OPT_U8, &def), 0);
	ck_assert_int_eq(define(wide, "a", 65535, PXE_OPT_U8, &def), 0);
	ck_assert_int_eq(define(wide, "a", 65536, PXE_OPT_U8, &def), PXE_E_RANGE);
	ck_assert_int_eq(define(space("vendor"), "big", 4294967295u, PXE_OPT_STRING, &def), 0);
	ck_assert_ptr_eq(look("vendor.big"), def);
	ck_assert_ptr_eq(look("vendor.unknown-4294967295"), def);
}
END_TEST

START_TEST(code_0_of_a_user_space)
{
	const struct pxe_opt_space *ztp = NULL, *end = NULL;
	const struct pxe_opt_def *def = NULL;
	struct pxe_bytes body = {(const uint8_t *)"\x00\x03img\xff\x01z", 8};

	/* option ZTP.image-file-name code 0 = text; as Juniper documents it */
	ck_assert_int_eq(pxe_opt_space_add(reg, "ZTP", 1, 1, &ztp), 0);
	ck_assert_int_eq(define(ztp, "config-file-name", 1, PXE_OPT_TEXT, &def), 0);
	ck_assert(ztp->has_pad_end);
	ck_assert_int_eq(define(ztp, "image-file-name", 0, PXE_OPT_TEXT, &def), 0);
	ck_assert(!ztp->has_pad_end);
	ck_assert_ptr_eq(look("ZTP.image-file-name"), def);
	ck_assert_ptr_eq(look("ZTP.unknown-0"), def);
	ck_assert_uint_eq(pxe_opt_tlv_find(body, ztp, 0).len, 3);
	ck_assert_uint_eq(pxe_opt_tlv_find(body, ztp, 255).len, 1);
	/* Other spaces keep theirs, the same for END. */
	ck_assert_int_eq(pxe_opt_space_add(reg, "end", 1, 1, &end), 0);
	ck_assert(end->has_pad_end);
	ck_assert_uint_eq(look("end.unknown-255")->code, 255);
	ck_assert(!end->has_pad_end);
	ck_assert(pxe_opt_space_dhcp()->has_pad_end);
}
END_TEST

START_TEST(too_many_fields)
{
	struct pxe_opt_field fields[PXE_OPT_FIELDS_MAX + 1];
	struct pxe_opt_def in = {
	    .name = "many", .space = pxe_opt_space_dhcp(), .code = 240, .field = fields};
	const struct pxe_opt_def *def = NULL;

	memset(fields, 0, sizeof(fields));
	for (size_t i = 0; i < PXE_OPT_FIELDS_MAX + 1; i++)
		fields[i].type = PXE_OPT_U8;
	in.nfield = PXE_OPT_FIELDS_MAX + 1;
	ck_assert_int_eq(pxe_opt_define(reg, &in, &def), PXE_E_LIMIT);
	in.nfield = PXE_OPT_FIELDS_MAX;
	ck_assert_int_eq(pxe_opt_define(reg, &in, &def), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp_opt");
	TCase *builtin = tcase_create("builtin"), *user = tcase_create("user");
	SRunner *runner = NULL;
	int failed = 0;

	tcase_add_checked_fixture(builtin, setup, teardown);
	tcase_add_checked_fixture(user, setup, teardown);
	tcase_add_test(builtin, every_row_of_the_table);
	tcase_add_test(builtin, listing_is_complete_and_in_order);
	tcase_add_test(builtin, built_in_spaces);
	tcase_add_test(builtin, names_that_are_not_there);
	tcase_add_test(builtin, unknown_code);
	tcase_add_test(user, unknown_n_is_a_string_until_defined);
	tcase_add_test(user, spaces_of_a_configuration);
	tcase_add_test(user, space_widths);
	tcase_add_test(user, many_spaces_and_options);
	tcase_add_test(user, second_name_for_a_code);
	tcase_add_test(user, known_name_with_another_code);
	tcase_add_test(user, a_definition_is_copied_whole);
	tcase_add_loop_test(user, types_that_make_sense, 0, sizeof(shapes) / sizeof(shapes[0]));
	tcase_add_test(user, codes_that_fit);
	tcase_add_test(user, code_0_of_a_user_space);
	tcase_add_test(user, too_many_fields);
	suite_add_tcase(s, builtin);
	suite_add_tcase(s, user);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
