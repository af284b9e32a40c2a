/* SPDX-License-Identifier: BSD-2-Clause */
/* lease6.h -- the lease table of DHCPv6: which identity association holds which addresses.
 *
 * An IA is found by its kind, IAID and DUID, an address or prefix by its value, both in constant
 * time. The IA is the unit of durability, as it is an entry of the lease file: each change that
 * must survive a crash raises its version. One heap orders all leases by when something is to be
 * done about them: an offer lapses, a bound lease ends, an ended one is forgotten LEASE6_KEEP_S
 * later (until then the client can have it again). What is abandoned stays so, as with ISC. Owns
 * the state of leases; v6/pool6.h owns which one is chosen. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/core/lease_text.h"
#include "libpxecommon/base/hash.h"
#include "libpxecommon/base/heap.h"

enum {
	LEASE6_OFFER_S = 120, /* an offer holds its address */
	LEASE6_KEEP_S = 3600, /* an ended lease is remembered, as with ISC */
	LEASE6_OFFERS_MAX = 65536,
	LEASE6_MAX = 8 << 20 /* addresses and prefixes in all: some 2 GiB of memory */
};

#define LEASE6_SHELF_NONE UINT32_MAX

struct ia6 {
	struct pxe_hnode by_key;
	struct pxe_hnode by_client; /* in use when the table is_indexed */
	struct lease6 *first;       /* by next */
	uint32_t index;             /* in the table; names it in FX_COMMIT */
	uint32_t iaid;
	uint32_t cltt; /* wall clock seconds */
	uint32_t version, durable;
	uint8_t kind; /* enum lease6_kind */
	uint8_t duid_len;
	uint8_t duid[];
};

struct bill6; /* lease6_bill.c */

/* Variable of a lease: the class that it counts for, see billing6.c. */
#define LEASE6_BILLING "billing-class"

/* Statements kept with a lease. */
struct lease6_extra {
	struct bill6 *bill; /* what it counts for; NULL: nothing */
	uint32_t vars_len, tail_len;
	char text[];
};

/* Read by all of the core, written by lease6.c and lease6_ia.c only. */
struct lease6 {
	struct pxe_hnode by_ip;
	struct pxe_heap_node when;
	struct lease6 *next;
	struct ia6 *ia;
	struct lease6_extra *extra; /* NULL: none */
	struct pxe_ip6 ip;
	uint32_t preferred_s, valid_s;
	uint32_t ends;  /* wall clock seconds; UINT32_MAX never */
	uint32_t shelf; /* LEASE6_SHELF_NONE: in no range */
	uint8_t len;    /* 128 for an address */
	uint8_t
	    state; /* enum lease_state: FREE is on offer, ACTIVE, EXPIRED, RELEASED, ABANDONED */
};

struct lease6_shelf {
	uint64_t nactive, nabandoned, noffered, nended;
};

struct leases6 {
	struct pxe_hash_seed seed;
	struct pxe_hmap by_key, by_ip;
	struct pxe_hmap by_client; /* empty until ia6_by_client() is called first */
	bool is_indexed;
	struct pxe_heap heap;
	struct lease6_shelf *shelf;
	size_t nshelf;
	struct ia6 **ia; /* by index; NULL: free slot */
	size_t nia, cap;
	uint32_t *spare; /* free slots */
	size_t nspare, spare_cap;
	size_t count, offers;  /* leases; of those, on offer */
	struct pxe_hmap bills; /* lease6_bill.c */
	/* lease6_cover.c */
	uint64_t in_use[129];  /* prefixes bound or on offer, by length */
	uint64_t cover_len[3]; /* bits: lengths for which cover is kept */
	struct pxe_hmap cover; /* prefixes of those lengths with longer ones in use inside */
	bool cover_lost;       /* there was no memory: all count as covered */
};

/* Which shelf is an address or prefix on? */
typedef uint32_t (*lease6_shelf_fn)(
    void *arg, enum lease6_kind kind, const struct pxe_ip6 *ip, uint8_t len);

void leases6_init(struct leases6 *t, const struct pxe_hash_seed *seed);
void leases6_fini(struct leases6 *t);
/* Sort all leases onto n shelves anew; prefix_len: a bit for each length of prefix that is given
 * out by now. 0 or -ENOMEM, then nothing changed. */
int leases6_shelve(
    struct leases6 *t, size_t n, const uint64_t prefix_len[3], lease6_shelf_fn shelf_of, void *arg);

/* ---- finding ---- */

struct ia6 *ia6_find(
    const struct leases6 *t, enum lease6_kind kind, uint32_t iaid, struct pxe_bytes duid);
/* The IAs of a client, of all kinds: after NULL the first, then the next; NULL past the end. The
 * first call ever goes through all IAs, some 0.2 s for a million; without memory for that there are
 * none. */
