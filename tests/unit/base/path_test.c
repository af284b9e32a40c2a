/* SPDX-License-Identifier: BSD-2-Clause */
/* path_test.c -- names that strangers ask for: what they become, and what none gets past. */
#include "libpxecommon/base/path.h"

#include <stdio.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "tests/unit/check_main.h"

enum { BS = PXE_PATH_BACKSLASH, KS = PXE_PATH_KEEP_SLASH };

static const struct {
	const char *name;
	unsigned flags;
	const char *path; /* NULL: PXE_E_TRAVERSAL */
} normal[] = {
    {"pxelinux.0", 0, "pxelinux.0"},
    {"/pxelinux.0", 0, "pxelinux.0"},
    {"//pxelinux.0", 0, "pxelinux.0"},
    {"///a////b", 0, "a/b"},
    {"./a", 0, "a"},
    {"/./a/./b/.", 0, "a/b"},
    {"a/", 0, "a"},
    {"a//", 0, "a"},
    {"a/./", 0, "a"},
    {"a/b/..", 0, "a"},
    {"a/b/../", 0, "a"},
    {"a/../b", 0, "b"},
    {"a/b/../../c", 0, "c"},
    {"a/..", 0, "."},
    {"a/b/../..", 0, "."},
    {"", 0, "."},
    {"/", 0, "."},
    {"//", 0, "."},
    {".", 0, "."},
    {"./", 0, "."},
    {"/.", 0, "."},
    {"././/./", 0, "."},
    {"aa/../a", 0, "a"},
    {"a/bb/ccc/../../d", 0, "a/d"},
    /* dots that are names */
    {"...", 0, "..."},
    {"..a", 0, "..a"},
    {"a..", 0, "a.."},
    {".a", 0, ".a"},
    {"a/.../b", 0, "a/.../b"},
    {"a/..b/c..", 0, "a/..b/c.."},
    {".. ", 0, ".. "},
    {" ..", 0, " .."},
    /* a directory is meant */
    {"a/", KS, "a/"},
    {"a", KS, "a"},
    {"a//", KS, "a/"},
    {"a/.", KS, "a/"},
    {"a/b/..", KS, "a/"},
    {"a/b/../", KS, "a/"},
    {"a/b/../c", KS, "a/c"},
    {"/", KS, "."},
    {"a/..", KS, "."},
    {"", KS, "."},
    {"a\\", KS | BS, "a/"},
    /* Windows loaders */
    {"\\Boot\\BCD", BS, "Boot/BCD"},
    {"\\Boot\\BCD", 0, "\\Boot\\BCD"},
    {"Boot\\..\\x", BS, "x"},
    {"a\\/b", BS, "a/b"},
    {"a\\.\\b", BS, "a/b"},
    {"..\\..\\x", 0, "..\\..\\x"}, /* one component with an odd name: stays below the root */
    {"a/..\\..\\x", 0, "a/..\\..\\x"},
    /* never decoded here */
    {"%2e%2e/a", 0, "%2e%2e/a"},
    {"a/%2e%2e/%2e%2e/b", 0, "a/%2e%2e/%2e%2e/b"},
    {"..%2f..%2fetc", 0, "..%2f..%2fetc"},
    {"%5c..%5c", BS, "%5c..%5c"},
    {"\xc0\xae\xc0\xae/x", 0, "\xc0\xae\xc0\xae/x"},                 /* overlong dots */
    {"..\xc0\xaf..", 0, "..\xc0\xaf.."},                             /* overlong slash */
    {"\xef\xbc\x8e\xef\xbc\x8e/x", 0, "\xef\xbc\x8e\xef\xbc\x8e/x"}, /* full-width dots */
    {"..\xe2\x88\x95..", 0, "..\xe2\x88\x95.."},                     /* division slash */
    {"a\xff", 0, "a\xff"},
    {"a\nb", 0, "a\nb"},
    {"c:\\x", 0, "c:\\x"},
    {"~root/x", 0, "~root/x"},
    /* above the root */
    {"..", 0, NULL},
    {"../", 0, NULL},
    {"/..", 0, NULL},
    {"/../", 0, NULL},
    {"//..", 0, NULL},
    {"./..", 0, NULL},
    {"/./../etc/passwd", 0, NULL},
    {"../../../../etc/passwd", 0, NULL},
    {"../a", 0, NULL},
    {"../a/..", 0, NULL},
    {"a/../..", 0, NULL},
    {"a/../../a", 0, NULL},
    {"a/b/../../..", 0, NULL},
    {"a/b/../../../a/b", 0, NULL},
    {"a//../..", 0, NULL},
    {"a/./../..", 0, NULL},
    {"..", KS, NULL},
    {"..\\..\\x", BS, NULL},
    {"a\\..\\..\\x", BS, NULL},
    {"a/..\\../x", BS, NULL},
    {"\\..", BS, NULL},
    {".\\..", BS, NULL},
    {"/..\\", BS, NULL},
};

