/* SPDX-License-Identifier: BSD-2-Clause */
/* stmt.c -- running executable statements. */
#include "dhcpd/conf/stmt.h"

#include <string.h>

#include "dhcpd/conf/deferred.h"
#include "dhcpd/conf/stmt_tree.h"
#include "libpxecommon/base/str.h"

enum flow { FLOW_ON, FLOW_BREAK, FLOW_RETURN };

static enum flow run(const struct stmt *s, struct expr_ctx *c, struct expr_value *ret);

static enum flow run_if(const struct stmt *s, struct expr_ctx *c, struct expr_value *ret)
{
	for (const struct stmt_branch *b = s->branch; b != NULL; b = b->next) {
		if (b->cond == NULL || expr_bool(b->cond, c) == 1)
			return run(b->body, c, ret);
	}
	return FLOW_ON;
}

static bool is_case(const struct stmt *s, const struct expr_value *v, struct expr_ctx *c)
{
	struct expr_value w;

	if (s->op != STMT_CASE)
		return false;
	expr_eval(s->on_value.value, c, &w);
	if (w.kind != v->kind || w.kind == VALUE_NULL)
		return false;
	if (w.kind != VALUE_DATA)
		return w.num == v->num;
	return w.data.len == v->data.len &&
	       (w.data.len == 0 || memcmp(w.data.p, v->data.p, w.data.len) == 0);
}

static enum flow run_switch(const struct stmt *s, struct expr_ctx *c, struct expr_value *ret)
{
	const struct stmt *at = NULL, *fallback = NULL;
	struct expr_value v;

	expr_eval(s->on_value.value, c, &v);
	for (at = s->on_value.body; at != NULL && !is_case(at, &v, c); at = at->next) {
		if (at->op == STMT_DEFAULT && fallback == NULL)
			fallback = at;
	}
	return run(at != NULL ? at : fallback, c, ret) == FLOW_RETURN ? FLOW_RETURN : FLOW_ON;
}

static void set_var(const struct stmt *s, struct expr_ctx *c)
{
	struct settings *set = c->settings;
	struct setting_var v = {.name = s->set.name};
	struct expr_value value = {.kind = VALUE_NULL};
	size_t i = 0;

	if (s->op == STMT_SET)
		expr_eval(s->set.value, c, &value);
	v.is_num = value.kind == VALUE_NUM;
	v.is_bool = value.kind == VALUE_BOOL;
	v.num = value.num;
	if (value.kind == VALUE_DATA) {
		v.value = value.data;
		if (v.value.p == NULL) /* empty is not unset */
			v.value.p = (const uint8_t *)"";
	}
	while (i < set->nvar && !pxe_str_ieq(set->var[i].name, v.name))
		i++;
	if (i == SETTINGS_LIST_MAX) {
		set->overflow = true;
		return;
	}
	set->var[i] = v;
	if (i == set->nvar)
		set->nvar++;
}

static void run_log(const struct stmt *s, struct expr_ctx *c)
{
	struct settings *set = c->settings;
	struct pxe_bytes text;

	if (!expr_data(s->log.text, c, &text))
		return;
	if (set->nlog == SETTINGS_LIST_MAX) {
		set->overflow = true;
		return;
	}
	set->log[set->nlog++] = (struct setting_log){s->log.level, text};
}

/* A copy with a NUL; an argument that is null is an empty one. */
static const char *argument(const struct expr *e, struct expr_ctx *c)
{
	struct pxe_bytes v = {0};
	char *s = NULL;

	if (!expr_data(e, c, &v))
		v.len = 0;
	s = settings_alloc(c->settings, v.len + 1);
	if (s == NULL)
		return NULL;
	if (v.len > 0)
		memcpy(s, v.p, v.len);
	s[v.len] = '\0';
	return s;
}

static void run_execute(const struct stmt *s, struct expr_ctx *c)
{
	struct settings *set = c->settings;
	unsigned n = s->execute.narg;
	const char **argv = NULL;

	if (set->nexec == SETTINGS_LIST_MAX) {
		set->overflow = true;
		return;
	}
	argv = settings_alloc(set, (n + 2) * sizeof(*argv));
	if (argv == NULL)
		return;
	argv[0] = s->execute.command;
	for (unsigned i = 0; i < n; i++) {
		argv[i + 1] = argument(s->execute.arg[i], c);
		if (argv[i + 1] == NULL)
			return;
	}
	argv[n + 1] = NULL;
	set->exec[set->nexec++] = (struct setting_exec){argv, n + 1};
}

static void run_add(const struct stmt *s, struct expr_ctx *c)
{
	struct settings *set = c->settings;

	if (set->nadd == SETTINGS_LIST_MAX)
		set->overflow = true;
	else
		set->add_class[set->nadd++] = s->class_name;
}

/* A later program takes the place of an earlier one for the same event; `on expiry;` only removes.
 */
static void run_on(const struct stmt *s, struct expr_ctx *c)
{
	struct settings *set = c->settings;

	for (size_t i = 0; i < set->nevent; i++)
		set->event[i].on &= ~s->on.mask;
	if (s->on.body == NULL)
		return;
	if (set->nevent == SETTINGS_LIST_MAX)
		set->overflow = true;
	else
		set->event[set->nevent++] = (struct setting_event){s->on.mask, s->on.body};
}

static enum flow step(const struct stmt *s, struct expr_ctx *c, struct expr_value *ret)
{
	struct expr_value ignored;

	switch (s->op) {
	case STMT_OPTION:
		deferred_option(s, c);
		break;
	case STMT_PARAM:
		deferred_param(s, c);
		break;
	case STMT_IF: /* `break` in a branch ends the branch only */
		return run_if(s, c, ret) == FLOW_RETURN ? FLOW_RETURN : FLOW_ON;
	case STMT_SWITCH:
		return run_switch(s, c, ret);
	case STMT_BREAK:
		return FLOW_BREAK;
	case STMT_SET:
	case STMT_UNSET:
		set_var(s, c);
		break;
	case STMT_EVAL:
		expr_eval(s->value, c, &ignored);
		break;
	case STMT_RETURN:
		expr_eval(s->value, c, ret);
		return FLOW_RETURN;
	case STMT_LOG:
		run_log(s, c);
		break;
	case STMT_EXECUTE:
		run_execute(s, c);
		break;
	case STMT_ADD:
		run_add(s, c);
		break;
	case STMT_ON:
		run_on(s, c);
		break;
	case STMT_CASE:
	case STMT_DEFAULT:
	case STMT_DEFINE:
		break;
	}
	return FLOW_ON;
}

static enum flow run(const struct stmt *s, struct expr_ctx *c, struct expr_value *ret)
{
	enum flow flow = FLOW_ON;

	for (; s != NULL && flow == FLOW_ON; s = s->next)
		flow = step(s, c, ret);
	return flow;
}

bool stmt_run(const struct stmt *first, struct expr_ctx *c)
{
	struct expr_value ret = {.kind = VALUE_NULL};

	return run(first, c, &ret) != FLOW_RETURN;
}

void stmt_call(const struct stmt *body, struct expr_ctx *c, struct expr_value *out)
{
	*out = (struct expr_value){.kind = VALUE_NULL};
	(void)run(body, c, out);
}

struct conf_pos stmt_pos(const struct stmt *s)
{
	return s->pos;
}
