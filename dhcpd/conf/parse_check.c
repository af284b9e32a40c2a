/* SPDX-License-Identifier: BSD-2-Clause */
/* parse_check.c -- what can be seen only when everything has been read. */
#include <stdlib.h>
#include <string.h>

#include "dhcpd/conf/parse.h"

/* Ranges are sorted by first address; what begins before the end of those before it overlaps. */
static void check_ranges(struct parser *p)
{
	const struct conf *c = p->conf;
	uint32_t end = 0;

	for (size_t i = 0; i < c->nrange; i++) {
		const struct conf_range *r = &c->range[i];
		char a[PXE_IP4_STRLEN];

		if (i > 0 && r->lo <= end) {
			const struct conf_pos *x = &r->range->pos, *y = &c->range[i - 1].range->pos;
			bool later =
			    x->file > y->file || (x->file == y->file && x->line >= y->line);

			parse_error_at(p, later ? *x : *y, "range",
			    "lease %s is declared twice! (the other range is at %s:%u)",
			    pxe_ip4_str((struct pxe_ip4){r->lo}, a),
			    parse_file_of(p, later ? *y : *x), (unsigned)(later ? y : x)->line);
		}
		if (i == 0 || r->hi > end)
			end = r->hi;
	}
}

static void warn_overlap(struct parser *p, const struct subnet *inner, const struct subnet *outer)
{
	char a[PXE_PREFIX_STRLEN], b[PXE_PREFIX_STRLEN];

	if (inner->prefix.len == outer->prefix.len) /* the one declared first stands inside */
		parse_warn(p, outer->pos, "subnet-shadowed",
		    "Warning: subnet %s overlaps subnet %s (it is declared twice; the first "
		    "counts, at %s:%u)",
		    pxe_prefix_str(&outer->prefix, a), pxe_prefix_str(&inner->prefix, b),
		    parse_file_of(p, inner->pos), (unsigned)inner->pos.line);
	else
		parse_warn(p, inner->pos, "subnet-overlap",
		    "Warning: subnet %s overlaps subnet %s (at %s:%u)",
		    pxe_prefix_str(&inner->prefix, a), pxe_prefix_str(&outer->prefix, b),
		    parse_file_of(p, outer->pos), (unsigned)outer->pos.line);
}

static void check_subnets(struct parser *p, const struct conf_nets *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].parent > 0)
			warn_overlap(p, t->v[i].subnet, t->v[t->v[i].parent - 1].subnet);
	}
}

static void check_peers(struct parser *p)
{
	for (size_t i = 0; i < p->conf->peer.n; i++) {
		const struct parse_peer *peer = p->conf->peer.v[i];

		if (peer->load_balance_max_s == 0)
			parse_warn(p, peer->pos, "failover",
			    "WARNING: load balancing will be disabled for failover peer, %s, "
			    "because its load balance max secs is 0",
			    peer->name);
		if (!peer->is_used)
			parse_error_at(p, peer->pos, "failover",
			    "ERROR: Failover peer, %s, has no referring pools. You must refer to "
			    "each peer in at least one pool declaration.",
			    peer->name);
	}
}

static void check_omapi_key(struct parser *p)
{
	for (const struct stmt *s = p->conf->root->first; s != NULL; s = s->next) {
		struct pxe_bytes name;

		if (s->op != STMT_PARAM || s->param.row->id != PARAM_OMAPI_KEY ||
		    s->param.value == NULL || !expr_is_const(s->param.value, &name))
			continue;
		if (conf_key(p->conf, (const char *)name.p) == NULL)
			parse_error_at(p, s->pos, "unknown-key", "OMAPI key %s: not found",
			    (const char *)name.p);
	}
}

/* What DNS updates would need is asked for only where there are to be some. */
static void check_ddns(struct parser *p)
{
	for (size_t i = 0; p->wants_ddns && i < PARAM_COUNT; i++)
		if (p->ddns_pos[i].line > 0)
			parse_warn(p, p->ddns_pos[i], "not-done",
			    "%s is accepted but has no effect: %s",
			    param_row((enum param_id)i)->keyword,
			    param_row((enum param_id)i)->note);
}

void parse_check(struct parser *p)
{
	check_ddns(p);
	check_ranges(p);
	check_subnets(p, &p->conf->net4);
	check_subnets(p, &p->conf->net6);
	check_peers(p);
	check_omapi_key(p);
}
