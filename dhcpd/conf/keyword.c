/* SPDX-License-Identifier: BSD-2-Clause */
/* keyword.c -- the reserved words of the configuration and lease files. */
#include "dhcpd/conf/keyword.h"

#include <string.h>

#include "libpxecommon/base/str.h"

static const char *const words[KW_COUNT] = {NULL,
#define X(id, word) word,
    KEYWORD_TABLE(X)
#undef X
};

const char *keyword_text(enum keyword kw)
{
	return kw < KW_COUNT ? words[kw] : NULL;
}

static int compare(const char *p, size_t len, const char *word)
{
	size_t n = strlen(word);
	int d = pxe_memicmp(p, word, len < n ? len : n);

	if (d != 0)
		return d;
	return len < n ? -1 : len > n;
}

enum keyword keyword_find(const char *p, size_t len)
{
	unsigned lo = 1, hi = KW_COUNT;

	while (lo < hi) {
		unsigned mid = lo + (hi - lo) / 2;
		int d = compare(p, len, words[mid]);

		if (d == 0)
			return (enum keyword)mid;
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return KW_NONE;
}