struct ia6 *ia6_by_client(struct leases6 *t, struct pxe_bytes duid, const struct ia6 *after);
/* By the number that FX_COMMIT carries; NULL: forgotten. */
struct ia6 *ia6_at(const struct leases6 *t, uint32_t index);
struct lease6 *lease6_find(const struct leases6 *t, const struct pxe_ip6 *ip, uint8_t len);
/* All IAs, *cursor 0 to start; NULL past the end. A walk may be spread over time. */
struct ia6 *ia6_walk(const struct leases6 *t, size_t *cursor);
/* What is due at now_s, first the earliest; NULL: nothing. */
struct lease6 *lease6_due(const struct leases6 *t, int64_t now_s);
/* Second of the next one, INT64_MAX for none. */
int64_t lease6_next_due(const struct leases6 *t);
struct pxe_bytes lease6_vars(const struct lease6 *l);
struct pxe_bytes lease6_tail(const struct lease6 *l);
/* Is there anything of the IA in the lease file? An offer alone is not. */
bool ia6_is_written(const struct ia6 *ia);
/* Borrowed until the IA changes; what is on offer is left out. */
void ia6_view(const struct ia6 *ia, struct ia6_rec *out);

/* ---- changes ---- */

/* The IA, made when it is new. NULL: out of memory, or a DUID longer than LEASE6_DUID_MAX. */
struct ia6 *ia6_get(struct leases6 *t, enum lease6_kind kind, uint32_t iaid, struct pxe_bytes duid);
/* Forget an IA that has no lease and nothing on its way to the disk; else nothing happens. */
void ia6_tidy(struct leases6 *t, struct ia6 *ia);

/* What becomes of a lease; ip, len and lifetimes count, and vars and tail when it is bound. */
struct lease6_give {
	struct pxe_ip6 ip;
	uint8_t len;
	uint32_t shelf;
	uint32_t preferred_s, valid_s;
	struct pxe_bytes vars, tail;
};

/* Hold for ia until LEASE6_OFFER_S from now what is nobody's; in memory only. A lease that ended
 * and belonged to another is taken from it. 0, -ENOMEM, PXE_E_LIMIT (too many) or PXE_E_EXISTS. */
int lease6_offer(struct leases6 *t, struct ia6 *ia, const struct lease6_give *give, int64_t now_s);
/* Bind or prolong. 0, -ENOMEM, PXE_E_LIMIT, PXE_E_EXISTS (somebody else's); on failure nothing has
 * changed. Raises the IA's version. */
int lease6_bind(struct leases6 *t, struct ia6 *ia, const struct lease6_give *give, int64_t now_s);
/* Expired or released at now_s. Raises the version. */
void lease6_end(struct leases6 *t, struct lease6 *l, enum lease_state state, int64_t now_s);
/* Declined: nobody's for good. Raises the version. */
void lease6_abandon(struct leases6 *t, struct lease6 *l, int64_t now_s);
/* The wall clock was set by delta_s at what was old_now_s: every lease keeps the time it has left.
 * As leases_shift(). */
void leases6_shift(struct leases6 *t, int64_t old_now_s, int64_t delta_s);
/* Forget it: an offer that lapsed, an ended lease. */
void lease6_drop(struct leases6 *t, struct lease6 *l);
/* Take an entry of the lease file, in place of what the table holds of its IA. 0 or -ENOMEM;
 * *out_inside: all its leases have a shelf. */
int lease6_load(struct leases6 *t, const struct ia6_rec *rec, lease6_shelf_fn shelf_of, void *arg,
    int64_t now_s, bool *out_inside);
/* Is a shorter prefix around this one in use, or a longer one inside it? Several prefix6 statements
 * may share a space, and a reload leaves the leases of those that are gone. */
bool lease6_overlaps(const struct leases6 *t, const struct pxe_ip6 *ip, uint8_t len);
/* Bound leases that count for the class whose name, as the lease file has it, this is. */
uint32_t lease6_billed(const struct leases6 *t, struct pxe_bytes name);
/* Private to lease6.c: what the variables say that a lease counts for, held until lease6_unbill();
 * NULL: nothing. 0 or -ENOMEM. */
int lease6_bill(struct leases6 *t, struct pxe_bytes vars, struct bill6 **out);
void lease6_unbill(struct leases6 *t, struct bill6 *b); /* NULL ok */
void lease6_bill_count(struct bill6 *b, int by);
/* Private to lease6.c: a lease of that state comes (1) or goes (-1); start counting anew. */
void lease6_cover(struct leases6 *t, const struct lease6 *l, int by);
void lease6_cover_reset(struct leases6 *t, const uint64_t len[3]);
/* May ia have this one: is it nobody's, on offer to ia, its own, or ended? */
bool lease6_is_open_to(const struct lease6 *l, const struct ia6 *ia);
