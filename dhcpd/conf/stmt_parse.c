/* SPDX-License-Identifier: BSD-2-Clause */
/* stmt_parse.c -- executable statements: options, parameters, conditions. */
#include <string.h>

#include "dhcpd/conf/parse.h"
#include "libpxecommon/base/str.h"

struct stmt *parse_stmt_new(struct parser *p, enum stmt_op op, struct conf_pos pos)
{
	struct stmt *s = parse_alloc(p, sizeof(*s));

	if (s != NULL) {
		s->op = op;
		s->pos = pos;
	}
	return s;
}

enum parse_result parse_finish(struct parser *p, struct stmt *s, struct stmt **out)
{
	if (s == NULL || !parse_semi(p))
		return PARSE_BAD;
	*out = s;
	return PARSE_OK;
}

/* ---- options ---- */

enum parse_result parse_option_statement(struct parser *p, const struct pxe_opt_def *def,
    enum settings_op how, struct conf_pos pos, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, STMT_OPTION, pos);

	if (s == NULL)
		return PARSE_BAD;
	s->option.def = def;
	s->option.how = how;
	if (token_is(parse_peek(p), ';') &&
	    (def->nfield == 0 || def->field[0].type != PXE_OPT_ZEROLEN)) {
		char hint[256];
		struct pxe_text t = pxe_text_init(hint, sizeof(hint));

		pxe_text_add(&t, "the value is missing: ");
		pxe_opt_type_text(def, &t);
		parse_error(p, parse_peek(p), "syntax", hint, "semicolon expected.");
		return PARSE_BAD;
	}
	s->option.value = parse_accept(p, '=') ? parse_data(p, "expecting a data expression.")
					       : parse_option_value(p, def);
	return s->option.value != NULL ? parse_finish(p, s, out) : PARSE_BAD;
}

/* `option`, `supersede`, `default`, `append`, `prepend`, `send`. */
static enum parse_result parse_set_option(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	struct option_name name;

	if (!parse_known_option(p, &name))
		return PARSE_BAD;
	if (name.param != NULL)
		return parse_param_statement(
		    p, b, name.param, (enum settings_op)h->arg, h->pos, out);
	return parse_option_statement(p, name.def, (enum settings_op)h->arg, h->pos, out);
}

/* ---- control ---- */

bool parse_body(struct parser *p, struct block *b, const struct stmt **out)
{
	struct stmt *first = NULL, **tail = &first;
	struct conf_pos open = p->last;

	if (++p->nest > PARSE_NEST_MAX) {
		parse_error(p, parse_peek(p), "syntax", NULL, "blocks nest too deep.");
		p->nest--;
		return false;
	}
	while (!token_is(parse_peek(p), '}') && parse_peek(p)->kind != TOK_EOF && !p->oom) {
		struct stmt *s = NULL;
		enum parse_result r = parse_executable(p, b, &s);

		if (r == PARSE_NONE)
			parse_error(p, parse_peek(p), "syntax",
			    "a declaration cannot depend on a condition", "right brace expected.");
		if (r != PARSE_OK) {
			parse_skip(p);
			continue;
		}
		if (s != NULL) {
			*tail = s;
			tail = &s->next;
		}
	}
	p->nest--;
	*out = first;
	if (parse_accept(p, '}'))
		return true;
	parse_open_end(p, open, "right brace expected.");
	return false;
}

/* The same with `case` labels of that kind allowed (CONTEXT_ANY: none). */
static bool parse_body_of(
    struct parser *p, struct block *b, enum parse_context labels, const struct stmt **out)
{
	int outer = p->case_context;
	bool ok = false;

	p->case_context = (int)labels;
	ok = parse_body(p, b, out);
	p->case_context = outer;
	return ok;
}

static const struct expr *parse_condition(struct parser *p)
{
	bool paren = parse_accept(p, '(');
	const struct expr *e = parse_bool(p, "boolean expression expected.");

	if (e != NULL && paren && !parse_accept(p, ')')) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expecting right paren.");
		return NULL;
	}
	return e;
}

/* One `COND {` body `}`. After a broken condition its block is read all the same, so that what is
 * wrong inside shows and the else that follows has its if. */
static bool parse_branch(struct parser *p, struct block *b, bool has_cond, struct stmt_branch *br)
{
	bool ok = true, paren = token_is(parse_peek(p), '(');

	if (has_cond) {
		br->cond = parse_condition(p);
		ok = br->cond != NULL;
	}
	if (ok && !token_is(parse_peek(p), '{')) {
		const struct token *t = parse_peek(p);
		bool goes_on = t->kw == KW_AND || t->kw == KW_OR || t->kind != TOK_WORD;

		parse_error(p, t, "syntax",
		    !has_cond          ? NULL
		    : paren && goes_on ? "the parenthesis that opens a condition must close it"
				       : "the statements of an if stand in { }",
		    has_cond ? "left brace expected." : "left brace or if expected.");
		ok = false;
	}
	while (!ok && !token_is(parse_peek(p), '{')) {
		const struct token *t = parse_peek(p);

		if (t->kind == TOK_EOF || token_is(t, ';') || token_is(t, '}'))
			return false;
		(void)parse_next(p);
	}
	(void)parse_next(p);
	return parse_body_of(p, b, CONTEXT_ANY, &br->body) && ok;
}

