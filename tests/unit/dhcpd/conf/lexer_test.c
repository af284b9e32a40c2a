/* SPDX-License-Identifier: BSD-2-Clause */
/* lexer_test.c -- words, numbers, strings and what is none of them. */
#include "dhcpd/conf/lexer.h"

#include <stdio.h>
#include <string.h>

#include "libpxecommon/base/str.h"
#include "tests/unit/check_main.h"

/* Tokens of a text, each as its kind and spelling: W word, N number, H number or name, S string,
 * P punctuation, B bad. */
static void spell(const char *text, char *out, size_t cap)
{
	struct pxe_arena *arena = pxe_arena_new();
	struct lexer *lx = lexer_new(arena, 0, text, strlen(text));
	struct pxe_text t = pxe_text_init(out, cap);

	for (;;) {
		const struct token *k = lexer_next(lx);

		if (k->kind == TOK_EOF)
			break;
		if (t.len > 0)
			pxe_text_addc(&t, ' ');
		pxe_text_addc(&t, k->kind == TOK_STRING  ? 'S'
				  : k->kind == TOK_PUNCT ? 'P'
				  : k->kind == TOK_BAD   ? 'B'
							 : "WNH"[k->word]);
		pxe_text_add_escaped(&t, k->text.p, k->kind == TOK_BAD ? 0 : k->text.len);
		if (k->error != NULL)
			pxe_text_addf(&t, "!%s", k->error);
	}
	pxe_arena_free(arena);
}

static const struct {
	const char *text, *tokens;
} kinds[] = {
    {"", ""},
    {"# only a comment", ""},
    {"subnet 10.0.0.0{", "Wsubnet N10 P. N0 P. N0 P. N0 P{"},
    {"a:0B:1f", "Ha P: H0B P: H1f"},
    {"0x1f 0x 0xg 010", "H0x1f W0x W0xg N010"},
    {"x v1 abc hello 12ab 12ag -5 -", "Hx Hv1 Habc Whello H12ab W12ag N-5 P-"},
    {"rtr-239-0-1.example", "Wrtr-239-0-1 P. Wexample"},
    {"a#b\nc", "Ha Hc"},
    {"x\r\ny", "Hx Hy"},
    {"//", "P/ P/"},
    {"!= ~= ~~", "P! P= P~ P= P~ P~"},
    {"\"a b\"", "Sa b"},
    {"\"\"", "S"},
    {"\"a\\\"b\\\\c\"", "Sa\"b\\\\c"},
    {"\"\\t\\n\\x41\\101\\q\"", "S\\x09\\x0aAAq"},
    {"\"\\0\"", "S\\x00"},
    {"\"two\nlines\"", "Stwo\\x0alines"},
    {"\"\\18x\"", "S8x!invalid octal digit 38"},
    {"\"\\xg\"", "Sg!invalid hex digit: 67"},
    {"\"open", "Sopen!eof in string constant"},
    {"a\xc2\xa0z", "Ha B Hz"},
    {"\xef\xbb\xbfoption", "B Woption"},
    {"\x01", "B"},
};

START_TEST(tells_tokens_apart)
{
	for (size_t i = 0; i < ROWS(kinds); i++) {
		char got[512];

		spell(kinds[i].text, got, sizeof(got));
		MUST(strcmp(got, kinds[i].tokens) == 0, "\"%s\": %s, not %s", kinds[i].text, got,
		    kinds[i].tokens);
	}
}
END_TEST

START_TEST(knows_reserved_words)
{
	ck_assert_int_eq(keyword_find("option", 6), KW_OPTION);
	ck_assert_int_eq(keyword_find("OpTiOn", 6), KW_OPTION);
	ck_assert_int_eq(keyword_find("optio", 5), KW_NONE);
	ck_assert_int_eq(keyword_find("options", 7), KW_NONE);
	ck_assert_int_eq(keyword_find("", 0), KW_NONE);
	for (int kw = KW_NONE + 1; kw < KW_COUNT; kw++) {
		const char *word = keyword_text((enum keyword)kw);

		MUST(keyword_find(word, strlen(word)) == (enum keyword)kw,
		    "%s is out of order in the table", word);
	}
}
END_TEST

START_TEST(says_where_a_token_stands)
{
	static const char text[] = "a\n\tbc # x\n  \"d\ne\" f";
	struct pxe_arena *arena = pxe_arena_new();
	struct lexer *lx = lexer_new(arena, 3, text, strlen(text));
	static const struct {
		uint32_t line;
		uint16_t column;
	} want[] = {{1, 1}, {2, 2}, {3, 3}, {4, 4}};
	size_t n = 0;
	const char *line = NULL;

	for (size_t i = 0; i < ROWS(want); i++) {
		const struct token *t = i % 2 == 0 ? lexer_next(lx) : NULL;

		if (t == NULL) { /* peeking first changes nothing */
			(void)lexer_peek(lx);
			t = lexer_next(lx);
		}
		ck_assert_uint_eq(t->pos.file, 3);
		ck_assert_uint_eq(t->pos.line, want[i].line);
		ck_assert_uint_eq(t->pos.column, want[i].column);
	}
	line = lexer_line(lx, (struct conf_pos){.line = 2}, &n);
	ck_assert_uint_eq(n, 7);
	ck_assert_int_eq(memcmp(line, "\tbc # x", 7), 0);
	pxe_arena_free(arena);
}
END_TEST

