/* SPDX-License-Identifier: BSD-2-Clause */
/* expr.c -- evaluation of expressions. */
#include "dhcpd/conf/expr.h"

#include <string.h>

#include "dhcpd/conf/deferred.h"
#include "dhcpd/conf/expr_tree.h"
#include "libpxecommon/base/buf.h"

static const struct {
	enum expr_type type;
	const char *text;
	int precedence;
} ops[OP_COUNT] = {
#define X(id, type, text, precedence) [OP_##id] = {EXPR_##type, text, precedence},
    EXPR_OPS(X)
#undef X
};

struct expr_frame {
	const struct expr_func *func;
	const struct expr_value *value;
};

enum expr_type expr_type(const struct expr *e)
{
	return ops[e->op].type;
}

int expr_op_precedence(enum expr_op op)
{
	return ops[op].precedence;
}

const char *expr_op_text(enum expr_op op)
{
	return ops[op].text;
}

bool expr_is_const(const struct expr *e, struct pxe_bytes *out)
{
	if (e->op != OP_CONST_DATA)
		return false;
	*out = e->data;
	return true;
}

/* ---- variables and functions ---- */

static void from_var(const struct setting_var *v, struct expr_value *out)
{
	out->kind = VALUE_NULL;
	if (v == NULL)
		return;
	out->num = v->num;
	out->data = v->value;
	if (v->is_bool)
		out->kind = VALUE_BOOL;
	else if (v->is_num)
		out->kind = VALUE_NUM;
	else if (v->value.p != NULL)
		out->kind = VALUE_DATA;
}

/* Arguments of the running function, then what was set meanwhile, then what the lease keeps. */
static void variable(const char *name, struct expr_ctx *c, struct expr_value *out)
{
	const struct setting_var *v = NULL;

	for (unsigned i = 0; c->frame != NULL && i < c->frame->func->narg; i++) {
		if (pxe_str_ieq(c->frame->func->arg[i], name)) {
			*out = c->frame->value[i];
			return;
		}
	}
	v = settings_var(c->settings, name);
	if (v == NULL && c->lease_var != NULL && c->lease != NULL)
		v = c->lease_var(c->lease, name);
	from_var(v, out);
}

static void call(const struct expr *e, struct expr_ctx *c, struct expr_value *out)
{
	const struct expr_frame *outer = c->frame;
	struct expr_frame frame = {.func = e->func};
	struct expr_value *value = NULL;

	out->kind = VALUE_NULL;
	if (c->depth >= EXPR_CALL_DEPTH || e->func->body == NULL)
		return;
	value = settings_alloc(c->settings, (e->func->narg + 1) * sizeof(*value));
	if (value == NULL)
		return;
	for (unsigned i = 0; i < e->func->narg; i++) {
		value[i] = (struct expr_value){.kind = VALUE_NULL};
		if (i < e->narg)
			expr_eval(e->arg[i], c, &value[i]);
	}
	frame.value = value;
	c->frame = &frame;
	c->depth++;
	stmt_call(e->func->body, c, out);
	c->depth--;
	c->frame = outer;
}

/* ---- options ---- */

static struct pxe_bytes packet_option(const struct expr *e, const struct expr_ctx *c)
{
	if (c->packet == NULL)
		return (struct pxe_bytes){0};
	if (c->relay > 0) {
		return c->relay_option != NULL ? c->relay_option(c->packet, c->relay, e->opt)
					       : (struct pxe_bytes){0};
	}
	return c->packet_option != NULL ? c->packet_option(c->packet, e->opt)
					: (struct pxe_bytes){0};
}

static bool config_option(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	const struct setting_option *o = settings_find(c->settings, e->opt);

	return o != NULL && deferred_value(o, c, out);
}

