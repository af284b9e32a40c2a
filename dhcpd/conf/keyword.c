/* SPDX-License-Identifier: BSD-2-Clause */
/* keyword.c -- the reserved words of the configuration and lease files. */
#include "dhcpd/conf/keyword.h"

#include <stddef.h>

#include "libpxecommon/base/str.h"

static const struct {
	const char *text;
	size_t len;
} words[KW_COUNT] = {{NULL, 0},
#define X(id, word) {word, sizeof(word) - 1},
    KEYWORD_TABLE(X)
#undef X
};

const char *keyword_text(enum keyword kw)
{
	return kw < KW_COUNT ? words[kw].text : NULL;
}

static int compare(const char *p, size_t len, unsigned i)
{
	size_t n = words[i].len;
	int d = pxe_memicmp(p, words[i].text, len < n ? len : n);

	if (d != 0)
		return d;
	return len < n ? -1 : len > n;
}

/* Most words that are looked up are keywords, and most comparisons end at the first letter. */
enum keyword keyword_find(const char *p, size_t len)
{
	unsigned lo = 1, hi = KW_COUNT;
	int first = len > 0 && *p >= 'A' && *p <= 'Z' ? *p | 0x20 : len > 0 ? *p : 0;

	while (lo < hi) {
		unsigned mid = lo + (hi - lo) / 2;
		int d = first - words[mid].text[0];

		if (d == 0)
			d = compare(p, len, mid);
		if (d == 0)
			return (enum keyword)mid;
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return KW_NONE;
}
