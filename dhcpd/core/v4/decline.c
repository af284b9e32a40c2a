/* SPDX-License-Identifier: BSD-2-Clause */
/* decline.c -- DHCPDECLINE (RFC 2131 4.3.3): the client found its address in use.
 *
 * ISC believes anybody about any address, so one packet each takes a pool out of service. Here the
 * address must be the client's, bound or on offer, unless isc_foreign_decline asks for ISC's way.
 */
#include "dhcpd/core/exchange.h"

enum { OPT_REQUESTED = 50 };

static bool holds(const struct exchange *x, const struct lease *l)
{
	if (l == NULL || l->pool == LEASE_POOL_NONE)
		return false;
	if (l->state == LEASE_ACTIVE)
		return client_owns(&x->key, l) || x->core->opts.isc_foreign_decline;
	return l->state == LEASE_FREE && l->offer != NULL &&
	       (offer_is_for(l->offer, &x->key) || x->core->opts.isc_foreign_decline);
}

static void abandon(struct exchange *x, struct lease *l)
{
	char ip[PXE_IP4_STRLEN];

	if (l->offer != NULL)
		offer_drop(&x->core->offers, l->offer);
	lease_abandon(&x->core->leases, l, x->now_s, x->now_s + (int64_t)x->core->abandon_s);
	core_commit(x->core, l, x->fx);
	fx_log(
	    x->fx, FX_LOG_WARNING, "Abandoning IP address %s: declined.", pxe_ip4_str(l->ip, ip));
	fx_log(x->fx, FX_LOG_INFO, "%s: abandoned", x->line);
	exchange_event(x, PXE_STAGE_DECLINE, PXE_REASON_IN_USE);
}

void v4_decline(struct exchange *x)
{
	struct pxe_text t = pxe_text_init(x->line, sizeof(x->line));
	char name[EXCHANGE_HOSTNAME_MAX + 4] = "", text[PXE_IP4_STRLEN];
	struct pxe_ip4 ip = {0};
	struct lease *l = NULL;
	uint32_t declines = 0;

	if (!pxe_dhcp_get_ip4(x->req, OPT_REQUESTED, &ip))
		ip = x->req->ciaddr;
	l = lease_find(&x->core->leases, ip);
	if (l != NULL && holds(x, l))
		(void)exchange_lease_name(lease_hostname(l), name, sizeof(name));
	pxe_text_addf(
	    &t, "DHCPDECLINE of %s from %s %svia %s", pxe_ip4_str(ip, text), x->hw, name, x->via);
	exchange_choose(x, ip, l);
	exchange_evaluate(x);
	declines = settings_num(&x->core->settings, PARAM_DECLINES);
	if (declines != PARAM_TRUE)
		exchange_ignore(x, PXE_REASON_IN_USE, declines == PARAM_IGNORE,
		    x->core->settings.param[PARAM_DECLINES].pos, "ignored");
	else if (holds(x, l))
		abandon(x, l);
	else
		exchange_ignore(x,
		    l != NULL && l->state == LEASE_ACTIVE ? PXE_REASON_NOT_OWNER
							  : PXE_REASON_UNKNOWN_LEASE,
		    false, (struct conf_pos){0}, "not found");
}
