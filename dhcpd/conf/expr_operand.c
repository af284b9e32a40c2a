/* SPDX-License-Identifier: BSD-2-Clause */
/* expr_operand.c -- parsing what stands between binary operators. */
#include <string.h>

#include "dhcpd/conf/parse.h"
#include "libpxecommon/base/str.h"

struct expr *parse_expr_new(struct parser *p, enum expr_op op, unsigned narg)
{
	struct expr *e = parse_alloc(p, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->op = op;
	e->narg = narg;
	if (narg > 0 && (e->arg = parse_alloc(p, narg * sizeof(*e->arg))) == NULL)
		return NULL;
	return e;
}

const struct expr *parse_const(struct parser *p, struct pxe_bytes value)
{
	struct expr *e = parse_expr_new(p, OP_CONST_DATA, 0);

	if (e == NULL)
		return NULL;
	e->data = parse_dup(p, value);
	return e->data.p != NULL ? e : NULL;
}

static bool eq_name(const void *item, const void *key)
{
	const struct conf_name *a = item, *b = key;

	return a->want6 == b->want6 && strcmp(a->name, b->name) == 0;
}

/* One entry for all places that name it, so that it is looked up once. */
struct conf_name *parse_conf_name(
    struct parser *p, const char *name, bool want6, struct conf_pos pos)
{
	struct conf_name key = {.name = name, .want6 = want6};
	struct conf_name *n = NULL;
	uint64_t hash = 0;

	if (name == NULL)
		return NULL;
	hash = conf_hash(0, name, strlen(name));
	n = (struct conf_name *)(uintptr_t)conf_index_find(
	    &p->conf->name_index, hash, eq_name, &key, NULL);
	if (n != NULL)
		return n;
	n = parse_alloc(p, sizeof(*n));
	if (n == NULL)
		return NULL;
	n->name = name;
	n->want6 = want6;
	n->pos = pos;
	if (conf_index_add(&p->conf->name_index, hash, n) != 0) {
		p->oom = true;
		return NULL;
	}
	*p->conf->name_tail = n;
	p->conf->name_tail = &n->next;
	return n;
}

const struct expr *parse_host_lookup(
    struct parser *p, const char *name, bool want6, bool all, struct conf_pos pos)
{
	struct expr *e = parse_expr_new(p, OP_HOST, 0);

	if (e == NULL)
		return NULL;
	e->host.name = parse_conf_name(p, name, want6, pos);
	e->host.all = all;
	return e->host.name != NULL ? e : NULL;
}

bool parse_expect(struct parser *p, char punct, const char *text)
{
	if (parse_accept(p, punct))
		return true;
	parse_error(p, parse_peek(p), "syntax", NULL, "%s", text);
	return false;
}

/* Functions with a fixed list of arguments: d data, n number, b a width in bits. */
static const struct function {
	enum keyword kw;
	enum expr_op op;
	const char *args;
} functions[] = {
    {KW_SUBSTRING, OP_SUBSTRING, "dnn"},
    {KW_SUFFIX, OP_SUFFIX, "dn"},
    {KW_LCASE, OP_LCASE, "d"},
    {KW_UCASE, OP_UCASE, "d"},
    {KW_BINARY_TO_ASCII, OP_B2A, "nndd"},
    {KW_REVERSE, OP_REVERSE, "nd"},
    {KW_PACKET, OP_PACKET, "nn"},
    {KW_V6RELAY, OP_V6RELAY, "nd"},
    {KW_EXTRACT_INT, OP_EXTRACT, "db"},
    {KW_ENCODE_INT, OP_ENCODE, "nb"},
};

static bool parse_width(struct parser *p, struct expr *e)
{
	const struct token *t = parse_peek(p);
	int64_t bits = parse_atoi(t);

	if (t->kind != TOK_WORD || t->word != WORD_NUMBER) {
		parse_error(p, t, "syntax", "8, 16 or 32", "number expected.");
		return false;
	}
	if (bits != 8 && bits != 16 && bits != 32) {
		parse_error(
		    p, t, "syntax", "8, 16 or 32", "unsupported integer size %d", (int)bits);
		return false;
	}
	(void)parse_next(p);
	e->num = (uint64_t)bits;
	return true;
}

static const struct expr *parse_function(struct parser *p, const struct function *f)
{
	size_t n = strlen(f->args);
	struct expr *e = parse_expr_new(p, f->op, (unsigned)(strchr(f->args, 'b') ? n - 1 : n));

	(void)parse_next(p);
	if (e == NULL || !parse_expect(p, '(', "left parenthesis expected."))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && !parse_expect(p, ',', "comma expected."))
			return NULL;
		if (f->args[i] == 'b') {
			if (!parse_width(p, e))
				return NULL;
			continue;
		}
		e->arg[i] = f->args[i] == 'd' ? parse_data(p, "expecting data expression.")
					      : parse_num(p, "expecting numeric expression.");
		if (e->arg[i] == NULL)
			return NULL;
	}
	return parse_expect(p, ')', "right parenthesis expected.") ? e : NULL;
}

