/* SPDX-License-Identifier: BSD-2-Clause */
/* expr_parse.c -- expressions of the configuration language.
 *
 * Binary operators are grouped as ISC's parser does it, which is not by precedence alone. It reads
 * operands one after the other; when the next operator binds tighter than the one before, what
 * follows, to the very end, becomes the right-hand side of the one before. `and` and `or` bind
 * equally and less than the comparisons. So `a = 1 and b = 2 or c = 3` means
 * `a = 1 and (b = 2 or c = 3)`, while `known and static or exists x` means
 * `(known and static) or exists x`. Files of real sites were written by trial against this, so it
 * stays, with a warning where people would read it otherwise.
 */
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

struct conf_name *parse_conf_name(
    struct parser *p, const char *name, bool want6, struct conf_pos pos)
{
	struct conf_name *n = parse_alloc(p, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->name = name;
	n->want6 = want6;
	n->pos = pos;
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

/* ---- operands ---- */

static bool expect(struct parser *p, char punct, const char *text)
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
	if (e == NULL || !expect(p, '(', "left parenthesis expected."))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && !expect(p, ',', "comma expected."))
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
	return expect(p, ')', "right parenthesis expected.") ? e : NULL;
}

/* concat(a, b, ...) and pick-first-value(a, ...): any number of data expressions. */
static const struct expr *parse_list(struct parser *p, enum expr_op op, unsigned least)
{
	struct expr *e = parse_expr_new(p, op, 0);

	(void)parse_next(p);
	if (e == NULL || !expect(p, '(', "left parenthesis expected."))
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
	return expect(p, ')', "right parenthesis expected.") ? e : NULL;
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

static const struct expr *parse_operand(struct parser *p, enum parse_context context, bool *none);

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
	return expect(p, ')', "right paren expected") ? e : NULL;
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
	if (e == NULL || !expect(p, '(', "left parenthesis expected."))
		return NULL;
	e->name = parse_variable_name(p);
	if (e->name == NULL)
		return NULL;
	return expect(p, ')', "right parenthesis expected.") ? e : NULL;
}

static const struct expr *parse_gethostname(struct parser *p)
{
	const struct expr *e = parse_expr_new(p, OP_GETHOSTNAME, 0);

	(void)parse_next(p);
	if (!expect(p, '(', "left parenthesis expected.") ||
	    !expect(p, ')', "right parenthesis expected."))
		return NULL;
	return e;
}

static const struct expr *parse_gethostbyname(struct parser *p)
{
	const struct token *t = NULL;
	const struct expr *e = NULL;

	(void)parse_next(p);
	if (!expect(p, '(', "left parenthesis expected."))
		return NULL;
	t = parse_next(p);
	if (t->kind != TOK_STRING) {
		parse_error(p, t, "syntax", NULL, "Expecting quoted literal: \"foo.example.com\"");
		return NULL;
	}
	e = parse_host_lookup(
	    p, parse_strndup(p, t->text.p, t->text.len), p->conf->family == 6, true, t->pos);
	return expect(p, ')', "right parenthesis expected.") ? e : NULL;
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
	if (!expect(p, ')', "Right parenthesis expected."))
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

static const struct expr *parse_operand(struct parser *p, enum parse_context context, bool *none)
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

/* ---- operators ---- */

/* The operator that comes next, taken if it is one; OP_COUNT: none. False: reported. */
static bool parse_operator(struct parser *p, enum expr_op *out)
{
	static const struct {
		char punct;
		enum expr_op op;
	} single[] = {{'=', OP_EQ}, {'+', OP_ADD}, {'-', OP_SUB}, {'*', OP_MUL}, {'/', OP_DIV},
	    {'%', OP_MOD}, {'&', OP_BITAND}, {'|', OP_BITOR}, {'^', OP_BITXOR}};
	const struct token *t = parse_peek(p);

	*out = OP_COUNT;
	if (t->kw == KW_AND || t->kw == KW_OR)
		*out = t->kw == KW_AND ? OP_AND : OP_OR;
	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		if (token_is(t, single[i].punct))
			*out = single[i].op;
	}
	if (*out != OP_COUNT) {
		(void)parse_next(p);
		return true;
	}
	if (parse_accept(p, '!')) {
		*out = OP_NE;
		return expect(p, '=', "! in boolean context without =");
	}
	if (parse_accept(p, '~')) {
		*out = token_is(parse_peek(p), '~') ? OP_IREGEX : OP_REGEX;
		return parse_accept(p, '~') || expect(p, '=', "expecting ~= or ~~ operator");
	}
	return true;
}

