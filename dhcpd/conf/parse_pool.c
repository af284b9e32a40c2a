/* SPDX-License-Identifier: BSD-2-Clause */
/* parse_pool.c -- pools, permit lists and ranges. */
#include <string.h>

#include "dhcpd/conf/parse.h"

static struct pool *new_pool(
    struct parser *p, struct network *net, struct scope *scope, struct conf_pos pos)
{
	struct pool *pool = parse_alloc(p, sizeof(*pool));
	struct pool **tail = &net->pool;

	if (pool == NULL)
		return NULL;
	pool->scope = scope;
	pool->network = net;
	pool->pos = pos;
	pool->id = p->conf->npool++;
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = pool;
	return pool;
}

static bool add_permit(struct parser *p, struct pool *pool, bool allow, const struct permit *permit)
{
	struct permit **list = allow ? &pool->allow : &pool->deny;
	size_t *n = allow ? &pool->nallow : &pool->ndeny;

	*list = parse_grow(p, *list, *n, sizeof(**list));
	if (*list == NULL)
		return false;
	(*list)[(*n)++] = *permit;
	return true;
}

/* ---- ranges ---- */

/* Ranges outside of any pool go to one of two pools of their network that have no scope: plain ones
 * are not for dynamic BOOTP, `dynamic-bootp` ones are for everybody. */
static struct pool *implicit_pool(
    struct parser *p, struct network *net, bool bootp, struct conf_pos pos)
{
	struct permit permit = {.kind = bootp ? PERMIT_ALL : PERMIT_DYNAMIC_BOOTP};
	struct pool *pool = NULL;

	for (pool = net->pool; pool != NULL; pool = pool->next) {
		if (pool->scope == NULL && (pool->nallow > 0) == bootp)
			return pool;
	}
	pool = new_pool(p, net, NULL, pos);
	if (pool != NULL && !add_permit(p, pool, bootp, &permit))
		return NULL;
	return pool;
}

static const struct subnet *subnet_of(const struct block *b, struct pxe_ip4 ip)
{
	if (b->subnet != NULL)
		return b->subnet;
	for (const struct subnet *s = b->net->subnet; s != NULL; s = s->next) {
		if (s->prefix.ip.family == 4 && (ip.v & s->mask.v) == s->prefix.ip.v4.v)
			return s;
	}
	return NULL;
}

static bool is_inside(
    struct parser *p, const struct subnet *s, struct pxe_ip4 ip, struct conf_pos pos)
{
	char a[PXE_IP4_STRLEN], net[PXE_IP4_STRLEN], mask[PXE_IP4_STRLEN];

	if (s->prefix.ip.family == 4 && (ip.v & s->mask.v) == s->prefix.ip.v4.v)
		return true;
	parse_error_at(p, pos, "range",
	    "bad range, address %s not in subnet %s netmask %s (the subnet is at %s:%u)",
	    pxe_ip4_str(ip, a),
	    s->prefix.ip.family == 4 ? pxe_ip4_str(s->prefix.ip.v4, net) : s->scope->name,
	    pxe_ip4_str(s->mask, mask), parse_file_of(p, s->pos), (unsigned)s->pos.line);
	return false;
}

static void add_range4(struct parser *p, struct block *b, struct range4 *r)
{
	struct pool *pool = b->pool;
	const struct subnet *s = subnet_of(b, r->ip.lo);

	if (s == NULL) {
		parse_error_at(p, r->pos, "range",
		    "address range not on network %s (a pool stands behind the subnet it uses)",
		    b->net->name);
		return;
	}
	if (!is_inside(p, s, r->ip.lo, r->pos) || !is_inside(p, s, r->ip.hi, r->pos))
		return;
	if (r->ip.lo.v > r->ip.hi.v) { /* either order will do */
		struct pxe_ip4 hi = r->ip.lo;

		r->ip.lo = r->ip.hi;
		r->ip.hi = hi;
	}
	if (pool == NULL)
		pool = implicit_pool(p, b->net, r->dynamic_bootp, r->pos);
	if (pool == NULL)
		return;
	pool->range = parse_grow(p, pool->range, pool->nrange, sizeof(*pool->range));
	if (pool->range != NULL)
		pool->range[pool->nrange++] = *r;
}

