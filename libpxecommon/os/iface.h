/* SPDX-License-Identifier: BSD-2-Clause */
/* iface.h -- the machine's interfaces, kept current by netlink: they may come late, go, come back
 * and change addresses while a daemon runs.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "libpxecommon/base/addr.h"

struct pxe_iface_addr {
	struct pxe_prefix prefix; /* address with host bits, and prefix length */
	bool secondary, tentative;
};

struct pxe_iface {
	unsigned index;
	char name[IF_NAMESIZE];
	struct pxe_hwaddr hw;
	unsigned mtu;
	unsigned flags; /* IFF_* */
	size_t naddr;
	struct pxe_iface_addr *addr; /* in the kernel's order: the first IPv4 one is the primary */
};

enum pxe_iface_change { PXE_IFACE_NEW, PXE_IFACE_CHANGED, PXE_IFACE_GONE };

struct pxe_ifaces;
/* iface is valid during the call; for GONE it is what was known last. */
typedef void (*pxe_iface_fn)(
    enum pxe_iface_change change, const struct pxe_iface *iface, void *arg);

/* Read all interfaces now (no callbacks for those) and follow changes on the loop when it is not
 * NULL. 0 or -errno. */
int pxe_ifaces_open(uv_loop_t *loop, pxe_iface_fn on_change, void *arg, struct pxe_ifaces **out);
void pxe_ifaces_close(struct pxe_ifaces *ifs); /* NULL ok */

/* Borrowed until the loop runs next; NULL when there is none. */
const struct pxe_iface *pxe_iface_by_name(const struct pxe_ifaces *ifs, const char *name);
const struct pxe_iface *pxe_iface_by_index(const struct pxe_ifaces *ifs, unsigned index);
/* i-th interface in index order, NULL past the end. */
const struct pxe_iface *pxe_iface_at(const struct pxe_ifaces *ifs, size_t i);
/* First non-secondary IPv4 address, or one of family 0. */
struct pxe_ip pxe_iface_ip4(const struct pxe_iface *iface);
/* True when ip is an address of some interface of ours. */
bool pxe_ifaces_have_ip(const struct pxe_ifaces *ifs, const struct pxe_ip *ip);
/* Names, space separated, for "no such interface, there are: ..." */
char *pxe_ifaces_names(const struct pxe_ifaces *ifs, char *buf, size_t cap);