static enum parse_result parse_if(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, STMT_IF, h->pos);
	struct stmt_branch **tail = NULL;
	bool has_cond = true, ok = true;

	if (s == NULL)
		return PARSE_BAD;
	for (tail = &s->branch;; tail = &(*tail)->next) {
		*tail = parse_alloc(p, sizeof(**tail));
		if (*tail == NULL)
			return PARSE_BAD;
		if (!parse_branch(p, b, has_cond, *tail))
			ok = false;
		if (!has_cond)
			break;
		if (parse_accept_kw(p, KW_ELSIF))
			continue;
		if (!parse_accept_kw(p, KW_ELSE))
			break;
		has_cond = parse_accept_kw(p, KW_IF);
	}
	/* A broken one has been read to its end: nothing to skip, nothing to run. */
	*out = ok ? s : NULL;
	return PARSE_OK;
}

static enum parse_result parse_switch(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, STMT_SWITCH, h->pos);
	bool none = false;

	if (s == NULL)
		return PARSE_BAD;
	if (!parse_accept(p, '(')) {
		parse_error(p, parse_peek(p), "syntax", "a parenthesis", "expecting left brace.");
		return PARSE_BAD;
	}
	s->on_value.value = parse_expr(p, CONTEXT_DATA_OR_NUM, &none);
	if (s->on_value.value == NULL) {
		if (none)
			parse_error(p, parse_peek(p), "syntax", NULL,
			    "expecting data or numeric expression.");
		return PARSE_BAD;
	}
	if (!parse_accept(p, ')')) {
		parse_error(p, parse_peek(p), "syntax", NULL, "right paren expected.");
		return PARSE_BAD;
	}
	if (!parse_accept(p, '{')) {
		parse_error(p, parse_peek(p), "syntax", NULL, "left brace expected.");
		return PARSE_BAD;
	}
	if (parse_body_of(p, b,
		expr_type(s->on_value.value) == EXPR_NUM ? CONTEXT_NUM : CONTEXT_DATA,
		&s->on_value.body))
		*out = s;
	return PARSE_OK;
}

static enum parse_result parse_case(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, STMT_CASE, h->pos);
	bool none = false;

	(void)b;
	if (s == NULL)
		return PARSE_BAD;
	if (p->case_context == CONTEXT_ANY) {
		parse_error(
		    p, parse_peek(p), "syntax", NULL, "case statement in inappropriate scope.");
		return PARSE_BAD;
	}
	s->on_value.value = parse_expr(p, (enum parse_context)p->case_context, &none);
	if (s->on_value.value == NULL) {
		if (none)
			parse_error(p, parse_peek(p), "syntax", NULL, "expecting %s expression.",
			    p->case_context == CONTEXT_DATA ? "data" : "numeric");
		return PARSE_BAD;
	}
	if (!parse_accept(p, ':')) {
		parse_error(p, parse_peek(p), "syntax", NULL, "colon expected.");
		return PARSE_BAD;
	}
	*out = s;
	return PARSE_OK;
}

static enum parse_result parse_default(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	if (!parse_accept(p, ':'))
		return parse_set_option(p, b, h, out);
	if (p->case_context == CONTEXT_ANY) {
		parse_error(p, parse_peek(p), "syntax", NULL,
		    "switch default statement in inappropriate scope.");
		return PARSE_BAD;
	}
	*out = parse_stmt_new(p, STMT_DEFAULT, h->pos);
	return *out != NULL ? PARSE_OK : PARSE_BAD;
}

static enum parse_result parse_on(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	static const struct {
		enum keyword kw;
		unsigned bit;
	} events[] = {{KW_COMMIT, ON_COMMIT}, {KW_EXPIRY, ON_EXPIRY}, {KW_RELEASE, ON_RELEASE},
	    {KW_TRANSMISSION, ON_TRANSMISSION}};
	struct stmt *s = parse_stmt_new(p, STMT_ON, h->pos);

	if (s == NULL)
		return PARSE_BAD;
	do {
		const struct token *t = parse_peek(p);
		unsigned bit = 0;

		for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
			if (t->kw == events[i].kw)
				bit = events[i].bit;
		}
		if (bit == 0) {
			parse_error(p, t, "event", "commit, expiry, release or transmission",
			    "expecting a lease event type");
			return PARSE_BAD;
		}
		s->on.mask |= bit;
		(void)parse_next(p);
	} while (parse_accept_kw(p, KW_OR));
	if ((s->on.mask & ON_TRANSMISSION) != 0)
		parse_warn(p, h->pos, "not-done",
		    "on transmission is for clients; a server knows commit, expiry and release");
	if (!parse_accept(p, ';')) {
		if (!parse_accept(p, '{')) {
			parse_error(p, parse_peek(p), "syntax", NULL, "left brace expected.");
			return PARSE_BAD;
		}
		if (!parse_body_of(p, b, CONTEXT_ANY, &s->on.body))
			return PARSE_OK;
	}
	*out = s;
	return PARSE_OK;
}

