/* SPDX-License-Identifier: BSD-2-Clause */
/* net6.h -- interfaces served with DHCPv6, datagrams in and out.
 *
 * One UDP socket for all of them: every client has an address to be answered at. It is a member of
 * All_DHCP_Relay_Agents_and_Servers and All_DHCP_Servers on each served interface. Interfaces may
 * come late, go, and change addresses.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "dhcpd/core/v6/core6.h"
#include "dhcpd/net.h"
#include "libpxecommon/os/udp.h"

struct net6;

enum { NET6_DGRAM_MAX = 16 * 1024 /* longest message, in and out */ };

struct net6_opts {
	char *const *names; /* interfaces to serve; n 0: all that can multicast */
	size_t nnames;
	uint16_t port;
	struct pxe_ip6 local; /* local-address6; all zero: any */
	/* Name of the network an interface is on (for the log), NULL: none is declared. */
	const char *(*network_of)(void *arg, const struct core6_iface *iface);
	/* Datagrams in order; call net6_flush() when they are worked off. */
	void (*on_recv)(void *arg, struct pxe_dgram *dg, unsigned n);
	void *arg;
};

/* As net_open(). */
int net6_open(uv_loop_t *loop, const struct net6_opts *opts, struct net6 **out);
void net6_close(struct net6 *net); /* NULL ok */
void net6_refresh(struct net6 *net);
void net6_pause(struct net6 *net);
/* core6_opts callback; arg is the net. NULL: not served. */
const struct core6_iface *net6_iface(void *net, unsigned ifindex);
size_t net6_count(const struct net6 *net);
/* Take a reply; its bytes are copied. Sent by net6_flush() or when enough have gathered. */
void net6_send(struct net6 *net, const struct fx_send6 *send);
void net6_flush(struct net6 *net);
void net6_figures(const struct net6 *net, struct net_figures *out);
/* A link-layer address of this machine to be named after: of the first interface among names, or of
 * any, that has one. False: none has. */
bool net6_own_hwaddr(char *const *names, size_t nnames, struct pxe_hwaddr *out);