START_TEST(reads_raw_runs)
{
	static const char text[] = " 2001:db8::1/64 { AbC+/= ;";
	struct pxe_arena *arena = pxe_arena_new();
	struct lexer *lx = lexer_new(arena, 0, text, strlen(text));
	const struct token *t = NULL;

	ck_assert_uint_eq(lexer_peek(lx)->word, WORD_NUMBER); /* would be 2001 alone */
	t = lexer_raw(lx, ":.");
	ck_assert_uint_eq(t->text.len, 11);
	ck_assert_int_eq(memcmp(t->text.p, "2001:db8::1", 11), 0);
	ck_assert(token_is(lexer_next(lx), '/'));
	ck_assert_uint_eq(lexer_next(lx)->word, WORD_NUMBER);
	ck_assert(token_is(lexer_next(lx), '{'));
	t = lexer_raw(lx, "+/=");
	ck_assert_uint_eq(t->text.len, 6);
	t = lexer_raw(lx, "");
	ck_assert_uint_eq(t->text.len, 0);
	ck_assert(token_is(lexer_next(lx), ';'));
	pxe_arena_free(arena);
}
END_TEST

START_TEST(bounds_tokens)
{
	static char text[4096];
	struct pxe_arena *arena = pxe_arena_new();
	struct lexer *lx = NULL;
	const struct token *t = NULL;

	memset(text, 'x', sizeof(text) - 1);
	text[0] = text[3000] = '"';
	memcpy(text + 3001, " y ", 3);
	lx = lexer_new(arena, 0, text, sizeof(text) - 1);
	t = lexer_next(lx);
	ck_assert_str_eq(t->error, "string constant larger than internal buffer");
	ck_assert_uint_eq(t->text.len, LEXER_TOKEN_MAX - 1);
	ck_assert_uint_eq(lexer_next(lx)->text.len, 1); /* what follows the quote is not lost */
	text[0] = 'x';
	memset(text, 'x', sizeof(text) - 1);
	lx = lexer_new(arena, 0, text, sizeof(text) - 1);
	ck_assert_int_eq(lexer_next(lx)->kind, TOK_BAD);
	ck_assert_int_eq(lexer_next(lx)->kind, TOK_EOF);
	pxe_arena_free(arena);
}
END_TEST

/* What the seven tokens of an address say, in one; what is no address is left to them. */
START_TEST(takes_addresses_whole)
{
	static const struct {
		const char *text;
		bool ok;
		uint32_t ip;
		char then; /* punctuation behind it; 0: end */
	} rows[] = {
	    {"10.0.0.1;", true, 0x0a000001, ';'},
	    {" # x\n 255.255.255.0 {", true, 0xffffff00, '{'},
	    {"010.0.00.001,", true, 0x0a000001, ','},
	    {"10.0.0.1/24", true, 0x0a000001, '/'},
	    {"0.0.0.0", true, 0, 0},
	    {"10.0.0", false, 0, 0},
	    {"10.0.0.256", false, 0, 0},
	    {"10.0.0.0001", false, 0, 0},
	    {"10.0.0.1.2", false, 0, 0},
	    {"10.0.0.1-10.0.0.2", false, 0, 0},
	    {"10.0.0.1a", false, 0, 0},
	    {"10 .0.0.1", false, 0, 0},
	    {"a.b", false, 0, 0},
	    {"\"10.0.0.1\"", false, 0, 0},
	    {"10.", false, 0, 0},
	    {"", false, 0, 0},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pxe_arena *arena = pxe_arena_new();
		struct lexer *lx = lexer_new(arena, 0, rows[i].text, strlen(rows[i].text));
		uint32_t ip = 0;
		const struct token *t = lexer_ip4(lx, &ip);

		MUST((t != NULL) == rows[i].ok, "\"%s\"", rows[i].text);
		MUST(ip == rows[i].ip, "\"%s\": 0x%08x", rows[i].text, ip);
		t = lexer_next(lx);
		if (rows[i].ok)
			MUST(rows[i].then == 0 ? t->kind == TOK_EOF : token_is(t, rows[i].then),
			    "\"%s\"", rows[i].text);
		else
			MUST(t->start == 0, "\"%s\": something is gone", rows[i].text);
		pxe_arena_free(arena);
	}
}
END_TEST

CHECK_MAIN("dhcpd/conf/lexer", takes_addresses_whole, tells_tokens_apart, knows_reserved_words,
    says_where_a_token_stands, reads_raw_runs, bounds_tokens)
