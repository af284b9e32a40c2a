/* SPDX-License-Identifier: BSD-2-Clause */
/* json.c -- JSON values into a text builder. */
#include "libpxecommon/base/json.h"

#include <string.h>

struct pxe_json pxe_json_init(struct pxe_text *t)
{
	return (struct pxe_json){.t = t};
}

/* Length of the UTF-8 sequence at b[0..n), 0 when it is none: overlong forms, surrogates and
 * numbers past U+10FFFF are none (RFC 3629 4). */
static size_t utf8_len(const uint8_t *b, size_t n)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = b[0] < 0x80 ? 1 : b[0] < 0xc0 ? 0 : b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : 4;
	uint32_t c = b[0];

	if (len <= 1)
		return len;
	if (b[0] >= 0xf8 || len > n)
		return 0;
	c = b[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (b[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return len;
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* C1 controls are legal JSON, but a terminal that shows the line would obey them. */
static bool is_c1(const uint8_t *b, size_t len)
{
	return len == 2 && b[0] == 0xc2 && b[1] < 0xa0;
}

static void add_u00(struct pxe_text *t, uint8_t c)
{
	pxe_text_add(t, "\\u00");
	pxe_text_add_hex(t, &c, 1, '\0');
}

static void add_quoted(struct pxe_text *t, const void *p, size_t n)
{
	const uint8_t *b = p;
	size_t len = 1;

	pxe_text_addc(t, '"');
	for (size_t i = 0; i < n && !t->truncated; i += len) {
		len = utf8_len(b + i, n - i);
		if (is_c1(b + i, len)) {
			add_u00(t, b[i + 1]);
		} else if (len > 1 || (len == 1 && is_plain(b[i]))) {
			pxe_text_addn(t, (const char *)b + i, len);
		} else if (b[i] == '"' || b[i] == '\\') {
			pxe_text_addc(t, '\\');
			pxe_text_addc(t, (char)b[i]);
		} else {
			add_u00(t, b[i]);
			len = 1;
		}
	}
	pxe_text_addc(t, '"');
}

static void begin_value(struct pxe_json *j, const char *key)
{
	if (j->comma)
		pxe_text_addc(j->t, ',');
	j->comma = true;
	if (key != NULL) {
		add_quoted(j->t, key, strlen(key));
		pxe_text_addc(j->t, ':');
	}
}

void pxe_json_open(struct pxe_json *j, const char *key, char bracket)
{
	begin_value(j, key);
	pxe_text_addc(j->t, bracket);
	j->comma = false;
}

void pxe_json_close(struct pxe_json *j, char bracket)
{
	pxe_text_addc(j->t, bracket);
	j->comma = true;
}

void pxe_json_str(struct pxe_json *j, const char *key, const char *s)
{
	if (s != NULL) {
		pxe_json_strn(j, key, s, strlen(s));
		return;
	}
	begin_value(j, key);
	pxe_text_add(j->t, "null");
}

void pxe_json_strn(struct pxe_json *j, const char *key, const void *p, size_t n)
{
	begin_value(j, key);
	add_quoted(j->t, p, n);
}

void pxe_json_u64(struct pxe_json *j, const char *key, uint64_t v)
{
	begin_value(j, key);
	pxe_text_add_u64(j->t, v);
}

static uint64_t add_sign(struct pxe_text *t, int64_t v)
{
	if (v >= 0)
		return (uint64_t)v;
	pxe_text_addc(t, '-');
	return -(uint64_t)v;
}

void pxe_json_i64(struct pxe_json *j, const char *key, int64_t v)
{
	begin_value(j, key);
	pxe_text_add_u64(j->t, add_sign(j->t, v));
}

void pxe_json_bool(struct pxe_json *j, const char *key, bool v)
{
	begin_value(j, key);
	pxe_text_add(j->t, v ? "true" : "false");
}

void pxe_json_us(struct pxe_json *j, const char *key, int64_t us)
{
	uint64_t abs = 0;

	begin_value(j, key);
	abs = add_sign(j->t, us);
	pxe_text_add_u64(j->t, abs / 1000000);
	pxe_text_addf(j->t, ".%06u", (unsigned)(abs % 1000000));
}