static enum parse_context context_of(const struct expr *e)
{
	static const enum parse_context by_type[] = {[EXPR_BOOL] = CONTEXT_BOOL,
	    [EXPR_DATA] = CONTEXT_DATA,
	    [EXPR_NUM] = CONTEXT_NUM,
	    [EXPR_ANY] = CONTEXT_ANY};

	return by_type[expr_type(e)];
}

/* ISC's rules for the operands of a binary operator: text of the error, or NULL. */
static const char *type_error(enum expr_op op, enum expr_type l, enum expr_type r)
{
	if (l != EXPR_ANY && r != EXPR_ANY && l != r)
		return "illegal expression relating different types";
	switch (op) {
	case OP_EQ:
	case OP_NE:
		return r == EXPR_BOOL ? "expecting data/numeric expression" : NULL;
	case OP_REGEX:
		return r != EXPR_DATA ? "expecting data expression" : NULL;
	case OP_IREGEX:
		return r != EXPR_DATA && r != EXPR_ANY ? "expecting data expression" : NULL;
	case OP_AND:
	case OP_OR:
		return r != EXPR_BOOL && r != EXPR_ANY ? "expecting boolean expressions" : NULL;
	default:
		return r != EXPR_NUM && r != EXPR_ANY ? "expecting numeric expressions" : NULL;
	}
}

static bool compile_regex(struct parser *p, struct expr *e, struct conf_pos pos)
{
	struct pxe_bytes pattern;
	struct conf_regex *r = NULL;

	if (!expr_is_const(e->arg[1], &pattern)) {
		parse_warn(p, pos, "computed-pattern",
		    "a pattern that is computed from the packet never matches; write it as a "
		    "quoted string");
		return true;
	}
	r = parse_alloc(p, sizeof(*r));
	if (r == NULL)
		return false;
	if (regcomp(&r->re, (const char *)pattern.p,
		REG_EXTENDED | REG_NOSUB | (e->op == OP_IREGEX ? REG_ICASE : 0)) != 0) {
		parse_warn(p, pos, "bad-pattern",
		    "\"%s\" is no regular expression and never matches", (const char *)pattern.p);
		return true;
	}
	r->next = p->conf->regex;
	p->conf->regex = r;
	e->regex = &r->re;
	return true;
}

/* Chains of one operator lean to the right, where evaluation can walk along them: (a or b) or c and
 * a or (b or c) have the same value, null included. */
static const struct expr *join(const struct expr *l, struct expr *e)
{
	struct expr *last = (struct expr *)(uintptr_t)l; /* ours; const is for the readers */

	while (last->arg[1]->op == e->op)
		last = (struct expr *)(uintptr_t)last->arg[1];
	e->arg[0] = last->arg[1];
	last->arg[1] = e;
	return l;
}

static const struct expr *combine(struct parser *p, const struct expr *l, enum expr_op op,
    const struct expr *r, struct conf_pos pos)
{
	const char *wrong = type_error(op, expr_type(l), expr_type(r));
	struct expr *e = NULL;

	if (wrong != NULL) {
		parse_error(p, parse_peek(p), "type",
		    op == OP_EQ || op == OP_NE
			? "texts and numbers differ: compare with encode-int() or extract-int()"
			: NULL,
		    "%s", wrong);
		return NULL;
	}
	e = parse_expr_new(p, op, 2);
	if (e == NULL)
		return NULL;
	e->arg[0] = l;
	e->arg[1] = r;
	if ((op == OP_REGEX || op == OP_IREGEX) && !compile_regex(p, e, pos))
		return NULL;
	return (op == OP_AND || op == OP_OR) && l->op == op ? join(l, e) : e;
}

struct pending { /* a left-hand side whose right-hand side is all that follows */
	const struct expr *lhs;
	enum expr_op op;
	struct conf_pos pos;
};

struct chain {
	struct pending *v;
	size_t n, operators;
	const struct expr *lhs;
	enum expr_op op;
	struct conf_pos pos;
	bool warned;
};

