/* SPDX-License-Identifier: BSD-2-Clause */
/* renew.c -- Renew (RFC 8415 18.3.4). */
#include "dhcpd/core/v6/exchange6.h"

void v6_renew(struct exchange6 *x)
{
	reply6_begin(x, PXE_DHCP6_REPLY);
	if (ia6_serve(x, IA6_RENEW) == 0) {
		x->detail = "no identity association in it";
		exchange6_event(x, x->stage, PXE_REASON_BAD_REQUEST);
		return;
	}
	reply6_send(x, REPLY6_OPTIONS, 0, NULL);
}
