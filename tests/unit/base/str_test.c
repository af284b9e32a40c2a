/* SPDX-License-Identifier: BSD-2-Clause */
/* str_test.c -- bounded text at each length, escapes, hints. */
#include "libpxecommon/base/str.h"

#include <string.h>

#include "libpxecommon/base/err.h"
#include "tests/unit/check_main.h"

/* The same additions into every capacity: a prefix of the whole, terminated, nothing overrun. */
START_TEST(text_is_cut_at_any_place)
{
	static const char whole[] = "ab12-x=0000000005,deadbeef;18446744073709551615!";
	static const uint8_t beef[] = {0xde, 0xad, 0xbe, 0xef};

	for (size_t cap = 0; cap <= sizeof(whole) + 1; cap++) {
		char *p = malloc(cap + 1); /* the sanitizer watches p[cap + 1] */
		struct pxe_text t;

		ck_assert_ptr_nonnull(p);
		memset(p, '#', cap + 1);
		t = pxe_text_init(p, cap);
		pxe_text_add(&t, "ab");
		pxe_text_add_u64(&t, 12);
		pxe_text_addc(&t, '-');
		pxe_text_addf(&t, "%s=%010d", "x", 5);
		pxe_text_addn(&t, ",rest", 1);
		pxe_text_add_hex(&t, beef, sizeof(beef), '\0');
		pxe_text_addc(&t, ';');
		pxe_text_add_u64(&t, UINT64_MAX);
		pxe_text_addc(&t, '!');
		ck_assert_int_eq(t.truncated, cap < sizeof(whole));
		ck_assert_uint_eq(t.len, cap == 0 ? 0 : t.truncated ? cap - 1 : sizeof(whole) - 1);
		ck_assert_mem_eq(p, whole, t.len);
		if (cap > 0)
			ck_assert_uint_eq(strlen(p), t.len);
		ck_assert(p[cap] == '#');
		free(p);
	}
}
END_TEST

START_TEST(nothing_follows_a_cut)
{
	char buf[6];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));

	pxe_text_add(&t, "abc");
	pxe_text_add_escaped(&t, "\x01", 1);
	ck_assert(t.truncated);
	pxe_text_addc(&t, 'd');
	pxe_text_addf(&t, "e");
	pxe_text_add_u64(&t, 1);
	pxe_text_add_hex(&t, "x", 1, 0);
	pxe_text_add_escaped(&t, "y", 1);
	ck_assert_str_eq(buf, "abc");
}
END_TEST

START_TEST(empty_additions_never_truncate)
{
	char buf[3];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));

	pxe_text_add(&t, "ab");
	pxe_text_add(&t, "");
	pxe_text_addn(&t, NULL, 0);
	pxe_text_addf(&t, "%s", "");
	pxe_text_add_hex(&t, NULL, 0, ':');
	pxe_text_add_escaped(&t, NULL, 0);
	ck_assert(!t.truncated);
	ck_assert_str_eq(buf, "ab");
}
END_TEST

START_TEST(numbers_in_text)
{
	static const struct {
		uint64_t v;
		const char *text;
	} fact[] = {{0, "0"}, {9, "9"}, {10, "10"}, {4294967295u, "4294967295"},
	    {UINT64_MAX, "18446744073709551615"}};

	for (size_t i = 0; i < ROWS(fact); i++) {
		char buf[24];
		struct pxe_text t = pxe_text_init(buf, sizeof(buf));

		pxe_text_add_u64(&t, fact[i].v);
		ck_assert_str_eq(buf, fact[i].text);
	}
}
END_TEST

START_TEST(hex)
{
	static const uint8_t b[] = {0x00, 0x0f, 0xf0, 0xff};
	char buf[32];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));

	pxe_text_add_hex(&t, b, sizeof(b), ':');
	pxe_text_addc(&t, ' ');
	pxe_text_add_hex(&t, b, 1, '-');
	pxe_text_addc(&t, ' ');
	pxe_text_add_hex(&t, b, sizeof(b), '\0');
	ck_assert_str_eq(buf, "00:0f:f0:ff 00 000ff0ff");
}
END_TEST

static const struct {
	const char *raw;
	size_t len;
	const char *text;
} escaped[] = {
#define E(raw, text)                                                                               \
	{                                                                                          \
		raw, sizeof(raw) - 1, text                                                         \
	}
    E("plain text ~!\"'", "plain text ~!\"'"),
    E("a\\b", "a\\\\b"),
    E("\\x41", "\\\\x41"),
    E("\r\n", "\\x0d\\x0a"),
    E("\t", "\\x09"),
    E("\0", "\\x00"),
    E("\x1b[31m", "\\x1b[31m"),
    E("\x7f", "\\x7f"),
    E("\x80\xff", "\\x80\\xff"),
    E("\xc2\x9b", "\\xc2\\x9b"),
    E("\xc3\xa9", "\\xc3\\xa9"),
    E("\x1f \x1f", "\\x1f \\x1f"),
    E("%s%n", "%s%n"),
    E("", ""),
#undef E
};

START_TEST(escapes)
{
	for (size_t i = 0; i < ROWS(escaped); i++) {
		char buf[64];
		struct pxe_text t = pxe_text_init(buf, sizeof(buf));

		pxe_text_add_escaped(&t, escaped[i].raw, escaped[i].len);
		ck_assert_str_eq(buf, escaped[i].text);
	}
}
END_TEST

