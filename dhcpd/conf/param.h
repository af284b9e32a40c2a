/* SPDX-License-Identifier: BSD-2-Clause */
/* param.h -- the server's parameters: one row each.
 *
 * A parameter is a statement with a value that is not sent as an option (default-lease-time,
 * filename, authoritative, allow bootp ...). PARAM_TABLE (param_table.h) is the only list: enum,
 * keyword, grammar of the value, range, default, scopes where it is allowed, and how far we go
 * with it come from its rows. Enum names are ISC's keywords in upper case: PARAM_MIN_LEASE_TIME.
 * Source: dhcpd.conf(5), ISC dhcpd 4.4.3.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/conf/param_table.h"

enum param_id {
#define X(id, ...) PARAM_##id,
	PARAM_TABLE(X)
#undef X
	    PARAM_COUNT
};

enum param_kind {
	PARAM_KIND_TIME, /* seconds; "infinite" and -1 are UINT32_MAX */
	PARAM_KIND_UINT,
	PARAM_KIND_FLAG, /* true on / false off / ignore: enum param_flag; also by allow, deny,
			    ignore */
	PARAM_KIND_TEXT, /* string or data expression */
	PARAM_KIND_IP4,  /* address, name or data expression: 4 bytes */
	PARAM_KIND_IP6,
	PARAM_KIND_WORD, /* one of the row's words; value is its index */
	PARAM_KIND_SPACE /* an identifier: name of an option space, of a key */
};

enum param_flag { PARAM_FALSE, PARAM_TRUE, PARAM_IGNORE };

enum param_support {
	PARAM_FULL, /* has its effect */
	PARAM_DDNS, /* PARAM_WARN where ddns-update-style asks for DNS updates, else there is
		       nothing that is not done */
	PARAM_WARN  /* accepted, but what it asks for is not done: warned about once, with what to
		       use */
};

struct param_row {
	enum param_id id;
	const char *keyword;
	enum param_kind kind;
	uint32_t min, max;       /* of numbers; both 0: no bound */
	uint32_t def;            /* default number */
	const char *const *word; /* NULL-terminated, for WORD */
	unsigned scopes;         /* SCOPE_IN_* bits (model.h) where it has an effect */
	enum param_support support;
	const char *note; /* for DDNS and WARN: one clause */
};

const struct param_row *param_row(enum param_id id);
const struct param_row *param_by_keyword(const char *keyword); /* case folded; NULL: none */
/* The parameter that `allow KEYWORD` and `deny KEYWORD` set ("bootp", "unknown-clients"); NULL:
 * that is no such keyword. */
const struct param_row *param_by_permission(const char *keyword);
/* i-th keyword of allow and deny, NULL past the end. */
const char *param_permission_at(size_t i);
