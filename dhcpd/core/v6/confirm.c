/* SPDX-License-Identifier: BSD-2-Clause */
/* confirm.c -- Confirm (RFC 8415 18.3.3): is a client that moved still where its addresses are? */
#include "dhcpd/core/v6/exchange6.h"

struct verdict {
	unsigned on_link, off_link;
};

static void look(
    struct exchange6 *x, enum lease6_kind kind, const struct pxe_dhcp6_ia *ia, void *arg)
{
	struct verdict *v = arg;
	struct pxe_rd rd = pxe_rd_init(ia->options.p, ia->options.len);
	struct pxe_dhcp6_lease l;

	while (kind != LEASE6_PD && ia6_next_lease(&rd, kind, &l)) {
		if (x->ip.family == 0)
			x->ip = (struct pxe_ip){.family = 6, .v6 = l.ip};
		if (exchange6_is_on_link(x, &l.ip))
			v->on_link++;
		else
			v->off_link++;
	}
}

void v6_confirm(struct exchange6 *x)
{
	struct verdict v = {0};

	(void)ia6_each(x, look, &v);
	if (v.on_link + v.off_link == 0) {
		x->detail = "no address in it";
		exchange6_event(x, x->stage, PXE_REASON_BAD_REQUEST);
		return;
	}
	reply6_begin(x, PXE_DHCP6_REPLY);
	x->net = NULL; /* ISC answers it by the root scope */
	exchange6_choose(x, NULL, NULL, NULL, false);
	if (v.off_link > 0)
		x->outcome.reason = PXE_REASON_WRONG_NETWORK;
	reply6_send(x, 0, v.off_link > 0 ? STATUS6_NOT_ON_LINK : STATUS6_SUCCESS,
	    v.off_link > 0 ? "Some of the addresses are not on link."
			   : "All addresses still on link.");
}
