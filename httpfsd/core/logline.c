/* SPDX-License-Identifier: BSD-2-Clause */
/* logline.c -- see logline.h. */
#include "httpfsd/core/logline.h"

static void put_escaped(struct pxe_text *t, struct slice s)
{
	static const char hex[] = "0123456789abcdef";
	size_t len = s.len < LOGLINE_TEXT_MAX ? s.len : LOGLINE_TEXT_MAX;
	size_t start = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)s.p[i];

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
			continue;
		pxe_text_addn(t, s.p + start, i - start);
		start = i + 1;
		pxe_text_addc(t, '\\');
		if (c == '"' || c == '\\') {
			pxe_text_addc(t, (char)c);
			continue;
		}
		pxe_text_addc(t, 'x');
		pxe_text_addc(t, hex[c >> 4]);
		pxe_text_addc(t, hex[c & 15]);
	}
	pxe_text_addn(t, s.p + start, len - start);
}

static void put_quoted(struct pxe_text *t, struct slice s)
{
	pxe_text_add(t, " \"");
	if (s.len == 0)
		pxe_text_addc(t, '-');
	else
		put_escaped(t, s);
	pxe_text_addc(t, '"');
}

static void put_seconds(struct pxe_text *t, int64_t us)
{
	uint64_t ms = us > 0 ? (uint64_t)us / 1000 : 0;
	char frac[4] = {
	    '.', (char)('0' + ms / 100 % 10), (char)('0' + ms / 10 % 10), (char)('0' + ms % 10)};

	pxe_text_addc(t, ' ');
	pxe_text_add_u64(t, ms / 1000);
	pxe_text_addn(t, frac, sizeof(frac));
}

/* A user name stands without quotes: no blanks in it either. */
static void put_user(struct pxe_text *t, struct slice user)
{
	if (user.len == 0 || memchr(user.p, ' ', user.len) != NULL)
		pxe_text_addc(t, '-');
	else
		put_escaped(t, user);
}

void logline_write(struct pxe_text *t, const struct logline *l, bool extended)
{
	pxe_text_add(t, l->client);
	pxe_text_add(t, " - ");
	put_user(t, l->user);
	pxe_text_add(t, " [");
	pxe_text_add(t, l->date);
	pxe_text_addc(t, ']');
	put_quoted(t, l->line);
	pxe_text_addc(t, ' ');
	pxe_text_add_u64(t, (uint64_t)l->status);
	pxe_text_addc(t, ' ');
	pxe_text_add_u64(t, l->bytes);
	put_quoted(t, l->referer);
	put_quoted(t, l->agent);
	if (extended) {
		put_seconds(t, l->duration_us);
		put_quoted(t, l->range);
		if (slice_is_set(l->mac) || slice_is_set(l->serial)) {
			put_quoted(t, l->mac);
			put_quoted(t, l->serial);
		}
	}
	pxe_text_addc(t, '\n');
}
