/* SPDX-License-Identifier: BSD-2-Clause */
/* parse_value.c -- numbers, addresses, hex lists, dates and base64 text. */
#include <arpa/inet.h>
#include <limits.h>
#include <string.h>

#include "dhcpd/conf/parse.h"
#include "libpxecommon/base/str.h"

static int digit_of(uint8_t c)
{
	if (c >= 'a')
		return c - 'a' + 10;
	if (c >= 'A')
		return c - 'A' + 10;
	return c >= '0' ? c - '0' : -1;
}

static int base_of(const uint8_t **s, const uint8_t *end)
{
	if (end - *s < 2 || **s != '0')
		return 10;
	if (((*s)[1] | 0x20) == 'x') {
		*s += 2;
		return 16;
	}
	*s += 1;
	return 8;
}

bool parse_number(struct parser *p, const struct token *t, int base, unsigned bits, uint32_t *out)
{
	const uint8_t *s = t->text.p, *end = s + t->text.len;
	bool negative = s < end && *s == '-';
	uint64_t v = 0, max = (1ull << (bits - 1)) * (negative ? 1 : 2) - (negative ? 0 : 1);
	uint32_t wrapped = 0; /* what ISC makes of a number that does not fit in 32 bits */

	if (negative)
		s++;
	if (base == 0)
		base = base_of(&s, end);
	if (s == end) {
		parse_error(p, t, "number", NULL, "Bogus number: %s.", parse_spell(p, t));
		return false;
	}
	for (; s < end; s++) {
		int d = digit_of(*s);

		if (d < 0 || d >= base) {
			parse_error(p, t, "number",
			    t->word == WORD_NUMBER_OR_NAME
				? "names that end in hex digits only are read as numbers"
				: NULL,
			    "Bogus number %s: digit %d not in base %d", parse_spell(p, t), d, base);
			return false;
		}
		if (v <= UINT32_MAX)
			v = v * (unsigned)base + (unsigned)d;
		wrapped = wrapped * (uint32_t)base + (uint32_t)d;
	}
	if (v > UINT32_MAX && bits == 32) {
		v = wrapped;
		parse_warn(p, t->pos, "number", "%s does not fit in 32 bits and is taken for %u",
		    parse_spell(p, t), (unsigned)wrapped);
	} else if (v > max) {
		parse_error(p, t, "number",
		    bits == 8 && base == 10 && token_is(parse_peek(p), '.')
			? "is a dot missing in an address?"
			: NULL,
		    base == 16  ? "%s%llx exceeds max (%d) for precision."
		    : base == 8 ? "%s%llo exceeds max (%d) for precision."
				: "%s%llu exceeds max (%d) for precision.",
		    negative ? "-" : "", (unsigned long long)v, (int)max);
		return false;
	}
	v = negative ? ~v + 1 : v;
	*out = (uint32_t)(bits == 32 ? v : v & ((1ull << bits) - 1));
	return true;
}

int64_t parse_atoi(const struct token *t)
{
	int64_t v = 0;
	size_t i = 0;
	bool negative = t->text.len > 0 && t->text.p[0] == '-';

	for (i = negative; i < t->text.len && t->text.p[i] >= '0' && t->text.p[i] <= '9'; i++) {
		if (v <= INT_MAX)
			v = v * 10 + (t->text.p[i] - '0');
	}
	return negative ? -v : v;
}

bool parse_ip4(struct parser *p, struct pxe_ip4 *out)
{
	const struct token *whole = lexer_ip4(p->lx, &out->v);
	uint32_t ip = 0;

	if (whole != NULL) { /* almost every address: one token instead of seven */
		p->last = whole->pos;
		p->long_string = false;
		return true;
	}
	for (int i = 0; i < 4; i++) {
		const struct token *t = NULL;
		uint32_t part = 0;

		if (i > 0 && !parse_accept(p, '.')) {
			parse_error(p, parse_peek(p), "address", NULL, "too few numbers.");
			return false;
		}
		t = parse_peek(p);
		if (t->kind == TOK_EOF) {
			parse_error(p, t, "syntax", NULL, "unexpected end of file");
			return false;
		}
		if (t->kind != TOK_WORD || t->word != WORD_NUMBER) {
			parse_error(p, t, "address",
			    t->kind == TOK_WORD && memchr(t->text.p, '-', t->text.len) != NULL
				? "a range is two addresses with a blank between them"
				: NULL,
			    "expecting numeric value.");
			return false;
		}
		if (!parse_number(p, parse_next(p), 10, 8, &part))
			return false;
		ip = ip << 8 | part;
	}
	out->v = ip;
	return true;
}

