/* SPDX-License-Identifier: BSD-2-Clause */
/* sockaddr.h -- addresses of the suite to and from those of the socket calls.
 */
#pragma once

#include <sys/socket.h>

#include "libpxecommon/base/addr.h"

/* ep as a socket address for a socket of this family (AF_INET or AF_INET6); IPv4 becomes mapped on
 * an IPv6 socket, no address the any address. The length, or -EAFNOSUPPORT. */
int pxe_sockaddr_set(struct sockaddr_storage *ss, int family, const struct pxe_endpoint *ep);
/* Back; IPv4-mapped addresses become plain IPv4, other families an endpoint without address. */
struct pxe_endpoint pxe_sockaddr_get(const struct sockaddr_storage *ss);
