/* SPDX-License-Identifier: BSD-2-Clause */
/* expr.h -- expressions of the configuration language as a compact tree, and their evaluation.
 *
 * A value can be null, which is not an error: most operators give null for a null operand, and a
 * condition that is null counts as false. Evaluation never allocates: computed bytes go into the
 * settings' scratch. Names that need DNS are looked up by the shell (conf_name in model.h); here
 * they are a table that may or may not have an answer yet. Types and null rules are those of ISC
 * dhcpd 4.4.3, dhcp-eval(5). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dhcpd/conf/settings.h"
#include "libpxecommon/base/str.h"

struct expr; /* opaque: expr.c */

/* EXPR_ANY: a variable or a function, whose type is that of its value when it is asked for. */
enum expr_type { EXPR_BOOL, EXPR_DATA, EXPR_NUM, EXPR_ANY };

struct expr_frame; /* opaque: arguments of a running function */

/* What an expression looks at. Everything is borrowed; what does not exist yet is NULL or empty
 * (classes are matched before a lease is chosen). The callbacks keep this independent of the
 * protocol family; `packet` is theirs. */
struct expr_ctx {
	const void *packet;
	/* Bytes of an option of the packet, of any space; p NULL when absent. */
	struct pxe_bytes (*packet_option)(const void *packet, const struct pxe_opt_def *def);
	/* The same in the n-th relay (DHCPv6, v6relay()); NULL for IPv4. */
	struct pxe_bytes (*relay_option)(
	    const void *packet, unsigned n, const struct pxe_opt_def *def);
	struct pxe_bytes raw;      /* the packet as received, for packet(off, len) */
	struct pxe_bytes hardware; /* type byte + link-layer address */
	struct pxe_bytes leased_address;
	bool has_lease_time;
	uint32_t lease_time_s;
	const char *host_decl_name; /* NULL: none */
	const char *hostname;       /* gethostname() */
	bool known, is_static;
	struct pxe_bytes filename, server_name; /* of the packet's fixed fields */
	/* A variable stored on the lease; consulted after those set meanwhile. May be NULL. */
	const struct setting_var *(*lease_var)(const void *lease, const char *name);
	const void *lease;
	/* `check "class"`: does the client match it? May be NULL. */
	bool (*in_class)(const void *arg, const char *name);
	const void *class_arg;
	struct settings *settings; /* config-option, variables, scratch; never NULL */
	/* Private to evaluation: leave zero. */
	const struct expr_frame *frame;
	unsigned relay;
	unsigned depth;
};

enum expr_type expr_type(const struct expr *e);
/* True with the bytes when e is a constant. */
bool expr_is_const(const struct expr *e, struct pxe_bytes *out);

/* Null rules worth knowing: two nulls are equal, so `option x = option y` holds when the client
 * sent neither, and `option x != "y"` holds when it did not send x. `a and b` is null, not false,
 * when a is not true; `not null` is null. A match of a regular expression is null when a side is
 * null or empty. concat() is null when one part is. */

/* 1 true, 0 false, -1 null. */
int expr_bool(const struct expr *e, struct expr_ctx *c);
/* True with a value in *out; false: null. */
bool expr_data(const struct expr *e, struct expr_ctx *c, struct pxe_bytes *out);
bool expr_num(const struct expr *e, struct expr_ctx *c, uint64_t *out);
/* The expression as configuration text. */
void expr_text(const struct expr *e, struct pxe_text *out);
