/* SPDX-License-Identifier: BSD-2-Clause */
/* lease.h -- the lease table: who holds which address, and until when.
 *
 * An address that was never given to anybody has no record and costs nothing. A record is found by
 * address, client identifier and link-layer address in constant time. One heap node serves both
 * orders that are ever asked for, because a lease is in one of them at a time: bound and abandoned
 * leases stand in the table's heap by the time they end, free ones in the heap of their pool by the
 * time they became free, which is the order in which they are given out again. Owns the state of
 * leases; pool.h owns which one is chosen. Pure.
 *
 * Durability: each change that must survive a crash raises `version`; `durable` is the version
 * known to be on disk. A lease with version != durable may not be answered from memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/core/lease_text.h"
#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/hash.h"
#include "libpxecommon/base/heap.h"
#include "libpxecommon/base/list.h"

struct offer;
struct lease_data; /* what varies in size: hardware and client identifiers, names, texts */

enum { LEASE_POOL_NONE = UINT32_MAX };
enum { LEASE_BLOCK = 256 };

/* Fields are read by all of the core and written by lease.c only. Times are wall clock seconds; 0
 * is not set, UINT32_MAX never (good until 2106). */
struct lease {
	struct pxe_hnode by_ip;
	union {
		struct pxe_hnode by_uid;
		struct pxe_link abandoned; /* in its shelf; such a lease belongs to nobody */
	};
	struct pxe_hnode by_hw;
	struct pxe_heap_node when;
	struct lease_data *data; /* NULL: nothing known */
	struct offer *offer;     /* outstanding offer, or NULL; offer.h */
	struct pxe_ip4 ip;
	uint32_t pool; /* shelf, or LEASE_POOL_NONE: in no pool, cannot be given out */
	uint32_t starts, ends, cltt, tstp;
	uint32_t version, durable;
	uint32_t billing; /* billing index + 1 of the class it counts for, 0: none */
	uint8_t state;    /* enum lease_state: FREE, ACTIVE or ABANDONED */
	bool reserved, bootp;
	bool has_uid, has_hw; /* linked in those indexes */
};

/* What the table knows of one pool. */
struct lease_shelf {
	/* blank ones by address, then by the time they became free; reserved ones are not in it */
	struct pxe_heap free;
	struct pxe_link abandoned; /* oldest first */
	size_t nfree, nactive, nabandoned;
	size_t noffered; /* free ones that are on offer: not in the heap */
};

struct leases {
	struct pxe_hash_seed seed;
	struct pxe_hmap by_ip, by_uid, by_hw;
	struct pxe_heap expiry;
	struct lease_shelf *shelf;
	size_t nshelf;
	uint32_t *billed; /* bound leases by billing index, for lease limits */
	size_t nbilled;
	/* in order of first use, an order that stays while leases come; LEASE_BLOCK of them lie
	 * together, which saves the allocator's share of each */
	struct lease **block;
	size_t count, nblock;
	size_t text_bytes; /* in lease_data, for memory reports */
};

/* Which pool is address ip in? LEASE_POOL_NONE for none. */
typedef uint32_t (*lease_pool_fn)(void *arg, struct pxe_ip4 ip);

void leases_init(struct leases *t, const struct pxe_hash_seed *seed);
void leases_fini(struct leases *t);
/* Sort all leases into npool pools anew (a new configuration). 0 or -ENOMEM, then nothing changed.
 */
int leases_shelve(struct leases *t, size_t npool, lease_pool_fn pool_of, void *arg);

/* Count bound leases by billing index 0..n-1 from now on, and by higher ones as they come;
 * billing_of says anew what a lease that counted for something counts for (index + 1, 0: nothing).
 * 0 or -ENOMEM, then nothing changed. */
int leases_bill(struct leases *t, size_t n,
    uint32_t (*billing_of)(void *arg, const struct lease *l), void *arg);

/* ---- finding ---- */

struct lease *lease_find(const struct leases *t, struct pxe_ip4 ip); /* NULL: never used */
/* Leases of a client, in no particular order: start with prev NULL. */
struct lease *lease_by_uid(const struct leases *t, struct pxe_bytes uid, const struct lease *prev);
struct lease *lease_by_hw(
    const struct leases *t, const struct pxe_hwaddr *hw, const struct lease *prev);
