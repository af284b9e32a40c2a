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
	TOK_PUNCT,  /* one of { } ( ) [ ] ; , . : = ! < > * + - / % & | ^ ~ ? and != ~= ~~ */
	TOK_BAD
};

struct token {
	enum token_kind kind;
	struct conf_pos pos;
	char punct[3];         /* TOK_PUNCT */
	struct pxe_bytes text; /* spelling as written (WORD), value (STRING), reason (BAD) */
	uint32_t start, end;   /* byte offsets into the source, for quoting it */
};

struct lexer;

/* A lexer over text, which must outlive it; token texts live in the arena. NULL: out of memory. */
struct lexer *lexer_new(struct pxe_arena *arena, uint16_t file, const char *text, size_t len);
/* Next token, consumed or not. A token stays valid as long as the arena. */
const struct token *lexer_next(struct lexer *lx);
const struct token *lexer_peek(struct lexer *lx);
/* The source line holding pos, without its newline; len in *out_len. */
const char *lexer_line(const struct lexer *lx, struct conf_pos pos, size_t *out_len);
