/* SPDX-License-Identifier: BSD-2-Clause */
/* expr_test.c -- values of expressions: a table, null rules, grouping, types.
 *
 * Where a row looks odd, ISC dhcpd 4.4.3 was asked with log() under -t and said the same.
 */
#include "dhcpd/conf/expr.h"

#include "tests/unit/dhcpd/conf/conf_test.h"

/* A packet of three options. */
static struct pxe_bytes fake_option(const void *packet, const struct pxe_opt_def *def)
{
	static const uint8_t arch[] = {0, 9}, prl[] = {1, 3, 6};
	static const char name[] = "Host-A";

	(void)packet;
	if (def->space != pxe_opt_space_dhcp())
		return (struct pxe_bytes){0};
	switch (def->code) {
	case 12:
		return (struct pxe_bytes){(const uint8_t *)name, 6};
	case 55:
		return (struct pxe_bytes){prl, 3};
	case 93:
		return (struct pxe_bytes){arch, 2};
	default:
		return (struct pxe_bytes){0};
	}
}

static struct pxe_bytes fake_relay(const void *packet, unsigned n, const struct pxe_opt_def *def)
{
	static const char *const names[] = {"", "near", "far"};

	(void)packet;
	if (def->code != 12 || n > 2)
		return (struct pxe_bytes){0};
	return (struct pxe_bytes){(const uint8_t *)names[n], strlen(names[n])};
}

static const struct setting_var *fake_lease_var(const void *lease, const char *name)
{
	static const struct setting_var v = {
	    .name = "stored", .value = {(const uint8_t *)"kept", 4}};

	(void)lease;
	return strcmp(name, "stored") == 0 ? &v : NULL;
}

static struct settings settings;

static struct expr_ctx context(void)
{
	static const uint8_t hw[] = {1, 0x52, 0x54, 0, 0x0c, 0xff, 9};
	static const uint8_t raw[] = {1, 1, 6, 0, 0xde, 0xad};
	static const uint8_t ip[] = {10, 0, 0, 9};
	struct expr_ctx c = {.packet = "",
	    .packet_option = fake_option,
	    .relay_option = fake_relay,
	    .raw = {raw, sizeof(raw)},
	    .hardware = {hw, sizeof(hw)},
	    .leased_address = {ip, sizeof(ip)},
	    .has_lease_time = true,
	    .lease_time_s = 600,
	    .host_decl_name = "decl",
	    .hostname = "server",
	    .known = true,
	    .filename = {(const uint8_t *)"boot", 4},
	    .lease_var = fake_lease_var,
	    .lease = "",
	    .settings = &settings};

	settings_reset(&settings);
	return c;
}

/* Parse `log(info, EXPR);` or a condition around one, run it, and give what it logged. */
static const char *run(const char *statements, struct expr_ctx *c)
{
	static char out[256];
	struct pxe_text t = pxe_text_init(out, sizeof(out));
	struct parsed p = parse_good(statements);

	conf_run_root(p.conf, c);
	for (size_t i = 0; i < settings.nlog; i++)
		pxe_text_add_escaped(&t, settings.log[i].text.p, settings.log[i].text.len);
	if (settings.nlog == 0)
		pxe_text_add(&t, "null");
	parsed_fini(&p);
	return out;
}

