/* SPDX-License-Identifier: BSD-2-Clause */
/* addr.c -- comparing and classifying addresses; their text forms are in addr_parse.c and
 * addr_str.c. */
#include "libpxecommon/base/addr.h"

#include <string.h>

static bool ip6_eq(const struct pxe_ip6 *a, const struct pxe_ip6 *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool pxe_ip_eq(const struct pxe_ip *a, const struct pxe_ip *b)
{
	if (a->family != b->family)
		return false;
	if (a->family == 4)
		return pxe_ip4_eq(a->v4, b->v4);
	return a->family != 6 || ip6_eq(&a->v6, &b->v6);
}

bool pxe_ip_is_any(const struct pxe_ip *a)
{
	static const struct pxe_ip6 zero;

	if (a->family == 4)
		return a->v4.v == 0;
	return a->family != 6 || ip6_eq(&a->v6, &zero);
}

bool pxe_ip_is_multicast(const struct pxe_ip *a)
{
	if (a->family == 4)
		return a->v4.v >> 28 == 0xe;
	return a->family == 6 && a->v6.b[0] == 0xff;
}

bool pxe_ip_is_link_local(const struct pxe_ip *a)
{
	if (a->family == 4)
		return a->v4.v >> 16 == 0xa9fe;
	return a->family == 6 && a->v6.b[0] == 0xfe && (a->v6.b[1] & 0xc0) == 0x80;
}

struct pxe_ip pxe_ip_unmap(struct pxe_ip a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const uint8_t *b = a.v6.b + 12;

	if (a.family != 6 || memcmp(a.v6.b, mapped, sizeof(mapped)) != 0)
		return a;
	return pxe_ip_from4((struct pxe_ip4){
	    (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]});
}

bool pxe_endpoint_eq(const struct pxe_endpoint *a, const struct pxe_endpoint *b)
{
	return a->port == b->port && a->scope_id == b->scope_id && pxe_ip_eq(&a->ip, &b->ip);
}

bool pxe_hwaddr_eq(const struct pxe_hwaddr *a, const struct pxe_hwaddr *b)
{
	return a->type == b->type && a->len == b->len && memcmp(a->b, b->b, a->len) == 0;
}

struct pxe_ip4 pxe_ip4_mask(unsigned len)
{
	if (len == 0)
		return (struct pxe_ip4){0};
	return (struct pxe_ip4){len >= 32 ? UINT32_MAX : UINT32_MAX << (32 - len)};
}

int pxe_ip4_mask_len(struct pxe_ip4 mask)
{
	uint32_t host = ~mask.v;
	int len = 32;

	/* Host bits must be a run of ones at the bottom, so adding one clears them all. */
	if ((host & (host + 1)) != 0)
		return -1;
	for (; host != 0; host >>= 1)
		len--;
	return len;
}

bool pxe_prefix_has(const struct pxe_prefix *p, const struct pxe_ip *ip)
{
	size_t whole = p->len / 8;
	uint8_t mask = (uint8_t)(0xff00 >> (p->len % 8));

	if (p->ip.family != ip->family)
		return false;
	if (ip->family == 4)
		return ((p->ip.v4.v ^ ip->v4.v) & pxe_ip4_mask(p->len).v) == 0;
	if (ip->family != 6)
		return false;
	if (whole >= sizeof(ip->v6.b))
		return ip6_eq(&p->ip.v6, &ip->v6);
	return memcmp(p->ip.v6.b, ip->v6.b, whole) == 0 &&
	       ((p->ip.v6.b[whole] ^ ip->v6.b[whole]) & mask) == 0;
}
