/* SPDX-License-Identifier: BSD-2-Clause */
/* offer.h -- addresses promised to a client that has not asked for them yet.
 *
 * An offer holds a free lease for OFFER_HOLD_S (RFC 2131 3.1 step 2: not to be offered to another
 * client meanwhile), in memory only: a restart forgets it, as with ISC. It also carries a DISCOVER
 * that waits for a probe's answer. Their number is limited; past OFFERS_MAX the oldest one goes,
 * whose client most likely took another server's offer. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/core/lease.h"

enum {
	OFFER_HOLD_S = 120,
	OFFERS_MAX = 65536,      /* outstanding at a time */
	OFFERS_CLIENT_MAX = 4,   /* of one client: it asks for other addresses, on other links */
	OFFER_PROBES_MAX = 4096, /* of those, waiting for a probe */
	OFFER_PACKET_MAX = 1500  /* longest DISCOVER kept while its address is probed */
};

struct client_key; /* client.h */

struct offer {
	struct pxe_link age; /* oldest first */
	struct pxe_hnode by_client;
	struct lease *lease;
	int64_t until_us; /* monotonic */
	int64_t began_us; /* the first DISCOVER with this xid */
	struct pxe_hwaddr hw;
	uint32_t xid;         /* of the DISCOVER answered last */
	bool probing, probed; /* a probe is out; a probe found nobody */
	void *packet;         /* with probing: what to go on with, owned */
	uint8_t uid_len;
	uint8_t uid[];
};

struct offers {
	struct leases *leases;
	struct pxe_hmap by_client;
	struct pxe_link age;
	size_t count, probing;
};

void offers_init(struct offers *o, struct leases *leases);
void offers_fini(struct offers *o);

/* Offers of a client: start with prev NULL. */
struct offer *offer_of_client(
    const struct offers *o, const struct client_key *key, const struct offer *prev);
bool offer_is_for(const struct offer *f, const struct client_key *key);
/* Promise l, which is free and not on offer to another, to the client until OFFER_HOLD_S from now;
 * an earlier promise of it is prolonged. The oldest of too many promises to the client is void, or
 * it could hold a whole pool by asking for each address in turn. NULL: out of memory. */
struct offer *offer_make(
    struct offers *o, struct lease *l, const struct client_key *key, uint32_t xid, int64_t mono_us);
/* Withdraw it. */
void offer_drop(struct offers *o, struct offer *f);
/* Withdraw every offer whose time is over, remembering for whom a new address was meant. */
void offers_lapse(struct offers *o, int64_t mono_us, int64_t now_s);
/* When the next one lapses (monotonic), INT64_MAX when none is out. */
int64_t offers_next_us(const struct offers *o);
/* Keep packet (from malloc, owned from now on) until the probe's answer; the offer is then probing.
 * PXE_E_LIMIT when too many are: the packet stays the caller's. */
int offer_wait(struct offers *o, struct offer *f, void *packet);
/* The probe is over: hands the packet back, to be freed by the caller. */
void *offer_go_on(struct offers *o, struct offer *f);