void parse_range4(struct parser *p, struct block *b)
{
	struct range4 r = {0};

	r.pos = parse_peek(p)->pos;
	r.dynamic_bootp = parse_accept_kw(p, KW_DYNAMIC_BOOTP);
	if (!parse_ip4(p, &r.ip.lo))
		goto bad;
	r.ip.hi = r.ip.lo;
	if (token_is(parse_peek(p), ',') || token_is(parse_peek(p), '-')) {
		parse_error(p, parse_peek(p), "address",
		    "a range is two addresses with a blank between them",
		    "expecting numeric value.");
		goto bad;
	}
	if (!token_is(parse_peek(p), ';') && !parse_ip4(p, &r.ip.hi))
		goto bad;
	if (!parse_semi(p))
		goto bad;
	add_range4(p, b, &r);
	return;
bad:
	parse_skip(p);
}

/* A number of bits behind '/'. False: reported. */
static bool prefix_len(struct parser *p, uint8_t *out)
{
	const struct token *t = parse_peek(p);
	int64_t bits = parse_atoi(t);

	if (t->kind != TOK_WORD || t->word != WORD_NUMBER) {
		parse_error(p, t, "syntax", NULL, "expecting number");
		return false;
	}
	(void)parse_next(p);
	if (bits < 0 || bits > 128) {
		parse_error(p, t, "value", NULL, "networks have 0 to 128 bits");
		return false;
	}
	*out = (uint8_t)bits;
	return true;
}

static void set_host_bits(struct pxe_ip6 *ip, unsigned len)
{
	for (unsigned i = len; i < 128; i++)
		ip->b[i / 8] |= (uint8_t)(1u << (7 - i % 8));
}

static bool in_subnet6(const struct subnet *s, const struct pxe_ip6 *ip)
{
	struct pxe_ip any = {.family = 6, .v6 = *ip};

	return pxe_prefix_has(&s->prefix, &any);
}

/* LOW HIGH; or P/L [temporary]; or A temporary; into r. False: reported. */
static bool range6_value(struct parser *p, struct range6 *r)
{
	uint8_t len = 64;

	if (!parse_ip6(p, &r->lo))
		return false;
	r->hi = r->lo;
	if (parse_accept(p, '/')) {
		if (!prefix_len(p, &len))
			return false;
		r->temporary = parse_accept_kw(p, KW_TEMPORARY);
		if (r->temporary && len < 64)
			parse_error(p, parse_peek(p), "value", NULL, "temporary mask too short");
	} else if (parse_accept_kw(p, KW_TEMPORARY)) {
		r->temporary = true;
	} else {
		return parse_ip6(p, &r->hi);
	}
	if (parse_has_host_bits(&r->lo, len)) {
		parse_error(p, parse_peek(p), "value", NULL, "network mask too short");
		return false;
	}
	set_host_bits(&r->hi, len);
	return true;
}

static struct pool *pool6_of(struct parser *p, struct block *b, struct conf_pos pos)
{
	if (b->pool != NULL)
		return b->pool;
	for (struct pool *pool = b->net->pool; pool != NULL; pool = pool->next) {
		if (pool->scope == NULL)
			return pool;
	}
	return new_pool(p, b->net, NULL, pos);
}

static bool is_family6(struct parser *p, const char *what)
{
	if (p->conf->family == 6)
		return true;
	parse_error(p, parse_peek(p), "family", "start the server with -6 for it",
	    "%s statement is only supported in DHCPv6 mode.", what);
	parse_skip(p);
	return false;
}

void parse_range6(struct parser *p, struct block *b)
{
	struct range6 r = {0};
	const struct token at = *parse_peek(p);
	struct pool *pool = NULL;

	if (!is_family6(p, "range6"))
		return;
	r.pos = at.pos;
	if (!range6_value(p, &r) || !parse_semi(p)) {
		parse_skip(p);
		return;
	}
	if (memcmp(r.lo.b, r.hi.b, 16) > 0) {
		struct pxe_ip6 hi = r.lo;

		r.lo = r.hi;
		r.hi = hi;
	}
	if (!in_subnet6(b->subnet, &r.lo)) {
		parse_error(p, &at, "range", NULL, "range6 start address is outside the subnet");
		return;
	}
	if (!in_subnet6(b->subnet, &r.hi)) {
		parse_error(p, &at, "range", NULL, "range6 end address is outside the subnet");
		return;
	}
	pool = pool6_of(p, b, r.pos);
	if (pool == NULL)
		return;
	pool->range6 = parse_grow(p, pool->range6, pool->nrange6, sizeof(*pool->range6));
	if (pool->range6 != NULL)
		pool->range6[pool->nrange6++] = r;
}

