/* SPDX-License-Identifier: BSD-2-Clause */
/* bootp.c -- BOOTP clients (RFC 951, 1497, 1534): a fixed address, or one for ever. */
#include "dhcpd/core/exchange.h"
#include "dhcpd/core/record.h"

static void build(struct exchange *x)
{
	struct pxe_dhcp_msg *m = reply_begin(x, PXE_DHCP_BOOTP);

	m->yiaddr = x->ip;
	m->ciaddr = x->req->ciaddr;
	m->has_cookie =
	    x->req->has_cookie || settings_flag(&x->core->settings, PARAM_ALWAYS_REPLY_RFC1048);
	if (m->has_cookie)
		reply_options(x);
	bootfile_fill(x, true);
}

static void answer_fixed(struct exchange *x)
{
	char ip[PXE_IP4_STRLEN];

	build(x);
	fx_log(x->fx, FX_LOG_INFO, "%s", x->line);
	reply_send(x);
	fx_log(x->fx, FX_LOG_INFO, "BOOTREPLY for %s to %s (%s) via %s", pxe_ip4_str(x->ip, ip),
	    x->host.host->name, x->hw, x->via);
	exchange_event(x, PXE_STAGE_BOOTP, PXE_REASON_OK);
}

static void answer_dynamic(struct exchange *x)
{
	char ip[PXE_IP4_STRLEN];

	x->lease_s = grant_lease_time(x);
	if (x->lease_s == 0) {
		exchange_ignore(x, PXE_REASON_BOOTP_DENIED, false,
		    x->core->settings.param[PARAM_DYNAMIC_BOOTP_LEASE_CUTOFF].pos,
		    "dynamic-bootp-lease-cutoff has passed");
		return;
	}
	record_run_commit(x);
	build(x);
	if (record_bind(x) != 0) {
		exchange_ignore(x, PXE_REASON_OVERLOAD, false, x->where, "out of memory");
		return;
	}
	x->fx->when = FX_IF_DURABLE;
	core_settings_effects(x->core, x->fx);
	fx_log(x->fx, FX_LOG_INFO, "%s", x->line);
	reply_send(x);
	fx_log(x->fx, FX_LOG_INFO, "BOOTREPLY on %s to %s via %s", pxe_ip4_str(x->ip, ip), x->hw,
	    x->via);
	exchange_event(x, PXE_STAGE_BOOTP, PXE_REASON_OK);
	x->fx->when = FX_IF_LOST;
	exchange_ignore(x, PXE_REASON_STORE_FAILED, false, x->where, "database update failed");
	x->fx->when = FX_ALWAYS;
}

static struct lease *choose(struct exchange *x)
{
	struct pool_ask ask = exchange_ask(x);
	struct lease *l = pool_previous(&ask);
	bool reclaimed = false;

	if (l == NULL && (pool_pick(&ask, &l, &reclaimed) != 0 || reclaimed))
		return NULL;
	return l;
}

void v4_bootp(struct exchange *x)
{
	struct pxe_text t = pxe_text_init(x->line, sizeof(x->line));
	struct lease *l = NULL;

	pxe_text_addf(&t, "BOOTREQUEST from %s via %s", x->hw, x->via);
	if (x->net == NULL) {
		exchange_ignore(
		    x, PXE_REASON_NO_SUBNET, false, (struct conf_pos){0}, "network unknown");
		return;
	}
	if (x->host.is_fixed) {
		exchange_choose(x, x->host.fixed, NULL);
		exchange_evaluate(x);
		if (grant_may_have(x))
			answer_fixed(x);
		return;
	}
	l = choose(x);
	if (l == NULL) {
		exchange_ignore(x, PXE_REASON_NO_PERMITTED_POOL, false,
		    x->net->subnet != NULL ? x->net->subnet->pos : (struct conf_pos){0},
		    "BOOTP from dynamic client and no dynamic leases");
		return;
	}
	exchange_choose(x, l->ip, l);
	exchange_evaluate(x);
	if (grant_may_have(x))
		answer_dynamic(x);
}
