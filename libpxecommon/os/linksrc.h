/* SPDX-License-Identifier: BSD-2-Clause */
/* linksrc.h -- which link-layer address a UDP/IPv6 datagram came from.
 *
 * A UDP socket does not tell, and the neighbour table does not know a sender that nobody has
 * answered yet. A packet socket beside it sees the same datagrams first and keeps the last senders;
 * what it says is as trustworthy as the link. DHCPv6 relays and servers want it (RFC 6939).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"

enum { PXE_LINKSRC_SLOTS = 512 };

struct pxe_linksrc;

/* Watch datagrams to this port on all interfaces. Needs CAP_NET_RAW to open only. 0 or -errno. */
int pxe_linksrc_open(uint16_t port, struct pxe_linksrc **out);
void pxe_linksrc_close(struct pxe_linksrc *ls); /* NULL ok */
/* Take note of what has come since the last time; to be called before asking. Never blocks. */
void pxe_linksrc_update(struct pxe_linksrc *ls);
/* The address from which this source sent last on this interface: true and *out. */
bool pxe_linksrc_get(const struct pxe_linksrc *ls, unsigned ifindex, const struct pxe_ip6 *from,
    struct pxe_hwaddr *out);
