/* SPDX-License-Identifier: BSD-2-Clause */
/* parse_stmt.c -- which statement or declaration is it, and may it stand here? */
#include <stdio.h>
#include <string.h>

#include "dhcpd/conf/parse.h"
#include "libpxecommon/base/str.h"

/* Words that begin a statement besides the parameters; for hints and for recovery. */
static const enum keyword beginners[] = {KW_ADD, KW_ALLOW, KW_APPEND, KW_AUTHORITATIVE, KW_CLASS,
    KW_DEFAULT, KW_DEFINE, KW_DENY, KW_EVAL, KW_EXECUTE, KW_FAILOVER, KW_FIXED_ADDRESS,
    KW_FIXED_ADDRESS6, KW_FIXED_PREFIX6, KW_GROUP, KW_HARDWARE, KW_HOST, KW_HOST_IDENTIFIER, KW_IF,
    KW_IGNORE, KW_INCLUDE, KW_INTERFACE, KW_KEY, KW_LEASE, KW_LOG, KW_MATCH, KW_NOT, KW_ON,
    KW_OPTION, KW_POOL, KW_POOL6, KW_PREFIX6, KW_PREPEND, KW_RANGE, KW_RANGE6, KW_RETURN, KW_SEND,
    KW_SERVER_DUID, KW_SERVER_IDENTIFIER, KW_SET, KW_SHARED_NETWORK, KW_SPAWN, KW_SUBCLASS,
    KW_SUBNET, KW_SUBNET6, KW_SUPERSEDE, KW_SWITCH, KW_UNSET, KW_ZONE};

enum { NBEGINNER = sizeof(beginners) / sizeof(beginners[0]) };

bool parse_begins_statement(struct parser *p, const struct token *t)
{
	if (!token_is_ident(t))
		return false;
	for (size_t i = 0; i < NBEGINNER; i++) {
		if (beginners[i] == t->kw)
			return true;
	}
	return param_by_keyword(parse_spell(p, t)) != NULL;
}

const char *parse_hint_statement(struct parser *p, const struct token *t)
{
	const char *words[NBEGINNER + PARAM_COUNT];
	char hint[160];
	size_t n = 0;
	const char *near = NULL, *spell = NULL;

	if (t->kind != TOK_WORD || !parse_has_room(p))
		return NULL;
	spell = parse_spell(p, t);
	if (strcmp(spell, "elif") == 0)
		return "did you mean \"elsif\"?";
	if (pxe_opt_by_name(p->conf->reg, pxe_opt_space_dhcp(), spell) != NULL) {
		(void)snprintf(hint, sizeof(hint), "did you mean \"option %s\"?", spell);
		return parse_strndup(p, hint, strlen(hint));
	}
	for (size_t i = 0; i < NBEGINNER; i++)
		words[n++] = keyword_text(beginners[i]);
	for (size_t i = 0; i < PARAM_COUNT; i++)
		words[n++] = param_row((enum param_id)i)->keyword;
	near = pxe_nearest_word(spell, words, n);
	if (near == NULL || strcmp(near, spell) == 0)
		return NULL;
	(void)snprintf(hint, sizeof(hint), "did you mean \"%s\"?", near);
	return parse_strndup(p, hint, strlen(hint));
}

/* ---- single statements ---- */

static void parse_include(struct parser *p, struct block *b)
{
	const struct token *t = parse_next(p);
	const char *path = NULL;
	struct token at;

	if (t->kind != TOK_STRING) {
		parse_error(p, t, "syntax", "the path in quotes", "filename string expected.");
		parse_skip(p);
		return;
	}
	at = *t;
	path = parse_strndup(p, t->text.p, t->text.len);
	if (!parse_semi(p)) /* before the file is read, so that tokens of this one are not lost */
		parse_skip(p);
	if (path != NULL)
		parse_file(p, path, b, &at);
	b->declared = true;
}

