/* SPDX-License-Identifier: BSD-2-Clause */
/* billing6.c -- `lease limit` of classes, subclasses and those that are spawned.
 *
 * What a lease counts for is a variable of it in the lease file, since ISC's dhcpd -6, which has no
 * limits, would not read a `billing` statement there. */
#include <string.h>

#include "dhcpd/core/v6/serve6.h"

enum { SPAWN_VALUE_MAX6 = 128 };

static int64_t limit_of(const struct class_member *m)
{
	if (m->subclass != NULL && m->subclass->lease_limit >= 0)
		return m->subclass->lease_limit;
	return m->class->lease_limit;
}

/* The class, and behind a blank in hex what tells the subclass. False: not a member after all. */
static bool name_of(struct exchange6 *x, const struct class_member *m, struct pxe_text *name)
{
	struct pxe_bytes value = {0};
	char text[256];
	struct pxe_text t = pxe_text_init(text, sizeof(text));

	if (m->subclass != NULL)
		value = m->subclass->value;
	else if (m->class->is_spawning &&
		 (!expr_data(m->class->match, &x->ctx, &value) || value.len == 0))
		return false;
	if (value.len > SPAWN_VALUE_MAX6)
		value.len = SPAWN_VALUE_MAX6;
	pxe_text_add(&t, m->class->name);
	if (value.len > 0)
		pxe_text_addc(&t, ' ');
	name->len = 0;
	if (value.len > 0) {
		char hex[SPAWN_VALUE_MAX6 * 2 + 1];
		struct pxe_text h = pxe_text_init(hex, sizeof(hex));

		pxe_text_add_hex(&h, value.p, value.len, 0);
		lease_text_put_string(name, (struct pxe_bytes){(const uint8_t *)text, t.len});
		name->len--; /* the quote that ends it */
		pxe_text_addf(name, "%s\"", hex);
	} else {
		lease_text_put_string(name, (struct pxe_bytes){(const uint8_t *)text, t.len});
	}
	return !name->truncated;
}

static bool is_named(const struct lease6 *l, const struct pxe_text *name)
{
	struct pxe_bytes now;

	return l != NULL && l->state == LEASE_ACTIVE &&
	       lease_vars_find(lease6_vars(l), LEASE6_BILLING, &now) && now.len == name->len &&
	       memcmp(now.p, name->p, now.len) == 0;
}

bool billing6_choose(struct exchange6 *x, const struct lease6 *own, struct pxe_text *out_name)
{
	const struct class *last = NULL;

	for (size_t i = 0; i < x->classes.n; i++) {
		const struct class_member *m = &x->classes.v[i];
		struct pxe_bytes name;

		if (limit_of(m) < 0 || !name_of(x, m, out_name))
			continue;
		last = m->class;
		name = (struct pxe_bytes){(const uint8_t *)out_name->p, out_name->len};
		if (is_named(own, out_name) || lease6_billed(&x->core->leases, name) < limit_of(m))
			return true;
	}
	out_name->len = 0;
	if (last == NULL)
		return true;
	fx_log(x->fx, FX_LOG_INFO,
	    "Client %s: no available billing: lease limit reached in all matching classes (last: "
	    "'%s')",
	    x->duid_text, last->name);
	if (x->outcome.given == 0)
		x->where = last->pos;
	return false;
}
