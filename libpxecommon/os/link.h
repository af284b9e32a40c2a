/* SPDX-License-Identifier: BSD-2-Clause */
/* link.h -- send UDP/IPv4 in a link-layer frame to a client that cannot answer ARP yet.
 *
 * One AF_PACKET socket serves every interface; it receives nothing. Needs CAP_NET_RAW to open only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"

struct pxe_link_sock;

struct pxe_link_dgram {
	unsigned ifindex;
	struct pxe_hwaddr to_hw; /* len 0: the interface's broadcast address */
	struct pxe_ip4 from_ip, to_ip;
	uint16_t from_port, to_port;
	const void *data;
	size_t len;
};

int pxe_link_open(struct pxe_link_sock **out); /* 0 or -errno */
void pxe_link_close(struct pxe_link_sock *s);  /* NULL ok */
/* IPv4 (TTL 128, low delay TOS as ISC's) and UDP headers with checksums are made here. Sends up to
 * n in one call; returns how many the kernel took, or -errno when the first is refused. */
int pxe_link_send(struct pxe_link_sock *s, const struct pxe_link_dgram *dg, unsigned n);
/* Headers and payload into out, for tests and fuzzing; the length or PXE_E_TOOBIG. Pure. */
int pxe_link_build(const struct pxe_link_dgram *dg, uint8_t *out, size_t cap);
