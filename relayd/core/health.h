/* SPDX-License-Identifier: BSD-2-Clause */
/* health.h -- which servers live, which of them gets a client, and what round trips take.
 *
 * The same for servers of both families. Health is learned from real answers, never from pings: a
 * server that has been asked something it would answer and has said nothing for dead_after is taken
 * for dead until it answers again. A dead one still gets a copy of a request now and then, which is
 * how it comes back. Times are monotonic microseconds. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/buf.h"
#include "libpxecommon/base/hash.h"

enum servers_policy {
	SERVERS_ALL,        /* every server gets every request, as dhcrelay does */
	SERVERS_HASH,       /* one by the client's identity; a dead one's clients move, no others */
	SERVERS_FIRST_ALIVE /* the first in the list that lives */
};

struct servers_conf {
	enum servers_policy policy;
	int64_t dead_after_us; /* 0: never taken for dead */
	int64_t retry_us;      /* a dead one is tried this often */
};

struct health {
	bool is_dead;
	int64_t waiting_us; /* since when an answer is owed, 0: none is */
	int64_t last_try_us, last_answer_us;
	int64_t rtt_us; /* of the last answer that could be matched, 0 before */
	uint64_t sent, failed, answers;
};

/* A datagram went to it, or could not be sent (err not 0). */
void health_sent(struct health *h, int64_t now_us, int err);
/* An answer is owed from now on. */
void health_owes(struct health *h, int64_t now_us);
/* It has answered, rtt_us after being asked (0: not known). True when it had been dead. */
bool health_answered(struct health *h, int64_t now_us, int64_t rtt_us);
/* A dead one that may have a copy of a request now. */
bool health_is_due(const struct health *h, const struct servers_conf *conf, int64_t now_us);
/* True, once, when it has just been silent for too long: it is dead then. */
bool health_went_silent(struct health *h, const struct servers_conf *conf, int64_t now_us);

/* Choice of the one server for a client among those offered in turn: living ones before dead ones;
 * among those, under HASH, the highest random weight of client and name, so that a server's death
 * moves only the clients that had it first, else the first offered. The hash has no secret: a
 * client must keep its server when the relay starts anew, and beside another relay. */
struct choice {
	bool by_weight;  /* else the first */
	uint64_t client; /* choice_client of who asks */
	int best;        /* -1 while none was offered */
	bool is_dead;    /* of the best */
	uint64_t weight;
};

uint64_t choice_client(struct pxe_bytes id);
struct choice choice_begin(enum servers_policy policy, uint64_t client);
void choice_offer(struct choice *c, int i, const struct health *h, const char *name);

enum { EXCHANGES = 1024, EXCHANGE_PORT_US = 60000000 /* how long a client's own port is kept */ };

/* A request under way. The table forgets: what is lost is a round trip time. */
struct exchange {
	uint64_t key; /* 0: free */
	int64_t sent_us;
	uint16_t client_port; /* where the client waits, 0: where clients do */
};

struct exchanges {
	struct exchange v[EXCHANGES];
};

/* What request and answer have in common, as a key; never 0. */
uint64_t exchange_key(const struct pxe_hash_seed *seed, uint32_t xid, struct pxe_bytes client);
void exchange_begin(struct exchanges *xs, uint64_t key, int64_t now_us, uint16_t client_port);
/* NULL when it is not known (any more). */
const struct exchange *exchange_find(const struct exchanges *xs, uint64_t key);
