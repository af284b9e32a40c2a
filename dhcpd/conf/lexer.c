/* SPDX-License-Identifier: BSD-2-Clause */
/* lexer.c -- tokens of ISC's configuration language. */
#include "dhcpd/conf/lexer.h"

#include <stdio.h>
#include <string.h>

enum { RING = 8 };

struct lexer {
	struct pxe_arena *arena;
	const char *text;
	size_t len, off;
	uint32_t line;
	size_t line_start;
	uint16_t file;
	bool has_peek;
	unsigned head; /* slot of the token returned last */
	struct token ring[RING];
};

struct lexer *lexer_new(struct pxe_arena *arena, uint16_t file, const char *text, size_t len)
{
	struct lexer *lx = pxe_arena_alloc(arena, sizeof(*lx));

	if (lx == NULL)
		return NULL;
	lx->arena = arena;
	lx->file = file;
	lx->text = text;
	lx->len = len;
	lx->line = 1;
	return lx;
}

enum { DIGIT = 1, HEX = 2, ALPHA = 4, WORD = 8, BLANK = 16 };

static const uint8_t class_of[256] = {
    ['0' ... '9'] = DIGIT | HEX | WORD,
    ['A' ... 'F'] = ALPHA | HEX | WORD,
    ['G' ... 'Z'] = ALPHA | WORD,
    ['a' ... 'f'] = ALPHA | HEX | WORD,
    ['g' ... 'z'] = ALPHA | WORD,
    ['-'] = WORD,
    ['_'] = WORD,
    [' '] = BLANK,
    ['\t' ... '\r'] = BLANK,
};

static bool is(int c, unsigned what)
{
	return c >= 0 && (class_of[c & 0xff] & what) != 0;
}

static bool is_digit(int c)
{
	return is(c, DIGIT);
}

static bool is_alpha(int c)
{
	return is(c, ALPHA);
}

static bool is_xdigit(int c)
{
	return is(c, HEX);
}

bool lexer_is_word(int c)
{
	return is(c, WORD);
}

/* The byte `ahead` of the current one; -1 past the end. */
static int look(const struct lexer *lx, size_t ahead)
{
	return lx->len - lx->off > ahead ? (unsigned char)lx->text[lx->off + ahead] : -1;
}

static void step(struct lexer *lx)
{
	if (lx->text[lx->off++] == '\n') {
		lx->line++;
		lx->line_start = lx->off;
	}
}

static void skip_blank(struct lexer *lx)
{
	for (int c; (c = look(lx, 0)) >= 0;) {
		if (c == '#') {
			while ((c = look(lx, 0)) >= 0 && c != '\n')
				lx->off++;
		} else if (is(c, BLANK)) {
			step(lx);
		} else {
			return;
		}
	}
}

static struct token *begin(struct lexer *lx, enum token_kind kind)
{
	struct token *t = NULL;
	size_t column = lx->off - lx->line_start + 1;

	lx->head = (lx->head + 1) % RING;
	t = &lx->ring[lx->head];
	memset(t, 0, sizeof(*t));
	t->kind = kind;
	t->pos.file = lx->file;
	t->pos.line = lx->line;
	t->pos.column = column <= UINT16_MAX ? (uint16_t)column : 0;
	t->start = t->end = (uint32_t)lx->off;
	return t;
}

static const struct token *end(struct lexer *lx, struct token *t)
{
	t->end = (uint32_t)lx->off;
	return t;
}

/* ISC's lexer promotes a token from number to hex number to name as it reads, and never back,
 * except that "0x" followed by a hex digit is a number again. A word that begins with a letter
 * starts as "number or name" whatever that letter is. */
static enum token_word classify(const char *s, size_t n)
{
	enum token_word w = is_alpha((unsigned char)s[0]) ? WORD_NUMBER_OR_NAME : WORD_NUMBER;

	for (size_t i = 1; i < n && w != WORD_NAME; i++) {
		int c = (unsigned char)s[i];

		if (w == WORD_NUMBER && is_digit(c))
			continue;
		if (i == 1 && s[0] == '0' && (c | 0x20) == 'x' && n > 2 &&
		    is_xdigit((unsigned char)s[2]))
			w = WORD_NUMBER_OR_NAME;
		else
			w = is_xdigit(c) ? WORD_NUMBER_OR_NAME : WORD_NAME;
	}
	return w;
}

