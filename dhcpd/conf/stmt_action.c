/* SPDX-License-Identifier: BSD-2-Clause */
/* stmt_action.c -- executable statements: variables, functions, what is done to the world. */
#include <string.h>

#include "dhcpd/conf/parse.h"

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

enum parse_result parse_set(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	const char *name = variable(p);
	struct stmt *s = parse_stmt_new(p, STMT_SET, h->pos);
	bool none = false;

	if (name == NULL || s == NULL)
		return PARSE_BAD;
	if (parse_accept(p, '('))
		return parse_function_body(p, b, name, h->pos, out);
	if (!parse_accept(p, '=')) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expecting '=' in %s statement.",
		    keyword_text(h->kw));
		return PARSE_BAD;
	}
	s->set.name = name;
	s->set.value = parse_expr(p, CONTEXT_ANY, &none);
	if (s->set.value == NULL) {
		if (none)
			parse_error(p, parse_peek(p), "syntax", NULL, "expecting expression.");
		return PARSE_BAD;
	}
	return parse_finish(p, s, out);
}

enum parse_result parse_unset(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, STMT_UNSET, h->pos);

	(void)b;
	if (s == NULL || (s->set.name = variable(p)) == NULL)
		return PARSE_BAD;
	return parse_finish(p, s, out);
}

enum parse_result parse_value(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, (enum stmt_op)h->arg, h->pos);
	bool none = false;

	(void)b;
	if (s == NULL)
		return PARSE_BAD;
	s->value = parse_expr(p, CONTEXT_DATA, &none);
	if (s->value == NULL) {
		if (none)
			parse_error(p, parse_peek(p), "syntax", NULL, "expecting data expression.");
		return PARSE_BAD;
	}
	return parse_finish(p, s, out);
}

static bool expect_paren(struct parser *p, char punct)
{
	if (parse_accept(p, punct))
		return true;
	parse_error(p, parse_peek(p), "syntax", NULL, "%s parenthesis expected.",
	    punct == '(' ? "left" : "right");
	return false;
}

enum parse_result parse_log(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	static const struct {
		enum keyword kw;
		enum setting_log_level level;
	} levels[] = {{KW_FATAL, SETTING_LOG_FATAL}, {KW_ERROR, SETTING_LOG_ERROR},
	    {KW_DEBUG, SETTING_LOG_DEBUG}, {KW_INFO, SETTING_LOG_INFO}};
	struct stmt *s = parse_stmt_new(p, STMT_LOG, h->pos);

	(void)b;
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
	return parse_finish(p, s, out);
}

enum parse_result parse_execute(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, STMT_EXECUTE, h->pos);
	const struct token *t = NULL;

	(void)b;
	if (s == NULL || !expect_paren(p, '('))
		return PARSE_BAD;
	t = parse_next(p);
	if (t->kind != TOK_STRING) {
		parse_error(p, t, "syntax", "the path of a program", "Expecting a quoted string.");
		return PARSE_BAD;
	}
	s->execute.command = parse_strndup(p, t->text.p, t->text.len);
	if (p->conf->execute.line == 0)
		p->conf->execute = h->pos;
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
	return parse_finish(p, s, out);
}

enum parse_result parse_add(
    struct parser *p, struct block *b, const struct stmt_head *h, struct stmt **out)
{
	struct stmt *s = parse_stmt_new(p, STMT_ADD, h->pos);
	const struct token *t = parse_next(p);

	(void)b;
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
	return parse_finish(p, s, out);
}
