/* SPDX-License-Identifier: BSD-2-Clause */
/* lint_fetch.c -- networks whose clients are given a URL and no way to its server. */
#include <string.h>

#include "dhcpd/conf/parse.h"

enum {
	OPT_ROUTERS = 3,
	OPT_DNS = 6,
	OPT_BOOTFILE = 67,
	OPT6_NAME_SERVERS = 23,
	OPT6_BOOT_URL = 59,
	HOST_MAX = 256
};

/* What statements give a client. */
struct given {
	bool routers, dns;
	const struct stmt *url; /* first one with a host that is known */
	char host[HOST_MAX];
};

static bool sets6(const struct stmt *s, uint32_t code)
{
	return s->op == STMT_OPTION && s->option.def->code == code &&
	       strcmp(s->option.def->space->name, "dhcp6") == 0;
}

static void note_url(struct given *g, const struct stmt *s, const struct expr *value)
{
	struct pxe_bytes v;

	if (g->url == NULL && value != NULL && expr_is_const(value, &v) &&
	    lint_url_host(v, g->host, sizeof(g->host)))
		g->url = s;
}

static void look(struct parser *p, const struct stmt *s, void *arg)
{
	struct given *g = arg;

	(void)p;
	if (lint_sets(s, OPT_ROUTERS) ||
	    (s->op == STMT_PARAM && s->param.row->id == PARAM_USE_LEASE_ADDR_FOR_DEFAULT_ROUTE))
		g->routers = true;
	if (lint_sets(s, OPT_DNS) || sets6(s, OPT6_NAME_SERVERS))
		g->dns = true;
	if (s->op == STMT_PARAM && s->param.row->id == PARAM_FILENAME)
		note_url(g, s, s->param.value);
	if (lint_sets(s, OPT_BOOTFILE) || sets6(s, OPT6_BOOT_URL))
		note_url(g, s, s->option.value);
}

static bool on_network(const struct network *n, const struct pxe_ip *ip)
{
	for (const struct subnet *s = n->subnet; s != NULL; s = s->next)
		if (s->prefix.ip.family == ip->family && pxe_prefix_has(&s->prefix, ip))
			return true;
	return false;
}

/* URLs that were warned about last: one of a class or of all networks is named with the first
 * network that it fails for, not with thousands. */
struct said {
	bool no_dns; /* lint_boot.c says it of the whole configuration */
	const struct stmt *dns, *router;
};

/* `all` is what classes and hosts give, which may be anybody. Routers of DHCPv6 come by router
 * advertisements, not from us. */
static void lint_network(
    struct parser *p, const struct network *n, const struct given *all, struct said *said)
{
	struct given g = *all;
	struct pxe_ip ip;
	bool is_ip = false;

	for (const struct scope *s = n->subnet->scope; s != NULL; s = s->parent)
		lint_walk(p, s->first, look, &g);
	for (const struct pool *pool = n->pool; pool != NULL; pool = pool->next)
		if (pool->scope != NULL)
			lint_walk(p, pool->scope->first, look, &g);
	for (const struct subnet *s = n->subnet->next; s != NULL; s = s->next)
		lint_walk(p, s->scope->first, look, &g);
	if (g.url == NULL)
		return;
	is_ip = pxe_ip_parse(g.host, &ip) == 0;
	if (!is_ip && !g.dns && !said->no_dns && said->dns != g.url) {
		said->dns = g.url;
		parse_warn(p, g.url->pos, "url-needs-dns",
		    "the boot file is on %s, but clients of the network %s get no name servers to "
		    "find it",
		    g.host, n->name);
	}
	if (is_ip && ip.family == 4 && p->conf->family == 4 && !g.routers && !on_network(n, &ip) &&
	    said->router != g.url) {
		said->router = g.url;
		parse_warn(p, g.url->pos, "url-needs-router",
		    "the boot file is on %s, but clients of the network %s get no routers to "
		    "reach it",
		    g.host, n->name);
	}
}

void lint_fetch(struct parser *p)
{
	struct given all = {.routers = false};
	struct given any = {.routers = false};
	struct said said = {.dns = NULL};

	for (size_t i = 0; i < p->scope.n; i++) {
		const struct scope *s = p->scope.v[i];

		if (s->kind == SCOPE_CLASS || s->kind == SCOPE_SUBCLASS || s->kind == SCOPE_HOST)
			lint_walk(p, s->first, look, &all);
	}
	lint_walk_all(p, look, &any);
	said.no_dns = !any.dns && p->conf->family == 4;
	for (const struct network *n = p->conf->network; n != NULL; n = n->next)
		if (n->pool != NULL && n->subnet != NULL)
			lint_network(p, n, &all, &said);
}
