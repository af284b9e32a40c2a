/* SPDX-License-Identifier: BSD-2-Clause */
/* addr_parse.c -- addresses from text.
 *
 * Own code rather than inet_pton, because that lives in a socket header; the accepted forms are
 * those of inet_pton. Every step takes a cursor and an end, so that parts of a string need no copy.
 */
#include <string.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"

/* One decimal number 0..255 without leading zeros. */
static bool take_octet(const char **s, const char *end, uint32_t *out)
{
	const char *at = *s;
	uint32_t v = 0;

	while (at < end && at - *s < 3 && *at >= '0' && *at <= '9')
		v = v * 10 + (uint32_t)(*at++ - '0');
	if (at == *s || v > 255 || (**s == '0' && at - *s > 1))
		return false;
	*s = at;
	*out = v;
	return true;
}

static int parse_ip4(const char *s, const char *end, struct pxe_ip4 *out)
{
	uint32_t v = 0, octet = 0;

	for (unsigned i = 0; i < 4; i++) {
		if (i > 0 && (s >= end || *s++ != '.'))
			return PXE_E_SYNTAX;
		if (!take_octet(&s, end, &octet))
			return PXE_E_SYNTAX;
		v = v << 8 | octet;
	}
	if (s != end)
		return PXE_E_SYNTAX;
	out->v = v;
	return 0;
}

/* One group of 1..4 hex digits. */
static bool take_group(const char **s, const char *end, unsigned *out)
{
	const char *at = *s;
	unsigned v = 0;

	while (at < end && at - *s < 4 && pxe_hex_value(*at) >= 0)
		v = v << 4 | (unsigned)pxe_hex_value(*at++);
	if (at == *s || (at < end && pxe_hex_value(*at) >= 0))
		return false;
	*s = at;
	*out = v;
	return true;
}

/* The dotted quad that may stand for the last two groups (RFC 4291 2.2). */
static bool take_embedded_ip4(const char *s, const char *end, uint8_t *b)
{
	struct pxe_ip4 v4;

	if (parse_ip4(s, end, &v4) != 0)
		return false;
	for (unsigned i = 0; i < 4; i++)
		b[i] = (uint8_t)(v4.v >> (24 - 8 * i));
	return true;
}

static bool starts_gap(const char *s, const char *end)
{
	return end - s >= 2 && s[0] == ':' && s[1] == ':';
}

static int parse_ip6(const char *s, const char *end, struct pxe_ip6 *out)
{
	struct pxe_ip6 ip = {0};
	size_t n = 0, gap = SIZE_MAX;
	unsigned group = 0;

	if (s < end && *s == ':' && !starts_gap(s, end))
		return PXE_E_SYNTAX;
	while (s < end) {
		if (starts_gap(s, end)) {
			if (gap != SIZE_MAX)
				return PXE_E_SYNTAX;
			gap = n;
			s += 2;
			if (s < end && *s == ':')
				return PXE_E_SYNTAX;
			continue;
		}
		if (*s == ':' && ++s == end)
			return PXE_E_SYNTAX;
		if (n <= 12 && memchr(s, '.', (size_t)(end - s)) != NULL &&
		    take_embedded_ip4(s, end, ip.b + n)) {
			n += 4;
			break;
		}
		if (n > 14 || !take_group(&s, end, &group))
			return PXE_E_SYNTAX;
		ip.b[n++] = (uint8_t)(group >> 8);
		ip.b[n++] = (uint8_t)group;
	}
	/* "::" stands for at least one group. */
	if (gap == SIZE_MAX ? n != 16 : n > 14)
		return PXE_E_SYNTAX;
	if (gap != SIZE_MAX) {
		memmove(ip.b + 16 - (n - gap), ip.b + gap, n - gap);
		memset(ip.b + gap, 0, 16 - n);
	}
	*out = ip;
	return 0;
}

static int parse_ip(const char *s, const char *end, struct pxe_ip *out)
{
	struct pxe_ip ip = {.family = 4};
	int err = 0;

	if (memchr(s, ':', (size_t)(end - s)) == NULL) {
		err = parse_ip4(s, end, &ip.v4);
	} else {
		ip.family = 6;
		err = parse_ip6(s, end, &ip.v6);
	}
	if (err == 0)
		*out = ip;
	return err;
}

