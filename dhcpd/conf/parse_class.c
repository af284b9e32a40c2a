/* SPDX-License-Identifier: BSD-2-Clause */
/* parse_class.c -- class and subclass declarations. */
#include <string.h>

#include "dhcpd/conf/parse.h"

/* The name in quotes; NULL: reported and skipped. */
static const char *class_name(struct parser *p, struct token *out_at)
{
	const struct token *t = parse_peek(p);

	*out_at = *t;
	if (t->kind != TOK_STRING) {
		parse_error(p, t, "syntax", "the name in quotes", "Expecting class name");
		parse_skip(p);
		return NULL;
	}
	(void)parse_next(p);
	return parse_strndup(p, t->text.p, t->text.len);
}

static struct class *new_class(
    struct parser *p, const struct block *b, const char *name, struct conf_pos pos)
{
	struct conf *c = p->conf;
	struct class *cl = parse_alloc(p, sizeof(*cl));

	if (cl == NULL)
		return NULL;
	cl->name = name;
	cl->pos = pos;
	cl->lease_limit = -1;
	cl->index = (unsigned)c->class.n;
	cl->id = c->nbilling++;
	cl->scope = parse_scope(p, SCOPE_CLASS, b->scope, name, pos);
	if (cl->scope == NULL || conf_list_push(&c->class, cl) != 0 ||
	    conf_index_add(&c->class_name, conf_hash(0, name, strlen(name)), cl) != 0) {
		p->oom = true;
		return NULL;
	}
	return cl;
}

void parse_class(struct parser *p, struct block *b)
{
	struct token at;
	const char *name = class_name(p, &at);
	struct block inner = {.kind = SCOPE_CLASS};

	if (name == NULL)
		return;
	inner.class = conf_find_class(p->conf, name); /* declared again: it is extended */
	if (inner.class == NULL)
		inner.class = new_class(p, b, name, at.pos);
	if (inner.class == NULL)
		return;
	inner.scope = inner.class->scope;
	if (!parse_lbrace(p)) {
		parse_skip(p);
		return;
	}
	parse_block(p, &inner);
}

static bool subclass_value(struct parser *p, struct pxe_bytes *out)
{
	const struct token *t = parse_peek(p);
	uint8_t buf[LEXER_TOKEN_MAX];
	int n = 0;

	if (t->kind == TOK_STRING) {
		*out = parse_dup(p, parse_next(p)->text);
		return out->p != NULL;
	}
	if (t->kind != TOK_WORD || t->word == WORD_NAME) {
		parse_error(p, t, "syntax", "\"text\", or bytes like 1:aa:bb:cc:dd:ee:ff",
		    "Expecting string or hex list.");
		return false;
	}
	n = parse_hex(p, buf, sizeof(buf), "expecting hexadecimal number.");
	if (n < 0 || (size_t)n > sizeof(buf))
		return false;
	*out = parse_dup(p, (struct pxe_bytes){buf, (size_t)n});
	return out->p != NULL;
}

