/* SPDX-License-Identifier: BSD-2-Clause */
/* stmt_parse.c -- executable statements: options, parameters, conditions, variables, actions. */
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

static enum parse_result finish(struct parser *p, struct stmt *s, struct stmt **out)
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
	return s->option.value != NULL ? finish(p, s, out) : PARSE_BAD;
}

/* `option`, `supersede`, `default`, `append`, `prepend`, `send`. */
static enum parse_result parse_set_option(
    struct parser *p, struct block *b, enum settings_op how, struct conf_pos pos, struct stmt **out)
{
	struct option_name name;

	if (!parse_known_option(p, &name))
		return PARSE_BAD;
	if (name.param != NULL)
		return parse_param_statement(p, b, name.param, how, pos, out);
	return parse_option_statement(p, name.def, how, pos, out);
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
    struct parser *p, struct block *b, struct conf_pos pos, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, STMT_IF, pos);
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
    struct parser *p, struct block *b, struct conf_pos pos, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, STMT_SWITCH, pos);
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

static enum parse_result parse_case(struct parser *p, struct conf_pos pos, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, STMT_CASE, pos);
	bool none = false;

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
    struct parser *p, struct block *b, struct conf_pos pos, struct stmt **out)
{
	if (!parse_accept(p, ':'))
		return parse_set_option(p, b, SET_DEFAULT, pos, out);
	if (p->case_context == CONTEXT_ANY) {
		parse_error(p, parse_peek(p), "syntax", NULL,
		    "switch default statement in inappropriate scope.");
		return PARSE_BAD;
	}
	*out = parse_stmt_new(p, STMT_DEFAULT, pos);
	return *out != NULL ? PARSE_OK : PARSE_BAD;
}

static enum parse_result parse_on(
    struct parser *p, struct block *b, struct conf_pos pos, struct stmt **out)
{
	static const struct {
		enum keyword kw;
		unsigned bit;
	} events[] = {{KW_COMMIT, ON_COMMIT}, {KW_EXPIRY, ON_EXPIRY}, {KW_RELEASE, ON_RELEASE},
	    {KW_TRANSMISSION, ON_TRANSMISSION}};
	struct stmt *s = parse_stmt_new(p, STMT_ON, pos);

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
		parse_warn(p, pos, "not-done",
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

/* ---- variables, functions, actions ---- */

static const char *variable(struct parser *p)
{
	const struct token *t = parse_next(p);

	if (t->kind != TOK_WORD || t->word == WORD_NUMBER || t->kw != KW_NONE) {
		parse_error(p, t, "syntax", t->kw != KW_NONE ? "it is a reserved word" : NULL,
		    "%s can't be a variable name", parse_spell(p, t));
		return NULL;
	}
	if (t->word == WORD_NUMBER_OR_NAME)
		parse_warn(p, t->pos, "hex-name",
		    "%s reads as a hex number wherever a value stands; give the variable a name "
		    "with letters after f in it",
		    parse_spell(p, t));
	return parse_strndup(p, t->text.p, t->text.len);
}

static enum parse_result parse_function_body(
    struct parser *p, struct block *b, const char *name, struct conf_pos pos, struct stmt **out)
{
	struct expr_func *f = parse_alloc(p, sizeof(*f));
	struct stmt *s = parse_stmt_new(p, STMT_DEFINE, pos);

	if (f == NULL || s == NULL)
		return PARSE_BAD;
	f->name = name;
	while (!parse_accept(p, ')')) {
		f->arg = parse_grow(p, (void *)f->arg, f->narg, sizeof(*f->arg));
		if (f->arg == NULL || (f->arg[f->narg] = variable(p)) == NULL)
			return PARSE_BAD;
		f->narg++;
		if (!parse_accept(p, ',') && !token_is(parse_peek(p), ')')) {
			parse_error(p, parse_peek(p), "syntax", NULL, "expecting right paren.");
			return PARSE_BAD;
		}
	}
	if (!parse_lbrace(p))
		return PARSE_BAD;
	f->next = p->func; /* known inside itself */
	p->func = f;
	s->func = f;
	if (parse_body(p, b, &f->body))
		*out = s;
	return PARSE_OK;
}

static enum parse_result parse_set(
    struct parser *p, struct block *b, const char *word, struct conf_pos pos, struct stmt **out)
{
	const char *name = variable(p);
	struct stmt *s = parse_stmt_new(p, STMT_SET, pos);
	bool none = false;

	if (name == NULL || s == NULL)
		return PARSE_BAD;
	if (parse_accept(p, '('))
		return parse_function_body(p, b, name, pos, out);
	if (!parse_accept(p, '=')) {
		parse_error(
		    p, parse_peek(p), "syntax", NULL, "expecting '=' in %s statement.", word);
		return PARSE_BAD;
	}
	s->set.name = name;
	s->set.value = parse_expr(p, CONTEXT_ANY, &none);
	if (s->set.value == NULL) {
		if (none)
			parse_error(p, parse_peek(p), "syntax", NULL, "expecting expression.");
		return PARSE_BAD;
	}
	return finish(p, s, out);
}

static enum parse_result parse_unset(struct parser *p, struct conf_pos pos, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, STMT_UNSET, pos);

	if (s == NULL || (s->set.name = variable(p)) == NULL)
		return PARSE_BAD;
	return finish(p, s, out);
}

static enum parse_result parse_value(
    struct parser *p, enum stmt_op op, struct conf_pos pos, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, op, pos);
	bool none = false;

