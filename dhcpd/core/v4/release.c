/* SPDX-License-Identifier: BSD-2-Clause */
/* release.c -- DHCPRELEASE (RFC 2131 4.3.4): the holder gives its address back. */
#include "dhcpd/core/exchange.h"

enum { OPT_REQUESTED = 50 };

static void give_back(struct exchange *x, struct lease *l)
{
	exchange_choose(x, l->ip, l);
	exchange_evaluate(x);
	exchange_run_events(x, ON_RELEASE);
	fx_log(x->fx, FX_LOG_INFO, "%s", x->line);
	lease_free(&x->core->leases, l, x->now_s);
	core_commit(x->core, l, x->fx);
	exchange_event(x, PXE_STAGE_RELEASE, PXE_REASON_OK);
}

void v4_release(struct exchange *x)
{
	struct pxe_text t = pxe_text_init(x->line, sizeof(x->line));
	struct pxe_ip4 ip = x->req->ciaddr;
	struct lease *l = NULL;
	bool found = false;
	char name[EXCHANGE_HOSTNAME_MAX + 4] = "", text[PXE_IP4_STRLEN];

	if (ip.v == 0) /* old clients name it in an option instead */
		(void)pxe_dhcp_get_ip4(x->req, OPT_REQUESTED, &ip);
	l = lease_find(&x->core->leases, ip);
	found = l != NULL && l->state == LEASE_ACTIVE && client_owns(&x->key, l);
	if (found)
		(void)exchange_lease_name(lease_hostname(l), name, sizeof(name));
	pxe_text_addf(&t, "DHCPRELEASE of %s from %s %svia %s (%sfound)", pxe_ip4_str(ip, text),
	    x->hw, name, x->via, found ? "" : "not ");
	x->ip = ip;
	if (found)
		give_back(x, l);
	else
		exchange_ignore(x,
		    l != NULL && l->state == LEASE_ACTIVE ? PXE_REASON_NOT_OWNER
							  : PXE_REASON_UNKNOWN_LEASE,
		    false, (struct conf_pos){0}, NULL);
}
