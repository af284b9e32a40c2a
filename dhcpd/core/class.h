/* SPDX-License-Identifier: BSD-2-Clause */
/* class.h -- which classes a client belongs to.
 *
 * Classes are matched in order of declaration and before any lease or host is looked up, so a
 * `match if known` never holds, as with ISC. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/conf/model.h"

enum { CLASS_MEMBER_MAX = 64 }; /* classes one client can be in; ISC: 5 */

struct class_member {
	const struct class *class;
	const struct subclass *subclass; /* NULL: by match if or add */
};

struct class_set {
	struct class_member v[CLASS_MEMBER_MAX];
	size_t n;
};

/* Fill *out by evaluating every class of conf. */
void class_match(const struct conf *conf, struct expr_ctx *ctx, struct class_set *out);
/* Add one by hand (`add "name"`); harmless when it is there already. */
void class_add(struct class_set *set, const struct class *cl);
bool class_has(const struct class_set *set, const struct class *cl);