static const struct {
	const char *expr, *value; /* data; "null" when there is none */
} data_rows[] = {
    {"\"text\"", "text"},
    {"41:42", "AB"},
    {"41", "A"},
    {"null", "null"},
    {"option host-name", "Host-A"},
    {"option domain-name", "null"},
    {"lcase(option host-name)", "host-a"},
    {"ucase(option host-name)", "HOST-A"},
    {"lcase(option domain-name)", "null"},
    {"concat(\"a\", \"b\", \"c\")", "abc"},
    {"concat(\"a\", option domain-name)", "null"},
    {"concat(\"a\", \"\")", "a"},
    {"substring(\"abcdef\", 1, 2)", "bc"},
    {"substring(\"abcdef\", 4, 10)", "ef"},
    {"concat(\"<\", substring(\"abc\", 5, 2), \">\")", "<>"},
    {"concat(\"<\", substring(\"abc\", 3, 2), \">\")", "<>"},
    {"substring(\"abc\", -1, 2)", ""},
    {"substring(option domain-name, 0, 1)", "null"},
    {"suffix(\"abcdef\", 2)", "ef"},
    {"suffix(\"ab\", 5)", "ab"},
    {"pick-first-value(option domain-name, option host-name, \"x\")", "Host-A"},
    {"pick(null, \"b\")", "b"},
    {"pick(null)", "null"},
    {"binary-to-ascii(16, 8, \":\", hardware)", "1:52:54:0:c:ff:9"},
    {"binary-to-ascii(10, 8, \".\", leased-address)", "10.0.0.9"},
    {"binary-to-ascii(2, 8, \"\", 05:ff)", "10111111111"},
    {"binary-to-ascii(16, 16, \",\", 00:01:00:ff)", "1,ff"},
    {"binary-to-ascii(16, 16, \",\", 00:01:02)", "null"},
    {"binary-to-ascii(10, 32, \".\", ff:ff:ff:ff)", "4294967295"},
    {"binary-to-ascii(1, 8, \".\", 01)", "null"},
    {"binary-to-ascii(36, 8, \".\", 23:24)", "z.10"},
    {"binary-to-ascii(37, 8, \".\", 01)", "null"},
    {"binary-to-ascii(16, 8, \":\", encode-int(258, 16))", "1:2"},
    {"binary-to-ascii(16, 8, \":\", encode-int(258, 8))", "2"},
    {"binary-to-ascii(16, 8, \":\", encode-int(258, 32))", "0:0:1:2"},
    {"reverse(1, \"abc\")", "cba"},
    {"reverse(2, \"abcd\")", "cdab"},
    {"reverse(2, \"abc\")", "null"},
    {"reverse(0, \"abc\")", "null"},
    {"packet(4, 2)", "\\xde\\xad"},
    {"packet(4, 99)", "\\xde\\xad"},
    {"packet(6, 1)", "null"},
    {"filename", "boot"},
    {"server-name", "null"},
    {"host-decl-name", "decl"},
    {"gethostname()", "server"},
    {"gethostbyname(\"nowhere.example\")", "null"},
    {"v6relay(1, option host-name)", "near"},
    {"v6relay(2, option host-name)", "far"},
    {"v6relay(9, option host-name)", "null"},
    {"stored", "kept"},
    {"nowhere", "null"},
};

START_TEST(evaluates_data)
{
	for (size_t i = 0; i < ROWS(data_rows); i++) {
		struct expr_ctx c = context();
		char text[512];
		const char *got = NULL;

		(void)snprintf(text, sizeof(text), "log(info, %s);", data_rows[i].expr);
		got = run(text, &c);
		MUST(strcmp(got, data_rows[i].value) == 0, "%s: \"%s\", not \"%s\"",
		    data_rows[i].expr, got, data_rows[i].value);
	}
}
END_TEST

static const struct {
	const char *expr, *value;
} number_rows[] = {
    {"5", "5"},
    {"extract-int(05, 8)", "5"},
    {"extract-int(01:02, 16)", "258"},
    {"extract-int(01:02:03, 16)", "258"},
    {"extract-int(01, 16)", "null"},
    {"extract-int(00:00:01:00, 32)", "256"},
    {"extract-int(option domain-name, 8)", "null"},
    {"lease-time", "600"},
    {"7 + 2", "9"},
    {"7 - 2", "5"},
    {"7 * 2", "14"},
    {"7 / 2", "3"},
    {"7 % 2", "1"},
    {"7 / 0", "null"},
    {"7 % 0", "null"},
    {"6 & 3", "2"},
    {"6 | 3", "7"},
    {"6 ^ 3", "5"},
    {"12 / 2 / 3", "2"},
    /* ISC's grouping: + binds tighter than *, and equal operators group to the left. */
    {"5 + 2 * 3", "21"},
    {"2 * 3 + 5", "16"},
    {"5 * 2 + 3", "25"},
    {"2 | 5 & 4", "4"},
    {"1 + 2 & 4", "1"},
};

START_TEST(evaluates_numbers)
{
	for (size_t i = 0; i < ROWS(number_rows); i++) {
		struct expr_ctx c = context();
		char text[512];
		const char *got = NULL;

		(void)snprintf(text, sizeof(text),
		    "log(info, binary-to-ascii(10, 32, \"\", encode-int(%s, 32)));",
		    number_rows[i].expr);
		got = run(text, &c);
		MUST(strcmp(got, number_rows[i].value) == 0, "%s: %s, not %s", number_rows[i].expr,
		    got, number_rows[i].value);
	}
}
END_TEST

