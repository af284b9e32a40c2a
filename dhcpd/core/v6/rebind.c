/* SPDX-License-Identifier: BSD-2-Clause */
/* rebind.c -- Rebind (RFC 8415 18.3.5): as Renew, but an address that is nobody's is granted, for
 * the server that gave it may be gone. */
#include "dhcpd/core/v6/exchange6.h"

void v6_rebind(struct exchange6 *x)
{
	reply6_begin(x, PXE_DHCP6_REPLY);
	if (ia6_serve(x, IA6_REBIND) == 0) {
		x->detail = "no identity association in it";
		exchange6_event(x, x->stage, PXE_REASON_BAD_REQUEST);
		return;
	}
	reply6_send(x, REPLY6_OPTIONS, 0, NULL);
}
