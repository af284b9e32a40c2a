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

/* Statements that depend on a condition, add to what is there, or look at it, are no second word.
 */
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

struct address {      /* of a host, where */
	uint64_t key; /* what is compared first: few hosts share it that are not alike */
	const struct host *host;
	const struct network *net; /* NULL: no address, or one of no network */
	struct pxe_ip4 ip;
};

static int by_key(const void *a, const void *b)
{
	const struct address *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->net != y->net)
		return (uintptr_t)x->net < (uintptr_t)y->net ? -1 : 1;
	return x->host->index < y->host->index ? -1 : x->host->index > y->host->index;
}

static const struct network *network_at(const struct parser *p, struct pxe_ip4 ip)
{
	struct pxe_ip any = pxe_ip_from4(ip);
	const struct subnet *s = conf_subnet(p->conf, &any);

	return s != NULL ? s->network : NULL;
}

/* A host without addresses may be on any network, and stands for none. */
static size_t list_hosts(const struct parser *p, struct address *v)
{
	size_t n = 0;

	for (size_t i = 0; i < p->conf->host.n; i++) {
		const struct host *h = p->conf->host.v[i];

		for (size_t k = 0; k < h->nfixed; k++)
			v[n++] = (struct address){
			    .host = h, .net = network_at(p, h->fixed[k]), .ip = h->fixed[k]};
		if (h->nfixed == 0 && h->nfixed_name == 0 && h->nfixed6 == 0)
			v[n++] = (struct address){.host = h};
	}
	return n;
}

static void lint_hardware(struct parser *p, struct address *v, size_t n)
{
	char hw[PXE_HWADDR_STRLEN];

	for (size_t i = 0; i < n; i++)
		v[i].key = conf_hash(0, v[i].host->hw.b, v[i].host->hw.len);
	qsort(v, n, sizeof(*v), by_key);
	for (size_t i = 1; i < n; i++) {
		const struct host *a = v[i - 1].host, *b = v[i].host;

		if (a == b || b->hw.len == 0 || !pxe_hwaddr_eq(&a->hw, &b->hw) ||
		    v[i - 1].net != v[i].net)
			continue;
		parse_warn(p, b->pos, "host-twice",
		    "%s is host %s already, at %s:%u; the first that fits a network counts there",
		    pxe_hwaddr_str(&b->hw, hw), a->name, parse_file_of(p, a->pos),
		    (unsigned)a->pos.line);
	}
}

static void lint_addresses(struct parser *p, struct address *v, size_t n)
{
	char ip[PXE_IP4_STRLEN];
	size_t with = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i].ip.v != 0)
			v[with++] = v[i];
	n = with;
	for (size_t i = 0; i < n; i++)
		v[i].key = v[i].ip.v;
	qsort(v, n, sizeof(*v), by_key);
	for (size_t i = 1; i < n; i++) {
		const struct host *a = v[i - 1].host, *b = v[i].host;

		if (v[i].ip.v != v[i - 1].ip.v || a == b)
			continue;
		parse_warn(p, b->pos, "address-twice",
		    "%s is the address of host %s too, at %s:%u; only one of them can use it at a "
		    "time",
		    pxe_ip4_str(v[i].ip, ip), a->name, parse_file_of(p, a->pos),
		    (unsigned)a->pos.line);
	}
}

void lint_twice(struct parser *p)
{
	size_t room = 0, n = 0;
	struct address *v = NULL;

	lint_statements(p);
	for (size_t i = 0; i < p->conf->host.n; i++) {
		const struct host *h = p->conf->host.v[i];

		room += h->nfixed > 0 ? h->nfixed : 1;
	}
	v = room > 1 ? reallocarray(NULL, room, sizeof(*v)) : NULL;
	if (v == NULL)
		return;
	n = list_hosts(p, v);
	lint_hardware(p, v, n);
	lint_addresses(p, v, n);
	free(v);
}
