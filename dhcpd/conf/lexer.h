/* SPDX-License-Identifier: BSD-2-Clause */
/* lexer.h -- tokens of ISC's configuration language, which dhcpd.conf and dhcpd.leases share.
 *
 * Works on text in memory and never fails: what is no token comes out as TOK_BAD with the reason in
 * text, so that the parser can report it with its place and go on. Pure. Source: dhcpd.conf(5) and
 * the behaviour of ISC dhcpd 4.4.3 (comments by '#' only, strings with \ooo and \xHH, a token of
 * at most 1500 bytes).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/conf/keyword.h"
#include "libpxecommon/base/arena.h"
#include "libpxecommon/base/buf.h"

enum { LEXER_TOKEN_MAX = 1500 };

/* Where something stands. `file` counts into the table of files that were read (struct conf). */
struct conf_pos {
	uint16_t file;
	uint16_t column; /* from 1, in bytes; 0 when unknown */
	uint32_t line;   /* from 1; 0: built in, no place */
};

enum token_kind {
	TOK_EOF,
	TOK_WORD, /* identifier, number, address part: letters, digits, '-', '_' (and '.' never) */
	TOK_STRING, /* quoted; text is unescaped and may hold any byte */
	TOK_PUNCT,  /* one of { } ( ) [ ] ; , . : = ! < > * + - / % & | ^ ~ ? and so on */
	TOK_BAD     /* a byte or character that means nothing here */
};

/* What a word can be. ISC tells them apart by spelling alone, and so "v1" or "a" is a hex number
 * wherever a hex number may stand. */
enum token_word {
	WORD_NAME,          /* routers */
	WORD_NUMBER,        /* 42, -1 */
	WORD_NUMBER_OR_NAME /* hex digits after any first letter or digit: a, 0x1f, beef, v1 */
};

struct token {
	enum token_kind kind;
	enum token_word word;
	enum keyword kw; /* TOK_WORD that begins with a letter; else KW_NONE */
	struct conf_pos pos;
	char punct[3];         /* TOK_PUNCT: one character and NUL */
	struct pxe_bytes text; /* spelling as written (WORD), value (STRING), reason (BAD); a NUL
				  follows the value of a STRING and the reason */
	const char *error;     /* of a STRING: what is wrong with it, text is the rest; or NULL */
	uint32_t start, end;   /* byte offsets into the source, for quoting it */
};

struct lexer;

/* A lexer over text, which must outlive it and whatever keeps the spelling of a word: words are not
 * copied. Values of strings live in the arena. NULL: out of memory. */
struct lexer *lexer_new(struct pxe_arena *arena, uint16_t file, const char *text, size_t len);
/* Next token, consumed or not. The token itself stays valid until four more have been read; memory
 * that runs out ends the file. */
const struct token *lexer_next(struct lexer *lx);
const struct token *lexer_peek(struct lexer *lx);
/* The longest run of letters, digits and characters of `extra` from here on, as one WORD (maybe
 * empty): IPv6 addresses and base64 text, which the ordinary rules would take apart. */
const struct token *lexer_raw(struct lexer *lx, const char *extra);
/* An IPv4 address that comes next, as one token, consumed: 10.0.0.1 without blanks, followed by
 * neither a word nor a dot. NULL: there is none, nothing is consumed; the tokens may still spell
 * one. */
const struct token *lexer_ip4(struct lexer *lx, uint32_t *out);
/* True for a byte that can go on a word. */
bool lexer_is_word(int c);
/* The source line holding pos, without its newline; len in *out_len. */
const char *lexer_line(const struct lexer *lx, struct conf_pos pos, size_t *out_len);

/* True for a TOK_PUNCT of this character. */
static inline bool token_is(const struct token *t, char punct)
{
	return t->kind == TOK_PUNCT && t->punct[0] == punct;
}

/* A word that is not plainly a number: name of something, reserved or not. */
static inline bool token_is_ident(const struct token *t)
{
	return t->kind == TOK_WORD && t->word != WORD_NUMBER;
}

/* The same as a line in other text without a lexer: line `line` (from 1) of text. */
const char *lexer_line_of(const char *text, size_t len, uint32_t line, size_t *out_len);