	if (s == NULL)
		return PARSE_BAD;
	s->value = parse_expr(p, CONTEXT_DATA, &none);
	if (s->value == NULL) {
		if (none)
			parse_error(p, parse_peek(p), "syntax", NULL, "expecting data expression.");
		return PARSE_BAD;
	}
	return finish(p, s, out);
}

static bool expect_paren(struct parser *p, char punct)
{
	if (parse_accept(p, punct))
		return true;
	parse_error(p, parse_peek(p), "syntax", NULL, "%s parenthesis expected.",
	    punct == '(' ? "left" : "right");
	return false;
}

static enum parse_result parse_log(struct parser *p, struct conf_pos pos, struct stmt **out)
{
	static const struct {
		enum keyword kw;
		enum setting_log_level level;
	} levels[] = {{KW_FATAL, SETTING_LOG_FATAL}, {KW_ERROR, SETTING_LOG_ERROR},
	    {KW_DEBUG, SETTING_LOG_DEBUG}, {KW_INFO, SETTING_LOG_INFO}};
	struct stmt *s = parse_stmt_new(p, STMT_LOG, pos);

	if (s == NULL || !expect_paren(p, '('))
		return PARSE_BAD;
	s->log.level = SETTING_LOG_DEBUG;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (!parse_accept_kw(p, levels[i].kw))
			continue;
		s->log.level = levels[i].level;
		if (!parse_accept(p, ',')) {
			parse_error(p, parse_peek(p), "syntax", NULL, "comma expected.");
			return PARSE_BAD;
		}
		break;
	}
	s->log.text = parse_data(p, "expecting data expression.");
	if (s->log.text == NULL || !expect_paren(p, ')'))
		return PARSE_BAD;
	return finish(p, s, out);
}

static enum parse_result parse_execute(struct parser *p, struct conf_pos pos, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, STMT_EXECUTE, pos);
	const struct token *t = NULL;

	if (s == NULL || !expect_paren(p, '('))
		return PARSE_BAD;
	t = parse_next(p);
	if (t->kind != TOK_STRING) {
		parse_error(p, t, "syntax", "the path of a program", "Expecting a quoted string.");
		return PARSE_BAD;
	}
	s->execute.command = parse_strndup(p, t->text.p, t->text.len);
	if (p->conf->execute.line == 0)
		p->conf->execute = pos;
	while (parse_accept(p, ',')) {
		s->execute.arg =
		    parse_grow(p, (void *)s->execute.arg, s->execute.narg, sizeof(*s->execute.arg));
		if (s->execute.arg == NULL)
			return PARSE_BAD;
		s->execute.arg[s->execute.narg] = parse_data(p, "expecting expression.");
		if (s->execute.arg[s->execute.narg++] == NULL)
			return PARSE_BAD;
	}
	if (s->execute.command == NULL || !expect_paren(p, ')'))
		return PARSE_BAD;
	return finish(p, s, out);
}

