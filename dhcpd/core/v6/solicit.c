/* SPDX-License-Identifier: BSD-2-Clause */
/* solicit.c -- Solicit (RFC 8415 18.3.1): an Advertise, or at once a Reply when both sides want. */
#include "dhcpd/core/v6/exchange6.h"

static bool is_rapid(struct exchange6 *x)
{
	if (pxe_dhcp6_get(x->req->options, PXE_DHCP6_OPT_RAPID_COMMIT).p == NULL)
		return false;
	exchange6_choose(x, NULL, NULL, NULL, false);
	exchange6_evaluate(x);
	return exchange6_option(x, PXE_DHCP6_OPT_RAPID_COMMIT) != NULL;
}

void v6_solicit(struct exchange6 *x)
{
	x->is_rapid = is_rapid(x);
	reply6_begin(x, x->is_rapid ? PXE_DHCP6_REPLY : PXE_DHCP6_ADVERTISE);
	if (ia6_serve(x, x->is_rapid ? IA6_RAPID : IA6_SOLICIT) == 0) {
		/* nothing to advertise; stateless clients ask otherwise */
		x->detail = "no identity association in it";
		exchange6_event(x, x->stage, PXE_REASON_BAD_REQUEST);
		return;
	}
	reply6_send(x, REPLY6_OPTIONS, 0, NULL);
}
