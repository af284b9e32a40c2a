/* SPDX-License-Identifier: BSD-2-Clause */
/* str.c -- text builder and small string helpers; numbers are in number.c. */
#include "libpxecommon/base/str.h"

#include <stdio.h>
#include <string.h>

#include "libpxecommon/base/err.h"

struct pxe_text pxe_text_init(char *p, size_t cap)
{
	if (cap > 0)
		p[0] = '\0';
	return (struct pxe_text){.p = p, .cap = cap};
}

/* Bytes that still fit. Nothing does once something was cut, so that a text never has holes. */
static size_t text_room(const struct pxe_text *t)
{
	return t->truncated || t->cap == 0 ? 0 : t->cap - 1 - t->len;
}

void pxe_text_addn(struct pxe_text *t, const char *s, size_t n)
{
	size_t room = text_room(t);

	if (n > room) {
		t->truncated = true;
		n = room;
	}
	if (n == 0)
		return;
	memcpy(t->p + t->len, s, n);
	t->len += n;
	t->p[t->len] = '\0';
}

void pxe_text_add(struct pxe_text *t, const char *s)
{
	pxe_text_addn(t, s, strlen(s));
}

void pxe_text_addc(struct pxe_text *t, char c)
{
	pxe_text_addn(t, &c, 1);
}

void pxe_text_addv(struct pxe_text *t, const char *fmt, va_list ap)
{
	size_t room = text_room(t);
	int n = 0;

	if (t->cap == 0 || t->truncated) {
		t->truncated = true;
		return;
	}
	n = vsnprintf(t->p + t->len, room + 1, fmt, ap);
	if (n < 0) {
		t->truncated = true;
		t->p[t->len] = '\0';
		return;
	}
	t->truncated = (size_t)n > room;
	t->len += t->truncated ? room : (size_t)n;
}

void pxe_text_addf(struct pxe_text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	pxe_text_addv(t, fmt, ap);
	va_end(ap);
}

void pxe_text_add_u64(struct pxe_text *t, uint64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	pxe_text_addn(t, digits + at, sizeof(digits) - at);
}

static const char hex[] = "0123456789abcdef";

void pxe_text_add_hex(struct pxe_text *t, const void *p, size_t n, char sep)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n && !t->truncated; i++) {
		if (i > 0 && sep != '\0')
			pxe_text_addc(t, sep);
		pxe_text_addc(t, hex[b[i] >> 4]);
		pxe_text_addc(t, hex[b[i] & 15]);
	}
}

/* An escape is added whole or not at all: half of one would read as something else. */
static void add_whole(struct pxe_text *t, const char *s, size_t n)
{
	if (n > text_room(t))
		t->truncated = true;
	else
		pxe_text_addn(t, s, n);
}

void pxe_text_add_escaped(struct pxe_text *t, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n && !t->truncated; i++) {
		char esc[4] = {'\\', 'x', hex[b[i] >> 4], hex[b[i] & 15]};

		if (b[i] == '\\')
			add_whole(t, "\\\\", 2);
		else if (b[i] >= 0x20 && b[i] < 0x7f)
			pxe_text_addc(t, (char)b[i]);
		else
			add_whole(t, esc, sizeof(esc));
	}
}

int pxe_str_copy(char *dst, size_t cap, const char *src)
{
	struct pxe_text t = pxe_text_init(dst, cap);

	pxe_text_add(&t, src);
	return t.truncated || cap == 0 ? PXE_E_TOOBIG : 0;
}

static int fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool pxe_str_ieq(const char *a, const char *b)
{
	size_t n = strlen(a);

	return strlen(b) == n && pxe_memicmp(a, b, n) == 0;
}

bool pxe_str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

int pxe_memicmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (size_t i = 0; i < n; i++) {
		int d = fold(x[i]) - fold(y[i]);

		if (d != 0)
			return d;
	}
	return 0;
}

char *pxe_ascii_lower(char *s)
{
	for (char *c = s; *c != '\0'; c++)
		*c = (char)fold((uint8_t)*c);
	return s;
}

/* Optimal string alignment distance of two words of at most WORD_MAX bytes, case folded. */
enum { WORD_MAX = 64 };

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t row[3][WORD_MAX + 1];

	for (size_t j = 0; j <= nb; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *cur = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		cur[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			int x = fold((uint8_t)a[i - 1]), y = fold((uint8_t)b[j - 1]);

			cur[j] = min3(up[j] + 1, cur[j - 1] + 1, up[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == fold((uint8_t)b[j - 2]) &&
			    y == fold((uint8_t)a[i - 2]) && up2[j - 2] + 1 < cur[j])
				cur[j] = up2[j - 2] + 1;
		}
	}
	return row[na % 3][nb];
}

const char *pxe_nearest_word(const char *word, const char *const *words, size_t n)
{
	const char *best = NULL;
	size_t len = strlen(word), best_d = len / 3 + 1;

	if (len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t other = strlen(words[i]);
		size_t d = other <= WORD_MAX ? distance(word, len, words[i], other) : SIZE_MAX;

		if (d < best_d) {
			best_d = d;
			best = words[i];
		}
	}
	return best;
}
