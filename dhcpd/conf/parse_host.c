/* SPDX-License-Identifier: BSD-2-Clause */
/* parse_host.c -- host declarations and what only they hold. */
#include <string.h>

#include "dhcpd/conf/parse.h"
#include "libpxecommon/base/str.h"

enum { OPTION_CLIENT_IDENTIFIER = 61 };

void parse_hardware_statement(struct parser *p, struct block *b)
{
	struct pxe_hwaddr hw;

	if (b->host->hw.len > 0) {
		parse_error(p, parse_peek(p), "host",
		    "one host has one address; declare another host",
		    "Host %s hardware address already configured.", b->host->name);
		parse_skip(p);
		return;
	}
	if (!parse_hardware(p, &hw)) {
		parse_skip(p);
		return;
	}
	b->host->hw = hw;
	if (!token_is(parse_peek(p), ';')) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expecting semicolon.");
		parse_skip(p);
		return;
	}
	(void)parse_next(p);
}

static bool add_fixed4(struct parser *p, struct host *h)
{
	const struct token *t = parse_peek(p);
	struct conf_pos pos = t->pos;
	struct pxe_ip4 ip;

	if (parse_is_ip4(p, t)) {
		if (!parse_ip4(p, &ip))
			return false;
		h->fixed = parse_grow(p, h->fixed, h->nfixed, sizeof(*h->fixed));
		if (h->fixed == NULL)
			return false;
		h->fixed[h->nfixed++] = ip;
		return true;
	}
	if (t->kind != TOK_WORD) {
		parse_error(p, t, "address", NULL, "%s (%d): expecting IP address or hostname",
		    parse_spell(p, t), parse_isc_token(t));
		return false;
	}
	h->fixed_name =
	    parse_grow(p, (void *)h->fixed_name, h->nfixed_name, sizeof(*h->fixed_name));
	if (h->fixed_name == NULL)
		return false;
	h->fixed_name[h->nfixed_name] = parse_conf_name(p, parse_name(p), false, pos);
	return h->fixed_name[h->nfixed_name++] != NULL;
}

static bool add_fixed6(struct parser *p, struct host *h)
{
	struct pxe_ip6 ip;

	if (!parse_ip6(p, &ip))
		return false;
	h->fixed6 = parse_grow(p, h->fixed6, h->nfixed6, sizeof(*h->fixed6));
	if (h->fixed6 == NULL)
		return false;
	h->fixed6[h->nfixed6++] = ip;
	return true;
}

void parse_fixed_address(struct parser *p, struct block *b, bool is6)
{
	struct host *h = b->host;

	if (h->nfixed + h->nfixed_name + h->nfixed6 > 0) {
		parse_error(p, parse_peek(p), "host", "put all addresses into one, with commas",
		    "Only one fixed address declaration per host.");
		parse_skip(p);
		return;
	}
	do {
		if (is6 ? !add_fixed6(p, h) : !add_fixed4(p, h)) {
			parse_skip(p);
			return;
		}
	} while (parse_accept(p, ','));
	if (!parse_semi(p))
		parse_skip(p);
}

void parse_fixed_prefix6(struct parser *p, struct block *b)
{
	struct host *h = b->host;
	struct pxe_ip6 ip;
	struct pxe_prefix prefix = {.ip = {.family = 6}};
	int64_t len = 0;
	const struct token *t = NULL;

	if (!parse_ip6(p, &ip))
		goto bad;
	if (!parse_accept(p, '/')) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expecting '/'");
		goto bad;
	}
	t = parse_peek(p);
	if (t->kind != TOK_WORD || t->word != WORD_NUMBER) {
		parse_error(p, t, "syntax", NULL, "expecting number");
		goto bad;
	}
	len = parse_atoi(parse_next(p));
	if (len < 0 || len > 128) {
		parse_error(p, t, "value", NULL, "networks have 0 to 128 bits");
		goto bad;
	}
	prefix.ip.v6 = ip;
	prefix.len = (uint8_t)len;
	h->fixed_prefix6 =
	    parse_grow(p, h->fixed_prefix6, h->nfixed_prefix6, sizeof(*h->fixed_prefix6));
	if (h->fixed_prefix6 == NULL)
		return;
	h->fixed_prefix6[h->nfixed_prefix6++] = prefix;
	if (parse_semi(p))
		return;
bad:
	parse_skip(p);
}

/* `uid "text";` or `uid 1:2:3;`: the identifier alone, which is not sent back. */
static void parse_uid(struct parser *p, struct block *b)
{
	const struct token *t = NULL;
	uint8_t buf[LEXER_TOKEN_MAX];
	int n = 0;

	(void)parse_next(p);
	t = parse_peek(p);
	if (b->host->client_id.p != NULL) {
		char text[256];
		struct pxe_text out = pxe_text_init(text, sizeof(text));

		pxe_opt_text(NULL, NULL, b->host->client_id, &out);
		parse_error(
		    p, t, "host", NULL, "Host '%s' already has a uid '%s'", b->host->name, text);
		parse_skip(p);
		return;
	}
	if (t->kind == TOK_STRING) {
		b->host->client_id = parse_dup(p, parse_next(p)->text);
	} else {
		n = parse_hex(p, buf, sizeof(buf), "expecting numeric value.");
		if (n < 0 || (size_t)n > sizeof(buf)) {
			parse_skip(p);
			return;
		}
		b->host->client_id = parse_dup(p, (struct pxe_bytes){buf, (size_t)n});
	}
	if (!parse_semi(p))
		parse_skip(p);
}

