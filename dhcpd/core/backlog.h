/* SPDX-License-Identifier: BSD-2-Clause */
/* backlog.h -- messages that wait while there is more work than time.
 *
 * A DHCPDISCOVER opens new work, every other message brings begun work to its end. So the shell
 * answers the others at once and lets the DISCOVERs through here: of each source (a relay, or a
 * link of our own) in turn one, so that a flood from one does not starve the others. A repeat of
 * what waits already takes its place. When all room is taken the source that has most of it loses
 * its oldest, whose client has asked again meanwhile. Pure; constant time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/core/core.h"
#include "libpxecommon/base/hash.h"
#include "libpxecommon/base/list.h"

enum {
	BACKLOG_MAX = 16384,      /* messages that wait */
	BACKLOG_STALE_S = 4,      /* as old as this its client repeats it (RFC 2131 4.1) */
	BACKLOG_PACKET_MAX = 1500 /* longer ones do not wait */
};

/* A message that waited: in.data points into data[]. */
struct backlog_item {
	struct pxe_link link;
	struct pxe_hnode by_client;
	struct backlog_source *source;
	uint64_t client;
	int64_t since_us;
	struct core_in in;
	uint8_t data[];
};

/* A message is left out: DUPLICATE, or OVERLOAD. in is good during the call. */
typedef void (*backlog_lost_fn)(void *arg, const struct core_in *in, enum pxe_reason reason);

struct backlog {
	struct pxe_hash_seed seed;
	backlog_lost_fn lost; /* NULL: nobody wants to know */
	void *arg;
	struct pxe_hmap by_client, by_source;
	struct pxe_link turn; /* sources that have messages; the first one is next */
	size_t count, nsource, max;
	uint64_t repeats, crowded, stale; /* left out because of each */
};

/* What can be seen of a message without parsing it; nothing when it is too short. */
struct backlog_look {
	uint8_t type; /* option 53, 0: none */
	uint32_t xid, giaddr;
	const uint8_t *hw; /* hlen bytes of chaddr */
	uint8_t hw_len;
	const uint8_t *circuit; /* suboption 82.1, NULL: none */
	uint8_t circuit_len;
};

/* False for what is no BOOTP message with options. */
bool backlog_look(const uint8_t *p, size_t len, struct backlog_look *out);

/* max: 0 for BACKLOG_MAX. */
void backlog_init(struct backlog *b, const struct pxe_hash_seed *seed, size_t max);
/* What waits is left out without a word. */
void backlog_fini(struct backlog *b);
/* Let a message wait; it is copied. False when it cannot (too long, no memory): the caller deals
 * with it now. */
bool backlog_add(
    struct backlog *b, const struct core_in *in, const struct backlog_look *look, int64_t mono_us);
/* The next one, to be freed by the caller with free(); NULL: none. Stale ones are left out. */
struct backlog_item *backlog_take(struct backlog *b, int64_t mono_us);