int pxe_ip4_parse(const char *s, struct pxe_ip4 *out)
{
	return parse_ip4(s, s + strlen(s), out);
}

int pxe_ip_parse(const char *s, struct pxe_ip *out)
{
	return parse_ip(s, s + strlen(s), out);
}

/* "V6" or "V6%NUMBER" between the brackets. Only a link-local or multicast address has a scope. */
static int parse_scoped(const char *s, const char *end, struct pxe_endpoint *out)
{
	const char *percent = memchr(s, '%', (size_t)(end - s));
	char number[11];
	uint64_t scope = 0;
	int err = parse_ip(s, percent != NULL ? percent : end, &out->ip);

	if (err != 0 || out->ip.family != 6)
		return PXE_E_SYNTAX;
	if (percent == NULL)
		return 0;
	percent++;
	if ((size_t)(end - percent) >= sizeof(number) ||
	    !(pxe_ip_is_link_local(&out->ip) || pxe_ip_is_multicast(&out->ip)))
		return PXE_E_SYNTAX;
	memcpy(number, percent, (size_t)(end - percent));
	number[end - percent] = '\0';
	if (pxe_parse_u64(number, 1, UINT32_MAX, &scope) != 0)
		return PXE_E_SYNTAX;
	out->scope_id = (uint32_t)scope;
	return 0;
}

static int parse_port(const char *s, uint16_t *out)
{
	uint64_t port = 0;
	int err = pxe_parse_u64(s, 0, UINT16_MAX, &port);

	if (err == 0)
		*out = (uint16_t)port;
	return err;
}

/* An address, or "*" for none as pxe_endpoint_str() writes it. */
static int parse_host(const char *s, const char *end, struct pxe_ip *out)
{
	return end - s == 1 && *s == '*' ? 0 : parse_ip(s, end, out);
}

int pxe_endpoint_parse(const char *s, uint16_t def_port, struct pxe_endpoint *out)
{
	struct pxe_endpoint e = {.port = def_port};
	const char *end = s + strlen(s);
	const char *colon = strchr(s, ':');
	int err = 0;

	if (*s == '[') {
		const char *close = strchr(s, ']');

		if (close == NULL)
			return PXE_E_SYNTAX;
		err = parse_scoped(s + 1, close, &e);
		colon = close + 1;
	} else if (colon == NULL || strchr(colon + 1, ':') != NULL) {
		/* No colon is IPv4 without a port, several are IPv6 without one. */
		err = parse_host(s, end, &e.ip);
		colon = end;
	} else if (colon > s) {
		err = parse_host(s, colon, &e.ip);
	}
	if (err == 0 && *colon != '\0')
		err = *colon == ':' ? parse_port(colon + 1, &e.port) : PXE_E_SYNTAX;
	if (err == 0)
		*out = e;
	return err;
}

int pxe_prefix_parse(const char *s, struct pxe_prefix *out)
{
	const char *slash = strchr(s, '/');
	const char *end = slash != NULL ? slash : s + strlen(s);
	struct pxe_prefix p = {0};
	uint64_t len = 0;
	int err = parse_ip(s, end, &p.ip);

	if (err != 0)
		return err;
	len = p.ip.family == 4 ? 32 : 128;
	if (slash != NULL)
		err = pxe_parse_u64(slash + 1, 0, len, &len);
	if (err != 0)
		return err;
	p.len = (uint8_t)len;
	*out = p;
	return 0;
}

int pxe_hwaddr_parse(const char *s, struct pxe_hwaddr *out)
{
	struct pxe_hwaddr a = {.type = 1};
	char sep = '\0';

	for (;;) {
		int hi = pxe_hex_value(*s);
		int lo = hi >= 0 ? pxe_hex_value(s[1]) : -1;

		if (hi < 0 || a.len == PXE_HWADDR_MAX)
			return PXE_E_SYNTAX;
		a.b[a.len++] = (uint8_t)(lo >= 0 ? hi << 4 | lo : hi);
		s += lo >= 0 ? 2 : 1;
		if (*s == '\0')
			break;
		if ((*s != ':' && *s != '-') || (sep != '\0' && *s != sep))
			return PXE_E_SYNTAX;
		sep = *s++;
	}
	*out = a;
	return 0;
}
