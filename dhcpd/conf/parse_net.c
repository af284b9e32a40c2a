/* SPDX-License-Identifier: BSD-2-Clause */
/* parse_net.c -- groups, shared networks and subnets. */
#include <stdio.h>
#include <string.h>

#include "dhcpd/conf/parse.h"

void parse_group(struct parser *p, struct block *b)
{
	const struct token at = *parse_peek(p);
	struct block inner = {.kind = SCOPE_GROUP, .net = b->net, .subnet = b->subnet};
	const char *name = NULL;

	if (at.kind == TOK_STRING || token_is_ident(&at)) {
		(void)parse_next(p);
		name = parse_strndup(p, at.text.p, at.text.len);
	}
	inner.scope = parse_scope(p, SCOPE_GROUP, b->scope, name, at.pos);
	if (inner.scope == NULL)
		return;
	if (!parse_lbrace(p)) {
		parse_skip(p);
		return;
	}
	parse_block(p, &inner);
	if (name != NULL && !inner.is_deleted && conf_list_push(&p->conf->group, inner.scope) != 0)
		p->oom = true;
}

void parse_interface(struct parser *p, struct block *b)
{
	const struct token *t = NULL;
	const char *name = NULL;

	(void)parse_next(p);
	t = parse_next(p);
	if (t->kind != TOK_STRING && t->kind != TOK_WORD) {
		parse_error(p, t, "syntax", NULL, "expecting string.");
		parse_skip(p);
		return;
	}
	name = parse_strndup(p, t->text.p, t->text.len);
	if (name == NULL)
		return;
	if (b->net->interface != NULL)
		parse_error(p, t, "interface", NULL,
		    "A subnet or shared network can't be connected to two interfaces.");
	if (b->kind == SCOPE_SUBNET)
		b->subnet->interface = name;
	b->net->interface = name; /* the subnets of a network share its link */
	if (!parse_semi(p))
		parse_skip(p);
}

/* ---- networks ---- */

static struct network *new_network(struct parser *p, struct scope *scope, const char *name)
{
	struct network *n = parse_alloc(p, sizeof(*n));

	if (n == NULL || scope == NULL)
		return NULL;
	n->scope = scope;
	n->name = name;
	return n;
}

static void enter_network(struct parser *p, struct network *n)
{
	n->id = p->conf->nnetwork++;
	*p->conf->network_tail = n;
	p->conf->network_tail = &n->next;
}

void parse_shared_network(struct parser *p, struct block *b)
{
	const struct token at = *parse_peek(p);
	struct block inner = {.kind = SCOPE_SHARED_NETWORK};
	const char *name = NULL;

	if (at.kind == TOK_STRING) {
		(void)parse_next(p);
		name = parse_strndup(p, at.text.p, at.text.len);
		if (at.text.len == 0)
			parse_error(p, &at, "syntax", NULL, "zero-length shared network name");
	} else {
		name = parse_name(p);
		if (name == NULL) {
			parse_error(p, &at, "syntax", NULL, "expecting a name for shared-network");
			parse_skip(p);
			return;
		}
	}
	inner.scope = parse_scope(p, SCOPE_SHARED_NETWORK, b->scope, name, at.pos);
	inner.net = new_network(p, inner.scope, name);
	if (inner.net == NULL)
		return;
	if (!parse_lbrace(p)) {
		parse_skip(p);
		return;
	}
	parse_block(p, &inner);
	if (inner.net->subnet == NULL)
		parse_error(p, &at, "network", "it needs a subnet", "empty shared-network decl");
	else
		enter_network(p, inner.net);
}

/* ---- subnets ---- */

static unsigned leading_ones(uint32_t mask)
{
	unsigned n = 0;

	while (n < 32 && (mask >> (31 - n) & 1) != 0)
		n++;
	return n;
}