static const struct token *lex_word(struct lexer *lx)
{
	struct token *t = begin(lx, TOK_WORD);
	const char *s = lx->text + lx->off;
	size_t n = 0;

	lx->off++;
	while (is(look(lx, 0), WORD))
		lx->off++;
	n = lx->off - t->start;
	if (n > LEXER_TOKEN_MAX) {
		static const char reason[] = "token larger than internal buffer";

		t->kind = TOK_BAD;
		t->text = (struct pxe_bytes){(const uint8_t *)reason, sizeof(reason) - 1};
		return end(lx, t);
	}
	t->text = (struct pxe_bytes){(const uint8_t *)s, n};
	t->word = classify(s, n);
	if (is_alpha((unsigned char)s[0]))
		t->kw = keyword_find(s, n);
	return end(lx, t);
}

static int digit_value(int c)
{
	return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* An error text in the arena; a poorer one when there is no memory. */
static const char *note(struct lexer *lx, const char *what, int c)
{
	char buf[64];
	const char *s = NULL;

	(void)snprintf(buf, sizeof(buf), "%s%x", what, (unsigned)c & 0xff);
	s = pxe_arena_strdup(lx->arena, buf);
	return s != NULL ? s : what;
}

/* What follows a backslash. Returns the byte, or -1 when there is none to keep. */
static int lex_escape(struct lexer *lx, struct token *t)
{
	int c = look(lx, 0), v = 0;

	if (c < 0)
		return -1;
	step(lx);
	switch (c) {
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case 'n':
		return '\n';
	case 'b':
		return '\b';
	case 'x':
		for (int i = 0; i < 2; i++) {
			if (!is_xdigit(look(lx, 0))) {
				t->error = note(lx, "invalid hex digit: ", look(lx, 0));
				return -1;
			}
			v = v * 16 + digit_value(look(lx, 0));
			step(lx);
		}
		return v;
	case '0':
	case '1':
	case '2':
	case '3':
		v = c - '0';
		for (int i = 0; i < 2; i++) {
			c = look(lx, 0);
			if (c < '0' || c > '7') {
				if (v == 0) /* "\0" alone is a NUL */
					return 0;
				t->error = note(lx, "invalid octal digit ", c);
				return -1;
			}
			v = v * 8 + (c - '0');
			step(lx);
		}
		return v;
	default:
		return c;
	}
}

static const struct token *lex_string(struct lexer *lx)
{
	struct token *t = begin(lx, TOK_STRING);
	uint8_t buf[LEXER_TOKEN_MAX];
	size_t n = 0;
	uint8_t *copy = NULL;

	lx->off++;
	for (;;) {
		int c = look(lx, 0);

		if (c < 0) {
			t->error = "eof in string constant";
			break;
		}
		step(lx);
		if (c == '"')
			break;
		if (c == '\\' && (c = lex_escape(lx, t)) < 0)
			continue;
		if (n == sizeof(buf) - 1) {
			t->error = "string constant larger than internal buffer";
			continue;
		}
		buf[n++] = (uint8_t)c;
	}
	copy = pxe_arena_alloc(lx->arena, n + 1);
	if (copy == NULL) {
		t->kind = TOK_EOF;
		lx->off = lx->len;
		return end(lx, t);
	}
	if (n > 0)
		memcpy(copy, buf, n);
	t->text = (struct pxe_bytes){copy, n};
	return end(lx, t);
}

/* Characters that web pages and word processors put in place of the real ones. */
static const struct {
	const char *utf8;
	const char *reason;
} lookalike[] = {
    {"\xef\xbb\xbf", "a byte order mark (U+FEFF) begins the file; save it without one"},
    {"\xc2\xa0", "a non-breaking space (U+00A0); type an ordinary blank"},
    {"\xe3\x80\x80", "a full-width space (U+3000); type an ordinary blank"},
    {"\xef\xbc\x9b", "a full-width semicolon (U+FF1B); type ';'"},
    {"\xef\xbc\x8c", "a full-width comma (U+FF0C); type ','"},
    {"\xef\xbd\x9b", "a full-width brace (U+FF5B); type '{'"},
    {"\xef\xbd\x9d", "a full-width brace (U+FF5D); type '}'"},
    {"\xef\xbc\x9a", "a full-width colon (U+FF1A); type ':'"},
    {"\xe2\x80\x9c", "a typographic quote (U+201C); type '\"'"},
    {"\xe2\x80\x9d", "a typographic quote (U+201D); type '\"'"},
    {"\xe2\x80\x93", "an en dash (U+2013); type '-'"},
};

/* Length of the UTF-8 sequence at the current byte, 1 when there is none. */
static size_t utf8_len(const struct lexer *lx)
{
	int c = look(lx, 0);
	size_t want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 1;

	for (size_t i = 1; i < want; i++) {
		if ((look(lx, i) & 0xc0) != 0x80 || look(lx, i) < 0)
			return 1;
	}
	return want;
}

static const struct token *lex_bad(struct lexer *lx)
{
	struct token *t = begin(lx, TOK_BAD);
	size_t n = utf8_len(lx);
	const char *reason = NULL;

	for (size_t i = 0; i < sizeof(lookalike) / sizeof(lookalike[0]); i++) {
		if (strlen(lookalike[i].utf8) == n &&
		    memcmp(lx->text + lx->off, lookalike[i].utf8, n) == 0)
			reason = lookalike[i].reason;
	}
	if (reason == NULL)
		reason = note(lx, "a character that begins with byte 0x", look(lx, 0));
	lx->off += n;
	t->text = (struct pxe_bytes){(const uint8_t *)reason, strlen(reason)};
	return end(lx, t);
}

static const struct token *lex_punct(struct lexer *lx)
{
	struct token *t = begin(lx, TOK_PUNCT);

	t->punct[0] = lx->text[lx->off];
	t->text = (struct pxe_bytes){(const uint8_t *)lx->text + lx->off, 1};
	lx->off++;
	return end(lx, t);
}

static const struct token *lex(struct lexer *lx)
{
	int c = 0;

	skip_blank(lx);
	c = look(lx, 0);
	if (c < 0)
		return begin(lx, TOK_EOF);
	if (c == '"')
		return lex_string(lx);
	if (is(c, ALPHA | DIGIT) || (c == '-' && is(look(lx, 1), WORD)))
		return lex_word(lx);
	if (c > ' ' && c < 0x7f)
		return lex_punct(lx);
	return lex_bad(lx);
}

const struct token *lexer_next(struct lexer *lx)
{
	if (!lx->has_peek)
		return lex(lx);
	lx->has_peek = false;
	return &lx->ring[lx->head];
}

const struct token *lexer_peek(struct lexer *lx)
{
	if (!lx->has_peek) {
		(void)lex(lx);
		lx->has_peek = true;
	}
	return &lx->ring[lx->head];
}

const struct token *lexer_raw(struct lexer *lx, const char *extra)
{
	struct token *t = NULL;

	if (lx->has_peek) { /* read that token again by our rule */
		const struct token *seen = &lx->ring[lx->head];

		lx->off = seen->start;
		lx->line = seen->pos.line;
		lx->line_start = seen->start;
		while (lx->line_start > 0 && lx->text[lx->line_start - 1] != '\n')
			lx->line_start--;
		lx->has_peek = false;
	}
	skip_blank(lx);
	t = begin(lx, TOK_WORD);
	for (int c; (c = look(lx, 0)) > 0; lx->off++) {
		if (!is_alpha(c) && !is_digit(c) && strchr(extra, c) == NULL)
			break;
	}
	t->text = (struct pxe_bytes){(const uint8_t *)lx->text + t->start, lx->off - t->start};
	return end(lx, t);
}

/* Behind the digits of a number up to 255 that begins at off; off itself when there is none. */
static size_t small_number(const struct lexer *lx, size_t off, uint32_t *out)
{
	size_t at = off;
	uint32_t v = 0;

	while (at < lx->len && at - off < 4 && is((unsigned char)lx->text[at], DIGIT))
		v = v * 10 + (uint32_t)(lx->text[at++] - '0');
	if (v > UINT8_MAX || at - off == 4)
		return off;
	*out = *out << 8 | v;
	return at;
}

const struct token *lexer_ip4(struct lexer *lx, uint32_t *out)
{
	size_t at = 0, next = 0;
	uint32_t v = 0;
	struct token *t = NULL;

	(void)lexer_peek(lx);
	at = lx->ring[lx->head].start;
	for (unsigned i = 0; i < 4; i++) {
		if (i > 0 && (at >= lx->len || lx->text[at++] != '.'))
			return NULL;
		next = small_number(lx, at, &v);
		if (next == at)
			return NULL;
		at = next;
	}
	if (at < lx->len && (is((unsigned char)lx->text[at], WORD) || lx->text[at] == '.'))
		return NULL;
	t = &lx->ring[lx->head];
	t->end = (uint32_t)at;
	lx->off = at;
	lx->has_peek = false;
	*out = v;
	return t;
}

const char *lexer_line_of(const char *text, size_t len, uint32_t line, size_t *out_len)
{
	const char *p = text, *stop = text + len;
	const char *nl = NULL;

	while (line > 1 && (nl = memchr(p, '\n', (size_t)(stop - p))) != NULL) {
		p = nl + 1;
		line--;
	}
	nl = p < stop ? memchr(p, '\n', (size_t)(stop - p)) : NULL;
	*out_len = (size_t)((nl != NULL ? nl : stop) - p);
	if (*out_len > 0 && p[*out_len - 1] == '\r')
		(*out_len)--;
	return p;
}

const char *lexer_line(const struct lexer *lx, struct conf_pos pos, size_t *out_len)
{
	return lexer_line_of(lx->text, lx->len, pos.line, out_len);
}
