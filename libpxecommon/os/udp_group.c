/* SPDX-License-Identifier: BSD-2-Clause */
/* udp_group.c -- multicast groups of a UDP socket. */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "libpxecommon/os/udp.h"

/* The v6 call, or the v4 one: the same two arguments in other structs. */
static int change(
    const struct pxe_udp *udp, const struct pxe_ip *group, unsigned ifindex, int v6, int v4)
{
	struct ipv6_mreq m6 = {.ipv6mr_interface = ifindex};
	struct ip_mreqn m4 = {.imr_ifindex = (int)ifindex};
	int done = 0;

	if (group->family == 6) {
		memcpy(&m6.ipv6mr_multiaddr, group->v6.b, sizeof(group->v6.b));
		done = setsockopt(pxe_udp_fd(udp), IPPROTO_IPV6, v6, &m6, sizeof(m6));
	} else {
		m4.imr_multiaddr.s_addr = htonl(group->v4.v);
		done = setsockopt(pxe_udp_fd(udp), IPPROTO_IP, v4, &m4, sizeof(m4));
	}
	return done == 0 ? 0 : -errno;
}

int pxe_udp_join(struct pxe_udp *udp, const struct pxe_ip *group, unsigned ifindex)
{
	int err = change(udp, group, ifindex, IPV6_JOIN_GROUP, IP_ADD_MEMBERSHIP);

	return err == -EADDRINUSE ? 0 : err;
}

int pxe_udp_leave(struct pxe_udp *udp, const struct pxe_ip *group, unsigned ifindex)
{
	int err = change(udp, group, ifindex, IPV6_LEAVE_GROUP, IP_DROP_MEMBERSHIP);

	return err == -EADDRNOTAVAIL ? 0 : err;
}

int pxe_udp_multicast_hops(struct pxe_udp *udp, int hops)
{
	bool is_v4 = pxe_udp_local(udp).ip.family == 4;
	int level = is_v4 ? IPPROTO_IP : IPPROTO_IPV6;
	int name = is_v4 ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS;

	return setsockopt(pxe_udp_fd(udp), level, name, &hops, sizeof(hops)) == 0 ? 0 : -errno;
}