static bool ident_source(struct parser *p, struct host *h)
{
	const struct token *t = parse_next(p);

	h->ident_relay = -1;
	if (t->kw == KW_OPTION)
		return true;
	if (t->kw != KW_V6RELOPT) {
		parse_error(p, t, "syntax", "host-identifier option NAME VALUE",
		    "host-identifier must be an option or v6relopt");
		return false;
	}
	t = parse_next(p);
	if (t->kind != TOK_WORD || t->word != WORD_NUMBER) {
		parse_error(p, t, "syntax", NULL, "host-identifier v6relopt must have a number");
		return false;
	}
	h->ident_relay = (int)parse_atoi(t);
	return true;
}

static void parse_host_identifier(struct parser *p, struct block *b)
{
	struct host *h = b->host;
	struct option_name name;
	const struct expr *e = NULL;

	if (h->ident_def != NULL) {
		parse_error(
		    p, parse_next(p), "host", NULL, "only one host-identifier allowed per host");
		parse_skip(p);
		return;
	}
	(void)parse_next(p);
	if (!ident_source(p, h) || !parse_option_name(p, &name)) {
		parse_skip(p);
		return;
	}
	if (name.def == NULL) {
		char text[256];
		struct pxe_text out = pxe_text_init(text, sizeof(text));

		pxe_text_addf(&out, "unknown option %s.%s",
		    name.space != NULL ? name.space->name : "server", name.name);
		if (name.space != NULL)
			parse_unknown_option(p, &name, text);
		else
			parse_error_at(p, name.pos, "unknown-option", "%s", text);
		parse_skip(p);
		return;
	}
	e = parse_option_value(p, name.def);
	if (e == NULL || !expr_is_const(e, &h->ident_value)) {
		if (e != NULL)
			parse_error(p, parse_peek(p), "host", NULL,
			    "a host-identifier cannot be a name that needs DNS");
		parse_skip(p);
		return;
	}
	h->ident_def = name.def;
	if (!parse_semi(p))
		parse_skip(p);
}

static bool eq_scope_name(const struct scope *s, const char *name)
{
	return s->name != NULL && strcmp(s->name, name) == 0;
}

/* `group NAME;`: the host takes its surroundings from a group declared elsewhere. */
static void parse_host_group(struct parser *p, struct block *b)
{
	const struct token *t = NULL;
	struct host *h = b->host;

	(void)parse_next(p);
	t = parse_peek(p);
	if (t->kind != TOK_STRING && !token_is_ident(t)) {
		parse_error(
		    p, t, "syntax", "the name of a group", "expecting string or identifier.");
		parse_skip(p);
		return;
	}
	(void)parse_next(p);
	h->group = parse_strndup(p, t->text.p, t->text.len);
	h->group_scope = NULL;
	for (size_t i = 0; h->group != NULL && i < p->conf->group.n; i++) {
		if (eq_scope_name(p->conf->group.v[i], h->group))
			h->group_scope = p->conf->group.v[i];
	}
	if (h->group_scope == NULL)
		parse_error(p, t, "unknown-group", NULL, "unknown group %s in host %s",
		    h->group != NULL ? h->group : "", h->name);
	else
		h->scope->parent = h->group_scope;
	if (!parse_semi(p))
		parse_skip(p);
}

bool parse_host_statement(struct parser *p, struct block *b, enum keyword kw)
{
	switch (kw) {
	case KW_DYNAMIC:
	case KW_DELETED:
		(void)parse_next(p);
		if (kw == KW_DYNAMIC)
			b->host->dynamic = true;
		else
			b->host->deleted = true;
		if (!parse_semi(p))
			parse_skip(p);
		return true;
	case KW_GROUP:
		parse_host_group(p, b);
		return true;
	case KW_UID:
		parse_uid(p, b);
		return true;
	case KW_HOST_IDENTIFIER:
		parse_host_identifier(p, b);
		return true;
	default:
		return false;
	}
}

/* `option dhcp-client-identifier` in a host names the client (and is sent to it, as with ISC). */
static void take_client_id(struct host *h)
{
	for (const struct stmt *s = h->scope->first; s != NULL && h->client_id.p == NULL;
	     s = s->next) {
		if (s->op == STMT_OPTION && s->option.def->space == pxe_opt_space_dhcp() &&
		    s->option.def->code == OPTION_CLIENT_IDENTIFIER)
			(void)expr_is_const(s->option.value, &h->client_id);
	}
}

void parse_host(struct parser *p, struct block *b)
{
	const struct token at = *parse_peek(p);
	const char *name = parse_name(p);
	struct host *h = NULL;
	struct block inner = {.kind = SCOPE_HOST, .net = b->net, .subnet = b->subnet};

	if (name == NULL) {
		parse_error(p, &at, "syntax",
		    at.kind == TOK_STRING ? "the name is written without quotes" : NULL,
		    "expecting a name for host declaration.");
		parse_skip(p);
		return;
	}
	h = inner.host = parse_alloc(p, sizeof(*h));
	inner.scope = parse_scope(p, SCOPE_HOST, b->scope, name, at.pos);
	if (h == NULL || inner.scope == NULL)
		return;
	h->name = name;
	h->scope = inner.scope;
	h->pos = at.pos;
	h->ident_relay = -1;
	if (!parse_lbrace(p)) {
		parse_skip(p);
		return;
	}
	parse_block(p, &inner);
	if (h->deleted)
		return;
	take_client_id(h);
	if (conf_host_by_name(p->conf, name) != NULL)
		parse_error(p, &at, "host", NULL, "host %s: already exists", name);
	else if (conf_enter_host(p->conf, h) != 0)
		p->oom = true;
}
