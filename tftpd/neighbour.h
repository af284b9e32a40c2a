/* SPDX-License-Identifier: BSD-2-Clause */
/* neighbour.h -- the link-layer address of a client on our own links, from the kernel's table. */
#pragma once

#include "libpxecommon/base/addr.h"

/* ifname: where the client's packet came in; may be NULL. 0, PXE_E_NOTFOUND when the client is
 * behind a router or unknown (IPv6 clients always are, for now), or -errno. */
int neighbour_mac(const struct pxe_ip *ip, const char *ifname, struct pxe_hwaddr *out);
