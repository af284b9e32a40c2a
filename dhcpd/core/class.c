/* SPDX-License-Identifier: BSD-2-Clause */
/* class.c -- which classes a client belongs to. */
#include "dhcpd/core/class.h"

static void put(struct class_set *set, const struct class *cl, const struct subclass *sub)
{
	if (set->n < CLASS_MEMBER_MAX)
		set->v[set->n++] = (struct class_member){.class = cl, .subclass = sub};
}

void class_match(const struct conf *conf, struct expr_ctx *ctx, struct class_set *out)
{
	out->n = 0;
	for (size_t i = 0; i < conf_nclass(conf); i++) {
		const struct class *cl = conf_class_at(conf, i);
		const struct subclass *sub = NULL;
		struct pxe_bytes value;

		if (cl->match_if != NULL) {
			if (expr_bool(cl->match_if, ctx) == 1)
				put(out, cl, NULL);
			continue;
		}
		if (cl->match == NULL || !expr_data(cl->match, ctx, &value) || value.len == 0)
			continue;
		sub = conf_subclass(conf, cl, value);
		if (sub != NULL || cl->is_spawning)
			put(out, cl, sub);
	}
}

void class_add(struct class_set *set, const struct class *cl)
{
	if (!class_has(set, cl))
		put(set, cl, NULL);
}

bool class_has(const struct class_set *set, const struct class *cl)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i].class == cl)
			return true;
	return false;
}
