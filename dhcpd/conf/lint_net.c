/* SPDX-License-Identifier: BSD-2-Clause */
/* lint_net.c -- networks and hosts that cannot work as written. */
#include "dhcpd/conf/parse.h"

enum { OPT_SUBNET_MASK = 1, OPT_ROUTERS = 3, OPT_BROADCAST = 28 };

/* ---- networks ---- */

/* A network of DHCPv6 says nothing about IPv4 addresses. */
static bool on_network(const struct network *n, struct pxe_ip4 ip)
{
	if (n->subnet->prefix.ip.family != 4)
		return true;
	for (const struct subnet *s = n->subnet; s != NULL; s = s->next) {
		if (s->prefix.ip.family == 4 && (ip.v & s->mask.v) == s->prefix.ip.v4.v)
			return true;
	}
	return false;
}

static void lint_router(struct parser *p, const struct stmt *s, void *arg)
{
	const struct network *n = arg;
	char text[PXE_IP4_STRLEN];
	struct pxe_ip4 ip;

	if (!lint_sets(s, OPT_ROUTERS))
		return;
	for (size_t i = 0; lint_address(s->option.value, i, &ip); i++) {
		if (!on_network(n, ip))
			parse_warn(p, s->pos, "router-off-link",
			    "the router %s is not on the network %s, and so no client can reach it",
			    pxe_ip4_str(ip, text), n->name);
		else if (conf_pool4(p->conf, ip, NULL) != NULL)
			parse_warn(p, s->pos, "router-in-range",
			    "the router %s lies in a range and may be given to a client",
			    pxe_ip4_str(ip, text));
	}
}

/* What a subnet says of itself must be what its declaration says. */
static void lint_own_number(struct parser *p, const struct stmt *s, void *arg)
{
	const struct subnet *n = arg;
	bool mask = lint_sets(s, OPT_SUBNET_MASK);
	char is[PXE_IP4_STRLEN], due[PXE_IP4_STRLEN];
	struct pxe_ip4 ip, want = n->mask;

	if (n->prefix.ip.family != 4 || (!mask && !lint_sets(s, OPT_BROADCAST)) ||
	    !lint_address(s->option.value, 0, &ip))
		return;
	if (!mask)
		want.v = n->prefix.ip.v4.v | ~n->mask.v;
	if (ip.v != want.v)
		parse_warn(p, s->pos, "subnet-option", "option %s is %s, but the subnet %s has %s",
		    s->option.def->name, pxe_ip4_str(ip, is), n->scope->name,
		    pxe_ip4_str(want, due));
}

/* The first and the last address of a subnet are the network's and the broadcast's. */
static void lint_range(struct parser *p, const struct range4 *r)
{
	struct pxe_ip lo = pxe_ip_from4(r->ip.lo);
	const struct subnet *s = conf_subnet(p->conf, &lo);
	uint32_t net = 0, broadcast = 0;
	char text[PXE_IP4_STRLEN];

	if (s == NULL || s->prefix.len > 30)
		return;
	net = s->prefix.ip.v4.v;
	broadcast = net | ~s->mask.v;
	if (r->ip.lo.v == net || r->ip.hi.v == broadcast)
		parse_warn(p, r->pos, "range-edge", "%s is the %s address of the subnet %s",
		    pxe_ip4_str(r->ip.lo.v == net ? r->ip.lo : r->ip.hi, text),
		    r->ip.lo.v == net ? "network" : "broadcast", s->scope->name);
}

void lint_networks(struct parser *p)
{
	for (const struct network *n = p->conf->network; n != NULL; n = n->next) {
		lint_walk(p, n->scope->first, lint_router, (void *)(uintptr_t)n);
		for (const struct subnet *s = n->subnet; s != NULL; s = s->next) {
			if (s->scope != n->scope)
				lint_walk(p, s->scope->first, lint_router, (void *)(uintptr_t)n);
			lint_walk(p, s->scope->first, lint_own_number, (void *)(uintptr_t)s);
		}
		for (const struct pool *pool = n->pool; pool != NULL; pool = pool->next) {
			for (size_t i = 0; i < pool->nrange; i++)
				lint_range(p, &pool->range[i]);
		}
	}
}

/* ---- hosts ---- */

static void lint_fixed(struct parser *p, const struct host *h, struct pxe_ip4 ip)
{
	struct pxe_ip any = pxe_ip_from4(ip);
	char text[PXE_IP4_STRLEN];

	(void)pxe_ip4_str(ip, text);
	if (conf_subnet(p->conf, &any) == NULL)
		parse_warn(p, h->pos, "host-no-subnet",
		    "the address %s of host %s is in no subnet, and so nobody gets it", text,
		    h->name);
	else if (conf_pool4(p->conf, ip, NULL) != NULL)
		parse_warn(p, h->pos, "host-in-range",
		    "Dynamic and static leases present for %s. Remove host declaration %s or "
		    "remove %s from the range",
		    text, h->name, text);
}

void lint_hosts(struct parser *p)
{
	for (size_t i = 0; i < p->conf->host.n; i++) {
		const struct host *h = p->conf->host.v[i];

		for (size_t k = 0; k < h->nfixed; k++)
			lint_fixed(p, h, h->fixed[k]);
		if (h->hw.len == 0 && h->client_id.p == NULL && h->ident_def == NULL)
			parse_warn(p, h->pos, "host-no-key",
			    "host %s has neither a hardware address nor an identifier, and so no "
			    "client is it",
			    h->name);
		if (h->hw.type == 1 && h->hw.len != 6 && h->hw.len != 0)
			parse_warn(p, h->pos, "hardware-length",
			    "the hardware address of host %s has %u bytes, that of an ethernet "
			    "card 6",
			    h->name, (unsigned)h->hw.len);
	}
}