static void parse_authoritative(struct parser *p, struct block *b, bool value)
{
	const struct token *t = parse_next(p);

	if (!value && !parse_accept_kw(p, KW_AUTHORITATIVE)) {
		parse_error(p, parse_peek(p), "syntax", "not authoritative", "expecting assertion");
		parse_skip(p);
		return;
	}
	b->scope->authoritative = value;
	if (b->kind == SCOPE_HOST)
		parse_error(p, t, "misplaced", "it is a property of networks",
		    "authority makes no sense here.");
	if (!parse_semi(p))
		parse_skip(p);
}

/* Put what a parsing function left in *s to the scope, or skip what it could not parse. */
static void append(struct parser *p, struct block *b, enum parse_result r, struct stmt *const *s)
{
	if (r == PARSE_BAD)
		parse_skip(p);
	else if (*s != NULL)
		parse_append(b->scope, *s);
}

/* "server-identifier" is another way to write "option dhcp-server-identifier". */
static void parse_server_identifier(struct parser *p, struct block *b)
{
	struct conf_pos pos = parse_next(p)->pos;
	const struct pxe_opt_def *def = pxe_opt_by_code(p->conf->reg, pxe_opt_space_dhcp(), 54);
	struct stmt *s = NULL;

	if (def == NULL)
		return;
	append(p, b, parse_option_statement(p, def, SET_SUPERSEDE, pos, &s), &s);
}

/* `option` begins a definition, a space or a value. */
static void parse_option(struct parser *p, struct block *b)
{
	struct conf_pos pos = parse_next(p)->pos;
	struct option_name name;
	struct stmt *s = NULL;
	char text[256];

	if (parse_peek(p)->kw == KW_SPACE) {
		if (b->kind == SCOPE_ROOT) {
			parse_option_space(p);
			return;
		}
		parse_error(p, parse_peek(p), "misplaced", "move it out of all blocks",
		    "option space definitions may not be scoped.");
		parse_skip(p);
		return;
	}
	if (!parse_option_name(p, &name)) {
		parse_skip(p);
		return;
	}
	if (parse_peek(p)->kw == KW_CODE && name.space != NULL) {
		if (b->kind == SCOPE_ROOT) {
			parse_option_definition(p, &name);
			return;
		}
		parse_error(p, parse_peek(p), "misplaced", "move it out of all blocks",
		    "option definitions may not be scoped.");
		parse_skip(p);
		return;
	}
	if (name.param != NULL) {
		append(p, b, parse_param_statement(p, b, name.param, SET_SUPERSEDE, pos, &s), &s);
		return;
	}
	if (name.def == NULL) {
		(void)snprintf(
		    text, sizeof(text), "unknown option %s.%s", name.space->name, name.name);
		parse_unknown_option(p, &name, text);
		parse_skip(p);
		return;
	}
	append(p, b, parse_option_statement(p, name.def, SET_SUPERSEDE, pos, &s), &s);
}

/* ---- where declarations may stand ---- */

typedef void (*declare_fn)(struct parser *p, struct block *b);

static void subnet4(struct parser *p, struct block *b)
{
	parse_subnet(p, b, false);
}

static void subnet6(struct parser *p, struct block *b)
{
	parse_subnet(p, b, true);
}

static void pool4(struct parser *p, struct block *b)
{
	parse_pool(p, b, false);
}

static void pool6(struct parser *p, struct block *b)
{
	parse_pool(p, b, true);
}

static void fixed4(struct parser *p, struct block *b)
{
	parse_fixed_address(p, b, false);
}

static void fixed6(struct parser *p, struct block *b)
{
	parse_fixed_address(p, b, true);
}

static void declare_host(struct parser *p, struct block *b)
{
	if (!p->warned_host && (b->kind == SCOPE_SUBNET || b->kind == SCOPE_SHARED_NETWORK)) {
		p->warned_host = true;
		parse_warn(p, parse_peek(p)->pos, "global-host",
		    "WARNING: Host declarations are global.  They are not limited to the scope you "
		    "declared them in.");
	}
	parse_host(p, b);
}

