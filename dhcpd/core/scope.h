/* SPDX-License-Identifier: BSD-2-Clause */
/* scope.h -- run the statements of the scopes that apply, in ISC's order, each scope once.
 *
 * Order: root, shared network, groups and subnet, pool, classes from the last declared to the
 * first, the host's groups, the host. What runs later overrides, so a host wins over its groups,
 * those over classes (the first declared wins), over pool, subnet, shared network and root
 * (dhcpd.conf(5), checked against dhcpd 4.4.3). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/core/class.h"

/* Which scopes ran in this round; a round is begun by counting up. */
struct scope_runner {
	uint32_t *ran; /* by scope id: the round in which it ran */
	size_t n;
	uint32_t round;
};

/* What applies to a client; NULL: nothing of that kind. */
struct scope_chain {
	const struct scope *root, *network, *subnet, *pool;
	const struct class_set *classes;
	const struct host *host;
};

int scope_runner_init(struct scope_runner *r, size_t nscope); /* 0 or -ENOMEM */
void scope_runner_fini(struct scope_runner *r);
/* Run all of the chain into ctx->settings, which the caller has reset. */
void scope_run(struct scope_runner *r, const struct scope_chain *chain, struct expr_ctx *ctx);
/* What the nearest enclosing scope says about being authoritative; false when none does. */
bool scope_is_authoritative(const struct scope *s);