/* concat(a, b, ...) and pick-first-value(a, ...): any number of data expressions. */
static const struct expr *parse_list(struct parser *p, enum expr_op op, unsigned least)
{
	struct expr *e = parse_expr_new(p, op, 0);

	(void)parse_next(p);
	if (e == NULL || !parse_expect(p, '(', "left parenthesis expected."))
		return NULL;
	do {
		e->arg = parse_grow(p, (void *)e->arg, e->narg, sizeof(*e->arg));
		if (e->arg == NULL)
			return NULL;
		e->arg[e->narg] = parse_data(p, "expecting data expression.");
		if (e->arg[e->narg++] == NULL)
			return NULL;
	} while (parse_accept(p, ','));
	if (e->narg < least) {
		parse_error(p, parse_peek(p), "syntax", NULL, "comma expected.");
		return NULL;
	}
	return parse_expect(p, ')', "right parenthesis expected.") ? e : NULL;
}

static const struct expr *parse_option_operand(struct parser *p, enum expr_op op)
{
	struct expr *e = parse_expr_new(p, op, 0);
	struct option_name name;

	(void)parse_next(p);
	if (e == NULL || !parse_known_option(p, &name))
		return NULL;
	if (name.param != NULL) {
		if (op != OP_CONFIG_OPTION) {
			parse_error(p, parse_peek(p), "option", "it is no option of packets",
			    "no option named %s in space server", name.name);
			return NULL;
		}
		e->op = OP_PARAM;
		e->param = name.param;
		return e;
	}
	e->opt = name.def;
	return e;
}

/* One operand only follows: `not option x = "y"` would compare a truth with a text. */
static const struct expr *parse_not(struct parser *p)
{
	struct expr *e = parse_expr_new(p, OP_NOT, 1);
	bool none = false;

	(void)parse_next(p);
	if (e == NULL)
		return NULL;
	e->arg[0] = parse_operand(p, CONTEXT_BOOL, &none);
	if (e->arg[0] == NULL) {
		if (none)
			parse_error(p, parse_peek(p), "syntax", NULL, "expression expected");
		return NULL;
	}
	if (expr_type(e->arg[0]) != EXPR_BOOL) {
		parse_error(p, parse_peek(p), "type", "put what follows `not` in parentheses",
		    "boolean expression expected");
		return NULL;
	}
	return e;
}

static const struct expr *parse_paren(struct parser *p, enum parse_context context)
{
	bool none = false;
	const struct expr *e = NULL;

	(void)parse_next(p);
	e = parse_expr(p, context, &none);
	if (e == NULL) {
		if (none)
			parse_error(p, parse_peek(p), "syntax", NULL, "expression expected");
		return NULL;
	}
	return parse_expect(p, ')', "right paren expected") ? e : NULL;
}

static const struct expr *parse_check_operand(struct parser *p)
{
	struct expr *e = parse_expr_new(p, OP_CHECK, 0);
	const struct token *t = NULL;

	(void)parse_next(p);
	t = parse_next(p);
	if (e == NULL)
		return NULL;
	if (t->kind != TOK_STRING) {
		parse_error(p, t, "syntax", NULL, "string expected.");
		return NULL;
	}
	e->name = parse_strndup(p, t->text.p, t->text.len);
	if (e->name != NULL && strcmp(e->name, "default") != 0) {
		parse_error(p, t, "class", "the only collection of classes is \"default\"",
		    "unknown collection.");
		return NULL;
	}
	return e;
}