static void vendor_class(struct parser *p, struct block *b)
{
	const struct token *t = parse_peek(p);

	(void)b;
	if (t->kind != TOK_STRING)
		parse_error(p, t, "syntax", "the name in quotes", "Expecting class name");
	else
		parse_error(p, t, "not-supported", "use class with match if", "no class named %s",
		    parse_spell(p, t));
	parse_skip(p);
}

#define HOST_AND_CLASS (SCOPE_IN(SCOPE_HOST) | SCOPE_IN(SCOPE_CLASS) | SCOPE_IN(SCOPE_SUBCLASS))
#define CLASSES        (SCOPE_IN(SCOPE_CLASS) | SCOPE_IN(SCOPE_SUBCLASS))

static const struct declaration {
	enum keyword kw;
	declare_fn parse;
	unsigned not_in;   /* SCOPE_IN_* where it may not stand */
	const char *wrong; /* what ISC says there */
	bool is_declaration;
} declarations[] = {
    {KW_INCLUDE, parse_include, 0, NULL, true},
    {KW_HOST, declare_host, HOST_AND_CLASS, "host declarations not allowed here.", true},
    {KW_GROUP, parse_group, HOST_AND_CLASS, "group declarations not allowed here.", true},
    {KW_SHARED_NETWORK, parse_shared_network,
	HOST_AND_CLASS | SCOPE_IN(SCOPE_SHARED_NETWORK) | SCOPE_IN(SCOPE_SUBNET),
	"shared-network parameters not allowed here.", true},
    {KW_SUBNET, subnet4, HOST_AND_CLASS | SCOPE_IN(SCOPE_SUBNET),
	"subnet declarations not allowed here.", true},
    {KW_SUBNET6, subnet6, HOST_AND_CLASS | SCOPE_IN(SCOPE_SUBNET),
	"subnet declarations not allowed here.", true},
    {KW_CLASS, parse_class, CLASSES, "class declarations not allowed here.", true},
    {KW_SUBCLASS, parse_subclass, CLASSES, "class declarations not allowed here.", true},
    {KW_VENDOR_CLASS, vendor_class, CLASSES, "class declarations not allowed here.", true},
    {KW_USER_CLASS, vendor_class, CLASSES, "class declarations not allowed here.", true},
    {KW_HARDWARE, parse_hardware_statement, SCOPE_IN_ANY & ~SCOPE_IN(SCOPE_HOST),
	"hardware address parameter not allowed here.", false},
    {KW_FIXED_ADDRESS, fixed4, SCOPE_IN_ANY & ~SCOPE_IN(SCOPE_HOST),
	"fixed-address parameter not allowed here.", false},
    {KW_FIXED_ADDRESS6, fixed6, SCOPE_IN_ANY & ~SCOPE_IN(SCOPE_HOST),
	"fixed-address parameter not allowed here.", false},
    {KW_FIXED_PREFIX6, parse_fixed_prefix6, SCOPE_IN_ANY & ~SCOPE_IN(SCOPE_HOST),
	"fixed-prefix6 declaration not allowed here.", false},
    {KW_POOL, pool4, SCOPE_IN_ANY & ~(SCOPE_IN(SCOPE_SUBNET) | SCOPE_IN(SCOPE_SHARED_NETWORK)),
	"pool declared outside of network", false},
    {KW_POOL6, pool6, SCOPE_IN_ANY & ~SCOPE_IN(SCOPE_SUBNET), "pool6 declared outside of network",
	false},
    {KW_RANGE, parse_range4, SCOPE_IN_ANY & ~(SCOPE_IN(SCOPE_SUBNET) | SCOPE_IN(SCOPE_POOL)),
	"range declaration not allowed here.", false},
    {KW_RANGE6, parse_range6, SCOPE_IN_ANY & ~(SCOPE_IN(SCOPE_SUBNET) | SCOPE_IN(SCOPE_POOL)),
	"range6 declaration not allowed here.", false},
    {KW_PREFIX6, parse_prefix6, SCOPE_IN_ANY & ~(SCOPE_IN(SCOPE_SUBNET) | SCOPE_IN(SCOPE_POOL)),
	"prefix6 declaration not allowed here.", false},
    {KW_FAILOVER, parse_failover,
	SCOPE_IN_ANY & ~(SCOPE_IN(SCOPE_ROOT) | SCOPE_IN(SCOPE_SHARED_NETWORK)),
	"failover peers may only be defined in shared-network", false},
};

