/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_dest.c -- the rules of RFC 2131 4.1 for where a reply goes. */
#include "libpxecommon/proto/dhcp_dest.h"

#include "libpxecommon/proto/dhcp_agent.h"

enum { OPT_SERVER_ID = 54, OPT_AGENT = 82 };

#define LOOPBACK  0x7f000001u
#define EVERYBODY 0xffffffffu

/* A relay that cannot own port 67 says so, and gets its answer where it sent from (RFC 8357 4). ISC
 * dhcpd does the same for giaddr 127.0.0.1, which is how tools test a server on its own machine. */
static uint16_t relay_port(const struct pxe_dhcp_msg *request, const struct pxe_dhcp_dest_how *how)
{
	struct pxe_bytes agent = pxe_dhcp_get(request, OPT_AGENT);
	bool wants =
	    request->giaddr.v == LOOPBACK || pxe_agent_get(agent, PXE_AGENT_RELAY_PORT).p != NULL;

	return wants && how->from_port != 0 ? how->from_port : how->server_port;
}

/* Does the client own ciaddr and answer ARP for it?
 *
 * RFC 2131 4.1 sends whatever has ciaddr there. A client in SELECTING has no address yet: when it
 * fills in ciaddr all the same, its server identifier gives it away, and ISC dhcpd ignores ciaddr
 * too. So does an OFFER. */
static bool owns_ciaddr(const struct pxe_dhcp_msg *request, const struct pxe_dhcp_msg *reply)
{
	if (request->ciaddr.v == 0 || reply->type == PXE_DHCP_OFFER)
		return false;
	return !pxe_dhcp_has(request, OPT_SERVER_ID) || reply->yiaddr.v == 0;
}

static bool can_frame(const struct pxe_dhcp_msg *request, const struct pxe_dhcp_msg *reply,
    const struct pxe_dhcp_dest_how *how)
{
	if (how->always_broadcast ||
	    ((request->flags | reply->flags) & PXE_DHCP_FLAG_BROADCAST) != 0)
		return false;
	/* IP over InfiniBand leaves chaddr empty (RFC 4390 2.1). */
	return how->can_link && reply->yiaddr.v != 0 && request->hlen != 0;
}

struct pxe_dhcp_dest pxe_dhcp_dest(const struct pxe_dhcp_msg *request,
    const struct pxe_dhcp_msg *reply, const struct pxe_dhcp_dest_how *how)
{
	struct pxe_dhcp_dest to = {PXE_DHCP_VIA_BROADCAST, {EVERYBODY}, how->client_port};

	if (request->giaddr.v != 0) {
		to = (struct pxe_dhcp_dest){
		    PXE_DHCP_VIA_RELAY, request->giaddr, relay_port(request, how)};
	} else if (reply->type == PXE_DHCP_NAK) {
		/* Whatever ciaddr says: the address is not the client's to use. */
	} else if (owns_ciaddr(request, reply)) {
		to.via = PXE_DHCP_VIA_UNICAST;
		to.ip = request->ciaddr;
	} else if (request->type == PXE_DHCP_INFORM && how->from.v != 0) {
		/* ciaddr is a MUST here, but clients forget it (RFC 2131 4.4.3); as ISC dhcpd. */
		to.via = PXE_DHCP_VIA_SENDER;
		to.ip = how->from;
		to.port = how->from_port != 0 ? how->from_port : how->client_port;
	} else if (can_frame(request, reply, how)) {
		to.via = PXE_DHCP_VIA_LINK;
		to.ip = reply->yiaddr;
	}
	return to;
}