/* Every byte comes out printable, and no two bytes look the same. */
START_TEST(escapes_are_printable_and_distinct)
{
	char text[256][8];

	for (unsigned c = 0; c < 256; c++) {
		uint8_t b = (uint8_t)c;
		struct pxe_text t = pxe_text_init(text[c], sizeof(text[c]));

		pxe_text_add_escaped(&t, &b, 1);
		for (const char *s = text[c]; *s != '\0'; s++)
			MUST(*s >= 0x20 && *s < 0x7f, "byte %u", c);
		for (unsigned d = 0; d < c; d++)
			MUST(strcmp(text[c], text[d]) != 0, "bytes %u and %u", c, d);
	}
}
END_TEST

START_TEST(escapes_are_whole)
{
	for (size_t cap = 1; cap < 16; cap++) {
		char buf[16];
		struct pxe_text t = pxe_text_init(buf, cap);

		pxe_text_add_escaped(&t, "\x01\x02\x03", 3);
		ck_assert_uint_eq(t.len % 4, 0);
		ck_assert_uint_eq(t.len, (cap - 1) / 4 * 4 > 12 ? 12 : (cap - 1) / 4 * 4);
		ck_assert_int_eq(t.truncated, t.len < 12);
	}
}
END_TEST

START_TEST(copy)
{
	char buf[4] = "###";

	ck_assert_int_eq(pxe_str_copy(buf, 4, "abc"), 0);
	ck_assert_str_eq(buf, "abc");
	ck_assert_int_eq(pxe_str_copy(buf, 4, "abcd"), PXE_E_TOOBIG);
	ck_assert_str_eq(buf, "abc");
	ck_assert_int_eq(pxe_str_copy(buf, 1, "x"), PXE_E_TOOBIG);
	ck_assert_str_eq(buf, "");
	ck_assert_int_eq(pxe_str_copy(buf, 1, ""), 0);
	ck_assert_int_eq(pxe_str_copy(NULL, 0, ""), PXE_E_TOOBIG);
}
END_TEST

START_TEST(case_is_folded_for_ascii_only)
{
	char word[] = "AZaz09@[`{\xc3\x89";

	ck_assert(pxe_str_ieq("PXELinux.0", "pxelinux.0"));
	ck_assert(pxe_str_ieq("", ""));
	ck_assert(!pxe_str_ieq("a", ""));
	ck_assert(!pxe_str_ieq("abc", "abcd"));
	ck_assert(!pxe_str_ieq("@", "`")); /* 0x40 and 0x60 differ in the case bit only */
	ck_assert(!pxe_str_ieq("[", "{"));
	ck_assert(!pxe_str_ieq("\xc3\x89", "\xc3\xa9"));
	ck_assert_int_eq(pxe_memicmp("ABC\0x", "abc\0X", 5), 0);
	ck_assert_int_lt(pxe_memicmp("a", "B", 1), 0);
	ck_assert_int_gt(pxe_memicmp("\xff", "a", 1), 0);
	ck_assert_int_eq(pxe_memicmp("a", "b", 0), 0);
	ck_assert_str_eq(pxe_ascii_lower(word), "azaz09@[`{\xc3\x89");
}
END_TEST

START_TEST(starts)
{
	ck_assert(pxe_str_starts("pxelinux.cfg/default", "pxelinux.cfg/"));
	ck_assert(pxe_str_starts("abc", ""));
	ck_assert(pxe_str_starts("abc", "abc"));
	ck_assert(!pxe_str_starts("abc", "abcd"));
	ck_assert(!pxe_str_starts("Abc", "abc"));
}
END_TEST

static const char *const words[] = {"filename", "next-server", "range", "subnet", "subnet6",
    "option", "authoritative", "max-lease-time", "min-lease-time", "if"};

static const struct {
	const char *word, *nearest;
} hint[] = {
    {"filename", "filename"},
    {"Filename", "filename"},
    {"fliename", "filename"}, /* a transposition counts one */
    {"filenam", "filename"},
    {"ffilename", "filename"},
    {"next_server", "next-server"},
    {"nextserver", "next-server"},
    {"rnage", "range"},
    {"max-lease-tmie", "max-lease-time"},
    {"mix-lease-time", "max-lease-time"}, /* equally near: the first */
    {"subnet5", "subnet"},
    {"autoritativ", "authoritative"},
    {"if", "if"},
    {"fi", NULL}, /* a third of two letters is nothing */
    {"rxxxe", NULL},
    {"rnagx", NULL}, /* one transposition and one wrong letter in five */
    {"nragx", NULL},
    {"totally-else", NULL},
    {"", NULL},
};

START_TEST(nearest)
{
	char longer[80];

	for (size_t i = 0; i < ROWS(hint); i++) {
		const char *got = pxe_nearest_word(hint[i].word, words, ROWS(words));

		if (hint[i].nearest == NULL)
			ck_assert_msg(got == NULL, "%s: %s", hint[i].word, got);
		else
			ck_assert_msg(got != NULL && strcmp(got, hint[i].nearest) == 0, "%s: %s",
			    hint[i].word, got != NULL ? got : "none");
	}
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ck_assert_ptr_null(pxe_nearest_word(longer, words, ROWS(words)));
	ck_assert_ptr_null(pxe_nearest_word("aaaa", (const char *const[]){longer, longer + 15}, 2));
	ck_assert_ptr_nonnull(
	    pxe_nearest_word(longer + 16, (const char *const[]){longer, longer + 15}, 2));
	/* 64 letters are still looked at */
	ck_assert_ptr_eq(
	    pxe_nearest_word(longer + 15, (const char *const[]){longer, longer + 15}, 2),
	    longer + 15);
	ck_assert_ptr_null(pxe_nearest_word("filename", words, 0));
}
END_TEST

CHECK_MAIN("base/str", text_is_cut_at_any_place, nothing_follows_a_cut,
    empty_additions_never_truncate, numbers_in_text, hex, escapes,
    escapes_are_printable_and_distinct, escapes_are_whole, copy, case_is_folded_for_ascii_only,
    starts, nearest)