static const struct {
	const char *expr;
	bool value;
} truth_rows[] = {
    {"\"a\" = \"a\"", true},
    {"\"a\" = \"b\"", false},
    {"\"a\" != \"b\"", true},
    {"option host-name = \"Host-A\"", true},
    {"exists host-name", true},
    {"exists domain-name", false},
    {"not exists domain-name", true},
    {"known", true},
    {"static", false},
    {"defined(stored)", true},
    {"defined(nowhere)", false},
    /* Null: two of them are equal, and one differs from any value. */
    {"option domain-name = option root-path", true},
    {"option domain-name = \"x\"", false},
    {"option domain-name != \"x\"", true},
    {"not (option domain-name = \"x\")", true},
    {"substring(option domain-name, 0, 1) = \"\"", false},
    /* `and` is null, not false, when its left side is not true; so is its negation. */
    {"not (exists domain-name and exists host-name)", false},
    {"not (exists host-name and exists domain-name)", true},
    {"exists domain-name or exists host-name", true},
    {"not (exists domain-name or exists root-path)", true},
    {"not (exists domain-name or option root-path ~= \"x\")", true}, /* false or null: false */
    {"not (option root-path ~= \"x\" or option root-path ~= \"y\")", false},
    /* Bytes are compared, not numbers. */
    {"option pxe-system-type = 00:09", true},
    {"option pxe-system-type = 9", false},
    {"option pxe-system-type = encode-int(9, 16)", true},
    {"extract-int(option pxe-system-type, 16) = 9", true},
    {"extract-int(option pxe-system-type, 16) = 10", false},
    /* Regular expressions: extended, and null on either side is null. */
    {"option host-name ~= \"^Host\"", true},
    {"option host-name ~= \"^host\"", false},
    {"option host-name ~~ \"^host-[a-c]$\"", true},
    {"option host-name ~~ \"x|Host\"", true},
    {"option domain-name ~= \".*\"", false},
    {"not (option domain-name ~= \".*\")", false},
    {"\"\" ~= \"x*\"", false},
    {"not (substring(\"abc\", 5, 1) ~= \"^a\")", false},
    {"not (\"b\" ~= \"^a\")", true},
    /* and/or bind alike; what follows a comparison belongs to its right-hand side. */
    {"1 = 1 or 1 = 2 and 1 = 2", true},
    {"1 = 2 and 1 = 2 or 1 = 1", false},
    {"(1 = 2 and 1 = 2) or 1 = 1", true},
    {"not exists domain-name or exists root-path and exists root-path", false},
    {"exists host-name and exists host-name or exists domain-name", true},
    {"\"a\" = \"b\" or \"b\" = \"b\" or \"c\" = \"d\"", true},
    {"known and (static or exists host-name)", true},
};

static void check_truth(const char *expr, bool paren, bool value)
{
	struct expr_ctx c = context();
	char text[512];
	const char *got = NULL;

	(void)snprintf(text, sizeof(text),
	    "if %s%s%s { log(info, \"T\"); } else { log(info, \"F\"); }", paren ? "(" : "", expr,
	    paren ? ")" : "");
	got = run(text, &c);
	MUST((strcmp(got, "T") == 0) == value, "%s is %s", expr, got);
}

START_TEST(evaluates_truth)
{
	for (size_t i = 0; i < ROWS(truth_rows); i++) {
		check_truth(truth_rows[i].expr, true, truth_rows[i].value);
		/* Without the outer parentheses one must not open the condition. */
		if (truth_rows[i].expr[0] != '(')
			check_truth(truth_rows[i].expr, false, truth_rows[i].value);
	}
}
END_TEST

START_TEST(survives_without_packet_and_lease)
{
	for (size_t i = 0; i < ROWS(data_rows); i++) {
		struct expr_ctx c = {.settings = &settings};
		char text[512];

		settings_reset(&settings);
		(void)snprintf(text, sizeof(text), "log(info, %s);", data_rows[i].expr);
		(void)run(text, &c);
	}
	for (size_t i = 0; i < ROWS(truth_rows); i++) {
		struct expr_ctx c = {.settings = &settings};
		char text[512];

		settings_reset(&settings);
		(void)snprintf(text, sizeof(text), "if (%s) { }", truth_rows[i].expr);
		(void)run(text, &c);
	}
}
END_TEST

