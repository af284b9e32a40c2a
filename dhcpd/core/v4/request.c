/* SPDX-License-Identifier: BSD-2-Clause */
/* request.c -- DHCPREQUEST in its four states (RFC 2131 4.3.2).
 *
 * The decisions are those measured on ISC dhcpd 4.4.3, one test scenario a row; the one that
 * differs is a request that names another server, which is not for us (4.3.2, SELECTING) and
 * silently ends our offer, unless isc_foreign_request asks for ISC's way.
 */
#include "dhcpd/core/exchange.h"

enum { OPT_REQUESTED = 50, OPT_SERVER_ID = 54 };

static void say_line(struct exchange *x, struct pxe_ip4 want)
{
	struct pxe_text t = pxe_text_init(x->line, sizeof(x->line));
	const struct lease *l = lease_find(&x->core->leases, want);
	char name[EXCHANGE_HOSTNAME_MAX + 4] = "";
	char a[PXE_IP4_STRLEN], b[PXE_IP4_STRLEN];
	struct pxe_ip4 id;

	if (l != NULL && l->offer != NULL && offer_is_for(l->offer, &x->key))
		(void)pxe_str_copy(name, sizeof(name), x->hostname);
	else if (l != NULL)
		(void)exchange_lease_name(lease_hostname(l), name, sizeof(name));
	pxe_text_addf(&t, "DHCPREQUEST for %s ", pxe_ip4_str(want, a));
	if (pxe_dhcp_get_ip4(x->req, OPT_SERVER_ID, &id))
		pxe_text_addf(&t, "(%s) ", pxe_ip4_str(id, b));
	pxe_text_addf(&t, "from %s %svia %s", x->hw, name, x->via);
}

static const struct network *home_of(
    struct exchange *x, struct pxe_ip4 ip, const struct subnet **out_subnet)
{
	struct pxe_ip any = pxe_ip_from4(ip);

	*out_subnet = conf_subnet(x->core->conf, &any);
	return *out_subnet != NULL ? (*out_subnet)->network : NULL;
}

/* NAK on behalf of the network where scope says that we may speak for it. */
static void wrong_network(
    struct exchange *x, struct pxe_ip4 want, const struct scope *scope, const char *otherwise)
{
	if (scope == NULL || !scope_is_authoritative(scope)) {
		exchange_ignore(x, PXE_REASON_NOT_AUTHORITATIVE, false,
		    scope != NULL ? scope->pos : (struct conf_pos){0}, "ignored (%s).", otherwise);
		return;
	}
	exchange_evaluate(x);
	x->where = scope->pos;
	fx_log(x->fx, FX_LOG_INFO, "%s: wrong network.", x->line);
	exchange_nak(x, want, PXE_REASON_WRONG_NETWORK, "requested address on bad subnet");
}

/* Is the client on the network that its address belongs to? A unicast renewal without a relay may
 * have come through any router, so only the others are asked. True: the exchange has ended. */
static bool is_misplaced(struct exchange *x, struct pxe_ip4 want, bool asked)
{
	const struct subnet *subnet = NULL;
	const struct network *home = home_of(x, want, &subnet);

	if (!asked && x->req->giaddr.v == 0)
		return false;
	if (x->net == NULL) {
		wrong_network(x, want, subnet != NULL ? subnet->scope : NULL,
		    subnet != NULL ? "not authoritative" : "unknown subnet");
		return true;
	}
	if (home == x->net)
		return false;
	wrong_network(x, want, x->net->scope, "not authoritative");
	return true;
}

static void unavailable(
    struct exchange *x, struct pxe_ip4 want, enum pxe_reason reason, const char *text)
{
	char ip[PXE_IP4_STRLEN];

	exchange_evaluate(x);
	fx_log(x->fx, FX_LOG_INFO, "%s: lease %s unavailable.", x->line, pxe_ip4_str(want, ip));
	exchange_nak(x, want, reason, text);
}

/* The client has a fixed address here. */
static void fixed(struct exchange *x, struct pxe_ip4 want)
{
	if (want.v != x->host.fixed.v) {
		x->where = x->host.host->pos;
		unavailable(x, want, PXE_REASON_ADDRESS_TAKEN, "requested address is incorrect");
		return;
	}
	exchange_choose(x, want, NULL);
	exchange_evaluate(x);
	grant_ack(x);
}

/* An abandoned address is nobody's: no word of it, as with ISC. */
static bool is_abandoned(const struct exchange *x, struct pxe_ip4 want)
{
	const struct lease *l = lease_find(&x->core->leases, want);

	return l != NULL && l->state == LEASE_ABANDONED;
}

static void dynamic(struct exchange *x, struct pxe_ip4 want)
{
	struct pool_ask ask = exchange_ask(x);
	struct lease *l = NULL;
	char ip[PXE_IP4_STRLEN];
	int err = is_abandoned(x, want) ? PXE_E_NOTFOUND : pool_take(&ask, want, &l);

	if (err == 0) {
		exchange_choose(x, want, l);
		exchange_evaluate(x);
		grant_ack(x);
		return;
	}
	if (err == PXE_E_EXISTS || err == PXE_E_DENIED) {
		unavailable(x, want,
		    err == PXE_E_EXISTS ? PXE_REASON_ADDRESS_TAKEN : PXE_REASON_NO_PERMITTED_POOL,
		    "requested address not available");
		return;
	}
	exchange_ignore(x, PXE_REASON_UNKNOWN_LEASE, false, x->where, "unknown lease %s.",
	    pxe_ip4_str(want, ip));
}

/* The client took another server's offer: ours is void (RFC 2131 3.1 step 4). */
static void not_for_us(struct exchange *x)
{
	struct offer *f = NULL;

	while ((f = offer_of_client(&x->core->offers, &x->key, NULL)) != NULL)
		offer_drop(&x->core->offers, f);
	exchange_ignore(
	    x, PXE_REASON_OTHER_SERVER, false, (struct conf_pos){0}, "not our server id");
}

void v4_request(struct exchange *x)
{
	struct pxe_ip4 want = x->req->ciaddr;
	bool asked = pxe_dhcp_get_ip4(x->req, OPT_REQUESTED, &want);
	const struct subnet *subnet = NULL;

	say_line(x, want);
	if (want.v == 0) {
		exchange_ignore(x, PXE_REASON_UNKNOWN_LEASE, false, (struct conf_pos){0},
		    "unknown lease 0.0.0.0.");
		return;
	}
	if (pxe_dhcp_has(x->req, OPT_SERVER_ID)) {
		exchange_evaluate(x);
		if (!exchange_is_for_us(x)) {
			not_for_us(x);
			return;
		}
	}
	if (is_misplaced(x, want, asked || x->req->ciaddr.v == 0))
		return;
	/* a renewal through a router is served from the address's own network */
	if (!asked && x->req->giaddr.v == 0) {
		const struct network *link = x->net;

		x->net = home_of(x, want, &subnet);
		x->on_link = x->net == link;
		if (x->net != NULL)
			x->host = host_find(x->core->conf, &x->key, &x->view, x->net);
	}
	if (x->net != NULL && x->host.is_fixed) {
		fixed(x, want);
		return;
	}
	dynamic(x, want);
}
