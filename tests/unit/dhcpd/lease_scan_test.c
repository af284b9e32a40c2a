/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_scan_test.c -- tokens of a lease file, and finding the way after damage. */
#include "dhcpd/core/lease_scan.h"

#include <stdio.h>
#include <string.h>

#include "../check_main.h"

/* Kinds and texts of all tokens, "w:lease p:{ s:abc". */
static void tokens(const char *text, size_t len, char *out, size_t cap)
{
	struct scan s = scan_init(text, len);

	out[0] = '\0';
	for (;;) {
		struct scan_tok t = scan_next(&s);
		size_t n = strlen(out);

		if (t.kind == SCAN_END)
			return;
		(void)snprintf(out + n, cap - n, "%s%c:%.*s", n > 0 ? " " : "",
		    t.kind == SCAN_WORD     ? 'w'
		    : t.kind == SCAN_STRING ? 's'
		    : t.kind == SCAN_TORN   ? 't'
					    : 'p',
		    (int)t.len, t.p);
	}
}

static const struct {
	const char *text, *want;
} lines[] = {
    {"", ""},
    {"  # only a comment", ""},
    {"lease 10.0.0.1 {", "w:lease w:10.0.0.1 p:{"},
    {"starts 2 2026/11/24 08:31:28;", "w:starts w:2 w:2026/11/24 w:08:31:28 p:;"},
    {"uid \"a\\\"b\";", "w:uid s:a\\\"b p:;"},
    {"uid 01:ab;#x\nend", "w:uid w:01:ab p:; w:end"},
    {"set x=\"y\";", "w:set w:x p:= s:y p:;"},
    {"a\"b", "w:a t:b"},
    {"a \"b\\", "w:a t:b\\"},
};

START_TEST(splits)
{
	char out[256];

	for (size_t i = 0; i < ROWS(lines); i++) {
		tokens(lines[i].text, strlen(lines[i].text), out, sizeof(out));
		ck_assert_str_eq(out, lines[i].want);
	}
}
END_TEST

static const struct {
	const char *in, *out;
	size_t len;
} escapes[] = {
    {"abc", "abc", 3},
    {"\\001\\377", "\001\377", 2},
    {"\\\"\\\\", "\"\\", 2},
    {"\\x41\\x4a", "AJ", 2},
    {"\\n\\t\\r\\b", "\n\t\r\b", 4},
    {"\\q", "q", 1},
    {"\\0", "\0", 1},
    {"\\1234", "S4", 2},
    {"x\\", "x\\", 2},
    {"\\xZ", "xZ", 2},
};

START_TEST(unescapes)
{
	uint8_t out[16];

	for (size_t i = 0; i < ROWS(escapes); i++) {
		size_t n = scan_unescape(escapes[i].in, strlen(escapes[i].in), out, sizeof(out));

		ck_assert_msg(n == escapes[i].len, "%s: %zu", escapes[i].in, n);
		ck_assert_mem_eq(out, escapes[i].out, n);
	}
	ck_assert_uint_eq(scan_unescape("abcdef", 6, out, 3), 3);
}
END_TEST

static bool statement(const char *text, const char **out_rest)
{
	struct scan s = scan_init(text, strlen(text));
	bool ok = scan_statement(&s);

	*out_rest = text + s.off;
	return ok;
}

START_TEST(steps_over_statements)
{
	const char *rest = NULL;

	ck_assert(statement("a b \";\" c; rest", &rest));
	ck_assert_str_eq(rest, " rest");
	ck_assert(statement("on expiry { log(\"}\"); if x { y; } } rest", &rest));
	ck_assert_str_eq(rest, " rest");
	ck_assert(!statement("a b c", &rest));
	ck_assert(!statement("x { y;", &rest));
	ck_assert(!statement("binding sta\nlease 10.0.0.1 {", &rest));
	ck_assert_str_eq(rest, "\nlease 10.0.0.1 {");
	ck_assert(!statement(" }", &rest));
	ck_assert_str_eq(rest, " }");
}
END_TEST

START_TEST(finds_the_next_entry)
{
	static const char text[] = "rubbish \" lease x\n  lease no\nserver-duid \"x\";\n";
	struct scan s = scan_init(text, sizeof(text) - 1);

	scan_resync(&s);
	ck_assert_str_eq(text + s.off, "server-duid \"x\";\n");
	ck_assert_uint_eq(s.line, 3);
	scan_resync(&s);
	ck_assert_uint_eq(s.off, sizeof(text) - 1);
}
END_TEST

CHECK_MAIN("dhcpd/lease_scan", splits, unescapes, steps_over_statements, finds_the_next_entry)
