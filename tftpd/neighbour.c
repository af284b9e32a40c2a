/* SPDX-License-Identifier: BSD-2-Clause */
/* neighbour.c -- ask the kernel's ARP table. */
#include "tftpd/neighbour.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"

enum { ETHER_LEN = 6 };

int neighbour_mac(const struct pxe_ip *ip, const char *ifname, struct pxe_hwaddr *out)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	struct arpreq req = {0};
	int fd, rc;

	if (ip->family != 4 || ifname == NULL)
		return PXE_E_NOTFOUND;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	sin.sin_addr.s_addr = htonl(ip->v4.v);
	memcpy(&req.arp_pa, &sin, sizeof(sin));
	(void)snprintf(req.arp_dev, sizeof(req.arp_dev), "%s", ifname);
	rc = ioctl(fd, SIOCGARP, &req) == 0 ? 0 : -errno;
	(void)close(fd);
	if (rc != 0)
		return rc == -ENXIO ? PXE_E_NOTFOUND : rc;
	if ((req.arp_flags & ATF_COM) == 0)
		return PXE_E_NOTFOUND;
	*out = (struct pxe_hwaddr){.type = (uint8_t)req.arp_ha.sa_family, .len = ETHER_LEN};
	memcpy(out->b, req.arp_ha.sa_data, ETHER_LEN);
	return 0;
}
