/* SPDX-License-Identifier: BSD-2-Clause */
/* addr.h -- IPv4, IPv6, prefixes, ranges, link-layer addresses as values, and their text forms.
 *
 * IPv4 addresses are held in host order so that they compare and count as numbers; conversion to
 * network order happens at the wire (buf.h) and at the sockets (os/) only. Pure, no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pxe_ip4 {
	uint32_t v; /* host order: 10.0.0.1 is 0x0a000001 */
};

struct pxe_ip6 {
	uint8_t b[16]; /* network order */
};

/* Either family; family 0 means no address. */
struct pxe_ip {
	uint8_t family; /* 0, 4 or 6 */
	union {
		struct pxe_ip4 v4;
		struct pxe_ip6 v6;
	};
};

struct pxe_endpoint {
	struct pxe_ip ip;
	uint16_t port;
	uint32_t scope_id; /* interface index of a link-local IPv6 address, else 0 */
};

struct pxe_prefix {
	struct pxe_ip ip;
	uint8_t len;
};

struct pxe_ip4_range {
	struct pxe_ip4 lo, hi; /* both inside, lo <= hi */
};

/* Link-layer address with its ARP hardware type (1 Ethernet, 6 token ring, 32 InfiniBand). */
#define PXE_HWADDR_MAX 20
struct pxe_hwaddr {
	uint8_t type;
	uint8_t len;
	uint8_t b[PXE_HWADDR_MAX];
};

#define PXE_IP4_STRLEN      16
#define PXE_IP_STRLEN       46
#define PXE_ENDPOINT_STRLEN 72
#define PXE_PREFIX_STRLEN   50
#define PXE_HWADDR_STRLEN   (PXE_HWADDR_MAX * 3)
#define PXE_UUID_STRLEN     37

static inline bool pxe_ip4_eq(struct pxe_ip4 a, struct pxe_ip4 b)
{
	return a.v == b.v;
}

static inline struct pxe_ip pxe_ip_from4(struct pxe_ip4 a)
{
	return (struct pxe_ip){.family = 4, .v4 = a};
}

bool pxe_ip_eq(const struct pxe_ip *a, const struct pxe_ip *b);
/* All-zero address of its family, or no address. */
bool pxe_ip_is_any(const struct pxe_ip *a);
/* 224.0.0.0/4 or ff00::/8. */
bool pxe_ip_is_multicast(const struct pxe_ip *a);
/* 169.254.0.0/16 or fe80::/10. */
bool pxe_ip_is_link_local(const struct pxe_ip *a);
/* ::ffff:a.b.c.d as plain IPv4; anything else unchanged. */
struct pxe_ip pxe_ip_unmap(struct pxe_ip a);
bool pxe_endpoint_eq(const struct pxe_endpoint *a, const struct pxe_endpoint *b);
bool pxe_hwaddr_eq(const struct pxe_hwaddr *a, const struct pxe_hwaddr *b);

/* Netmask of a prefix length 0..32, and back; -1 for a mask with holes. */
struct pxe_ip4 pxe_ip4_mask(unsigned len);
int pxe_ip4_mask_len(struct pxe_ip4 mask);
bool pxe_prefix_has(const struct pxe_prefix *p, const struct pxe_ip *ip);
static inline bool pxe_ip4_range_has(const struct pxe_ip4_range *r, struct pxe_ip4 ip)
{
	return ip.v >= r->lo.v && ip.v <= r->hi.v;
}

/* Text to value. The whole NUL-terminated string must match. Return 0 or PXE_E_SYNTAX (PXE_E_RANGE
 * for a prefix length or port too large); *out is written on success only.
 * IPv4 is four decimal numbers, no leading-zero octal, no short forms.
 * An endpoint is ADDR, ADDR:PORT, :PORT, [V6], [V6]:PORT or [V6%scope]:PORT (scope numeric only);
 * a missing port is def_port, a missing address or "*" has family 0; a bare V6 takes no port.
 * A prefix is ADDR/LEN or a bare address (full length); host bits may be set.
 * A MAC is hex bytes of one or two digits joined by ':' or '-', 1..20 of them (type 1). */
int pxe_ip4_parse(const char *s, struct pxe_ip4 *out);
int pxe_ip_parse(const char *s, struct pxe_ip *out);
int pxe_endpoint_parse(const char *s, uint16_t def_port, struct pxe_endpoint *out);
int pxe_prefix_parse(const char *s, struct pxe_prefix *out);
int pxe_hwaddr_parse(const char *s, struct pxe_hwaddr *out);

/* Value to text into buf, which has the size named above; returns buf. IPv6 in RFC 5952 form; an
 * address of family 0 is "*"; an endpoint is ADDR:PORT or [ADDR]:PORT; hex is lower case. */
char *pxe_ip4_str(struct pxe_ip4 a, char buf[PXE_IP4_STRLEN]);
char *pxe_ip_str(const struct pxe_ip *a, char buf[PXE_IP_STRLEN]);
char *pxe_endpoint_str(const struct pxe_endpoint *e, char buf[PXE_ENDPOINT_STRLEN]);
char *pxe_prefix_str(const struct pxe_prefix *p, char buf[PXE_PREFIX_STRLEN]);
char *pxe_hwaddr_str(const struct pxe_hwaddr *a, char buf[PXE_HWADDR_STRLEN]);
/* 16 bytes as 8-4-4-4-12, bytes in the order given. */
char *pxe_uuid_str(const uint8_t uuid[16], char buf[PXE_UUID_STRLEN]);
