/* SPDX-License-Identifier: BSD-2-Clause */
/* sockaddr.c -- addresses of the suite to and from those of the socket calls. */
#include "libpxecommon/os/sockaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

static int set4(struct sockaddr_storage *ss, const struct pxe_endpoint *ep)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(ep->port)};

	if (ep->ip.family == 6)
		return -EAFNOSUPPORT;
	if (ep->ip.family == 4)
		sin.sin_addr.s_addr = htonl(ep->ip.v4.v);
	memcpy(ss, &sin, sizeof(sin));
	return (int)sizeof(sin);
}

int pxe_sockaddr_set(struct sockaddr_storage *ss, int family, const struct pxe_endpoint *ep)
{
	struct sockaddr_in6 sin6 = {
	    .sin6_family = AF_INET6, .sin6_port = htons(ep->port), .sin6_scope_id = ep->scope_id};

	if (family == AF_INET)
		return set4(ss, ep);
	if (family != AF_INET6)
		return -EAFNOSUPPORT;
	if (ep->ip.family == 6) {
		memcpy(&sin6.sin6_addr, ep->ip.v6.b, sizeof(ep->ip.v6.b));
	} else if (ep->ip.family == 4) {
		uint32_t be = htonl(ep->ip.v4.v);

		sin6.sin6_addr.s6_addr[10] = sin6.sin6_addr.s6_addr[11] = 0xff;
		memcpy(&sin6.sin6_addr.s6_addr[12], &be, sizeof(be));
	}
	memcpy(ss, &sin6, sizeof(sin6));
	return (int)sizeof(sin6);
}

struct pxe_endpoint pxe_sockaddr_get(const struct sockaddr_storage *ss)
{
	struct pxe_endpoint ep = {0};
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	if (ss->ss_family == AF_INET) {
		memcpy(&sin, ss, sizeof(sin));
		ep.ip.family = 4;
		ep.ip.v4.v = ntohl(sin.sin_addr.s_addr);
		ep.port = ntohs(sin.sin_port);
	} else if (ss->ss_family == AF_INET6) {
		memcpy(&sin6, ss, sizeof(sin6));
		ep.ip.family = 6;
		memcpy(ep.ip.v6.b, &sin6.sin6_addr, sizeof(ep.ip.v6.b));
		ep.ip = pxe_ip_unmap(ep.ip);
		ep.port = ntohs(sin6.sin6_port);
		ep.scope_id = sin6.sin6_scope_id;
	}
	return ep;
}
