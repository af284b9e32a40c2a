/* SPDX-License-Identifier: BSD-2-Clause */
/* deferred.h -- options and parameters whose value is an expression; for this folder only.
 *
 * ISC dhcpd evaluates such an expression when the reply is made, not when the statement is
 * executed: `option host-name = foo; set foo = "x";` sends "x", and a computed option outside of
 * all blocks sees with config-option what a subnet sets. So the expressions are kept and evaluated
 * again by stmt_finish(). A null one unsets what was set before it.
 */
#pragma once

#include "dhcpd/conf/stmt_tree.h"

struct setting_part { /* values are joined */
	const struct expr *value;
	const struct setting_part *next;
};

/* settings.c: the entry of an option, set to nothing or not; NULL: there is none. */
struct setting_option *settings_find(struct settings *s, const struct pxe_opt_def *def);
/* An entry without value; NULL (and overflow) when there is no room. */
struct setting_option *settings_add(struct settings *s, const struct pxe_opt_def *def);

/* Execute an option statement. */
void deferred_option(const struct stmt *s, struct expr_ctx *c);
/* Execute a parameter statement. */
void deferred_param(const struct stmt *s, struct expr_ctx *c);
/* Value of an option as it is now; false: null. */
bool deferred_value(const struct setting_option *o, struct expr_ctx *c, struct pxe_bytes *out);
/* Evaluate a parameter's statement into *out; false: null. */
bool deferred_param_value(const struct stmt *s, struct expr_ctx *c, struct setting_param *out);
