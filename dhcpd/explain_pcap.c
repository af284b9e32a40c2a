/* SPDX-License-Identifier: BSD-2-Clause */
/* explain_pcap.c -- DHCP requests out of a capture file, pcap or pcapng. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/explain_input.h"
#include "dhcpd/load.h"
#include "libpxecommon/base/buf.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/proto/dhcp6_msg.h"
#include "libpxecommon/proto/dhcp_msg.h"

enum {
	LINK_ETHERNET = 1,
	LINK_RAW = 101,
	LINK_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276,
	ETHER_IPV4 = 0x0800,
	ETHER_VLAN = 0x8100,
	ETHER_IPV6 = 0x86dd,
	ETHER_QINQ = 0x88a8,
	IP_UDP = 17,
	NG_SECTION = 0x0a0d0d0a,
	NG_INTERFACE = 1,
	NG_SIMPLE = 3,
	NG_ENHANCED = 6,
	NG_INTERFACES_MAX = 64
};

#define PCAP_US     0xa1b2c3d4u
#define PCAP_NS     0xa1b23c4du
#define NG_ORDER    0x1a2b3c4du
#define PCAP_SWAP32 __builtin_bswap32

/* A capture while it is read; numbers have the byte order of the machine that wrote it. */
struct capture {
	struct pxe_rd rd;
	bool swapped;
	struct explain_input *in;
	uint32_t link[NG_INTERFACES_MAX];
	size_t nlink;
	int err;
};

/* Big-endian readers underneath: `swapped` means little-endian on disk. */
static uint32_t u32(const struct capture *c, struct pxe_rd *rd)
{
	uint32_t v = pxe_rd_u32(rd);

	return c->swapped ? PCAP_SWAP32(v) : v;
}

/* ---- a frame ---- */

/* Is it what clients and relays send a server of that family? */
static bool is_request(const struct capture *c, const uint8_t *p, size_t n)
{
	struct pxe_dhcp6_msg m;

	if (c->in->family == 4)
		return n >= PXE_DHCP_FIXED_LEN && p[0] == PXE_BOOTREQUEST;
	if (pxe_dhcp6_parse(p, n, &m) != 0)
		return false;
	return m.type != PXE_DHCP6_ADVERTISE && m.type != PXE_DHCP6_REPLY &&
	       m.type != PXE_DHCP6_RECONFIGURE && m.type != PXE_DHCP6_RELAY_REPL;
}

static void take_udp(
    struct capture *c, struct pxe_rd *rd, const struct pxe_ip *src, const struct pxe_ip *dst)
{
	struct pxe_endpoint from = {.ip = *src, .port = pxe_rd_u16(rd)};
	uint16_t to = pxe_rd_u16(rd), len = pxe_rd_u16(rd);
	const uint8_t *p = NULL;
	size_t n = 0;

	pxe_rd_skip(rd, 2);
	if (rd->err != 0 || len < 8 || src->family != c->in->family ||
	    to != (src->family == 4 ? PXE_DHCP_SERVER_PORT : PXE_DHCP6_SERVER_PORT))
		return;
	n = pxe_rd_left(rd) < len - 8u ? pxe_rd_left(rd) : len - 8u;
	p = pxe_rd_bytes(rd, n);
	if (p != NULL && is_request(c, p, n))
		c->err = explain_input_add(c->in, p, n, &from, dst);
}

static void take_ip4(struct capture *c, struct pxe_rd *rd, uint8_t first)
{
	uint8_t proto = 0;
	uint16_t frag = 0;
	struct pxe_ip src = {.family = 4}, dst = {.family = 4};

	if ((first & 15) < 5)
		return;
	pxe_rd_skip(rd, 5);
	frag = pxe_rd_u16(rd);
	pxe_rd_skip(rd, 1);
	proto = pxe_rd_u8(rd);
	pxe_rd_skip(rd, 2);
	src.v4.v = pxe_rd_u32(rd);
	dst.v4.v = pxe_rd_u32(rd);
	pxe_rd_skip(rd, 4u * (first & 15u) - 20u);
	if (rd->err == 0 && proto == IP_UDP && (frag & 0x1fff) == 0)
		take_udp(c, rd, &src, &dst);
}

/* DHCPv6 is not sent with extension headers, and what has some is passed over. */
static void take_ip6(struct capture *c, struct pxe_rd *rd)
{
	struct pxe_ip src = {.family = 6}, dst = {.family = 6};
	const uint8_t *a = NULL, *b = NULL;
	uint8_t proto = 0;

	pxe_rd_skip(rd, 5);
	proto = pxe_rd_u8(rd);
	pxe_rd_skip(rd, 1);
	a = pxe_rd_bytes(rd, sizeof(src.v6.b));
	b = pxe_rd_bytes(rd, sizeof(dst.v6.b));
	if (a == NULL || b == NULL || proto != IP_UDP)
		return;
	memcpy(src.v6.b, a, sizeof(src.v6.b));
	memcpy(dst.v6.b, b, sizeof(dst.v6.b));
	take_udp(c, rd, &src, &dst);
}

static void take_ip(struct capture *c, struct pxe_rd *rd)
{
	uint8_t first = pxe_rd_u8(rd);

	if (first >> 4 == 4)
		take_ip4(c, rd, first);
	else if (first >> 4 == 6)
		take_ip6(c, rd);
}