bool parse_is_ip4(const struct parser *p, const struct token *t)
{
	const struct parse_source *s = &p->source[t->pos.file];
	const char *at = s->text + t->end, *end = s->text + s->len;

	if (t->kind != TOK_WORD || t->word != WORD_NUMBER)
		return false;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (at == end || *at++ != '.')
		return false;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (at == end || *at < '0' || *at > '9')
		return false;
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at == end || !lexer_is_word((unsigned char)*at);
}

bool parse_ip6(struct parser *p, struct pxe_ip6 *out)
{
	const struct token *t = lexer_raw(p->lx, ":.");
	char text[INET6_ADDRSTRLEN + 1] = "";

	if (t->text.len < sizeof(text))
		memcpy(text, t->text.p, t->text.len);
	if (inet_pton(AF_INET6, text, out->b) == 1)
		return true;
	parse_error(p, t, "address", NULL, "Invalid IPv6 address.");
	return false;
}

bool parse_has_host_bits(const struct pxe_ip6 *ip, unsigned len)
{
	for (unsigned i = len; i < 128; i++) {
		if ((ip->b[i / 8] >> (7 - i % 8) & 1) != 0)
			return true;
	}
	return false;
}

static int hex_bytes(struct parser *p, uint8_t *out, size_t max, const char *what, const char *hint)
{
	size_t n = 0;

	do {
		const struct token *t = parse_peek(p);
		uint32_t v = 0;

		if (t->kind != TOK_WORD || t->word == WORD_NAME) {
			parse_error(p, t, "number", hint, "%s", what);
			return -1;
		}
		if (!parse_number(p, parse_next(p), 16, 8, &v))
			return -1;
		if (n < max)
			out[n] = (uint8_t)v;
		n++;
	} while (parse_accept(p, ':'));
	return n < INT_MAX ? (int)n : INT_MAX;
}

int parse_hex(struct parser *p, uint8_t *out, size_t max, const char *what)
{
	return hex_bytes(p, out, max, what, NULL);
}

bool parse_hardware(struct parser *p, struct pxe_hwaddr *out)
{
	const struct token *t = parse_next(p);
	int n = 0;

	*out = (struct pxe_hwaddr){0};
	if (t->kw == KW_ETHERNET)
		out->type = 1;
	else if (t->kw == KW_TOKEN_RING)
		out->type = 6;
	else if (t->kw == KW_FDDI)
		out->type = 8;
	else if (t->kw == KW_INFINIBAND)
		out->type = 32;
	else if (t->kind == TOK_WORD && t->text.len > 8 &&
		 pxe_memicmp(t->text.p, "unknown-", 8) == 0) {
		struct token number = *t;

		number.text.p += 8;
		number.text.len -= 8;
		out->type = (uint8_t)parse_atoi(&number);
	} else {
		parse_error(p, t, "hardware", "ethernet, infiniband, token-ring, fddi or unknown-N",
		    "expecting a network hardware type");
		return false;
	}
	n = hex_bytes(p, out->b, sizeof(out->b), "expecting numeric value.",
	    out->type == 1 ? "six hex bytes joined by colons" : NULL);
	if (n < 0)
		return false;
	if ((size_t)n > sizeof(out->b)) {
		parse_error(p, parse_peek(p), "hardware", NULL, "hardware address too long");
		return false;
	}
	out->len = (uint8_t)n;
	return true;
}

const char *parse_name(struct parser *p)
{
	char buf[LEXER_TOKEN_MAX];
	struct pxe_text name = pxe_text_init(buf, sizeof(buf));

	do {
		const struct token *t = parse_peek(p);

		if (t->kind != TOK_WORD)
			break;
		(void)parse_next(p);
		if (name.len > 0)
			pxe_text_addc(&name, '.');
		pxe_text_addn(&name, (const char *)t->text.p, t->text.len);
	} while (parse_accept(p, '.'));
	return name.len > 0 ? parse_strndup(p, buf, name.len) : NULL;
}