static enum parse_result parse_add(struct parser *p, struct conf_pos pos, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, STMT_ADD, pos);
	const struct token *t = parse_next(p);

	if (s == NULL)
		return PARSE_BAD;
	if (t->kind != TOK_STRING) {
		parse_error(p, t, "syntax", NULL, "expecting class name.");
		return PARSE_BAD;
	}
	s->class_name = parse_strndup(p, t->text.p, t->text.len);
	if (s->class_name == NULL)
		return PARSE_BAD;
	if (conf_find_class(p->conf, s->class_name) == NULL) {
		parse_error(p, t, "unknown-class", NULL, "class %s: not found", s->class_name);
		return PARSE_BAD;
	}
	return finish(p, s, out);
}

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
	return finish(p, s, out);
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

enum parse_result parse_executable(struct parser *p, struct block *b, struct stmt **out)
{
	static const struct {
		enum keyword kw;
		enum settings_op how;
	} setters[] = {{KW_OPTION, SET_SUPERSEDE}, {KW_SUPERSEDE, SET_SUPERSEDE},
	    {KW_SEND, SET_SUPERSEDE}, {KW_APPEND, SET_APPEND}, {KW_PREPEND, SET_PREPEND}};
	const struct token *t = parse_peek(p);
	struct conf_pos pos = t->pos;
	enum keyword kw = t->kw;

	*out = NULL;
	for (size_t i = 0; i < sizeof(setters) / sizeof(setters[0]); i++) {
		if (kw == setters[i].kw) {
			(void)parse_next(p);
			return parse_set_option(p, b, setters[i].how, pos, out);
		}
	}
	switch (kw) {
	case KW_IF:
		(void)parse_next(p);
		return parse_if(p, b, pos, out);
	case KW_SWITCH:
		(void)parse_next(p);
		return parse_switch(p, b, pos, out);
	case KW_CASE:
		(void)parse_next(p);
		return parse_case(p, pos, out);
	case KW_DEFAULT:
		(void)parse_next(p);
		return parse_default(p, b, pos, out);
	case KW_BREAK:
		(void)parse_next(p);
		return finish(p, parse_stmt_new(p, STMT_BREAK, pos), out);
	case KW_ON:
		(void)parse_next(p);
		return parse_on(p, b, pos, out);
	case KW_ALLOW:
		(void)parse_next(p);
		return parse_permission(p, b, PARAM_TRUE, pos, out);
	case KW_DENY:
		(void)parse_next(p);
		return parse_permission(p, b, PARAM_FALSE, pos, out);
	case KW_IGNORE:
		(void)parse_next(p);
		return parse_permission(p, b, PARAM_IGNORE, pos, out);
	case KW_SET:
	case KW_DEFINE:
		(void)parse_next(p);
		return parse_set(p, b, keyword_text(kw), pos, out);
	case KW_UNSET:
		(void)parse_next(p);
		return parse_unset(p, pos, out);
	case KW_EVAL:
		(void)parse_next(p);
		return parse_value(p, STMT_EVAL, pos, out);
	case KW_RETURN:
		(void)parse_next(p);
		return parse_value(p, STMT_RETURN, pos, out);
	case KW_LOG:
		(void)parse_next(p);
		return parse_log(p, pos, out);
	case KW_EXECUTE:
		(void)parse_next(p);
		return parse_execute(p, pos, out);
	case KW_ADD:
		(void)parse_next(p);
		return parse_add(p, pos, out);
	case KW_ZONE:
		(void)parse_next(p);
		return parse_zone(p) ? PARSE_OK : PARSE_BAD;
	case KW_KEY:
		(void)parse_next(p);
		return parse_key(p) ? PARSE_OK : PARSE_BAD;
	default:
		return parse_other(p, b, t, out);
	}
}
