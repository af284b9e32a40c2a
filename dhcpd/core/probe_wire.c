/* SPDX-License-Identifier: BSD-2-Clause */
/* probe_wire.c -- the packets of a probe. */
#include "dhcpd/core/probe_wire.h"

#include <string.h>

#include "libpxecommon/base/buf.h"

enum {
	ECHO_REQUEST = 8,
	ECHO_REPLY = 0,
	IP_HEADER_MIN = 20,
	HW_ETHERNET = 1,
	ETHER_LEN = 6,
	PROTO_IPV4 = 0x0800,
	ARP_REQUEST = 1,
	ARP_REPLY = 2
};

static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void probe_put_echo(uint8_t out[PROBE_ECHO_LEN], uint16_t id, uint16_t seq)
{
	struct pxe_wr wr = pxe_wr_init(out, PROBE_ECHO_LEN);
	uint16_t sum = 0;

	memset(out, 0, PROBE_ECHO_LEN);
	pxe_wr_u8(&wr, ECHO_REQUEST);
	pxe_wr_u8(&wr, 0);
	pxe_wr_u16(&wr, 0);
	pxe_wr_u16(&wr, id);
	pxe_wr_u16(&wr, seq);
	sum = checksum(out, PROBE_ECHO_LEN);
	out[2] = (uint8_t)(sum >> 8);
	out[3] = (uint8_t)sum;
}

bool probe_is_echo_reply(const uint8_t *pkt, size_t len, uint16_t id)
{
	struct pxe_rd rd = pxe_rd_init(pkt, len);
	size_t header = (pxe_rd_u8(&rd) & 0x0fu) * 4u;
	uint8_t type = 0;
	uint16_t got = 0;

	if (rd.err != 0 || header < IP_HEADER_MIN)
		return false;
	pxe_rd_skip(&rd, header - 1);
	type = pxe_rd_u8(&rd);
	pxe_rd_skip(&rd, 3);
	got = pxe_rd_u16(&rd);
	return rd.err == 0 && type == ECHO_REPLY && got == id;
}

void probe_put_arp(uint8_t out[PROBE_ARP_LEN], const struct pxe_hwaddr *from, struct pxe_ip4 ip)
{
	/* One piece, for there is nothing to choose in it, and gcc 12 at -O3 mistakes single stores
	 * into an array of known size for an overflow. */
	static const uint8_t head[] = {
	    0, HW_ETHERNET, PROTO_IPV4 >> 8, PROTO_IPV4 & 0xff, ETHER_LEN, 4, 0, ARP_REQUEST};
	struct pxe_wr wr = pxe_wr_init(out, PROBE_ARP_LEN);

	pxe_wr_bytes(&wr, head, sizeof(head));
	pxe_wr_bytes(&wr, from->b, ETHER_LEN);
	pxe_wr_u32(&wr, 0);
	pxe_wr_fill(&wr, 0, ETHER_LEN);
	pxe_wr_u32(&wr, ip.v);
}

bool probe_arp_sender(
    const uint8_t *pkt, size_t len, struct pxe_hwaddr *out_hw, struct pxe_ip4 *out_ip)
{
	struct pxe_rd rd = pxe_rd_init(pkt, len);
	struct pxe_hwaddr hw = {.type = HW_ETHERNET, .len = ETHER_LEN};
	bool is_ours = pxe_rd_u16(&rd) == HW_ETHERNET;
	uint16_t op = 0;
	uint32_t ip = 0;

	is_ours &= pxe_rd_u16(&rd) == PROTO_IPV4;
	is_ours &= pxe_rd_u8(&rd) == ETHER_LEN;
	is_ours &= pxe_rd_u8(&rd) == 4;
	op = pxe_rd_u16(&rd);
	pxe_rd_copy(&rd, hw.b, ETHER_LEN);
	ip = pxe_rd_u32(&rd);
	pxe_rd_skip(&rd, ETHER_LEN + 4);
	if (rd.err != 0 || !is_ours || (op != ARP_REQUEST && op != ARP_REPLY) || ip == 0)
		return false;
	*out_hw = hw;
	out_ip->v = ip;
	return true;
}