/* N netmask M. False: reported. */
static bool subnet4_address(struct parser *p, struct subnet *s)
{
	const struct token at = *parse_peek(p);
	char net[PXE_IP4_STRLEN], mask[PXE_IP4_STRLEN];

	s->prefix.ip.family = 4;
	if (!parse_ip4(p, &s->prefix.ip.v4))
		return false;
	if (!parse_accept_kw(p, KW_NETMASK)) {
		parse_error(p, parse_peek(p), "syntax",
		    token_is(parse_peek(p), '/') ? "write: subnet 10.0.0.0 netmask 255.255.255.0"
						 : NULL,
		    "Expecting netmask");
		return false;
	}
	if (!parse_ip4(p, &s->mask))
		return false;
	s->prefix.len = (uint8_t)leading_ones(s->mask.v);
	if ((s->prefix.ip.v4.v & ~s->mask.v) == 0)
		return true;
	parse_error(p, &at, "subnet", "the number has bits that the mask does not cover",
	    "subnet %s netmask %s: bad subnet number/mask combination.",
	    pxe_ip4_str(s->prefix.ip.v4, net), pxe_ip4_str(s->mask, mask));
	return false;
}

/* P/L. False: reported. */
static bool subnet6_address(struct parser *p, struct subnet *s)
{
	const struct token *t = NULL;
	int64_t len = 0;

	s->prefix.ip.family = 6;
	if (!parse_ip6(p, &s->prefix.ip.v6))
		return false;
	if (!parse_accept(p, '/')) {
		parse_error(p, parse_peek(p), "syntax", NULL, "Expecting a '/'.");
		return false;
	}
	t = parse_peek(p);
	if (t->kind != TOK_WORD || t->word != WORD_NUMBER) {
		parse_error(p, t, "syntax", NULL, "Expecting a number.");
		return false;
	}
	len = parse_atoi(parse_next(p));
	if (len < 0 || len > 128) {
		parse_error(p, t, "value", NULL, "Expecting a number between 0 and 128.");
		return false;
	}
	if (parse_has_host_bits(&s->prefix.ip.v6, (unsigned)len)) {
		parse_error(p, t, "subnet", NULL, "New subnet mask too short.");
		return false;
	}
	s->prefix.len = (uint8_t)len;
	return true;
}

/* "10.0.0.0/24", the name of the network around a lone subnet. */
static const char *implicit_name(struct parser *p, const struct subnet *s)
{
	char buf[PXE_PREFIX_STRLEN];

	(void)pxe_prefix_str(&s->prefix, buf);
	return parse_strndup(p, buf, strlen(buf));
}

static bool link_subnet(struct parser *p, struct network *n, struct subnet *s)
{
	struct subnet **tail = &n->subnet;

	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = s;
	s->network = n;
	if (conf_list_push(&p->conf->subnet, s) == 0)
		return true;
	p->oom = true;
	return false;
}

void parse_subnet(struct parser *p, struct block *b, bool is6)
{
	const struct token at = *parse_peek(p);
	struct subnet *s = parse_alloc(p, sizeof(*s));
	struct block inner = {.kind = SCOPE_SUBNET, .net = b->net, .subnet = s};
	bool lone = b->net == NULL;

	if (s == NULL)
		return;
	if (is6 && p->conf->family != 6) {
		parse_error(p, &at, "family", "start the server with -6 for it",
		    "subnet6 statement is only supported in DHCPv6 mode.");
		parse_skip(p);
		return;
	}
	if (is6 ? !subnet6_address(p, s) : !subnet4_address(p, s)) {
		parse_skip(p);
		return;
	}
	s->pos = at.pos;
	s->scope = inner.scope =
	    parse_scope(p, SCOPE_SUBNET, b->scope, implicit_name(p, s), at.pos);
	if (inner.scope == NULL)
		return;
	if (lone) {
		inner.net = new_network(p, inner.scope, inner.scope->name);
		if (inner.net == NULL)
			return;
		inner.net->implicit = true;
	}
	if (!link_subnet(p, inner.net, s))
		return;
	if (lone)
		enter_network(p, inner.net);
	if (!parse_lbrace(p)) {
		parse_skip(p);
		return;
	}
	parse_block(p, &inner);
}
