/* SPDX-License-Identifier: BSD-2-Clause */
/* deferred.c -- options and parameters whose value is an expression. */
#include "dhcpd/conf/deferred.h"

#include <string.h>

/* ---- options ---- */

static const struct setting_part *part_new(
    struct settings *s, const struct expr *value, const struct setting_part *next)
{
	struct setting_part *part = settings_alloc(s, sizeof(*part));

	if (part != NULL)
		*part = (struct setting_part){value, next};
	return part;
}

/* A constant that was set before, as a part. */
static const struct expr *constant(struct settings *s, struct pxe_bytes value)
{
	struct expr *e = settings_alloc(s, sizeof(*e));

	if (e != NULL) {
		memset(e, 0, sizeof(*e));
		e->op = OP_CONST_DATA;
		e->data = value;
	}
	return e;
}

/* The parts of list with one more at its end. */
static const struct setting_part *append(
    struct settings *s, const struct setting_part *list, const struct expr *value)
{
	if (list == NULL)
		return part_new(s, value, NULL);
	return part_new(s, list->value, append(s, list->next, value));
}

bool deferred_value(const struct setting_option *o, struct expr_ctx *c, struct pxe_bytes *out)
{
	struct pxe_bytes sum = {0};

	if (o->part == NULL) {
		*out = o->value;
		return o->value.p != NULL;
	}
	if (c->depth >= EXPR_CALL_DEPTH) /* an option that is computed from itself */
		return false;
	c->depth++;
	for (const struct setting_part *p = o->part; p != NULL; p = p->next) {
		struct pxe_bytes v;

		if (!expr_data(p->value, c, &v))
			goto null;
		if (p == o->part)
			sum = v;
		else if (!settings_join(c->settings, o->def, sum, v, &sum))
			goto null;
	}
	c->depth--;
	*out = (struct pxe_bytes){sum.p != NULL ? sum.p : (const uint8_t *)"", sum.len};
	return true;
null:
	c->depth--;
	return false;
}

static void add_part(
    struct settings *s, struct setting_option *o, enum settings_op how, const struct expr *value)
{
	const struct setting_part *old = o->part;

	if (old == NULL && o->value.p != NULL) {
		const struct expr *e = constant(s, o->value);

		old = e != NULL ? part_new(s, e, NULL) : NULL;
	}
	if (how == SET_APPEND)
		o->part = append(s, old, value);
	else
		o->part = part_new(s, value, how == SET_PREPEND ? old : NULL);
}

void deferred_option(const struct stmt *s, struct expr_ctx *c)
{
	struct settings *set = c->settings;
	struct setting_option *o = settings_find(set, s->option.def);
	struct pxe_bytes value;

	if (s->option.how == SET_DEFAULT && o != NULL)
		return;
	if (expr_is_const(s->option.value, &value) &&
	    (o == NULL || o->part == NULL || s->option.how == SET_SUPERSEDE)) {
		settings_set_option(set, s->option.def, s->option.how, value, s->pos);
		return;
	}
	if (o == NULL)
		o = settings_add(set, s->option.def);
	if (o == NULL)
		return;
	add_part(set, o, s->option.how, s->option.value);
	o->def = s->option.def;
	o->pos = s->pos;
	o->value = deferred_value(o, c, &value) ? value : (struct pxe_bytes){0};
}

/* ---- parameters ---- */

/* Bytes as a number, as the option code of ISC's server reads its own parameters. */
static uint32_t number(struct pxe_bytes b)
{
	uint32_t v = 0;

	for (size_t i = 0; i < b.len; i++)
		v = v << 8 | b.p[i];
	return v;
}

bool deferred_param_value(const struct stmt *s, struct expr_ctx *c, struct setting_param *out)
{
	struct pxe_bytes value = {0};
	bool ok = true;

	if (s->param.value != NULL) {
		if (c->depth >= EXPR_CALL_DEPTH)
			return false;
		c->depth++;
		ok = expr_data(s->param.value, c, &value);
		c->depth--;
	}
	out->set = ok;
	out->data = value;
	out->num = s->param.computed ? number(value) : s->param.num;
	return ok;
}

void deferred_param(const struct stmt *s, struct expr_ctx *c)
{
	struct setting_param *p = &c->settings->param[s->param.row->id];
	struct setting_param v = {.pos = s->pos};
	struct pxe_bytes unused;

	if (s->param.how == SET_DEFAULT && (p->set || p->from != NULL))
		return;
	if (s->param.value != NULL && !expr_is_const(s->param.value, &unused))
		v.from = s;
	(void)deferred_param_value(s, c, &v);
	*p = v;
}

void stmt_finish(struct expr_ctx *c)
{
	struct settings *s = c->settings;

	for (size_t i = 0; i < PARAM_COUNT; i++) {
		if (s->param[i].from != NULL)
			(void)deferred_param_value(s->param[i].from, c, &s->param[i]);
	}
	for (size_t i = 0; i < s->nopt; i++) {
		struct pxe_bytes value;

		if (s->opt[i].part != NULL)
			s->opt[i].value =
			    deferred_value(&s->opt[i], c, &value) ? value : (struct pxe_bytes){0};
	}
	settings_drop_empty(s);
}
