/* SPDX-License-Identifier: BSD-2-Clause */
/* map_test.c -- the map-file language, rule by rule. */
#include "tftpd/core/map.h"

#include <stdio.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "tests/unit/check_main.h"

static struct map *parse(const char *text)
{
	struct pxe_diag diag;
	struct map *m = NULL;

	pxe_diag_init(&diag);
	ck_assert_msg(map_parse(text, strlen(text), "map", &diag, &m) == 0, "%s: %s", text,
	    diag.n > 0 ? diag.v[0].text : "");
	pxe_diag_fini(&diag);
	return m;
}

static bool only_good(const char *name, void *arg)
{
	(void)arg;
	return strncmp(name, "good", 4) == 0;
}

static struct map_env env_of(bool write, const char *ip)
{
	struct map_env env = {.write = write, .exists = only_good};

	ck_assert_int_eq(pxe_ip_parse(ip, &env.client), 0);
	return env;
}

/* "=text" is a refusal with that text, "!" a loop. */
static void check(const char *rules, const struct map_env *env, const char *name, const char *want)
{
	struct map *m = parse(rules);
	char out[MAP_NAME_MAX + 1];
	unsigned line = 0;
	enum map_verdict v = map_run(m, env, name, out, &line);

	map_free(m);
	if (want[0] == '!') {
		ck_assert_msg(v == MAP_LOOP, "%s on %s: %d %s", rules, name, v, out);
	} else if (want[0] == '=') {
		ck_assert_msg(v == MAP_REFUSE && strcmp(out, want + 1) == 0, "%s on %s: %d %s",
		    rules, name, v, out);
	} else {
		ck_assert_msg(v == MAP_NAME && strcmp(out, want) == 0, "%s on %s: %d %s", rules,
		    name, v, out);
	}
}

static const struct {
	const char *rules, *name, *want;
} reads[] = {
    {"", "any", "any"},
    {"# only a comment\n\n  \t\n", "any", "any"},
    {"r b X", "abcb", "aXcb"},
    {"r ^a X # a comment", "abc", "Xbc"},
    {"r ^[a-z]:", "c:file", "file"}, /* no pattern deletes */
    {"rg b X", "abcb", "aXcX"},
    {"rgg b bb", "abcb", "abbcbb"},
    {"rgg ^a b", "aaa", "baa"},
    {"rgg x* -", "abc", "-a-b-c-"}, /* as sed */
    {"rg a aa", "a", "!"},          /* matches itself: 5.2 never ends */
    {"ri ABC x", "abc", "x"},
    {"r abc x\nr x y", "abc", "y"},
    {"re abc x\nr x y", "abc", "x"},
    {"e ^ok/\nr ^ /boot/", "ok/x", "ok/x"},
    {"e ^ok/\nr ^ /boot/", "no/x", "/boot/no/x"},
    {"rs ^a b\nr c d\n", "aac", "bad"}, /* starts over at the first rule */
    {"rs a a", "a", "!"},
    {"r (.*)\\.(.*) \\2.\\1", "one.two", "two.one"},
    {"r ^(a)(b)? <\\1\\2\\3>", "ac", "<a>c"},
    {"r b [\\0]", "abc", "a[b]c"},
    {"r ^.* \\i/\\x", "f", "192.0.2.7/C0000207"},
    {"r ^(.*)$ \\U\\1\\E-\\1", "Abc", "ABC-Abc"},
    {"r ^(..)(.*)$ \\L\\1\\E\\2", "ABCD", "abCD"},
    {"r ^A \\Lx\\iY", "AB", "x192.0.2.7yB"},
    {"r a \\\\b\\ c\\#d\\e", "a", "\\b c#de"},
    {"r a\\ b x", "a b", "x"},
    {"r \\# @", "a#b", "a@b"},
    {"r [/\\\\]+ /", "a\\\\b", "a/b"},
    {"a \\.pvt$", "x.pvt", "="},
    {"a \\.pvt$ No\\ \\0\\ here", "x.pvt", "=xNo .pvt here"},
    {"a~ ^/", "relative", "="},
    {"a~ ^/", "/absolute", "/absolute"},
    {"rG a read\nrP a write", "a", "read"},
    {"rGP a both", "a", "both"},
    {"r4 a v4\nr6 a v6", "a", "v4"},
    {"r46 a any", "a", "any"},
    {"e~ ^x\nr x y", "x", "y"},
    {"rE ^(.*)$ good/\\1\nr f g", "f", "good/f"},
    {"rE ^(.*)$ bad/\\1\nr f g", "f", "g"}, /* undone */
    {"j ^a end\nr a b\n:end\nr $ !", "a", "a!"},
    {"j ^(.)$ \\1\nr z b\n:z\nr $ !", "z", "z!"},
    {"j ^(.)$ \\1\n:z", "q", "!"}, /* no such label */
    {":top\nj a top", "a", "!"},
};

