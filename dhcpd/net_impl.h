/* SPDX-License-Identifier: BSD-2-Clause */
/* net_impl.h -- what net.c and net_out.c share. */
#pragma once

#include <net/if.h>

#include "dhcpd/net.h"
#include "libpxecommon/os/iface.h"
#include "libpxecommon/os/link.h"

struct net_if {
	struct net *net;
	char name[IF_NAMESIZE];
	struct pxe_ip4 addr[NET_ADDRESSES_MAX];
	struct core_iface core; /* points into the above */
	struct pxe_udp *udp;
};

struct net_out {
	struct fx_send send;
	uint8_t data[NET_MTU_MAX];
};

struct net {
	uv_loop_t *loop;
	struct net_opts opts;
	struct pxe_ifaces *ifaces;
	struct net_if *nifs[NET_INTERFACES_MAX];
	size_t nif;
	struct pxe_udp *fallback;
	struct pxe_link_sock *link;
	struct net_out out[NET_OUT_MAX];
	unsigned nout;
	struct net_figures figures;
	uint64_t gone_overflows; /* of sockets closed since */
};

struct net_if *net_find(const struct net *net, unsigned ifindex); /* NULL: not served */