/* A parameter as the bytes that ISC's option code would keep: as many as its type has. */
static bool config_param(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	struct setting_param p = c->settings->param[e->param->id];
	size_t n = e->param->kind == PARAM_KIND_FLAG || e->param->max == UINT8_MAX ? 1
		   : e->param->max == UINT16_MAX                                   ? 2
										   : 4;
	uint8_t *b = NULL;

	if (p.from != NULL ? !deferred_param_value(p.from, c, &p) : !p.set)
		return false;
	if (p.data.p != NULL) {
		*out = p.data;
		return true;
	}
	b = settings_alloc(c->settings, n);
	if (b == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(p.num >> (8 * (n - 1 - i)));
	*out = (struct pxe_bytes){b, n};
	return true;
}

/* ---- data ---- */

static bool present(struct pxe_bytes b, struct pxe_bytes *out)
{
	if (b.p == NULL)
		return false;
	*out = b;
	return true;
}

static bool present_text(const char *s, struct pxe_bytes *out)
{
	if (s == NULL)
		return false;
	*out = (struct pxe_bytes){(const uint8_t *)s, strlen(s)};
	return true;
}

static bool any_data(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	struct expr_value v;

	expr_eval(e, c, &v);
	if (v.kind != VALUE_DATA)
		return false;
	*out = v.data;
	return true;
}

bool expr_data(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out)
{
	switch (e->op) {
	case OP_CONST_DATA:
		*out = e->data;
		return true;
	case OP_OPTION:
		return present(packet_option(e, c), out);
	case OP_CONFIG_OPTION:
		return config_option(e, c, out);
	case OP_PARAM:
		return config_param(e, c, out);
	case OP_HARDWARE:
		return present(c->hardware, out);
	case OP_LEASED_ADDRESS:
		return present(c->leased_address, out);
	case OP_FILENAME:
		return c->filename.len > 0 && present(c->filename, out);
	case OP_SERVER_NAME:
		return c->server_name.len > 0 && present(c->server_name, out);
	case OP_HOST_DECL_NAME:
		return present_text(c->host_decl_name, out);
	case OP_GETHOSTNAME:
		return present_text(c->hostname, out);
	case OP_VAR:
	case OP_CALL:
		return any_data(e, c, out);
	default:
		return expr_function(e, c, out);
	}
}

/* ---- numbers ---- */

static bool arithmetic(const struct expr *e, struct expr_ctx *c, uint64_t *out)
{
	uint64_t a = 0, b = 0;

	if (!expr_num(e->arg[0], c, &a) || !expr_num(e->arg[1], c, &b))
		return false;
	switch (e->op) {
	case OP_ADD:
		*out = a + b;
		return true;
	case OP_SUB:
		*out = a - b;
		return true;
	case OP_MUL:
		*out = a * b;
		return true;
	case OP_DIV:
		if (b != 0)
			*out = a / b;
		return b != 0;
	case OP_MOD:
		if (b != 0)
			*out = a % b;
		return b != 0;
	case OP_BITAND:
		*out = a & b;
		return true;
	case OP_BITOR:
		*out = a | b;
		return true;
	default:
		*out = a ^ b;
		return true;
	}
}

bool expr_num(const struct expr *e, struct expr_ctx *c, uint64_t *out)
{
	struct pxe_bytes in;
	struct expr_value v;

	switch (e->op) {
	case OP_CONST_NUM:
		*out = e->num;
		return true;
	case OP_EXTRACT:
		if (!expr_data(e->arg[0], c, &in) || in.len < e->num / 8)
			return false;
		*out = expr_number(in.p, (size_t)e->num / 8);
		return true;
	case OP_LEASE_TIME:
		*out = c->lease_time_s;
		return c->has_lease_time;
	case OP_VAR:
	case OP_CALL:
		expr_eval(e, c, &v);
		*out = v.num;
		return v.kind == VALUE_NUM;
	default:
		return expr_type(e) == EXPR_NUM && e->narg == 2 && arithmetic(e, c, out);
	}
}

/* ---- truth ---- */

static bool is_same(const struct expr_value *a, const struct expr_value *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == VALUE_NULL)
		return true;
	if (a->kind != VALUE_DATA)
		return a->num == b->num;
	return a->data.len == b->data.len &&
	       (a->data.len == 0 || memcmp(a->data.p, b->data.p, a->data.len) == 0);
}