/* All leases in order of first use: *cursor 0 to start, NULL past the end. A walk may be spread
 * over time: leases are never removed, and new ones come at the end. */
struct lease *lease_walk(const struct leases *t, size_t *cursor);
/* The one that ends first, when that is at or before now_s; NULL otherwise. */
struct lease *lease_due(const struct leases *t, int64_t now_s);
/* Second in which the next lease ends, INT64_MAX when none does. */
int64_t lease_next_end(const struct leases *t);
/* First to give out again: longest free, longest abandoned; NULL: none. */
struct lease *lease_oldest_free(const struct leases *t, uint32_t pool);
struct lease *lease_oldest_abandoned(const struct leases *t, uint32_t pool);

/* ---- what is known of a lease ---- */

/* Borrowed until the lease changes. rec->next and rewind are what ISC writes. */
void lease_view(const struct lease *l, struct lease_rec *out);
struct pxe_hwaddr lease_hw(const struct lease *l);
struct pxe_bytes lease_uid(const struct lease *l);
struct pxe_bytes lease_hostname(const struct lease *l);
struct pxe_bytes lease_agent(const struct lease *l);
struct pxe_bytes lease_vars(const struct lease *l);
struct pxe_bytes lease_tail(const struct lease *l);
static inline int64_t lease_time(uint32_t t)
{
	return t == UINT32_MAX ? LEASE_NEVER : (int64_t)t;
}
/* Looked at, but never held by or promised to anybody: given out before all other free ones. */
static inline bool lease_is_blank(const struct lease *l)
{
	return l->state == LEASE_FREE && l->data == NULL && l->ends == 0;
}
static inline bool lease_is_durable(const struct lease *l)
{
	return l->version == l->durable;
}

/* ---- changes; each keeps all indexes, heaps and counts in step ---- */

/* A blank record for an address that has none. NULL: out of memory. */
struct lease *lease_new(struct leases *t, struct pxe_ip4 ip, uint32_t pool);
/* Take a record as read from disk, replacing what the table holds for its address; durable. States
 * that only failover gives a meaning become FREE. 0 or -ENOMEM. */
int lease_load(struct leases *t, const struct lease_rec *rec, uint32_t pool, uint32_t billing);
/* Bind or prolong. rec holds everything but ip and state, which becomes ACTIVE. 0 or -ENOMEM, then
 * the lease is as it was. */
int lease_bind(struct leases *t, struct lease *l, const struct lease_rec *rec, uint32_t billing);
/* Free again at now_s (given back), or at its end (expired, now_s >= ends). Keeps the client's
 * identifiers and variables, so that it can have the address again; forgets its host name, agent
 * options and billing, as ISC does. */
void lease_free(struct leases *t, struct lease *l, int64_t now_s);
/* Not to be used until ends_s: the address answered a probe or was declined. Forgets the client. */
void lease_abandon(struct leases *t, struct lease *l, int64_t now_s, int64_t ends_s);
/* An abandoned lease made free for want of others. */
void lease_reclaim(struct leases *t, struct lease *l, int64_t now_s);
/* The client made itself known to be there at now_s; only in memory. */
void lease_touch(struct lease *l, int64_t now_s);
/* Attach or detach an offer; a free lease on offer stands in no heap. For offer.c. */
void lease_set_offer(struct leases *t, struct lease *l, struct offer *offer);
/* Whom a free lease that never had a client was offered to, for the next time; in memory only. */
void lease_remember(struct leases *t, struct lease *l, const struct pxe_hwaddr *hw,
    struct pxe_bytes uid, int64_t now_s);
/* The wall clock was set by delta_s at what was old_now_s: every lease keeps the time it has left.
 * One from after old_now_s, and a second for what whole seconds cut off, stays as it is: it was
 * written when the clock was right. Linear; the records on disk are out of date afterwards. */
void leases_shift(struct leases *t, int64_t old_now_s, int64_t delta_s);
/* version of l is on disk. */
void lease_set_durable(struct lease *l, uint32_t version);
