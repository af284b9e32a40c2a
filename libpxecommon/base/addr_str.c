/* SPDX-License-Identifier: BSD-2-Clause */
/* addr_str.c -- addresses to text. */
#include <string.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/str.h"

static void add_ip4(struct pxe_text *t, struct pxe_ip4 a)
{
	for (unsigned shift = 32; shift > 0; shift -= 8) {
		if (shift < 32)
			pxe_text_addc(t, '.');
		pxe_text_add_u64(t, a.v >> (shift - 8) & 0xff);
	}
}

static unsigned group_at(const struct pxe_ip6 *a, unsigned i)
{
	return (unsigned)a->b[2 * i] << 8 | a->b[2 * i + 1];
}

/* The longest run of at least two zero groups, the first of equals (RFC 5952 4.2). */
static void longest_zero_run(const struct pxe_ip6 *a, unsigned *out_at, unsigned *out_len)
{
	unsigned len = 0;

	*out_at = 8;
	*out_len = 1;
	for (unsigned i = 0; i < 8; i++) {
		len = group_at(a, i) == 0 ? len + 1 : 0;
		if (len > *out_len) {
			*out_len = len;
			*out_at = i + 1 - len;
		}
	}
}

/* A group of 16 bits without leading zeros. */
static void add_group(struct pxe_text *t, unsigned v)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 12;

	while (shift > 0 && v >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		pxe_text_addc(t, digits[v >> shift & 15]);
}

static void add_ip6(struct pxe_text *t, const struct pxe_ip6 *a)
{
	struct pxe_ip plain = pxe_ip_unmap((struct pxe_ip){.family = 6, .v6 = *a});
	unsigned gap = 8, gap_len = 0;

	/* RFC 5952 5: mixed notation where the prefix says that an IPv4 address is inside. */
	if (plain.family == 4) {
		pxe_text_add(t, "::ffff:");
		add_ip4(t, plain.v4);
		return;
	}
	longest_zero_run(a, &gap, &gap_len);
	for (unsigned i = 0; i < 8; i++) {
		if (i == gap) {
			pxe_text_add(t, "::");
			i += gap_len - 1;
			continue;
		}
		if (i > 0 && i != gap + gap_len)
			pxe_text_addc(t, ':');
		add_group(t, group_at(a, i));
	}
}

static void add_ip(struct pxe_text *t, const struct pxe_ip *a)
{
	if (a->family == 4)
		add_ip4(t, a->v4);
	else if (a->family == 6)
		add_ip6(t, &a->v6);
	else
		pxe_text_addc(t, '*');
}

char *pxe_ip4_str(struct pxe_ip4 a, char buf[PXE_IP4_STRLEN])
{
	struct pxe_text t = pxe_text_init(buf, PXE_IP4_STRLEN);

	add_ip4(&t, a);
	return buf;
}

char *pxe_ip_str(const struct pxe_ip *a, char buf[PXE_IP_STRLEN])
{
	struct pxe_text t = pxe_text_init(buf, PXE_IP_STRLEN);

	add_ip(&t, a);
	return buf;
}

char *pxe_endpoint_str(const struct pxe_endpoint *e, char buf[PXE_ENDPOINT_STRLEN])
{
	struct pxe_text t = pxe_text_init(buf, PXE_ENDPOINT_STRLEN);

	if (e->ip.family == 6)
		pxe_text_addc(&t, '[');
	add_ip(&t, &e->ip);
	if (e->ip.family == 6 && e->scope_id != 0) {
		pxe_text_addc(&t, '%');
		pxe_text_add_u64(&t, e->scope_id);
	}
	pxe_text_add(&t, e->ip.family == 6 ? "]:" : ":");
	pxe_text_add_u64(&t, e->port);
	return buf;
}

char *pxe_prefix_str(const struct pxe_prefix *p, char buf[PXE_PREFIX_STRLEN])
{
	struct pxe_text t = pxe_text_init(buf, PXE_PREFIX_STRLEN);

	add_ip(&t, &p->ip);
	pxe_text_addc(&t, '/');
	pxe_text_add_u64(&t, p->len);
	return buf;
}

char *pxe_hwaddr_str(const struct pxe_hwaddr *a, char buf[PXE_HWADDR_STRLEN])
{
	struct pxe_text t = pxe_text_init(buf, PXE_HWADDR_STRLEN);

	pxe_text_add_hex(&t, a->b, a->len, ':');
	return buf;
}

char *pxe_uuid_str(const uint8_t uuid[16], char buf[PXE_UUID_STRLEN])
{
	static const uint8_t part[] = {4, 2, 2, 2, 6};
	struct pxe_text t = pxe_text_init(buf, PXE_UUID_STRLEN);

	for (size_t i = 0; i < sizeof(part); i++) {
		if (i > 0)
			pxe_text_addc(&t, '-');
		pxe_text_add_hex(&t, uuid, part[i], '\0');
		uuid += part[i];
	}
	return buf;
}