static struct subclass *new_subclass(
    struct parser *p, struct class *cl, struct pxe_bytes value, struct conf_pos pos)
{
	struct conf *c = p->conf;
	struct subclass *s = parse_alloc(p, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->class = cl;
	s->value = value;
	s->lease_limit = -1;
	s->id = c->nbilling++;
	s->pos = pos;
	if (conf_list_push(&c->subclass, s) != 0 ||
	    conf_index_add(&c->subclass_value, conf_subclass_hash(cl, value), s) != 0) {
		p->oom = true;
		return NULL;
	}
	return s;
}

void parse_subclass(struct parser *p, struct block *b)
{
	struct token at;
	const char *name = class_name(p, &at);
	struct block inner = {.kind = SCOPE_SUBCLASS};
	struct pxe_bytes value;

	(void)b; /* a subclass takes its surroundings from its class */
	if (name == NULL)
		return;
	inner.class = conf_find_class(p->conf, name);
	if (inner.class == NULL) {
		parse_error(p, &at, "unknown-class", "a class is declared before its subclasses",
		    "no class named %s", name);
		parse_skip(p);
		return;
	}
	if (!subclass_value(p, &value)) {
		parse_skip(p);
		return;
	}
	inner.subclass = (struct subclass *)(uintptr_t)conf_subclass(p->conf, inner.class, value);
	if (inner.subclass == NULL)
		inner.subclass = new_subclass(p, inner.class, value, at.pos);
	if (inner.subclass == NULL || parse_accept(p, ';'))
		return;
	if (inner.subclass->scope == NULL)
		inner.subclass->scope =
		    parse_scope(p, SCOPE_SUBCLASS, inner.class->scope, name, at.pos);
	inner.scope = inner.subclass->scope;
	if (inner.scope == NULL)
		return;
	if (!parse_lbrace(p)) {
		parse_skip(p);
		return;
	}
	parse_block(p, &inner);
}

/* ---- what stands in a class only ---- */

static void finish(struct parser *p, bool ok)
{
	if (!ok || !parse_semi(p))
		parse_skip(p);
}

static void match_if(struct parser *p, struct block *b)
{
	const struct expr *e = NULL;

	if (b->matched) {
		parse_error(p, parse_peek(p), "class", "join the conditions with and / or",
		    "A class may only have one 'match if' clause.");
		parse_skip(p);
		return;
	}
	b->matched = true;
	e = parse_bool(p, "expecting boolean expr.");
	if (e != NULL)
		b->class->match_if = e;
	finish(p, e != NULL);
}

static void submatch(struct parser *p, struct block *b, bool is_spawning)
{
	const struct expr *e = NULL;

	if (b->submatched) {
		parse_error(
		    p, parse_peek(p), "class", NULL, "can't override existing submatch/spawn.");
		parse_skip(p);
		return;
	}
	b->submatched = true;
	e = parse_data(p, "expecting data expr.");
	if (e != NULL) {
		b->class->match = e;
		b->class->is_spawning = is_spawning;
	}
	finish(p, e != NULL);
}

static void parse_match(struct parser *p, struct block *b)
{
	(void)parse_next(p);
	if (b->kind == SCOPE_SUBCLASS) {
		parse_error(p, parse_peek(p), "class", "it stands in the class",
		    "invalid match in subclass.");
		parse_skip(p);
	} else if (parse_accept_kw(p, KW_IF)) {
		match_if(p, b);
	} else {
		submatch(p, b, false);
	}
}

static void parse_spawn(struct parser *p, struct block *b)
{
	(void)parse_next(p);
	if (b->kind == SCOPE_SUBCLASS) {
		parse_error(p, parse_peek(p), "class", "it stands in the class",
		    "invalid spawn in subclass.");
		parse_skip(p);
	} else if (!parse_accept_kw(p, KW_WITH)) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expecting with after spawn");
		parse_skip(p);
	} else {
		submatch(p, b, true);
	}
}

static void parse_lease_limit(struct parser *p, struct block *b)
{
	const struct token *t = NULL;
	bool ok = false;

	(void)parse_next(p);
	if (!parse_accept_kw(p, KW_LIMIT)) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expecting \"limit\"");
		parse_skip(p);
		return;
	}
	t = parse_peek(p);
	ok = t->kind == TOK_WORD && t->word == WORD_NUMBER;
	if (!ok)
		parse_error(p, t, "syntax", NULL, "expecting a number");
	else if (b->kind == SCOPE_SUBCLASS)
		b->subclass->lease_limit = parse_atoi(parse_next(p));
	else
		b->class->lease_limit = parse_atoi(parse_next(p));
	finish(p, ok);
}

bool parse_class_statement(struct parser *p, struct block *b, enum keyword kw)
{
	switch (kw) {
	case KW_MATCH:
		parse_match(p, b);
		return true;
	case KW_SPAWN:
		parse_spawn(p, b);
		return true;
	case KW_LEASE:
		parse_lease_limit(p, b);
		return true;
	case KW_DYNAMIC:
	case KW_DELETED:
		(void)parse_next(p);
		finish(p, true);
		return true;
	default:
		return false;
	}
}