/* ---- dates ---- */

static bool date_number(struct parser *p, const char *what, int64_t *out)
{
	const struct token *t = parse_peek(p);

	if (t->kind != TOK_WORD || t->word != WORD_NUMBER) {
		parse_error(p, t, "date", NULL, "numeric %s expected.", what);
		return false;
	}
	*out = parse_atoi(parse_next(p));
	return true;
}

static bool date_punct(struct parser *p, char punct, const char *what)
{
	if (parse_accept(p, punct))
		return true;
	parse_error(p, parse_peek(p), "date", NULL, "expected %s.", what);
	return false;
}

/* Days from 1970-01-01 in the Gregorian calendar (years begin in March, so that the leap day is the
 * last of its year). */
static int64_t days(int64_t y, int64_t m, int64_t d)
{
	int64_t era = 0, yoe = 0, doy = 0;

	if (m <= 2)
		y--;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

bool parse_date(struct parser *p, int64_t *out)
{
	int64_t v[8] = {0}; /* weekday, year, month, day, hour, minute, second, offset */

	if (parse_accept_kw(p, KW_NEVER)) {
		*out = INT64_MAX;
		return true;
	}
	if (parse_accept_kw(p, KW_EPOCH))
		return date_number(p, "seconds", out);
	if (!date_number(p, "day of week", &v[0]) || !date_number(p, "year", &v[1]) ||
	    !date_punct(p, '/', "slash separating year from month") ||
	    !date_number(p, "month", &v[2]) ||
	    !date_punct(p, '/', "slash separating month from day") ||
	    !date_number(p, "day of month", &v[3]) || !date_number(p, "hour", &v[4]) ||
	    !date_punct(p, ':', "colon separating hour from minute") ||
	    !date_number(p, "minute", &v[5]) ||
	    !date_punct(p, ':', "colon separating minute from second") ||
	    !date_number(p, "second", &v[6]))
		return false;
	if (parse_peek(p)->kind == TOK_WORD && !date_number(p, "time zone offset", &v[7]))
		return false;
	if (v[1] > INT16_MAX || v[2] < 1 || v[2] > 12) {
		parse_error(p, parse_peek(p), "date", NULL, "no such date.");
		return false;
	}
	*out = ((days(v[1], v[2], v[3]) * 24 + v[4]) * 60 + v[5]) * 60 + v[6] + v[7];
	return true;
}

/* ---- base64 ---- */

static int sextet(uint8_t c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

bool parse_base64(struct parser *p, struct pxe_bytes *out)
{
	const struct token *t = parse_peek(p);
	uint8_t *bytes = NULL;
	size_t n = 0;
	uint32_t acc = 0;
	unsigned bits = 0;

	t = t->kind == TOK_STRING ? parse_next(p) : lexer_raw(p->lx, "+/=");
	bytes = parse_alloc(p, t->text.len + 1);
	if (bytes == NULL)
		return false;
	for (size_t i = 0; i < t->text.len; i++) {
		int v = sextet(t->text.p[i]);

		if (t->text.p[i] == '=')
			continue;
		if (i > 0 && t->text.p[i - 1] == '=') {
			parse_error(p, t, "base64", NULL,
			    "stuff after base64 '=' terminator: %.*s.", (int)(t->text.len - i),
			    (const char *)t->text.p + i);
			return false;
		}
		if (v < 0) {
			parse_error(
			    p, t, "base64", NULL, "invalid base64 character %d.", t->text.p[i]);
			return false;
		}
		acc = acc << 6 | (uint32_t)v;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			bytes[n++] = (uint8_t)(acc >> bits);
			acc &= (1u << bits) - 1;
		}
	}
	if (t->text.len % 4 != 0 && acc != 0) {
		parse_error(
		    p, t, "base64", NULL, "partial base64 value left over: %u.", (unsigned)acc);
		return false;
	}
	*out = (struct pxe_bytes){bytes, n};
	return true;
}