/* ---- one statement ---- */

/* A word that begins no statement. ISC takes it for a variable or a call whose value is dropped. */
static enum parse_result parse_bare_word(struct parser *p, const struct token *t, struct stmt **out)
{
	struct conf_pos pos = t->pos;
	const char *spell = parse_spell(p, t);
	const char *hint = parse_hint_statement(p, t);
	struct stmt *s = parse_stmt_new(p, STMT_EVAL, pos);
	bool none = false;

	if (s == NULL)
		return PARSE_BAD;
	s->value = parse_expr(p, CONTEXT_DATA, &none);
	if (s->value == NULL) {
		if (none)
			parse_error(p, parse_peek(p), "syntax", NULL, "expecting function call.");
		return PARSE_BAD;
	}
	if (!token_is(parse_peek(p), ';')) {
		parse_error(p, parse_peek(p), "unknown-statement", hint, "semicolon expected.");
		return PARSE_BAD;
	}
	if (s->value->op != OP_CALL)
		parse_warn(p, pos, "no-effect", "\"%s;\" is no statement and has no effect%s%s%s",
		    spell, hint != NULL ? " (" : "", hint != NULL ? hint : "",
		    hint != NULL ? ")" : "");
	return parse_finish(p, s, out);
}

static enum parse_result parse_other(
    struct parser *p, struct block *b, const struct token *t, struct stmt **out)
{
	struct conf_pos pos = t->pos;
	const struct param_row *row = NULL;

	if (!token_is_ident(t))
		return PARSE_NONE;
	row = param_by_keyword(parse_spell(p, t));
	if (row != NULL) {
		(void)parse_next(p);
		return parse_param_statement(p, b, row, SET_SUPERSEDE, pos, out);
	}
	return t->kw == KW_NONE ? parse_bare_word(p, t, out) : PARSE_NONE;
}

static enum parse_result parse_break(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	(void)b;
	return parse_finish(p, parse_stmt_new(p, STMT_BREAK, h->pos), out);
}

static enum parse_result parse_permit(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	return parse_permission(p, b, h->arg, h->pos, out);
}

/* Declarations that may stand in the body of a condition, and leave nothing to run. */
static enum parse_result parse_zone_or_key(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	(void)b;
	(void)out;
	return (h->kw == KW_ZONE ? parse_zone(p) : parse_key(p)) ? PARSE_OK : PARSE_BAD;
}

static const struct {
	enum keyword kw;
	enum parse_result (*parse)(
	    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out);
	unsigned arg;
} statements[] = {
    {KW_OPTION, parse_set_option, SET_SUPERSEDE},
    {KW_SUPERSEDE, parse_set_option, SET_SUPERSEDE},
    {KW_SEND, parse_set_option, SET_SUPERSEDE},
    {KW_APPEND, parse_set_option, SET_APPEND},
    {KW_PREPEND, parse_set_option, SET_PREPEND},
    {KW_DEFAULT, parse_default, SET_DEFAULT},
    {KW_IF, parse_if, 0},
    {KW_SWITCH, parse_switch, 0},
    {KW_CASE, parse_case, 0},
    {KW_BREAK, parse_break, 0},
    {KW_ON, parse_on, 0},
    {KW_ALLOW, parse_permit, PARAM_TRUE},
    {KW_DENY, parse_permit, PARAM_FALSE},
    {KW_IGNORE, parse_permit, PARAM_IGNORE},
    {KW_SET, parse_set, 0},
    {KW_DEFINE, parse_set, 0},
    {KW_UNSET, parse_unset, 0},
    {KW_EVAL, parse_value, STMT_EVAL},
    {KW_RETURN, parse_value, STMT_RETURN},
    {KW_LOG, parse_log, 0},
    {KW_EXECUTE, parse_execute, 0},
    {KW_ADD, parse_add, 0},
    {KW_ZONE, parse_zone_or_key, 0},
    {KW_KEY, parse_zone_or_key, 0},
};

enum parse_result parse_executable(struct parser *p, struct block *b, struct stmt **out)
{
	const struct token *t = parse_peek(p);

	*out = NULL;
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		if (t->kw == statements[i].kw) {
			struct stmt_head h = {t->kw, t->pos, statements[i].arg};

			(void)parse_next(p);
			return statements[i].parse(p, b, &h, out);
		}
	}
	return parse_other(p, b, t, out);
}
