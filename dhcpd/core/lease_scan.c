/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_scan.c -- words, strings and punctuation of a lease file. */
#include "dhcpd/core/lease_scan.h"

#include <string.h>

#include "libpxecommon/base/str.h"

static const char *const entries[] = {"lease", "host", "group", "class", "subclass", "failover",
    "server-duid", "authoring-byte-order", "ia-na", "ia-ta", "ia-pd", NULL};

struct scan scan_init(const char *text, size_t len)
{
	return (struct scan){.p = text, .len = len, .line = 1};
}

enum char_class { BLANK = 1, PUNCT = 2, ENDS_WORD = 4 };

/* A lease file can have a hundred megabytes, so each character is looked up once. */
static const uint8_t classes[256] = {
    [' '] = BLANK | ENDS_WORD,
    ['\t'] = BLANK | ENDS_WORD,
    ['\n'] = BLANK | ENDS_WORD,
    ['\r'] = BLANK | ENDS_WORD,
    ['\f'] = BLANK | ENDS_WORD,
    ['\v'] = BLANK | ENDS_WORD,
    [';'] = PUNCT | ENDS_WORD,
    ['{'] = PUNCT | ENDS_WORD,
    ['}'] = PUNCT | ENDS_WORD,
    ['='] = PUNCT | ENDS_WORD,
    [','] = PUNCT | ENDS_WORD,
    ['('] = PUNCT | ENDS_WORD,
    [')'] = PUNCT | ENDS_WORD,
    ['"'] = ENDS_WORD,
    ['#'] = ENDS_WORD,
};

static bool is(char c, enum char_class cl)
{
	return (classes[(uint8_t)c] & cl) != 0;
}

static bool is_blank(char c)
{
	return is(c, BLANK);
}

static bool is_punct(char c)
{
	return is(c, PUNCT);
}

static void skip_blank(struct scan *s)
{
	while (s->off < s->len) {
		char c = s->p[s->off];

		if (c == '#') {
			while (s->off < s->len && s->p[s->off] != '\n')
				s->off++;
			continue;
		}
		if (!is_blank(c))
			return;
		if (c == '\n')
			s->line++;
		s->off++;
	}
}

static void take_string(struct scan *s, struct scan_tok *t)
{
	size_t i = s->off + 1;

	t->kind = SCAN_TORN;
	t->p = s->p + i;
	for (; i < s->len; i++) {
		if (s->p[i] == '\n')
			s->line++;
		if (s->p[i] == '\\') {
			i++;
		} else if (s->p[i] == '"') {
			t->kind = SCAN_STRING;
			break;
		}
	}
	t->len = (i < s->len ? i : s->len) - (s->off + 1);
	s->off = i < s->len ? i + 1 : s->len;
}

struct scan_tok scan_next(struct scan *s)
{
	struct scan_tok t = {.kind = SCAN_END};

	skip_blank(s);
	t.start = t.end = s->off;
	t.line = s->line;
	t.p = s->p != NULL ? s->p + s->off : ""; /* an empty file may have no place at all */
	if (s->off == s->len)
		return t;
	t.line_start = s->off == 0 || s->p[s->off - 1] == '\n';
	if (s->p[s->off] == '"') {
		take_string(s, &t);
	} else if (is_punct(s->p[s->off])) {
		t.kind = SCAN_PUNCT;
		t.c = s->p[s->off++];
		t.len = 1;
	} else {
		t.kind = SCAN_WORD;
		while (s->off < s->len && !is(s->p[s->off], ENDS_WORD))
			s->off++;
		t.len = s->off - t.start;
	}
	t.end = s->off;
	return t;
}

struct scan_tok scan_peek(const struct scan *s)
{
	struct scan copy = *s;

	return scan_next(&copy);
}

bool scan_is(const struct scan_tok *t, const char *word)
{
	/* words differ in their first letter most of the time */
	return t->kind == SCAN_WORD && ((t->p[0] ^ word[0]) & ~0x20) == 0 &&
	       t->len == strlen(word) && pxe_memicmp(t->p, word, t->len) == 0;
}

bool scan_is_punct(const struct scan_tok *t, char c)
{
	return t->kind == SCAN_PUNCT && t->c == c;
}

bool scan_is_entry(const struct scan_tok *t)
{
	for (size_t i = 0; entries[i] != NULL; i++)
		if (scan_is(t, entries[i]))
			return true;
	return false;
}

bool scan_statement(struct scan *s)
{
	unsigned depth = 0;

	for (;;) {
		struct scan before = *s;
		struct scan_tok t = scan_next(s);

		if (t.kind == SCAN_END || t.kind == SCAN_TORN)
			return false;
		if (t.line_start && scan_is_entry(&t)) {
			*s = before;
			return false;
		}
		if (scan_is_punct(&t, '{')) {
			depth++;
		} else if (scan_is_punct(&t, '}')) {
			if (depth == 0) {
				/* it belongs to whoever opened it */
				*s = before;
				return false;
			}
			if (--depth == 0)
				return true;
		} else if (scan_is_punct(&t, ';') && depth == 0) {
			return true;
		}
	}
}

void scan_resync(struct scan *s)
{
	for (;;) {
		struct scan before = *s;
		struct scan_tok t = {0};

		/* line by line and not token by token: a stray quote must not swallow the rest */
		while (s->off < s->len && s->p[s->off] != '\n')
			s->off++;
		if (s->off == s->len)
			return;
		s->off++;
		s->line++;
		before = *s;
		t = scan_next(s);
		*s = before;
		if (t.kind == SCAN_END) {
			s->off = s->len;
			return;
		}
		if (t.start == s->off && scan_is_entry(&t))
			return;
	}
}

static int digit(char c, int base)
{
	int v = -1;

	if (c >= '0' && c <= '9')
		v = c - '0';
	else if (c >= 'a' && c <= 'f')
		v = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		v = c - 'A' + 10;
	return v < base ? v : -1;
}

/* Digits of an escape from p[i] on: at most max of them, at least one. */
static size_t number(const char *p, size_t len, size_t i, int base, size_t max, uint8_t *out)
{
	unsigned v = 0;
	size_t n = 0;

	while (n < max && i + n < len && digit(p[i + n], base) >= 0) {
		v = v * (unsigned)base + (unsigned)digit(p[i + n], base);
		n++;
	}
	*out = (uint8_t)v;
	return n;
}

size_t scan_unescape(const char *p, size_t len, uint8_t *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < cap;) {
		uint8_t c = (uint8_t)p[i++];
		size_t used = 0;

		if (c == '\\' && i < len) {
			static const char from[] = "trnb", to[] = "\t\r\n\b";
			const char *at = memchr(from, p[i], 4);

			if (digit(p[i], 8) >= 0) {
				used = number(p, len, i, 8, 3, &c);
			} else if (p[i] == 'x' && (used = number(p, len, i + 1, 16, 2, &c)) > 0) {
				used++;
			} else {
				c = at != NULL ? (uint8_t)to[at - from] : (uint8_t)p[i];
				used = 1;
			}
			i += used;
		}
		out[n++] = c;
	}
	return n;
}
