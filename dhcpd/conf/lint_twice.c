/* SPDX-License-Identifier: BSD-2-Clause */
/* lint_twice.c -- what is said twice, of which one wins: statements of a block, hosts. */
#include <stdlib.h>
#include <string.h>

#include "dhcpd/conf/parse.h"

/* ---- statements ---- */

struct said {
	struct conf_pos param[PARAM_COUNT];
	struct conf_pos option[256]; /* of the main space */
};

static void note(struct parser *p, struct conf_pos *seen, const struct stmt *s, const char *name)
{
	if (seen->line > 0)
		parse_warn(p, s->pos, "said-twice",
		    "%s is set twice in one block; this counts, not what is at %s:%u", name,
		    parse_file_of(p, *seen), (unsigned)seen->line);
	*seen = s->pos;
}

/* Statements that depend on a condition or add to what is there are no second word. */
static void lint_scope(struct parser *p, const struct scope *scope, struct said *said)
{
	memset(said, 0, sizeof(*said));
	for (const struct stmt *s = scope->first; s != NULL; s = s->next) {
		if (s->op == STMT_PARAM && s->param.how == SET_SUPERSEDE)
			note(p, &said->param[s->param.row->id], s, s->param.row->keyword);
		if (s->op == STMT_OPTION && s->option.how == SET_SUPERSEDE &&
		    s->option.def->space == pxe_opt_space_dhcp() && s->option.def->code < 256)
			note(p, &said->option[s->option.def->code], s, s->option.def->name);
	}
}

static void lint_statements(struct parser *p)
{
	struct said *said = malloc(sizeof(*said));

	if (said == NULL)
		return; /* findings are missed, nothing else */
	for (size_t i = 0; i < p->scope.n; i++) {
		const struct scope *s = p->scope.v[i];

		if (s->first != NULL && s->first->next != NULL)
			lint_scope(p, s, said);
	}
	free(said);
}

/* ---- hosts ---- */

enum { ALIKE_MAX = 16 }; /* hosts with one address that are compared with each other */

static const struct network *network_at(const struct parser *p, struct pxe_ip4 ip)
{
	struct pxe_ip any = pxe_ip_from4(ip);
	const struct subnet *s = conf_subnet(p->conf, &any);

	return s != NULL ? s->network : NULL;
}

/* May both be the machine that turns up on some network? Hosts without addresses are for any; names
 * are anybody's guess. */
static bool share_network(const struct parser *p, const struct host *a, const struct host *b)
{
	if (a->nfixed + a->nfixed_name + a->nfixed6 == 0 &&
	    b->nfixed + b->nfixed_name + b->nfixed6 == 0)
		return true;
	for (size_t i = 0; i < a->nfixed; i++) {
		const struct network *net = network_at(p, a->fixed[i]);

		for (size_t k = 0; net != NULL && k < b->nfixed; k++)
			if (network_at(p, b->fixed[k]) == net)
				return true;
	}
	return false;
}

static void lint_hardware(struct parser *p, const struct host *h)
{
	const struct host *x = conf_host_by_hw(p->conf, &h->hw, NULL);
	char hw[PXE_HWADDR_STRLEN];

	for (unsigned n = 0; x != NULL && x != h && n < ALIKE_MAX; n++) {
		if (share_network(p, x, h)) {
			parse_warn(p, h->pos, "host-twice",
			    "%s is host %s already, at %s:%u; the first that fits a network "
			    "counts there",
			    pxe_hwaddr_str(&h->hw, hw), x->name, parse_file_of(p, x->pos),
			    (unsigned)x->pos.line);
			return;
		}
		x = conf_host_by_hw(p->conf, &h->hw, x);
	}
}

static void lint_addresses(struct parser *p, const struct host *h)
{
	char ip[PXE_IP4_STRLEN];

	for (size_t i = 0; i < h->nfixed; i++) {
		const struct host *x = conf_host_by_fixed(p->conf, h->fixed[i], NULL);

		if (x != NULL && x != h)
			parse_warn(p, h->pos, "address-twice",
			    "%s is the address of host %s too, at %s:%u; only one of them can use "
			    "it at a time",
			    pxe_ip4_str(h->fixed[i], ip), x->name, parse_file_of(p, x->pos),
			    (unsigned)x->pos.line);
	}
}

void lint_twice(struct parser *p)
{
	const struct conf *c = p->conf;

	lint_statements(p);
	if (!c->host_hw.has_alike && !c->host_fixed.has_alike)
		return;
	for (size_t i = 0; i < c->host.n; i++) {
		const struct host *h = c->host.v[i];

		if (h->hw.len > 0)
			lint_hardware(p, h);
		lint_addresses(p, h);
	}
}