static void take_frame(struct capture *c, uint32_t link, const uint8_t *p, size_t len)
{
	struct pxe_rd rd = pxe_rd_init(p, len);
	uint16_t type = ETHER_IPV4;

	if (link == LINK_ETHERNET || link == LINK_SLL) {
		pxe_rd_skip(&rd, link == LINK_ETHERNET ? 12 : 14);
		type = pxe_rd_u16(&rd);
	} else if (link == LINK_SLL2) {
		type = pxe_rd_u16(&rd);
		pxe_rd_skip(&rd, 18);
	} else if (link != LINK_RAW && link != LINK_IPV4 && link != LINK_IPV6) {
		return;
	}
	while (type == ETHER_VLAN || type == ETHER_QINQ) {
		pxe_rd_skip(&rd, 2);
		type = pxe_rd_u16(&rd);
	}
	if ((type == ETHER_IPV4 || type == ETHER_IPV6) && rd.err == 0)
		take_ip(c, &rd);
}

/* ---- files ---- */

static void read_pcap(struct capture *c)
{
	uint32_t link = 0;

	pxe_rd_skip(&c->rd, 16); /* version, zone, accuracy, snap length */
	link = u32(c, &c->rd) & 0xffff;
	while (pxe_rd_left(&c->rd) >= 16 && c->err == 0) {
		uint32_t len = 0;
		const uint8_t *p = NULL;

		pxe_rd_skip(&c->rd, 8);
		len = u32(c, &c->rd);
		pxe_rd_skip(&c->rd, 4);
		p = pxe_rd_bytes(&c->rd, len);
		if (p != NULL)
			take_frame(c, link, p, len);
	}
}

static void read_block(struct capture *c, uint32_t type, const uint8_t *p, size_t len)
{
	struct pxe_rd rd = pxe_rd_init(p, len);
	uint32_t id = 0, n = 0;

	if (type == NG_INTERFACE && c->nlink < NG_INTERFACES_MAX) {
		uint32_t both = pxe_rd_u32(&rd);

		c->link[c->nlink++] = c->swapped ? PCAP_SWAP32(both) & 0xffff : both >> 16;
	} else if (type == NG_SIMPLE) {
		n = u32(c, &rd);
		if (n > pxe_rd_left(&rd))
			n = (uint32_t)pxe_rd_left(&rd);
	} else if (type == NG_ENHANCED) {
		id = u32(c, &rd);
		pxe_rd_skip(&rd, 8);
		n = u32(c, &rd);
		pxe_rd_skip(&rd, 4);
	}
	p = n > 0 ? pxe_rd_bytes(&rd, n) : NULL;
	if (p != NULL && id < c->nlink)
		take_frame(c, c->link[id], p, n);
}

/* A section begins with its byte order, which its length needs already. */
static bool begin_section(struct capture *c)
{
	struct pxe_rd at = c->rd;
	uint32_t order = 0;

	pxe_rd_skip(&at, 4);
	order = pxe_rd_u32(&at);
	if (order != NG_ORDER && order != PCAP_SWAP32(NG_ORDER))
		return false;
	c->swapped = order != NG_ORDER;
	c->nlink = 0;
	return true;
}

static void read_pcapng(struct capture *c)
{
	c->rd.off = 0;
	while (pxe_rd_left(&c->rd) >= 12 && c->err == 0) {
		uint32_t type = pxe_rd_u32(&c->rd), len = 0;
		const uint8_t *p = NULL;

		if (type == NG_SECTION && !begin_section(c))
			return;
		if (type != NG_SECTION && c->swapped)
			type = PCAP_SWAP32(type);
		len = u32(c, &c->rd);
		if (len < 12)
			return;
		p = pxe_rd_bytes(&c->rd, len - 12);
		pxe_rd_skip(&c->rd, 4);
		if (p != NULL && type != NG_SECTION)
			read_block(c, type, p, len - 12);
	}
}

int explain_pcap_read(const char *path, struct explain_input *in, struct pxe_text *why)
{
	struct capture c = {.in = in};
	uint32_t magic = 0;
	char *text = NULL;
	size_t len = 0;
	int err = load_file(path, &text, &len);

	if (err != 0) {
		pxe_text_addf(why, "%s: %s", path, pxe_strerror(err));
		return PXE_E_SYNTAX;
	}
	c.rd = pxe_rd_init(text, len);
	magic = pxe_rd_u32(&c.rd);
	c.swapped = magic == PCAP_SWAP32(PCAP_US) || magic == PCAP_SWAP32(PCAP_NS);
	in->source = path;
	if (magic == NG_SECTION)
		read_pcapng(&c);
	else if (c.swapped || magic == PCAP_US || magic == PCAP_NS)
		read_pcap(&c);
	else
		pxe_text_addf(why, "%s: neither pcap nor pcapng", path);
	free(text);
	if (c.err != 0)
		return c.err;
	if (in->n == 0 && why->len == 0)
		pxe_text_addf(why, "%s: no DHCPv%u request in it", path, in->family);
	return in->n > 0 ? 0 : PXE_E_SYNTAX;
}