void parse_prefix6(struct parser *p, struct block *b)
{
	struct prefix6 x = {0};
	struct pool *pool = NULL;

	if (!is_family6(p, "prefix6"))
		return;
	x.pos = parse_peek(p)->pos;
	if (!parse_ip6(p, &x.lo) || !parse_ip6(p, &x.hi))
		goto bad;
	if (!parse_accept(p, '/')) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expecting '/'");
		goto bad;
	}
	if (!prefix_len(p, &x.len))
		goto bad;
	if (x.len == 0 || x.len == 128) {
		parse_error(
		    p, parse_peek(p), "value", NULL, "networks have 0 to 128 bits (exclusive)");
		goto bad;
	}
	if (parse_has_host_bits(&x.lo, x.len) || parse_has_host_bits(&x.hi, x.len)) {
		parse_error(p, parse_peek(p), "value", "both prefixes end where their bits end",
		    "network mask too short");
		goto bad;
	}
	if (!parse_semi(p))
		goto bad;
	pool = pool6_of(p, b, x.pos);
	if (pool == NULL)
		return;
	pool->prefix6 = parse_grow(p, pool->prefix6, pool->nprefix6, sizeof(*pool->prefix6));
	if (pool->prefix6 != NULL)
		pool->prefix6[pool->nprefix6++] = x;
	return;
bad:
	parse_skip(p);
}

/* ---- pool { } ---- */

void parse_pool(struct parser *p, struct block *b, bool is6)
{
	const struct token at = *parse_peek(p);
	struct block inner = {.kind = SCOPE_POOL, .net = b->net, .subnet = b->subnet};

	if (is6 && !is_family6(p, "pool6"))
		return;
	inner.scope = parse_scope(p, SCOPE_POOL, b->scope, NULL, at.pos);
	if (inner.scope == NULL)
		return;
	inner.pool = new_pool(p, b->net, inner.scope, at.pos);
	if (inner.pool == NULL)
		return;
	if (!parse_lbrace(p)) {
		parse_skip(p);
		return;
	}
	parse_block(p, &inner);
	if (inner.pool->nrange == 0 && !is6)
		parse_error(p, &at, "pool", "it needs a range statement",
		    "Pool declaration with no address range.");
	else if (inner.pool->nrange6 + inner.pool->nprefix6 == 0 && is6)
		parse_error(p, &at, "pool", "it needs a range6 or prefix6 statement",
		    "Pool6 declaration with no %s.", "address range6 or prefix6");
}

static bool expect_word(struct parser *p, enum keyword kw)
{
	if (parse_accept_kw(p, kw))
		return true;
	parse_error(p, parse_peek(p), "syntax", kw == KW_OF ? "write: members of \"class\"" : NULL,
	    "expecting \"%s\"", keyword_text(kw));
	return false;
}

static bool permit_members(struct parser *p, struct permit *permit)
{
	const struct token *t = NULL;
	const char *name = NULL;

	if (!expect_word(p, KW_OF))
		return false;
	t = parse_peek(p);
	if (t->kind != TOK_STRING) {
		parse_error(p, t, "syntax", "the name of a class stands in quotes",
		    "expecting class name.");
		return false;
	}
	name = parse_strndup(p, t->text.p, t->text.len);
	(void)parse_next(p);
	permit->kind = PERMIT_CLASS;
	permit->class = name != NULL ? conf_find_class(p->conf, name) : NULL;
	if (permit->class == NULL)
		parse_error(p, t, "unknown-class",
		    "a class is declared before the pools that name it", "no such class: %s",
		    name != NULL ? name : "");
	return true;
}

