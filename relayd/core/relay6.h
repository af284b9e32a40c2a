/* SPDX-License-Identifier: BSD-2-Clause */
/* relay6.h -- one DHCPv6 datagram in, what to send where out, or why not (RFC 8415 19).
 *
 * Beside relay.h, not woven into it: a DHCPv6 relay wraps messages and never changes them, so the
 * original goes out as it stands behind a head that is made here, and on the way back a slice of
 * the datagram goes out. Clients and relays below are on the lower links, servers and relays above
 * on the upper ones; an interface may be both. Also RFC 4580 (subscriber-id), 4649 (remote-id),
 * 6939 (client's link-layer address), 7283 (unknown types), 8357 (source port). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/event.h"
#include "libpxecommon/proto/dhcp6_msg.h"
#include "relayd/core/health.h"

enum {
	RELAY6_NAME_MAX = 16,
	RELAY6_ID_MAX = 128,
	RELAY6_HEAD_MAX = 600,
	RELAY6_UPPERS_MAX = 64,
	RELAY6_LABEL_MAX = PXE_IP_STRLEN + RELAY6_NAME_MAX
};

struct relay6_stats {
	uint64_t received, relayed, dropped;
};

/* A link that clients are on. */
struct relay6_lower {
	unsigned ifindex; /* 0 while the interface does not exist */
	char name[RELAY6_NAME_MAX];
	struct pxe_ip6
	    link; /* tells the servers which link it is; :: when it has no such address */
	uint8_t id[RELAY6_ID_MAX]; /* interface-id */
	uint16_t id_len;
	uint8_t remote_id[RELAY6_ID_MAX], subscriber_id[RELAY6_ID_MAX];
	uint16_t remote_id_len, subscriber_id_len; /* 0: not sent */
	struct relay6_stats stats;
};

/* Where requests go. */
struct relay6_upper {
	unsigned ifindex; /* 0 while the interface does not exist */
	char name[RELAY6_NAME_MAX];
	struct pxe_ip6 to;            /* a server, or a group of them */
	char label[RELAY6_LABEL_MAX]; /* ADDRESS%INTERFACE, for hashing and for the log */
	struct health health;
};

struct relay6_conf {
	uint16_t server_port, client_port; /* 547 and 546 unless moved by a flag */
	unsigned hops_max;                 /* Relay-forwards with this hop count are dropped */
	bool interface_id;   /* always send it (-I); else where replies could not be told apart */
	uint32_t enterprise; /* of the remote-id (RFC 4649) */
	bool relay_port;     /* requests leave from another port (RFC 8357) */
	struct servers_conf servers; /* which of the upper links get a request */
};

/* What lower links are looked up by. */
enum relay6_key { RELAY6_BY_IFINDEX, RELAY6_BY_ID, RELAY6_BY_LINK, RELAY6_KEYS };

/* Plain arrays, filled in by the shell and then sealed. */
struct relay6 {
	struct relay6_conf conf;
	struct relay6_lower *lower;
	size_t nlower;
	struct relay6_upper *upper;
	size_t nupper;
	struct pxe_hash_seed seed;
	struct exchanges pending;
	uint32_t *place; /* of relay6_seal: numbers of the lower links in the order of each key */
};

struct relay6_in {
	const uint8_t *pkt;
	size_t len;
	struct pxe_ip6 from;
	uint16_t from_port;
	unsigned ifindex;
	int64_t now_us;            /* monotonic */
	struct pxe_hwaddr from_hw; /* link-layer source for option 79, len 0: not to be told */
};

enum relay6_dir { RELAY6_DROP, RELAY6_UP, RELAY6_DOWN };

struct relay6_out {
	enum relay6_dir dir;
	enum pxe_reason reason; /* OK unless dropped */
	const char *detail; /* a clause for a person, static; NULL when the reason says it all */
	bool going_down;    /* which way it was taken to go, also when dropped */
	uint8_t type;       /* of the message relayed: what is inside, on the way down */
	uint32_t xid;
	struct relay6_lower *lower; /* NULL when not known */
	/* DOWN: the one that answers, as far as that can be told, else the one whose interface it
	 * came in on. */
	struct relay6_upper *upper;
	bool revived; /* DOWN: that one had been taken for dead */
	/* The client's own message inside all relays' (read whenever there is one): type,
	 * transaction and client identifier, p NULL without. */
	uint8_t client_type;
	uint32_t client_xid;
	struct pxe_bytes client_id;

	/* What to send: head (UP only), then body, a slice of the datagram. UP goes to these upper
	 * links, and the caller reports each with relay6_sent; DOWN to this address on the lower
	 * one.
	 */
	size_t nup;
	uint8_t up[RELAY6_UPPERS_MAX];
	uint8_t head[RELAY6_HEAD_MAX];
	size_t head_len;
	struct pxe_bytes body;
	struct pxe_ip6 to;
	uint16_t to_port;
};

/* The request in out went up link i, or could not be sent (err not 0). */
void relay6_sent(struct relay6 *r, const struct relay6_out *out, size_t i, int64_t now_us, int err);
/* The next upper link from *cursor on that has just gone silent for too long: marked dead and
 * returned, once; NULL when there is none. */
struct relay6_upper *relay6_next_silent(struct relay6 *r, int64_t now_us, size_t *cursor);

/* Make the look-ups for what the lower links are now; to be done again whenever one of their keys
 * or their number has changed, before the next packet. 0, or -ENOMEM and the old ones stay, which
 * is safe as long as there are not fewer links. */
int relay6_seal(struct relay6 *r);
void relay6_unseal(struct relay6 *r); /* free them; NULL inside ok */

/* The link, NULL when there is none; the first one declared where several have the same. No link is
 * found by "::". r is sealed. */
struct relay6_lower *relay6_lower_by_ifindex(const struct relay6 *r, unsigned ifindex);
struct relay6_lower *relay6_lower_by_id(const struct relay6 *r, struct pxe_bytes id);
struct relay6_lower *relay6_lower_by_link(const struct relay6 *r, const struct pxe_ip6 *link);

/* Decide what becomes of one datagram. Fills in all of *out but head past head_len; body, client_id
 * and the links are borrowed from in and r, which is sealed. Ends in exactly one of the three
 * directions. */
void relay6_packet(struct relay6 *r, const struct relay6_in *in, struct relay6_out *out);
