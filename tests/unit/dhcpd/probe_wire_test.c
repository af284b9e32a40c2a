/* SPDX-License-Identifier: BSD-2-Clause */
/* probe_wire_test.c -- ICMP echo and ARP probes to the byte. */
#include "dhcpd/core/probe_wire.h"

#include <string.h>

#include "../check_main.h"

START_TEST(echo_request)
{
	uint8_t out[PROBE_ECHO_LEN];
	uint32_t sum = 0;

	probe_put_echo(out, 0x1234, 0xabcd);
	ck_assert_uint_eq(out[0], 8);
	ck_assert_int_eq(out[4] << 8 | out[5], 0x1234);
	ck_assert_int_eq(out[6] << 8 | out[7], 0xabcd);
	for (size_t i = 0; i < sizeof(out); i += 2)
		sum += (uint32_t)out[i] << 8 | out[i + 1];
	ck_assert_uint_eq((sum & 0xffff) + (sum >> 16), 0xffff); /* RFC 1071 */
}
END_TEST

START_TEST(echo_reply)
{
	uint8_t pkt[28] = {0x45};

	pkt[24] = 0x12;
	pkt[25] = 0x34;
	ck_assert(probe_is_echo_reply(pkt, sizeof(pkt), 0x1234));
	ck_assert(!probe_is_echo_reply(pkt, sizeof(pkt), 0x1235));
	for (size_t cut = 0; cut < 26; cut++)
		ck_assert(!probe_is_echo_reply(pkt, cut, 0x1234));
	pkt[20] = 8; /* a request */
	ck_assert(!probe_is_echo_reply(pkt, sizeof(pkt), 0x1234));
	pkt[20] = 0;
	pkt[0] = 0x44; /* a header shorter than it can be */
	ck_assert(!probe_is_echo_reply(pkt, sizeof(pkt), 0x1234));
	pkt[0] = 0x4f; /* one longer than the packet */
	ck_assert(!probe_is_echo_reply(pkt, sizeof(pkt), 0x1234));
}
END_TEST

START_TEST(arp_probe)
{
	static const uint8_t want[PROBE_ARP_LEN] = {0, 1, 8, 0, 6, 4, 0, 1, /* who has */
	    2, 0, 0, 0, 0, 9, 0, 0, 0, 0,                                   /* us, no address */
	    0, 0, 0, 0, 0, 0, 192, 0, 2, 5};
	const struct pxe_hwaddr us = {.type = 1, .len = 6, .b = {2, 0, 0, 0, 0, 9}};
	uint8_t out[PROBE_ARP_LEN];

	probe_put_arp(out, &us, (struct pxe_ip4){0xc0000205});
	ck_assert_mem_eq(out, want, sizeof(want));
}
END_TEST

START_TEST(arp_sender)
{
	uint8_t pkt[PROBE_ARP_LEN] = {0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 0, 7, 192, 0, 2, 5};
	const struct pxe_hwaddr want = {.type = 1, .len = 6, .b = {2, 0, 0, 0, 0, 7}};
	struct pxe_hwaddr hw = {0};
	struct pxe_ip4 ip = {0};

	ck_assert(probe_arp_sender(pkt, sizeof(pkt), &hw, &ip));
	ck_assert(pxe_hwaddr_eq(&hw, &want));
	ck_assert_uint_eq(ip.v, 0xc0000205);
	for (size_t cut = 0; cut < sizeof(pkt); cut++)
		ck_assert(!probe_arp_sender(pkt, cut, &hw, &ip));
	for (size_t i = 0; i < 7; i++) { /* another kind of hardware, protocol, length */
		pkt[i] ^= 0x40;
		ck_assert_msg(!probe_arp_sender(pkt, sizeof(pkt), &hw, &ip), "byte %zu", i);
		pkt[i] ^= 0x40;
	}
	memset(pkt + 14, 0, 4); /* somebody else's probe says nothing of an address */
	ck_assert(!probe_arp_sender(pkt, sizeof(pkt), &hw, &ip));
}
END_TEST

CHECK_MAIN("dhcpd/probe_wire", echo_request, echo_reply, arp_probe, arp_sender)