START_TEST(rules_on_reads)
{
	const struct map_env env = env_of(false, "192.0.2.7");

	for (size_t i = 0; i < ROWS(reads); i++)
		check(reads[i].rules, &env, reads[i].name, reads[i].want);
}
END_TEST

START_TEST(rules_on_writes_and_ipv6)
{
	struct map_env env = env_of(true, "2001:db8::7");

	check("rG a read\nrP a write", &env, "a", "write");
	check("r4 a v4\nr6 a v6", &env, "a", "v6");
	check("r ^.* \\i", &env, "f", "2001:db8::7");
	check("r ^.* \\x", &env, "f", "20010DB8000000000000000000000007");
}
END_TEST

START_TEST(names_have_a_limit)
{
	const struct map_env env = env_of(false, "192.0.2.7");
	char name[MAP_NAME_MAX + 2];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	check("r b c", &env, name, "!");
	name[MAP_NAME_MAX] = '\0';
	check("r b c", &env, name, name);
	check("r ^ xx", &env, name, "!");
}
END_TEST

START_TEST(steps_have_a_limit)
{
	struct map_env env = env_of(false, "192.0.2.7");

	env.steps = 2;
	check("r a b\nr b c", &env, "a", "c");
	check("r a b\nr b c\nr c d", &env, "a", "!");
}
END_TEST

START_TEST(the_deciding_line_is_known)
{
	const struct map_env env = env_of(false, "192.0.2.7");
	struct map *m = parse("# first\nr a b\n\na ^refuse\nr z y\n");
	char out[MAP_NAME_MAX + 1];
	unsigned line = 9;

	ck_assert_int_eq(map_run(m, &env, "xyx", out, &line), MAP_NAME);
	ck_assert_uint_eq(line, 0);
	ck_assert_int_eq(map_run(m, &env, "a", out, &line), MAP_NAME);
	ck_assert_uint_eq(line, 2);
	ck_assert_int_eq(map_run(m, &env, "za", out, &line), MAP_NAME);
	ck_assert_uint_eq(line, 5);
	ck_assert_int_eq(map_run(m, &env, "refuse", out, &line), MAP_REFUSE);
	ck_assert_uint_eq(line, 4);
	map_free(m);
}
END_TEST

static const struct {
	const char *text;
	unsigned line;
	const char *word;
} broken[] = {
    {"q a b", 1, "unknown letter 'q'"},
    {"r", 1, "regular expression must follow"},
    {"\nr (a b", 2, "bad regular expression"},
    {"r~ a b", 1, "r and ~"},
    {"rj a b", 1, "r and j"},
    {"eE a b", 1, "e and E"},
    {"sj a b\n:b", 1, "s and j"},
    {"j a nowhere", 1, "no label nowhere"},
    {":x\n:x", 2, "label x is there already"},
    {":", 1, "a label needs a name"},
};

START_TEST(broken_files)
{
	for (size_t i = 0; i < ROWS(broken); i++) {
		struct pxe_diag diag;
		struct map *m = NULL;

		pxe_diag_init(&diag);
		ck_assert_int_eq(
		    map_parse(broken[i].text, strlen(broken[i].text), "map", &diag, &m),
		    PXE_E_CONFIG);
		ck_assert_uint_ge(diag.errors, 1);
		ck_assert_uint_eq(diag.v[0].line, broken[i].line);
		ck_assert_msg(strstr(diag.v[0].text, broken[i].word) != NULL, "%s: %s",
		    broken[i].text, diag.v[0].text);
		pxe_diag_fini(&diag);
	}
}
END_TEST

START_TEST(files_that_5_2_takes_are_taken)
{
	const struct map_env env = env_of(false, "192.0.2.7");

	check("ra ^x y", &env, "xz", "=yz");
	check("ae ^x", &env, "x", "=");
	check("res ^x y", &env, "x", "y");
}
END_TEST

CHECK_MAIN("tftpd/map", rules_on_reads, rules_on_writes_and_ipv6, names_have_a_limit,
    steps_have_a_limit, the_deciding_line_is_known, broken_files, files_that_5_2_takes_are_taken)
