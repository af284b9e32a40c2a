/* SPDX-License-Identifier: BSD-2-Clause */
/* discover.c -- DHCPDISCOVER (RFC 2131 4.3.1). */
#include "dhcpd/core/exchange.h"

enum { OPT_REQUESTED = 50 };

/* ISC's order: the address asked for when it is free or the client's, the one it holds, was offered
 * or had, any other. NULL with *out_err set. */
static struct lease *choose(struct exchange *x, int *out_err, bool *out_reclaimed)
{
	struct pool_ask ask = exchange_ask(x);
	struct pxe_ip4 want = {0};
	struct lease *l = NULL, *previous = NULL;

	*out_reclaimed = false;
	if (pxe_dhcp_get_ip4(x->req, OPT_REQUESTED, &want) && want.v != 0 &&
	    pool_take(&ask, want, &l) == 0)
		return l;
	previous = pool_previous(&ask);
	l = previous != NULL && previous->state == LEASE_ACTIVE ? previous : pool_offered(&ask);
	if (l == NULL)
		l = previous;
	if (l == NULL && x->req->ciaddr.v != 0 && pool_take(&ask, x->req->ciaddr, &l) != 0)
		l = NULL;
	if (l == NULL)
		*out_err = pool_pick(&ask, &l, out_reclaimed);
	return l;
}

/* Not when it is full again at once. */
static void say_relief(struct exchange *x)
{
	struct pool_ask ask = exchange_ask(x);
	char usage[512];

	if (pool_turns(&ask, false))
		fx_log(x->fx, FX_LOG_INFO, "network %s has free leases again: %s", x->net->name,
		    pool_usage_text(&ask, usage, sizeof(usage)));
}

static void say_line(struct exchange *x, const struct lease *l)
{
	struct pxe_text t = pxe_text_init(x->line, sizeof(x->line));
	char name[EXCHANGE_HOSTNAME_MAX + 4] = "";

	if (l != NULL && l->offer != NULL && !x->probed && offer_is_for(l->offer, &x->key))
		(void)pxe_str_copy(name, sizeof(name), x->hostname);
	else if (l != NULL)
		(void)exchange_lease_name(lease_hostname(l), name, sizeof(name));
	pxe_text_addf(&t, "DHCPDISCOVER from %s %svia %s", x->hw, name, x->via);
}

static void no_lease(struct exchange *x, int err)
{
	struct pool_ask ask = exchange_ask(x);
	char usage[512];

	x->detail = fx_strdup(x->fx, pool_usage_text(&ask, usage, sizeof(usage)));
	if (x->net->pool != NULL)
		x->where = x->net->pool->pos;
	else if (x->net->subnet != NULL)
		x->where = x->net->subnet->pos;
	if (err != PXE_E_DENIED && pool_turns(&ask, true))
		fx_log(x->fx, FX_LOG_WARNING, "network %s has no free lease: %s", x->net->name,
		    x->detail);
	exchange_ignore(x,
	    err == PXE_E_DENIED ? PXE_REASON_NO_PERMITTED_POOL : PXE_REASON_NO_FREE_LEASE, false,
	    x->where, "network %s: no free leases", x->net->name);
}

/* A client that starts anew and may not have its lease any more (another class, another rule) gives
 * it up, as with ISC: it could not renew it. */
static void give_up_forbidden(struct exchange *x)
{
	struct pool_ask ask = exchange_ask(x);
	struct lease *l = NULL;

	if (x->req->ciaddr.v != 0)
		return;
	while ((l = pool_forbidden(&ask)) != NULL) {
		lease_free(&x->core->leases, l, x->now_s);
		core_commit(x->core, l, x->fx);
		x->ip = l->ip;
		exchange_event(x, PXE_STAGE_LEASE, PXE_REASON_NO_PERMITTED_POOL);
		x->ip = (struct pxe_ip4){0};
	}
}

void v4_discover(struct exchange *x)
{
	struct lease *l = NULL;
	bool reclaimed = false;
	int err = 0;
	char ip[PXE_IP4_STRLEN];

	say_line(x, NULL);
	if (x->net == NULL) {
		exchange_ignore(x, PXE_REASON_NO_SUBNET, false, (struct conf_pos){0},
		    "unknown network segment");
		return;
	}
	if (x->host.is_fixed) {
		exchange_choose(x, x->host.fixed, NULL);
		exchange_evaluate(x);
		grant_offer(x);
		return;
	}
	give_up_forbidden(x);
	l = choose(x, &err, &reclaimed);
	if (l == NULL) {
		no_lease(x, err);
		return;
	}
	say_line(x, l);
	say_relief(x);
	if (reclaimed) {
		fx_log(
		    x->fx, FX_LOG_INFO, "Reclaiming abandoned lease %s.", pxe_ip4_str(l->ip, ip));
		lease_reclaim(&x->core->leases, l, x->now_s);
	}
	exchange_choose(x, l->ip, l);
	exchange_evaluate(x);
	grant_offer(x);
}
