/* SPDX-License-Identifier: BSD-2-Clause */
/* members.h -- multicast memberships by the thousand, beside the sockets that receive.
 *
 * The kernel limits the memberships of one socket (IPv6: by net.core.optmem_max, some 2 300; IPv4:
 * 20). A socket on the group's port hears the group on an interface whoever is its member there
 * (IPV6_MULTICAST_ALL, IP_MULTICAST_ALL, which are on unless turned off), so sockets that are for
 * nothing else hold them, as many as it takes.
 */
#pragma once

#include <stddef.h>

#include "libpxecommon/base/addr.h"

/* All zero: none. */
struct pxe_members {
	int *fd;
	size_t n;
};

/* Join or leave a group, always of the same family, on one interface; the kernel forgets it with
 * the interface. What is so already is no error. 0 or -errno. */
int pxe_members_join(struct pxe_members *m, const struct pxe_ip *group, unsigned ifindex);
int pxe_members_leave(struct pxe_members *m, const struct pxe_ip *group, unsigned ifindex);
/* Leaves all. */
void pxe_members_close(struct pxe_members *m);
