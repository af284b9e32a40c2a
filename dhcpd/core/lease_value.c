/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_value.c -- values of lease file statements. */
#include "dhcpd/core/lease_value.h"

#include "dhcpd/core/lease_time.h"

bool lease_value_num(const char **p, const char *end, int64_t *out)
{
	int64_t v = 0;
	const char *at = *p;
	bool minus = at < end && *at == '-';

	if (minus)
		at++;
	if (at == end || *at < '0' || *at > '9')
		return false;
	for (; at < end && *at >= '0' && *at <= '9'; at++) {
		if (v > INT64_C(100000000000))
			return false;
		v = v * 10 + (*at - '0');
	}
	*p = at;
	*out = minus ? -v : v;
	return true;
}

bool lease_value_tok_num(const struct scan_tok *t, int64_t *out)
{
	const char *p = t->p;

	return t->kind == SCAN_WORD && lease_value_num(&p, t->p + t->len, out) &&
	       p == t->p + t->len;
}

/* n numbers joined by sep: a date or a time of day. */
static bool tok_parts(const struct scan_tok *t, char sep, int64_t v[3])
{
	const char *p = t->p, *end = t->p + t->len;

	if (t->kind != SCAN_WORD)
		return false;
	for (int i = 0; i < 3; i++) {
		if (!lease_value_num(&p, end, &v[i]))
			return false;
		if (i < 2 && (p == end || *p++ != sep))
			return false;
	}
	return p == end;
}

static bool in_range(int64_t v, int64_t lo, int64_t hi)
{
	return v >= lo && v <= hi;
}

/* "W YYYY/MM/DD HH:MM:SS [offset]", "epoch N" or "never"; the ';' is left. */
bool lease_value_time(struct scan *s, int64_t *out)
{
	struct scan_tok t = scan_next(s), next = {0};
	int64_t d[3], c[3], offset = 0;

	if (scan_is(&t, "never")) {
		*out = LEASE_NEVER;
		return true;
	}
	if (scan_is(&t, "epoch")) {
		t = scan_next(s);
		return lease_value_tok_num(&t, out);
	}
	t = scan_next(s); /* the day of the week is not looked at */
	if (!tok_parts(&t, '/', d))
		return false;
	t = scan_next(s);
	if (!tok_parts(&t, ':', c) || !in_range(d[0], 1970, 9999) || !in_range(d[1], 1, 12) ||
	    !in_range(d[2], 1, 31) || !in_range(c[0], 0, 23) || !in_range(c[1], 0, 59) ||
	    !in_range(c[2], 0, 60))
		return false;
	next = scan_peek(s);
	if (lease_value_tok_num(&next, &offset))
		(void)scan_next(s);
	*out = lease_date_seconds(&(struct lease_date){.year = d[0],
		   .month = (int)d[1],
		   .day = (int)d[2],
		   .hour = (int)c[0],
		   .min = (int)c[1],
		   .sec = (int)c[2]}) +
	       offset;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Hex bytes of one or two digits joined by ':'. */
bool lease_value_hex(const char *p, size_t len, uint8_t *out, size_t cap, size_t *out_len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; n++) {
		int hi = hex_digit(p[i++]);
		int lo = i < len ? hex_digit(p[i]) : -1;

		if (hi < 0 || n == cap)
			return false;
		if (lo >= 0)
			i++;
		out[n] = (uint8_t)(lo >= 0 ? hi * 16 + lo : hi);
		if (i < len && (p[i++] != ':' || i == len))
			return false;
	}
	*out_len = n;
	return n > 0;
}

/* A string or hex bytes. */
bool lease_value_bytes(struct scan *s, uint8_t *buf, size_t cap, struct pxe_bytes *out)
{
	struct scan_tok t = scan_next(s);
	size_t n = 0;

	if (t.kind == SCAN_STRING)
		n = scan_unescape(t.p, t.len, buf, cap);
	else if (t.kind != SCAN_WORD || !lease_value_hex(t.p, t.len, buf, cap, &n))
		return false;
	*out = (struct pxe_bytes){.p = buf, .len = n};
	return true;
}

bool lease_value_state(struct scan *s, enum lease_state *out)
{
	struct scan_tok t = scan_next(s);

	for (unsigned i = 0; i < LEASE_STATE_COUNT; i++) {
		if (scan_is(&t, lease_state_name((enum lease_state)i))) {
			*out = (enum lease_state)i;
			return true;
		}
	}
	return false;
}