static const struct {
	const char *text, *error; /* first error, without its hint */
} error_rows[] = {
    {"if not option host-name = \"x\" { }", "boolean expression expected"},
    {"if (1 = 1) or (1 = 2) { }", "left brace expected."},
    {"if 1 = extract-int(01, 8) { }", "illegal expression relating different types"},
    {"if extract-int(01, 8) = \"x\" { }", "illegal expression relating different types"},
    {"if option host-name { }", "Expecting a boolean expression."},
    {"if exists host-name = known { }", "expecting data/numeric expression"},
    {"if known and \"x\" { }", "illegal expression relating different types"},
    {"if option host-name ~= config-option { }", "expecting identifier after option keyword."},
    {"if option host-name ! \"x\" { }", "! in boolean context without ="},
    {"if option host-name ~ \"x\" { }", "expecting ~= or ~~ operator"},
    {"if option host-name = { }", "expecting right-hand side."},
    {"if { }", "boolean expression expected."},
    {"if (known { }", "expecting right paren."},
    {"log(info, substring(\"a\" 1, 2));", "comma expected."},
    {"log(info, substring(\"a\", \"b\", 2));", "Expecting a numeric expression."},
    {"log(info, substring \"a\");", "left parenthesis expected."},
    {"log(info, concat(\"a\"));", "comma expected."},
    {"log(info, suffix(\"a\", 1);", "right parenthesis expected."},
    {"log(info, extract-int(01, 8));", "Expecting a data expression."},
    {"log(info, encode-int(1, 7));", "unsupported integer size 7"},
    {"log(info, encode-int(1, \"x\"));", "number expected."},
    {"log(info, gethostbyname(x));", "Expecting quoted literal: \"foo.example.com\""},
    {"log(info, option no-such-thing);", "no option named no-such-thing in space dhcp"},
    {"log(info, option no.such-thing);", "no option space named no."},
    {"if check \"x\" { }", "unknown collection."},
    {"if defined(option) { }", "option can't be a variable name"},
    {"log(info, v);", "Bogus number v: digit 31 not in base 16"},
    {"log(info, 100);", "100 exceeds max (255) for precision."},
    {"log(info, config-option server.default-lease-time + 1);", "expecting numeric expressions"},
};

START_TEST(names_errors_as_isc_does)
{
	for (size_t i = 0; i < ROWS(error_rows); i++) {
		struct parsed p = parse_text(error_rows[i].text);
		const char *got = finding(&p, PXE_DIAG_ERROR, 0);

		MUST(p.conf == NULL &&
			 strncmp(got, error_rows[i].error, strlen(error_rows[i].error)) == 0,
		    "\"%s\": \"%s\", not \"%s\"", error_rows[i].text, got, error_rows[i].error);
		parsed_fini(&p);
	}
}
END_TEST

/* ISC refuses this (the number behind `and` is taken for data); it means what it says. */
START_TEST(compares_numbers_behind_and)
{
	struct expr_ctx c = context();

	ck_assert_str_eq(run("if known and extract-int(05, 8) = 5 { log(info, \"T\"); }", &c), "T");
}
END_TEST