START_TEST(normalise)
{
	for (size_t i = 0; i < ROWS(normal); i++) {
		char out[256] = "untouched";
		int n = pxe_path_normalise(
		    normal[i].name, strlen(normal[i].name), normal[i].flags, out, sizeof(out));

		if (normal[i].path == NULL) {
			ck_assert_msg(n == PXE_E_TRAVERSAL, "%s: %d", normal[i].name, n);
			continue;
		}
		ck_assert_msg(n == (int)strlen(normal[i].path), "%s: %d", normal[i].name, n);
		ck_assert_msg(strcmp(out, normal[i].path) == 0, "%s: %s", normal[i].name, out);
	}
}
END_TEST

/* The length counts and not a NUL; the byte behind the name is never read. */
START_TEST(name_has_a_length)
{
	char out[64];
	char *name = malloc(3);

	ck_assert_ptr_nonnull(name);
	memcpy(name, "a/b", 3);
	ck_assert_int_eq(pxe_path_normalise(name, 3, 0, out, sizeof(out)), 3);
	ck_assert_str_eq(out, "a/b");
	ck_assert_int_eq(pxe_path_normalise(name, 2, 0, out, sizeof(out)), 1);
	ck_assert_str_eq(out, "a");
	memcpy(name, "/..", 3);
	ck_assert_int_eq(pxe_path_normalise(name, 2, 0, out, sizeof(out)), 1);
	ck_assert_int_eq(pxe_path_normalise(NULL, 0, 0, out, sizeof(out)), 1);
	ck_assert_str_eq(out, ".");
	free(name);
}
END_TEST

START_TEST(nul_is_refused_everywhere)
{
	static const char with[][6] = {"\0abcd", "a\0bcd", "abcd\0", "a/\0/b", "a/.\0."};
	char out[64];

	for (size_t i = 0; i < ROWS(with); i++)
		ck_assert_int_eq(pxe_path_normalise(with[i], 5, 0, out, sizeof(out)), PXE_E_SYNTAX);
	ck_assert_int_eq(pxe_path_normalise("", 1, 0, out, sizeof(out)), PXE_E_SYNTAX);
}
END_TEST

START_TEST(components_have_a_limit)
{
	char name[600], out[600];

	memset(name, 'x', sizeof(name));
	ck_assert_int_eq(pxe_path_normalise(name, 255, 0, out, sizeof(out)), 255);
	ck_assert_int_eq(pxe_path_normalise(name, 256, 0, out, sizeof(out)), PXE_E_TOOBIG);
	name[255] = '/';
	ck_assert_int_eq(pxe_path_normalise(name, 511, 0, out, sizeof(out)), 511);
	ck_assert_int_eq(pxe_path_normalise(name, 512, 0, out, sizeof(out)), PXE_E_TOOBIG);
}
END_TEST

/* Every capacity: either the whole result or PXE_E_TOOBIG, and never a byte too far. */
START_TEST(result_fits_or_fails)
{
	static const char *const name[] = {"", "a", "/a/", "abc/def", "abc/def/", "a/../bcd", "."};

	for (size_t i = 0; i < ROWS(name); i++) {
		char whole[64];
		int want = pxe_path_normalise(name[i], strlen(name[i]), KS, whole, sizeof(whole));

		ck_assert_int_gt(want, 0);
		for (size_t cap = 0; cap < 12; cap++) {
			char *out = malloc(cap > 0 ? cap : 1);
			int n = pxe_path_normalise(name[i], strlen(name[i]), KS, out, cap);

			if (cap > (size_t)want) {
				ck_assert_int_eq(n, want);
				ck_assert_str_eq(out, whole);
			} else {
				ck_assert_int_eq(n, PXE_E_TOOBIG);
			}
			free(out);
		}
	}
}
END_TEST

