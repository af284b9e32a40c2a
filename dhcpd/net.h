/* SPDX-License-Identifier: BSD-2-Clause */
/* net.h -- interfaces served, datagrams in and out.
 *
 * One UDP socket bound to each served interface receives; replies to clients without an address
 * leave as link-layer frames, broadcasts by the interface's socket, everything else by one socket
 * that follows the routing table. Interfaces may come late, go, and change addresses.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "dhcpd/core/core.h"
#include "libpxecommon/os/udp.h"

struct net;

enum {
	NET_INTERFACES_MAX = 4096,
	NET_ADDRESSES_MAX = 64, /* looked at of one interface */
	NET_OUT_MAX = 64,       /* replies gathered for one system call */
	NET_RCVBUF = 16 << 20,  /* of each interface: 10 000 small packets at once fit */
	NET_MTU_MAX = 1500      /* largest reply, whatever the link can do: as ISC */
};

struct net_opts {
	char *const *names; /* interfaces to serve; n 0: all that can broadcast */
	size_t nnames;
	uint16_t port;
	struct pxe_ip4 local; /* local-address: only what is sent to it; 0: anything */
	/* Name of the network an interface is on (for the log), NULL: none is declared. */
	const char *(*network_of)(void *arg, const struct core_iface *iface);
	/* Datagrams of one interface, in order; call net_flush() when they are worked off. */
	void (*on_recv)(void *arg, unsigned ifindex, struct pxe_dgram *dg, unsigned n);
	void *arg;
};

/* Open sockets on the interfaces there are and follow the others. Logs ISC's start-up lines. 0;
 * -errno, or PXE_E_NOTFOUND when there is nothing to listen on; the last line logged says why. */
int net_open(uv_loop_t *loop, const struct net_opts *opts, struct net **out);
void net_close(struct net *net); /* NULL ok */
/* The configuration changed: serve what it covers now. */
void net_refresh(struct net *net);
/* Stop receiving; sending goes on. */
void net_pause(struct net *net);

/* core_opts callbacks; arg is the net. */
const struct core_iface *net_iface(void *net, unsigned ifindex);
bool net_is_ours(void *net, struct pxe_ip4 ip);
size_t net_count(const struct net *net); /* interfaces served */

/* Take a reply; its bytes are copied. Sent by net_flush() or when enough have gathered. */
void net_send(struct net *net, const struct fx_send *send);
void net_flush(struct net *net);

struct net_figures {
	uint64_t sent, failed, overflows;
};
void net_figures(const struct net *net, struct net_figures *out);
