/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_dest.h -- where a DHCPv4 reply goes (RFC 2131 4.1, RFC 1542 5.4, RFC 8357).
 *
 * Pure: says what to do, the shell does it. The server and the relay ask the same question.
 */
#pragma once

#include "libpxecommon/proto/dhcp_msg.h"

enum pxe_dhcp_via {
	PXE_DHCP_VIA_RELAY,   /* UDP to giaddr, server port (or the port the relay named) */
	PXE_DHCP_VIA_UNICAST, /* UDP to ciaddr; the client answers ARP */
	PXE_DHCP_VIA_LINK,    /* link-layer frame to chaddr, IP yiaddr; the client cannot ARP yet */
	PXE_DHCP_VIA_BROADCAST, /* 255.255.255.255 on the interface the request came in on */
	PXE_DHCP_VIA_SENDER     /* back to the source address and port of the request */
};

struct pxe_dhcp_dest {
	enum pxe_dhcp_via via;
	struct pxe_ip4 ip; /* IP destination */
	uint16_t port;
};

struct pxe_dhcp_dest_how {
	uint16_t server_port, client_port; /* 67 and 68 unless moved by a flag */
	bool always_broadcast;
	bool can_link;       /* the interface can send to an address that has no ARP entry */
	struct pxe_ip4 from; /* source of the request, 0 if unspecified */
	uint16_t from_port;
};

/* Destination of reply (its type, yiaddr and flags set) to request.
 *
 * giaddr set: the relay. NAK: broadcast. ciaddr in use: unicast there. INFORM without ciaddr: the
 * sender. Broadcast flag clear and a frame possible: link. Else broadcast. A relay has only the
 * reply: it passes it as both, with giaddr cleared in its copy. */
struct pxe_dhcp_dest pxe_dhcp_dest(const struct pxe_dhcp_msg *request,
    const struct pxe_dhcp_msg *reply, const struct pxe_dhcp_dest_how *how);