/* All names of up to 6 bytes over the alphabet that matters, against a walk that counts depth. */
START_TEST(agrees_with_a_depth_count)
{
	static const char alphabet[] = "./\\a";
	unsigned refused = 0, taken = 0;

	for (unsigned len = 0; len <= 6; len++) {
		for (unsigned pick = 0; pick < 1u << (2 * len); pick++) {
			char name[8] = "", copy[8], out[16], *save = NULL;
			int depth = 0, lowest = 0, n = 0;

			for (unsigned i = 0; i < len; i++)
				name[i] = alphabet[pick >> (2 * i) & 3];
			strcpy(copy, name);
			for (char *c = strtok_r(copy, "/\\", &save); c != NULL;
			     c = strtok_r(NULL, "/\\", &save)) {
				depth += strcmp(c, "..") == 0 ? -1 : strcmp(c, ".") != 0;
				lowest = depth < lowest ? depth : lowest;
			}
			n = pxe_path_normalise(name, len, BS, out, sizeof(out));
			MUST((n == PXE_E_TRAVERSAL) == (lowest < 0), "%s", name);
			if (n < 0) {
				refused++;
				continue;
			}
			taken++;
			MUST(out[0] != '/' && out[n - 1] != '/', "%s: %s", name, out);
			MUST(strpbrk(out, "\\") == NULL && strstr(out, "//") == NULL, "%s: %s",
			    name, out);
			MUST((depth == 0) == (strcmp(out, ".") == 0), "%s: %s", name, out);
		}
	}
	ck_assert_uint_gt(refused, 100);
	ck_assert_uint_gt(taken, 1000);
}
END_TEST

static const struct {
	const char *in;
	int n; /* or error */
	const char *out;
} decode[] = {
    {"", 0, ""},
    {"a/b", 3, "a/b"},
    {"a%20b", 3, "a b"},
    {"%41%5a%61", 3, "AZa"},
    {"%c3%A9", 2, "\xc3\xa9"},
    {"%fF", 1, "\xff"},
    {"%01%7f", 2, "\x01\x7f"},
    {"a+b", 3, "a+b"},
    {"%25", 1, "%"},
    {"%2525", 3, "%25"},         /* once, not twice */
    {"%252e%252e", 6, "%2e%2e"}, /* double encoding stays a harmless name */
    {"%252f", 3, "%2f"},
    {"%2e%2e/x", 4, "../x"}, /* plain dots: normalising comes after decoding */
    {"%2e", 1, "."},
    {"%5c", 1, "\\"},
    {"%", PXE_E_SYNTAX, NULL},
    {"%4", PXE_E_SYNTAX, NULL},
    {"a%", PXE_E_SYNTAX, NULL},
    {"a%4", PXE_E_SYNTAX, NULL},
    {"%zz", PXE_E_SYNTAX, NULL},
    {"%4g", PXE_E_SYNTAX, NULL},
    {"%g4", PXE_E_SYNTAX, NULL},
    {"%%41", PXE_E_SYNTAX, NULL},
    {"% 41", PXE_E_SYNTAX, NULL},
    {"%+1", PXE_E_SYNTAX, NULL},
    {"%-1", PXE_E_SYNTAX, NULL},
    {"%0x", PXE_E_SYNTAX, NULL},
    {"%u002e", PXE_E_SYNTAX, NULL}, /* IIS' own escapes */
    {"%00", PXE_E_SYNTAX, NULL},
    {"a%00b", PXE_E_SYNTAX, NULL},
    {"pxelinux.0%00.txt", PXE_E_SYNTAX, NULL},
    {"%2f", PXE_E_SYNTAX, NULL},
    {"%2F", PXE_E_SYNTAX, NULL},
    {"..%2f..%2fetc/passwd", PXE_E_SYNTAX, NULL},
};

START_TEST(percent_decode)
{
	for (size_t i = 0; i < ROWS(decode); i++) {
		char out[64];
		int n =
		    pxe_path_percent_decode(decode[i].in, strlen(decode[i].in), out, sizeof(out));

		ck_assert_msg(n == decode[i].n, "%s: %d", decode[i].in, n);
		if (n >= 0)
			ck_assert_str_eq(out, decode[i].out);
	}
}
END_TEST

