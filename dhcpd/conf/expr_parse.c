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
		return parse_expect(p, '=', "! in boolean context without =");
	}
	if (parse_accept(p, '~')) {
		*out = token_is(parse_peek(p), '~') ? OP_IREGEX : OP_REGEX;
		return parse_accept(p, '~') || parse_expect(p, '=', "expecting ~= or ~~ operator");
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

/* What those who write C mean. */
static const char *hint_operator(struct parser *p)
{
	const struct token *t = parse_peek(p);

	if (token_is(t, '='))
		return "one = compares";
	if (token_is(t, '&'))
		return "the word and joins conditions";
	return token_is(t, '|') ? "the word or joins conditions" : NULL;
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
				parse_error(p, parse_peek(p), "syntax", hint_operator(p),
				    "expecting right-hand side.");
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