static bool push(struct parser *p, struct chain *c)
{
	c->v = parse_grow(p, c->v, c->n, sizeof(*c->v));
	if (c->v == NULL)
		return false;
	c->v[c->n++] = (struct pending){c->lhs, c->op, c->pos};
	return true;
}

/* Warn once where the grouping is not the one that precedence would give: `x = 1 and y = 2 or z =
 * 3` and `known or static and exists x`. */
static void warn_mixed(struct parser *p, struct chain *c, enum expr_op next, struct conf_pos pos)
{
	enum expr_op outer = c->n > 0 ? c->v[c->n - 1].op : OP_COUNT;

	if (c->warned ||
	    !((next == OP_OR && outer == OP_AND) || (next == OP_AND && c->op == OP_OR)))
		return;
	c->warned = true;
	parse_warn(p, pos, "and-or",
	    next == OP_OR
		? "`A and B or C` is read as `A and (B or C)`, as ISC dhcpd does; add parentheses"
		: "`A or B and C` is read as `(A or B) and C`, as ISC dhcpd does; add parentheses");
}

/* Put an operand and the operator behind it into the chain. 1: go on; 0: that was all, the result
 * is in c->lhs; -1: reported. */
static int extend(struct parser *p, struct chain *c, const struct expr *rhs, enum expr_op next,
    struct conf_pos pos)
{
	if (next != OP_COUNT && ++c->operators > PARSE_OPERATOR_MAX) {
		parse_error(p, parse_peek(p), "syntax", NULL, "expression has too many operators.");
		return -1;
	}
	if (c->lhs != NULL && next != OP_COUNT &&
	    expr_op_precedence(c->op) < expr_op_precedence(next)) {
		if (!push(p, c))
			return -1;
		c->lhs = NULL;
	}
	c->lhs = c->lhs == NULL ? rhs : combine(p, c->lhs, c->op, rhs, c->pos);
	if (c->lhs == NULL)
		return -1;
	if (next != OP_COUNT)
		warn_mixed(p, c, next, pos);
	c->op = next;
	c->pos = pos;
	if (next != OP_COUNT)
		return 1;
	while (c->n > 0 && c->lhs != NULL) {
		c->n--;
		c->lhs = combine(p, c->v[c->n].lhs, c->v[c->n].op, c->lhs, c->v[c->n].pos);
	}
	return c->lhs != NULL ? 0 : -1;
}

const struct expr *parse_expr(struct parser *p, enum parse_context context, bool *none)
{
	struct chain c = {.op = OP_COUNT};

	for (;;) {
		const struct expr *rhs = parse_operand(p, context, none);
		struct conf_pos pos = parse_peek(p)->pos;
		enum expr_op next = OP_COUNT;
		int more = 0;

		if (rhs == NULL) {
			if (*none && c.lhs != NULL) {
				*none = false;
				parse_error(
				    p, parse_peek(p), "syntax", NULL, "expecting right-hand side.");
			}
			return NULL;
		}
		if (!parse_operator(p, &next))
			return NULL;
		context = context_of(rhs);
		more = extend(p, &c, rhs, next, pos);
		if (more <= 0)
			return more == 0 ? c.lhs : NULL;
	}
}

/* ---- expressions of one type ---- */

static const struct expr *parse_typed(struct parser *p, enum parse_context context,
    enum expr_type type, const char *what, const char *wrong)
{
	bool none = false;
	const struct expr *e = parse_expr(p, context, &none);

	if (e == NULL) {
		if (none)
			parse_error(p, parse_peek(p), "syntax", NULL, "%s", what);
		return NULL;
	}
	if (expr_type(e) != type && expr_type(e) != EXPR_ANY) {
		parse_error(p, parse_peek(p), "type", NULL, "%s", wrong);
		return NULL;
	}
	return e;
}

const struct expr *parse_bool(struct parser *p, const char *what)
{
	return parse_typed(p, CONTEXT_BOOL, EXPR_BOOL, what, "Expecting a boolean expression.");
}

const struct expr *parse_data(struct parser *p, const char *what)
{
	return parse_typed(p, CONTEXT_DATA, EXPR_DATA, what, "Expecting a data expression.");
}

const struct expr *parse_num(struct parser *p, const char *what)
{
	return parse_typed(p, CONTEXT_NUM, EXPR_NUM, what, "Expecting a numeric expression.");
}