START_TEST(warns_of_odd_grouping)
{
	static const struct {
		const char *text, *code;
	} rows[] = {
	    {"if option host-name = \"a\" and option root-path = \"b\" or known { }", "and-or"},
	    {"if known or static and exists host-name { }", "and-or"},
	    {"if known or option host-name = \"a\" and static { }", NULL},
	    {"if ((known or static) and exists host-name) { }", NULL},
	    {"if option host-name ~= \"(\" { }", "bad-pattern"},
	    {"if option host-name ~= option root-path { }", "computed-pattern"},
	    {"nofunction(1);", "unknown-function"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct parsed p = parse_good(rows[i].text);

		MUST(rows[i].code != NULL ? has_code(&p, rows[i].code) : p.diag.n == 0, "%s",
		    rows[i].text);
		parsed_fini(&p);
	}
}
END_TEST

START_TEST(calls_functions)
{
	struct expr_ctx c = context();

	ck_assert_str_eq(run("define wrap(what) { return concat(\"<\", what, \">\"); }"
			     "log(info, wrap(wrap(\"x\")));",
			     &c),
	    "<<x>>");
	c = context();
	ck_assert_str_eq(run("define endless(what) { return endless(what); }"
			     "log(info, endless(\"x\"));",
			     &c),
	    "null");
	c = context();
	ck_assert_str_eq(
	    run("define pickone(yes) { if yes = \"a\" { return \"1\"; } return \"2\"; }"
		"log(info, pickone(\"a\")); log(info, pickone(\"b\"));",
		&c),
	    "12");
}
END_TEST

/* Deep and long input ends in a message, not in a crash. */
START_TEST(bounds_nesting_and_length)
{
	static char text[400000];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct parsed p;

	pxe_text_add(&t, "if ");
	for (int i = 0; i < 100000; i++)
		pxe_text_addc(&t, '(');
	p = parse_text(text);
	ck_assert_str_eq(finding(&p, PXE_DIAG_ERROR, 0), "expression nests too deep.");
	parsed_fini(&p);

	t = pxe_text_init(text, sizeof(text));
	pxe_text_add(&t, "if known");
	for (int i = 0; i < 4000; i++)
		pxe_text_addf(&t, " or hardware = 1:%x", i & 255);
	pxe_text_add(&t, " { log(info, \"T\"); }");
	p = parse_text(text);
	ck_assert_str_eq(finding(&p, PXE_DIAG_ERROR, 0), "expression has too many operators.");
	parsed_fini(&p);
}
END_TEST

/* Two thousand addresses joined by `or`, as generators write them. */
START_TEST(evaluates_long_chains)
{
	static char text[200000];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct expr_ctx c = context();

	pxe_text_add(&t, "if exists root-path");
	for (int i = 0; i < 2000; i++)
		pxe_text_addf(&t, " or hardware = 1:%x:%x", i & 255, i >> 8);
	pxe_text_add(&t, " or hardware = 1:52:54:0:c:ff:9 { log(info, \"T\"); }");
	ck_assert_str_eq(run(text, &c), "T");
}
END_TEST

START_TEST(writes_expressions_back)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"set x1x = concat(\"a\", option host-name);",
		"set x1x = concat (\"a\", option host-name);\n"},
	    {"set zz = substring(hardware, 1, 6);", "set zz = substring (hardware, 1, 6);\n"},
	    {"set zz = encode-int(5, 16);", "set zz = encode-int (5, 16);\n"},
	    {"set zz = option agent.circuit-id;", "set zz = option agent.circuit-id;\n"},
	    {"if not (exists host-name) or known { unset zz; } else { set zz = 1:2; }",
		"if ((not (exists host-name) or known)) {\n  unset zz;\n} else {\n  set zz = "
		"01:02;\n}\n"},
	    {"execute(\"/bin/x\", \"a\", zz);", "execute (\"/bin/x\", \"a\", zz);\n"},
	    {"log(error, \"a\\\"b\");", "log (error, 61:22:62);\n"},
	    {"on expiry or release { set zz = \"a\"; }",
		"on expiry or release {\n  set zz = \"a\";\n}\n"},
	    {"switch (option host-name) { case \"a\": break; default: return \"x\"; }",
		"switch (option host-name) {\n  case \"a\":\n  break;\n  default:\n  return "
		"\"x\";\n}\n"},
	    {"default-lease-time 60; allow bootp; log-facility local7;",
		"supersede server.default-lease-time 60;\nsupersede server.allow-bootp true;\n"
		"supersede server.log-facility local7;\n"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct parsed p = parse_good(rows[i].in), again;
		char out[512], twice[512];
		struct pxe_text t = pxe_text_init(out, sizeof(out));

		stmt_text(conf_root(p.conf)->first, 0, &t);
		MUST(strcmp(out, rows[i].out) == 0, "%s -> %s", rows[i].in, out);
		again = parse_good(out); /* and what was written can be read */
		t = pxe_text_init(twice, sizeof(twice));
		stmt_text(conf_root(again.conf)->first, 0, &t);
		ck_assert_str_eq(twice, out);
		parsed_fini(&again);
		parsed_fini(&p);
	}
}
END_TEST

CHECK_MAIN("dhcpd/conf/expr", evaluates_data, evaluates_numbers, evaluates_truth,
    survives_without_packet_and_lease, names_errors_as_isc_does, compares_numbers_behind_and,
    warns_of_odd_grouping, calls_functions, bounds_nesting_and_length, evaluates_long_chains,
    writes_expressions_back)
