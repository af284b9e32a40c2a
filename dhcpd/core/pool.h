/* SPDX-License-Identifier: BSD-2-Clause */
/* pool.h -- choose an address for a client.
 *
 * Owns the order in which addresses are tried; lease.h owns their state. The order is ISC's: the
 * address asked for, the client's previous one by client identifier, then by link-layer address,
 * then, of the pools that permit the client, the first one's lowest address that was never used;
 * when none has any, the one free for longest in any of them; abandoned ones only when no pool has
 * any other, not even one on offer. Each step takes constant time: what lies below a range's cursor
 * has a record, and records of free leases stand in a heap.
 *
 * One thing is not ISC's: an address that a host declaration fixes is never given to anybody else,
 * even inside a range (ISC warns of it and may assign it twice). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/conf/model.h"
#include "dhcpd/core/class.h"
#include "dhcpd/core/client.h"
#include "dhcpd/core/offer.h"

struct pool_range {
	struct pxe_ip4 lo, hi;
	uint64_t cursor; /* every address below has a record or is reserved; hi + 1 when used up */
	const struct range4 *decl;
};

struct pool_state {
	const struct pool *pool;
	struct pool_range *range; /* ascending */
	size_t nrange;
	uint64_t total; /* addresses */
	/* log-threshold-high was reached and said; taken back at so many in use */
	bool over_threshold;
	bool exhausted; /* of the network's first pool: said that the network has no free lease */
	uint64_t low_threshold;
};

/* The pools of one configuration, by pool id. */
struct pools {
	const struct conf *conf;
	struct pool_state *v;
	size_t n;
};

/* Who asks, and for what. Borrowed for the call. */
struct pool_ask {
	struct pools *pools;
	struct leases *leases;
	struct offers *offers;
	const struct network *net;
	const struct client_key *key;
	const struct class_set *classes;
	bool known; /* has a host declaration */
	bool bootp; /* a BOOTP client: only where dynamic bootp is allowed */
	int64_t now_s;
};

/* Build from conf, which must outlive it. 0 or -ENOMEM. */
int pools_init(struct pools *p, const struct conf *conf);
void pools_fini(struct pools *p);
/* lease_pool_fn over a struct pools: the pool an address can be given out from. */
uint32_t pools_of(void *pools, struct pxe_ip4 ip);

/* May this client have addresses of a pool (permit lists)? */
bool pool_permits(const struct pool *pool, const struct range4 *range, const struct pool_ask *ask);
/* May the client be given this very address now? 0 with *out_lease, a record made for it if need
 * be; PXE_E_NOTFOUND (in no pool of the network), PXE_E_DENIED (not for this client), PXE_E_EXISTS
 * (somebody else's, or abandoned), -ENOMEM. */
int pool_take(const struct pool_ask *ask, struct pxe_ip4 ip, struct lease **out_lease);
/* The lease the client holds or held last on this network and may have again: by identifier first;
 * NULL: none. */
struct lease *pool_previous(const struct pool_ask *ask);
/* A lease the client holds on this network in a pool that does not permit it (any more); NULL:
 * none.
 */
struct lease *pool_forbidden(const struct pool_ask *ask);
/* An outstanding offer to the client on this network that may still be honoured; NULL: none. */
struct lease *pool_offered(const struct pool_ask *ask);
/* Any address. 0; PXE_E_DENIED (no pool permits the client), PXE_E_FULL, -ENOMEM.
 * *out_reclaimed says that the address had been abandoned. */
int pool_pick(const struct pool_ask *ask, struct lease **out_lease, bool *out_reclaimed);

/* "pool 10.0.0.50-60: 11 of 11 in use" of the network's pools into buf, for a person. */
char *pool_usage_text(const struct pool_ask *ask, char *buf, size_t cap);
/* Is it news that the network has no free lease, or (full false) that it has some again? A network
 * has some again once a tenth is free. */
bool pool_turns(const struct pool_ask *ask, bool full);
/* Addresses in use (bound, abandoned or on offer) of a pool. */
uint64_t pool_used(const struct pools *p, const struct leases *leases, unsigned id);
