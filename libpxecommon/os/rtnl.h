/* SPDX-License-Identifier: BSD-2-Clause */
/* rtnl.h -- the part of rtnetlink(7) that interfaces need: sockets, dumps, and what a message says.
 *
 * Private to os/iface.c.
 */
#pragma once

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/os/iface.h"

/* What a message says about an interface; members without a has_ were not said. */
struct pxe_rtnl_link {
	unsigned index, flags;
	bool is_gone;
	bool has_name, has_hw, has_mtu;
	char name[IF_NAMESIZE];
	struct pxe_hwaddr hw;
	unsigned mtu;
};

struct pxe_rtnl_addr {
	unsigned index;
	bool is_gone;
	struct pxe_iface_addr addr;
};

/* Nonblocking, subscribed to these RTMGRP_* groups. A descriptor or -errno. */
int pxe_rtnl_open(unsigned groups);
typedef void (*pxe_rtnl_fn)(const struct nlmsghdr *nh, void *arg);
/* Ask for everything of a type (RTM_GETLINK, RTM_GETADDR) on a socket of its own. 0 or -errno;
 * -EINTR when the table changed meanwhile and the dump must be made again. */
int pxe_rtnl_dump(int type, pxe_rtnl_fn fn, void *arg);
/* Read one datagram of messages. How many bytes, or -errno (-EAGAIN: none, -ENOBUFS: some were
 * lost). */
int pxe_rtnl_read(int fd, pxe_rtnl_fn fn, void *arg);
/* False when the message is about something else. */
bool pxe_rtnl_parse_link(const struct nlmsghdr *nh, struct pxe_rtnl_link *out);
bool pxe_rtnl_parse_addr(const struct nlmsghdr *nh, struct pxe_rtnl_addr *out);