/* Name of a variable or function; NULL: reported. */
static const char *parse_variable_name(struct parser *p)
{
	const struct token *t = parse_next(p);

	if (t->kind != TOK_WORD || t->word == WORD_NUMBER || t->kw != KW_NONE) {
		parse_error(p, t, "syntax", NULL, "%s can't be a variable name", parse_spell(p, t));
		return NULL;
	}
	return parse_strndup(p, t->text.p, t->text.len);
}

static const struct expr *parse_defined(struct parser *p)
{
	struct expr *e = parse_expr_new(p, OP_DEFINED, 0);

	(void)parse_next(p);
	if (e == NULL || !parse_expect(p, '(', "left parenthesis expected."))
		return NULL;
	e->name = parse_variable_name(p);
	if (e->name == NULL)
		return NULL;
	return parse_expect(p, ')', "right parenthesis expected.") ? e : NULL;
}

static const struct expr *parse_gethostname(struct parser *p)
{
	const struct expr *e = parse_expr_new(p, OP_GETHOSTNAME, 0);

	(void)parse_next(p);
	if (!parse_expect(p, '(', "left parenthesis expected.") ||
	    !parse_expect(p, ')', "right parenthesis expected."))
		return NULL;
	return e;
}

static const struct expr *parse_gethostbyname(struct parser *p)
{
	const struct token *t = NULL;
	const struct expr *e = NULL;

	(void)parse_next(p);
	if (!parse_expect(p, '(', "left parenthesis expected."))
		return NULL;
	t = parse_next(p);
	if (t->kind != TOK_STRING) {
		parse_error(p, t, "syntax", NULL, "Expecting quoted literal: \"foo.example.com\"");
		return NULL;
	}
	e = parse_host_lookup(
	    p, parse_strndup(p, t->text.p, t->text.len), p->conf->family == 6, true, t->pos);
	return parse_expect(p, ')', "right parenthesis expected.") ? e : NULL;
}

static const struct expr_func *find_function(
    struct parser *p, const char *name, struct conf_pos pos)
{
	struct expr_func *f = p->func;

	while (f != NULL && !pxe_str_ieq(f->name, name))
		f = f->next;
	if (f != NULL)
		return f;
	parse_warn(p, pos, "unknown-function",
	    "there is no function %s; it has no value (functions are made with define)", name);
	f = parse_alloc(p, sizeof(*f));
	if (f != NULL)
		f->name = name;
	return f;
}

static const struct expr *parse_call(struct parser *p, const char *name, struct conf_pos pos)
{
	struct expr *e = parse_expr_new(p, OP_CALL, 0);
	bool none = false;

	(void)parse_next(p); /* ( */
	if (e == NULL || name == NULL || (e->func = find_function(p, name, pos)) == NULL)
		return NULL;
	while (!token_is(parse_peek(p), ')')) {
		e->arg = parse_grow(p, (void *)e->arg, e->narg, sizeof(*e->arg));
		if (e->arg == NULL)
			return NULL;
		e->arg[e->narg] = parse_expr(p, CONTEXT_ANY, &none);
		if (e->arg[e->narg++] == NULL) {
			if (none)
				parse_error(
				    p, parse_peek(p), "syntax", NULL, "expecting expression.");
			return NULL;
		}
		if (!parse_accept(p, ','))
			break;
	}
	if (!parse_expect(p, ')', "Right parenthesis expected."))
		return NULL;
	if (e->func->body != NULL && e->narg != e->func->narg)
		parse_warn(p, pos, "function-arguments", "%s takes %u arguments and is given %u",
		    name, e->func->narg, e->narg);
	return e;
}

static const struct expr *parse_number_operand(struct parser *p)
{
	struct expr *e = parse_expr_new(p, OP_CONST_NUM, 0);
	int64_t v = parse_atoi(parse_next(p));

	if (e != NULL)
		e->num = (uint64_t)v;
	return e;
}