/* What follows `allow` or `deny` in a pool. False: reported. */
static bool permit_value(struct parser *p, struct permit *permit)
{
	static const struct {
		enum keyword kw;
		enum permit_kind kind;
		bool clients; /* the word "clients" follows */
	} kinds[] = {{KW_KNOWN_CLIENTS, PERMIT_KNOWN, false},
	    {KW_UNKNOWN_CLIENTS, PERMIT_UNKNOWN, false}, {KW_KNOWN, PERMIT_KNOWN, true},
	    {KW_UNKNOWN, PERMIT_UNKNOWN, true}, {KW_ALL, PERMIT_ALL, true},
	    {KW_AUTHENTICATED, PERMIT_AUTHENTICATED, true},
	    {KW_UNAUTHENTICATED, PERMIT_UNAUTHENTICATED, true},
	    {KW_DYNAMIC, PERMIT_DYNAMIC_BOOTP, true}};
	const struct token *t = parse_next(p);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].kw != t->kw)
			continue;
		permit->kind = kinds[i].kind;
		if (t->kw == KW_DYNAMIC && !expect_word(p, KW_BOOTP))
			return false;
		return !kinds[i].clients || expect_word(p, KW_CLIENTS);
	}
	if (t->kw == KW_MEMBERS)
		return permit_members(p, permit);
	if (t->kw == KW_AFTER) {
		permit->kind = PERMIT_AFTER;
		return parse_date(p, &permit->after_s);
	}
	parse_error(p, t, "permit",
	    "known clients, unknown clients, members of \"class\", all clients, dynamic bootp "
	    "clients, authenticated clients, unauthenticated clients, after DATE",
	    "expecting permit type.");
	return false;
}

static void parse_permit(struct parser *p, struct block *b, bool allow)
{
	struct permit permit = {0};
	struct conf_pos pos = parse_next(p)->pos;

	if (!permit_value(p, &permit)) {
		parse_skip(p);
		return;
	}
	if (permit.kind == PERMIT_AUTHENTICATED || permit.kind == PERMIT_UNAUTHENTICATED)
		parse_warn(p, pos, "not-done",
		    "no client is ever authenticated (RFC 3118 is not supported)");
	if (permit.kind != PERMIT_CLASS || permit.class != NULL)
		(void)add_permit(p, b->pool, allow, &permit);
	if (!parse_semi(p))
		parse_skip(p);
}

static void parse_pool_peer(struct parser *p, struct block *b)
{
	const struct token *t = NULL;
	struct parse_peer *peer = NULL;
	const char *name = NULL;

	(void)parse_next(p);
	if (!parse_accept_kw(p, KW_PEER)) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expecting 'peer'.");
		parse_skip(p);
		return;
	}
	t = parse_peek(p);
	if (t->kind != TOK_STRING) {
		parse_error(p, t, "syntax", "the name in quotes", "expecting string.");
		parse_skip(p);
		return;
	}
	(void)parse_next(p);
	name = parse_strndup(p, t->text.p, t->text.len);
	if (name == NULL)
		return;
	peer = parse_find_peer(p, name);
	if (peer == NULL)
		parse_error(p, t, "unknown-peer", "it is declared before the pools that name it",
		    "failover peer %s: not found", name);
	else
		peer->is_used = true;
	b->pool->failover = name;
	if (!parse_semi(p))
		parse_skip(p);
}

static void parse_no_failover(struct parser *p, struct block *b)
{
	(void)parse_next(p);
	if (!parse_accept_kw(p, KW_FAILOVER) || !parse_accept_kw(p, KW_PEER)) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expecting \"failover peer\".");
		parse_skip(p);
		return;
	}
	b->pool->failover = NULL;
	(void)parse_accept(p, ';'); /* ISC's parser stumbles over the one its manual asks for */
}

bool parse_pool_statement(struct parser *p, struct block *b, enum keyword kw)
{
	switch (kw) {
	case KW_ALLOW:
	case KW_DENY:
		parse_permit(p, b, kw == KW_ALLOW);
		return true;
	case KW_FAILOVER:
		parse_pool_peer(p, b);
		return true;
	case KW_NO:
		parse_no_failover(p, b);
		return true;
	default:
		return false;
	}
}
