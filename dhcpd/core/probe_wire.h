/* SPDX-License-Identifier: BSD-2-Clause */
/* probe_wire.h -- the packets of a probe: ICMP echo (RFC 792) and ARP probe (RFC 5227 2.1.1). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"

enum { PROBE_ECHO_LEN = 64, PROBE_ARP_LEN = 28 };

/* An echo request into out. */
void probe_put_echo(uint8_t out[PROBE_ECHO_LEN], uint16_t id, uint16_t seq);
/* Is this IPv4 packet, header included, an echo reply with that id? */
bool probe_is_echo_reply(const uint8_t *pkt, size_t len, uint16_t id);
/* "Who has ip?" from an Ethernet address, with no sender's address, so that nobody's cache changes.
 */
void probe_put_arp(uint8_t out[PROBE_ARP_LEN], const struct pxe_hwaddr *from, struct pxe_ip4 ip);
/* The sender of an ARP packet for Ethernet and IPv4, request or reply; false for anything else. */
bool probe_arp_sender(
    const uint8_t *pkt, size_t len, struct pxe_hwaddr *out_hw, struct pxe_ip4 *out_ip);