START_TEST(percent_decode_every_byte)
{
	for (unsigned c = 0; c < 256; c++) {
		char in[8], out[4];
		int n = 0;

		snprintf(in, sizeof(in), "%%%02x", c);
		n = pxe_path_percent_decode(in, 3, out, sizeof(out));
		if (c == 0 || c == '/') {
			ck_assert_int_eq(n, PXE_E_SYNTAX);
			continue;
		}
		ck_assert_int_eq(n, 1);
		ck_assert_uint_eq((uint8_t)out[0], c);
	}
}
END_TEST

START_TEST(percent_decode_borders)
{
	char out[4] = "";

	ck_assert_int_eq(pxe_path_percent_decode("abc", 3, out, 4), 3);
	ck_assert_int_eq(pxe_path_percent_decode("abcd", 4, out, 4), PXE_E_TOOBIG);
	ck_assert_int_eq(pxe_path_percent_decode("%61%62%63", 9, out, 4), 3);
	ck_assert_int_eq(pxe_path_percent_decode("", 0, out, 1), 0);
	ck_assert_int_eq(pxe_path_percent_decode("", 0, out, 0), PXE_E_TOOBIG);
	ck_assert_int_eq(pxe_path_percent_decode("a", 1, out, 0), PXE_E_TOOBIG);
	ck_assert_int_eq(pxe_path_percent_decode("a\0b", 3, out, 4), PXE_E_SYNTAX);
	/* the escape ends with the input, whatever stands behind it */
	ck_assert_int_eq(pxe_path_percent_decode("%41", 2, out, 4), PXE_E_SYNTAX);
	ck_assert_int_eq(pxe_path_percent_decode("%41", 1, out, 4), PXE_E_SYNTAX);
}
END_TEST

/* The way of a URL: decode once, then normalise. No spelling of ".." gets through. */
START_TEST(encoded_traversal)
{
	static const char *const url[] = {"/../etc/passwd", "/%2e%2e/etc/passwd",
	    "/%2E%2E/etc/passwd", "/.%2e/etc/passwd", "/%2e./etc/passwd", "/a/%2e%2e/%2e%2e/x",
	    "/%2e%2e%2fetc/passwd", "/..%2fetc/passwd", "/a/..%2f..%2fx", "/%2e%2e\\x", "/..%5cx",
	    "/..%5c..%5cx", "/%2e%2e%5cx", "/a/.%2e/.%2e/x", "//..", "/./..", "/%2e/%2e%2e/x",
	    "/..%00/x", "/%2e%2e%00"};

	for (size_t i = 0; i < ROWS(url); i++) {
		char plain[128], out[128];
		int n = pxe_path_percent_decode(url[i], strlen(url[i]), plain, sizeof(plain));

		if (n >= 0)
			n = pxe_path_normalise(plain, (size_t)n, BS, out, sizeof(out));
		ck_assert_msg(n == PXE_E_TRAVERSAL || n == PXE_E_SYNTAX, "%s: %d", url[i], n);
	}
}
END_TEST

START_TEST(dotfiles)
{
	static const struct {
		const char *path;
		bool has;
	} fact[] = {
	    {".", false},
	    {"./", false},
	    {"a", false},
	    {"a.b", false},
	    {"a./b.", false},
	    {"a/b/c", false},
	    {"a/", false},
	    {".a", true},
	    {".git/config", true},
	    {"a/.htaccess", true},
	    {"a/.b/c", true},
	    {"a/b/.c/", true},
	    {"..a", true},
	    {"...", true},
	    {"", false},
	};

	for (size_t i = 0; i < ROWS(fact); i++)
		ck_assert_msg(
		    pxe_path_has_dotfile(fact[i].path) == fact[i].has, "%s", fact[i].path);
}
END_TEST

CHECK_MAIN("base/path", normalise, name_has_a_length, nul_is_refused_everywhere,
    components_have_a_limit, result_fits_or_fails, agrees_with_a_depth_count, percent_decode,
    percent_decode_every_byte, percent_decode_borders, encoded_traversal, dotfiles)
