/* SPDX-License-Identifier: BSD-2-Clause */
/* scope.c -- run the scopes that apply, each once. */
#include "dhcpd/core/scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int scope_runner_init(struct scope_runner *r, size_t nscope)
{
	uint32_t *ran = calloc(nscope > 0 ? nscope : 1, sizeof(*ran));

	if (ran == NULL)
		return -ENOMEM;
	*r = (struct scope_runner){.ran = ran, .n = nscope};
	return 0;
}

void scope_runner_fini(struct scope_runner *r)
{
	free(r->ran);
	memset(r, 0, sizeof(*r));
}

static void begin(struct scope_runner *r)
{
	if (++r->round == 0) {
		memset(r->ran, 0, r->n * sizeof(*r->ran));
		r->round = 1;
	}
}

/* A scope after those around it. Nesting is bounded by the parser. */
static void run(struct scope_runner *r, const struct scope *s, struct expr_ctx *ctx)
{
	if (s == NULL || s->id >= r->n || r->ran[s->id] == r->round)
		return;
	r->ran[s->id] = r->round;
	run(r, s->parent, ctx);
	if (s->first != NULL)
		(void)stmt_run(s->first, ctx);
}

void scope_run(struct scope_runner *r, const struct scope_chain *chain, struct expr_ctx *ctx)
{
	begin(r);
	run(r, chain->root, ctx);
	run(r, chain->network, ctx);
	run(r, chain->subnet, ctx);
	run(r, chain->pool, ctx);
	for (size_t i = chain->classes != NULL ? chain->classes->n : 0; i-- > 0;) {
		const struct class_member *m = &chain->classes->v[i];

		run(r, m->class->scope, ctx);
		if (m->subclass != NULL)
			run(r, m->subclass->scope, ctx);
	}
	if (chain->host != NULL) {
		run(r, chain->host->group_scope, ctx);
		run(r, chain->host->scope, ctx);
	}
	stmt_finish(ctx);
}

bool scope_is_authoritative(const struct scope *s)
{
	for (; s != NULL; s = s->parent)
		if (s->authoritative >= 0)
			return s->authoritative > 0;
	return false;
}
