/* SPDX-License-Identifier: BSD-2-Clause */
/* serve6.h -- one identity association being served: serve6.c, grant6.c and bind6.c share it.
 *
 * serve6.c sorts what the client names and writes the answer, grant6.c finds what the IA gets,
 * bind6.c settles for how long and binds it. */
#pragma once

#include "dhcpd/core/v6/exchange6.h"

/* What an IA is to get. */
struct grant6 {
	struct pxe_ip6 ip;
	uint8_t len;
	uint32_t shelf; /* LEASE6_SHELF_NONE: fixed */
	uint32_t hint_preferred_s, hint_valid_s;
	uint32_t preferred_s, valid_s;
	bool is_void; /* to be used no more: lifetimes 0 */
	bool picked;
};

struct serve6 {
	struct exchange6 *x;
	enum ia6_mode mode;
	enum lease6_kind kind;
	const struct pxe_dhcp6_ia *ia;
	struct pool6_ask ask;
	struct ia6 *rec; /* NULL: new */
	struct pxe_dhcp6_lease hint[LEASE6_PER_IA_MAX];
	size_t nhint;
	struct grant6 grant[LEASE6_PER_IA_MAX * 2];
	size_t n;
	bool changed; /* the IA's entry is to be written */
};

/* The grant of that address or prefix, added when it is not there; NULL: too many. */
struct grant6 *serve6_add(struct serve6 *s, const struct pxe_ip6 *ip, uint8_t len);
/* Is there a grant to be used? */
bool serve6_has_live(const struct serve6 *s);
/* ---- grant6.c ---- */
/* Find something for the IA. 0, or why there is nothing: see pool6_pick(); logged. */
int grant6_find(struct serve6 *s);
/* ---- bind6.c ---- */
/* Lifetimes, event programs and the bindings of all grants; what cannot be had after all is left
 * out. 0 when something remains, else why not. */
int bind6_all(struct serve6 *s);
/* ---- billing6.c ---- */
enum { BILLING6_NAME_MAX = 1280 };
/* The class that a lease of the client will count for: the first that has a limit and room, or that
 * `own`, its present lease, counts for (NULL: none). Its name as the lease file has it, len 0:
 * none. False: all limits are reached; logged. */
bool billing6_choose(struct exchange6 *x, const struct lease6 *own, struct pxe_text *out_name);
