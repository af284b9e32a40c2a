/* SPDX-License-Identifier: BSD-2-Clause */
/* pool6.h -- choose an address or prefix for an identity association.
 *
 * The ranges and prefixes of all pools are spaces, numbered densely: the shelves of the lease
 * table. In a space the first choice is a hash of DUID and IAID under a key that stays (it comes
 * from the server's DUID), so a client gets the same address again after the lease file is lost,
 * and addresses do not betray in which order clients came. A taken choice is followed by others of
 * the same kind and then by the neighbours of the last one, so that a space is used up whole. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/conf/model.h"
#include "dhcpd/core/lease6.h"
#include "dhcpd/core/pool.h"

struct space6 {
	const struct pool *pool;
	enum lease6_kind kind;
	struct pxe_ip6 lo, hi; /* first and last address or prefix */
	uint8_t len;           /* 128 for addresses */
	uint64_t total;        /* UINT64_MAX also for more */
	struct conf_pos pos;
};

struct pools6 {
	const struct conf *conf;
	struct space6 *v;
	size_t n;
	size_t *first; /* by pool id: its first space; n spaces of a pool follow each other */
	size_t npool;
	struct pxe_ip6 *fixed; /* addresses of host declarations, sorted */
	size_t nfixed;
	uint64_t length_seen[3]; /* bits: prefix lengths that are given out */
	struct pxe_hash_seed key;
};

/* Build from conf, which must outlive it. 0 or -ENOMEM. */
int pools6_init(struct pools6 *p, const struct conf *conf, const struct pxe_hash_seed *key);
void pools6_fini(struct pools6 *p);
/* lease6_shelf_fn over a struct pools6. */
uint32_t pools6_shelf(void *pools, enum lease6_kind kind, const struct pxe_ip6 *ip, uint8_t len);

/* prefix-length-mode of dhcpd.conf, in its order. */
enum prefix_mode { PREFIX_IGNORE, PREFIX_PREFER, PREFIX_EXACT, PREFIX_MINIMUM, PREFIX_MAXIMUM };

/* Who asks for what. */
struct pool6_ask {
	const struct pools6 *pools;
	struct leases6 *leases;
	const struct network *net;
	struct pool_ask who; /* known, classes, now_s: for permit lists */
	enum lease6_kind kind;
	uint32_t iaid;
	struct pxe_bytes duid;
	const struct ia6 *ia; /* NULL: new */
	uint8_t wanted_len;   /* of a prefix; 0: no wish */
	enum prefix_mode mode;
};

/* May the IA be given this very address or prefix? 0 with *out_shelf; PXE_E_NOTFOUND (in no space
 * of the network), PXE_E_DENIED (permit lists), PXE_E_EXISTS (somebody else's, or a host's). */
int pool6_may_have(
    const struct pool6_ask *ask, const struct pxe_ip6 *ip, uint8_t len, uint32_t *out_shelf);
/* Any one. 0; PXE_E_NOTFOUND (the network has no such space), PXE_E_DENIED (none permits the
 * client), PXE_E_FULL. */
int pool6_pick(
    const struct pool6_ask *ask, struct pxe_ip6 *out_ip, uint8_t *out_len, uint32_t *out_shelf);
/* Figures over all spaces of a kind that the network has, for ISC's log line. */
void pool6_usage(const struct pool6_ask *ask, uint64_t *out_total, uint64_t *out_active,
    uint64_t *out_abandoned);
/* Is the address one of the space's, or inside a prefix of it? */
bool space6_covers(const struct space6 *s, const struct pxe_ip6 *ip);
/* The bound lease of the address, or of a prefix around it; NULL: nobody has it. */
const struct lease6 *pool6_holder(
    const struct pools6 *p, const struct leases6 *leases, const struct pxe_ip6 *ip);
/* A fixed address of some host? */
bool pool6_is_fixed(const struct pools6 *p, const struct pxe_ip6 *ip);
