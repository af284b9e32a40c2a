/* SPDX-License-Identifier: BSD-2-Clause */
/* ifmap.h -- from the kernel's interfaces and the configuration to the ports of the core. */
#pragma once

#include "libpxecommon/os/iface.h"
#include "relayd/conf.h"

/* Make a fresh sealed set of ports. Statistics of interfaces that were in old (may be NULL) are
 * carried over. Interfaces whose option 82 lost a suboption for want of room, or whose chosen
 * giaddr is not theirs, are told to warn (may be NULL). 0 or -ENOMEM, then out is empty. */
int ifmap_build(const struct relayd_conf *conf, const char *hostname, const struct pxe_ifaces *ifs,
    const struct ports *old, void (*warn)(const char *ifname, const char *what), struct ports *out);

/* The next interface, from *cursor on, that the configuration names and that does not exist; NULL
 * when there is none left. */
const char *ifmap_next_missing(
    const struct relayd_conf *conf, const struct pxe_ifaces *ifs, size_t *cursor);
/* VLAN id of a VLAN interface, 0 for others. Reads a file of /proc. */
uint16_t ifmap_vlan(const char *ifname);
/* Which sides an interface is of. */
void ifmap_sides(
    const struct relayd_conf *conf, const struct pxe_iface *iface, bool *out_up, bool *out_down);
/* True when it is of any. */
bool ifmap_is_served(const struct relayd_conf *conf, const struct pxe_iface *iface);
