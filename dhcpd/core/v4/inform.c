/* SPDX-License-Identifier: BSD-2-Clause */
/* inform.c -- DHCPINFORM (RFC 2131 4.3.5): options for a client that has an address already. */
#include "dhcpd/core/exchange.h"

/* The subnet whose settings apply, by ISC's order of what is known of the client, and what it was
 * found by, for the message when there is none. */
static const struct subnet *find_subnet(
    struct exchange *x, struct pxe_ip4 *out_ip, const char **out_what)
{
	struct pxe_ip4 ip = x->req->ciaddr;
	const char *what = "client address";
	struct pxe_ip any;

	if (x->link.v != 0 && x->link.v != x->req->giaddr.v) {
		ip = x->link;
		what = "selected address";
	} else if (ip.v == 0 && x->req->giaddr.v != 0) {
		ip = x->req->giaddr;
		what = "relay address";
	} else if (ip.v == 0 && x->in->from.ip.family == 4) {
		ip = x->in->from.ip.v4;
		what = "source address";
	}
	*out_ip = ip;
	*out_what = what;
	any = pxe_ip_from4(ip);
	return conf_subnet(x->core->conf, &any);
}

/* A declaration with addresses speaks of the client while it has one of them, as with ISC. */
static bool has_fixed(const struct host *h, struct pxe_ip4 ip)
{
	for (size_t i = 0; i < h->nfixed; i++)
		if (pxe_ip4_eq(h->fixed[i], ip))
			return true;
	return h->nfixed_name > 0;
}

static void answer(struct exchange *x, struct pxe_ip4 client)
{
	struct pxe_dhcp_msg *m = NULL;
	char ip[PXE_IP4_STRLEN];

	m = reply_begin(x, PXE_DHCP_ACK);
	m->ciaddr = x->req->ciaddr;
	/* a relay needs to be told how to reach a client that did not say where it is */
	if (x->req->giaddr.v != 0 && x->req->ciaddr.v == 0)
		m->flags |= PXE_DHCP_FLAG_BROADCAST;
	reply_options(x);
	bootfile_fill(x, false);
	fx_log(x->fx, FX_LOG_INFO, "%s", x->line);
	reply_send(x);
	fx_log(x->fx, FX_LOG_INFO, "DHCPACK to %s (%s) via %s", pxe_ip4_str(client, ip), x->hw,
	    x->via);
	exchange_event(x, PXE_STAGE_ACK, PXE_REASON_OK);
}

void v4_inform(struct exchange *x)
{
	struct pxe_text t = pxe_text_init(x->line, sizeof(x->line));
	struct pxe_ip4 client = x->req->ciaddr, ip;
	const char *what = NULL;
	const struct subnet *subnet = NULL;
	char text[PXE_IP4_STRLEN];

	if (client.v == 0 && x->req->giaddr.v == 0 && x->in->from.ip.family == 4)
		client = x->in->from.ip.v4;
	pxe_text_addf(&t, "DHCPINFORM from %s via %s", pxe_ip4_str(client, text), x->via);
	if (client.v == 0 && x->req->giaddr.v == 0) {
		exchange_ignore(x, PXE_REASON_MALFORMED, false, (struct conf_pos){0},
		    "ignored (null source address).");
		return;
	}
	subnet = find_subnet(x, &ip, &what);
	if (subnet == NULL) {
		exchange_ignore(x, PXE_REASON_NO_SUBNET, false, (struct conf_pos){0},
		    "unknown subnet for %s %s", what, pxe_ip4_str(ip, text));
		return;
	}
	x->net = subnet->network;
	x->host = host_find(x->core->conf, &x->key, &x->view, x->net);
	if (x->host.is_fixed && !has_fixed(x->host.host, client))
		x->host = (struct host_match){.known = true};
	x->subnet = subnet;
	if (!scope_is_authoritative(subnet->scope)) {
		exchange_ignore(x, PXE_REASON_NOT_AUTHORITATIVE, false, subnet->pos,
		    "not authoritative for subnet %s", pxe_ip4_str(subnet->prefix.ip.v4, text));
		return;
	}
	x->where = subnet->pos;
	exchange_evaluate(x);
	answer(x, client);
}