static bool equal(const struct expr *e, struct expr_ctx *c)
{
	struct expr_value a, b;

	expr_eval(e->arg[0], c, &a);
	expr_eval(e->arg[1], c, &b);
	return is_same(&a, &b);
}

static int match_regex(const struct expr *e, struct expr_ctx *c)
{
	struct pxe_bytes in, pattern, text;
	uint8_t *p = NULL;

	if (!expr_data(e->arg[0], c, &in) || !expr_data(e->arg[1], c, &pattern) || in.len == 0 ||
	    pattern.len == 0 || !expr_copy(c, in, &text, &p))
		return -1; /* an empty text matches nothing, not even "x*": so does ISC */
	if (e->regex == NULL)
		return 0;
	return regexec(e->regex, (const char *)p, 0, NULL, 0) == 0;
}

static int any_bool(const struct expr *e, struct expr_ctx *c)
{
	struct expr_value v;

	expr_eval(e, c, &v);
	return v.kind == VALUE_BOOL ? v.num != 0 : -1;
}

static int simple_bool(const struct expr *e, struct expr_ctx *c)
{
	struct expr_value v;
	int b = 0;

	switch (e->op) {
	case OP_EQ:
		return equal(e, c);
	case OP_NE:
		return !equal(e, c);
	case OP_REGEX:
	case OP_IREGEX:
		return match_regex(e, c);
	case OP_NOT:
		b = expr_bool(e->arg[0], c);
		return b < 0 ? -1 : !b;
	case OP_EXISTS:
		return packet_option(e, c).p != NULL;
	case OP_KNOWN:
		return c->packet != NULL ? c->known : -1;
	case OP_STATIC:
		return c->is_static;
	case OP_CHECK:
		return c->in_class != NULL && c->in_class(c->class_arg, e->name);
	case OP_DEFINED:
		variable(e->name, c, &v);
		return v.kind != VALUE_NULL;
	case OP_VAR:
	case OP_CALL:
		return any_bool(e, c);
	default:
		return -1;
	}
}

/* `a or b` is null only when both are; `a and b` is null whenever a is not true. Long chains lean
 * to the right (expr_parse.c sees to it), so they are walked and not recursed into. */
int expr_bool(const struct expr *e, struct expr_ctx *c)
{
	bool had_false = false;
	int v = 0;

	while (e->op == OP_AND || e->op == OP_OR) {
		v = expr_bool(e->arg[0], c);
		if (e->op == OP_OR && v == 1)
			return 1;
		if (e->op == OP_AND && v != 1)
			return had_false ? 0 : -1;
		if (v == 0)
			had_false = true;
		e = e->arg[1];
	}
	v = simple_bool(e, c);
	return v < 0 && had_false ? 0 : v;
}

void expr_eval(const struct expr *e, struct expr_ctx *c, struct expr_value *out)
{
	int b = 0;

	*out = (struct expr_value){.kind = VALUE_NULL};
	if (e->op == OP_VAR) {
		variable(e->name, c, out);
		return;
	}
	if (e->op == OP_CALL) {
		call(e, c, out);
		return;
	}
	switch (expr_type(e)) {
	case EXPR_BOOL:
		b = expr_bool(e, c);
		out->num = b > 0;
		out->kind = b >= 0 ? VALUE_BOOL : VALUE_NULL;
		break;
	case EXPR_NUM:
		out->kind = expr_num(e, c, &out->num) ? VALUE_NUM : VALUE_NULL;
		break;
	default:
		out->kind = expr_data(e, c, &out->data) ? VALUE_DATA : VALUE_NULL;
		break;
	}
}