static bool parse_declaration(struct parser *p, struct block *b, const struct token *t)
{
	for (size_t i = 0; i < sizeof(declarations) / sizeof(declarations[0]); i++) {
		const struct declaration *d = &declarations[i];

		if (d->kw != t->kw)
			continue;
		(void)parse_next(p);
		if ((d->not_in & SCOPE_IN(b->kind)) != 0) {
			const char *wrong = d->wrong;

			if (b->kind == SCOPE_POOL && (d->kw == KW_POOL || d->kw == KW_POOL6))
				wrong = d->kw == KW_POOL ? "pool declared within pool."
							 : "pool6 declared within pool.";
			parse_error(p, t, "misplaced", NULL, "%s", wrong);
			parse_skip(p);
			return true;
		}
		d->parse(p, b);
		if (d->is_declaration)
			b->declared = true;
		return true;
	}
	return false;
}

/* Statements that one kind of block alone knows. */
static bool parse_special(struct parser *p, struct block *b, enum keyword kw)
{
	switch (b->kind) {
	case SCOPE_HOST:
		return parse_host_statement(p, b, kw);
	case SCOPE_CLASS:
	case SCOPE_SUBCLASS:
		return parse_class_statement(p, b, kw);
	case SCOPE_POOL:
		return parse_pool_statement(p, b, kw);
	case SCOPE_SHARED_NETWORK:
	case SCOPE_SUBNET:
		if (kw != KW_INTERFACE)
			return false;
		parse_interface(p, b);
		return true;
	case SCOPE_GROUP:
		if (kw != KW_DYNAMIC && kw != KW_DELETED && kw != KW_STATIC)
			return false;
		(void)parse_next(p);
		if (kw == KW_DELETED)
			b->is_deleted = true;
		if (!parse_semi(p))
			parse_skip(p);
		return true;
	default:
		return false;
	}
}

static void parse_nothing_known(struct parser *p, const struct block *b, const struct token *t)
{
	const char *hint = parse_hint_statement(p, t);

	if (token_is(t, ';'))
		hint = "this semicolon is one too many";
	else if (token_is(t, '/') || token_is(t, '*'))
		hint = "comments begin with '#'";
	parse_error(p, t, "unknown-statement", hint,
	    b->declared ? "expecting a declaration" : "expecting a parameter or declaration");
	parse_skip(p);
}

void parse_statement(struct parser *p, struct block *b)
{
	const struct token *t = parse_peek(p);
	struct stmt *s = NULL;
	enum parse_result r = PARSE_NONE;

	if (token_is(t, '%')) { /* reserved for ISC's migration assistant */
		parse_skip(p);
		return;
	}
	if (t->kw != KW_NONE && (parse_special(p, b, t->kw) || parse_declaration(p, b, t)))
		return;
	switch (t->kw) {
	case KW_AUTHORITATIVE:
		parse_authoritative(p, b, true);
		return;
	case KW_NOT:
		parse_authoritative(p, b, false);
		return;
	case KW_SERVER_IDENTIFIER:
		parse_server_identifier(p, b);
		return;
	case KW_OPTION:
		parse_option(p, b);
		return;
	case KW_SERVER_DUID:
		parse_server_duid(p);
		return;
	default:
		break;
	}
	r = parse_executable(p, b, &s);
	if (r == PARSE_NONE)
		parse_nothing_known(p, b, parse_peek(p));
	else
		append(p, b, r, &s);
}
