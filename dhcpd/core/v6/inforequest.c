/* SPDX-License-Identifier: BSD-2-Clause */
/* inforequest.c -- Information-request (RFC 8415 18.3.6): options without a lease. */
#include "dhcpd/core/v6/exchange6.h"

void v6_inforequest(struct exchange6 *x)
{
	const struct pxe_ip6 *from =
	    x->chain->nrelay > 0 ? &x->chain->relay[x->chain->nrelay - 1].peer : NULL;

	if (from == NULL && x->in->from.ip.family == 6)
		from = &x->in->from.ip.v6;
	reply6_begin(x, PXE_DHCP6_REPLY);
	/* the subnet of the client's own address has its options, when the client shows it */
	exchange6_choose(x, from, NULL, NULL, false);
	x->has_address = false;
	reply6_send(x, REPLY6_OPTIONS, 0, NULL);
}