static const struct expr *parse_hex_operand(struct parser *p)
{
	uint8_t buf[PARSE_VALUE_MAX];
	int n = parse_hex(p, buf, sizeof(buf), "expecting hexadecimal number.");

	if (n < 0)
		return NULL;
	if ((size_t)n > sizeof(buf)) {
		parse_error(p, parse_peek(p), "number", NULL, "hexadecimal constant too long.");
		return NULL;
	}
	return parse_const(p, (struct pxe_bytes){buf, (size_t)n});
}

static const struct expr *parse_word_operand(
    struct parser *p, const struct token *t, enum parse_context context, bool *none)
{
	struct conf_pos pos = t->pos;
	struct expr *e = NULL;

	if (t->word == WORD_NUMBER && (context == CONTEXT_NUM || context == CONTEXT_DATA_OR_NUM))
		return parse_number_operand(p);
	if (t->word != WORD_NAME && t->kw == KW_NONE)
		return parse_hex_operand(p);
	if (t->kw != KW_NONE) {
		*none = true;
		return NULL;
	}
	e = parse_expr_new(p, OP_VAR, 0);
	(void)parse_next(p);
	if (e == NULL)
		return NULL;
	e->name = parse_strndup(p, t->text.p, t->text.len);
	if (token_is(parse_peek(p), '('))
		return parse_call(p, e->name, pos);
	return e->name != NULL ? e : NULL;
}

static const struct expr *parse_string(struct parser *p)
{
	const struct token *t = parse_next(p);

	return parse_const(p, t->text);
}

static const struct expr *parse_simple(struct parser *p, enum expr_op op)
{
	(void)parse_next(p);
	return parse_expr_new(p, op, 0);
}

static const struct expr *parse_keyword_operand(
    struct parser *p, const struct token *t, enum parse_context context, bool *none)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (functions[i].kw == t->kw)
			return parse_function(p, &functions[i]);
	}
	switch (t->kw) {
	case KW_CHECK:
		return parse_check_operand(p);
	case KW_NOT:
		return parse_not(p);
	case KW_EXISTS:
		return parse_option_operand(p, OP_EXISTS);
	case KW_OPTION:
		return parse_option_operand(p, OP_OPTION);
	case KW_CONFIG_OPTION:
		return parse_option_operand(p, OP_CONFIG_OPTION);
	case KW_CONCAT:
		return parse_list(p, OP_CONCAT, 2);
	case KW_PICK:
	case KW_PICK_FIRST_VALUE:
		return parse_list(p, OP_PICK, 1);
	case KW_DEFINED:
		return parse_defined(p);
	case KW_GETHOSTNAME:
		return parse_gethostname(p);
	case KW_GETHOSTBYNAME:
		return parse_gethostbyname(p);
	case KW_STATIC:
		return parse_simple(p, OP_STATIC);
	case KW_KNOWN:
		return parse_simple(p, OP_KNOWN);
	case KW_HARDWARE:
		return parse_simple(p, OP_HARDWARE);
	case KW_LEASED_ADDRESS:
		return parse_simple(p, OP_LEASED_ADDRESS);
	case KW_LEASE_TIME:
		return parse_simple(p, OP_LEASE_TIME);
	case KW_HOST_DECL_NAME:
		return parse_simple(p, OP_HOST_DECL_NAME);
	case KW_FILENAME:
		return parse_simple(p, OP_FILENAME);
	case KW_SERVER_NAME:
		return parse_simple(p, OP_SERVER_NAME);
	case KW_NULL:
		return parse_simple(p, OP_NULL);
	default:
		return parse_word_operand(p, t, context, none);
	}
}

const struct expr *parse_operand(struct parser *p, enum parse_context context, bool *none)
{
	const struct token *t = parse_peek(p);
	const struct expr *e = NULL;

	if (p->paren >= PARSE_NEST_MAX) {
		parse_error(p, t, "syntax", NULL, "expression nests too deep.");
		return NULL;
	}
	p->paren++;
	if (token_is(t, '('))
		e = parse_paren(p, context);
	else if (t->kind == TOK_STRING)
		e = parse_string(p);
	else if (t->kind == TOK_WORD)
		e = parse_keyword_operand(p, t, context, none);
	else
		*none = true;
	p->paren--;
	return e;
}
