/* SPDX-License-Identifier: BSD-2-Clause */
/* relay.h -- one datagram in, what to send where out, or why not.
 *
 * The whole of what a DHCPv4 relay decides (RFC 951, 1542 4, 2131, 3046, 3527, 5107, 8357), without
 * a socket, a clock or a log. The message is changed in place, in the buffer it was received into.
 * Requests go from the ports of the clients' side to the servers, replies from the ports of the
 * servers' side to the client; a port may be of both sides.
 */
#pragma once

#include "libpxecommon/base/clock.h"
#include "libpxecommon/base/event.h"
#include "libpxecommon/proto/dhcp_dest.h"
#include "relayd/core/dedup.h"
#include "relayd/core/packet.h"
#include "relayd/core/ports.h"
#include "relayd/core/server.h"

/* What happens to a request that carries option 82 already (dhcrelay -m). */
enum relay_policy {
	/* Nothing was said, so RFC 3046 2.1.1 is followed: another relay's packet passes as it is,
	 * one without giaddr is dropped unless its port is trusted. */
	RELAY_POLICY_STANDARD,
	RELAY_POLICY_APPEND,  /* ours goes behind theirs */
	RELAY_POLICY_REPLACE, /* ours instead of theirs */
	RELAY_POLICY_FORWARD, /* theirs stays, ours is not added */
	RELAY_POLICY_DISCARD  /* dropped */
};

struct relay_conf {
	uint16_t server_port, client_port; /* 67 and 68 unless moved by a flag */
	unsigned hops_max;                 /* requests with this many hops are dropped */
	bool agent;                        /* add option 82, and strip it from replies (-a) */
	bool drop_mismatch;                /* drop replies whose option 82 is not ours (-D) */
	enum relay_policy policy;
	size_t agent_max;            /* longest message that option 82 may make (-A) */
	bool server_id_override;     /* tell the server how the request came (RFC 5010, 5107) */
	struct pxe_ip4 reply_giaddr; /* giaddr the client is shown (-g); 0: unchanged */
};

struct relay {
	struct relay_conf conf;
	struct ports ports;
	struct servers servers;
	struct dedup dedup;
	/* Work space of the reply's destination; too large for every stack. */
	struct pxe_dhcp_msg view;
};

struct relay_in {
	uint8_t *pkt; /* cap bytes, of which the datagram fills len */
	size_t len, cap;
	struct pxe_ip4 from, to;
	uint16_t from_port;
	bool on_boot_port; /* it came to the boot servers' port (PXE 2.1: 4011) */
	unsigned ifindex;
};

enum relay_dir { RELAY_DROP, RELAY_TO_SERVERS, RELAY_TO_CLIENT };

/* What was done about option 82, for the log. */
enum relay_agent {
	RELAY_AGENT_NONE,
	RELAY_AGENT_ADDED,
	RELAY_AGENT_REPLACED,
	RELAY_AGENT_OMITTED, /* no room */
	RELAY_AGENT_STRIPPED
};

struct relay_out {
	enum relay_dir dir;
	enum pxe_reason reason; /* OK unless dropped */
	const char *detail;    /* a clause for a person, static; NULL when the reason says it all */
	struct port *in, *out; /* out: where the client is; NULL when not known */
	struct packet pk;      /* the message as it is to be sent; pk.p NULL when malformed */
	enum relay_agent agent;
	bool on_boot_port;  /* it goes to, or is from, the boot servers' own port */
	unsigned agent_len; /* bytes of option 82 with its code and length */
	size_t agent_limit; /* OMITTED: what the message may not exceed */

	/* RELAY_TO_SERVERS; the caller reports each with servers_sent */
	size_t nserver;
	uint8_t server[SERVERS_MAX];

	/* RELAY_TO_CLIENT */
	struct pxe_dhcp_dest dest;
	struct pxe_ip4 from; /* source address of the frame */
	int answered_by;     /* index of the server, -1 when its address is not one of theirs */
	bool revived;        /* that server had been taken for dead */
};

/* Configuration and seed for the hashes; no ports and no servers yet. */
void relay_init(struct relay *r, const struct relay_conf *conf, const struct servers_conf *servers,
    int64_t dedup_us, const struct pxe_hash_seed *seed);
void relay_fini(struct relay *r);

/* Decide what becomes of one datagram. Fills in all of *out; always ends in exactly one of the
 * three directions. in->pkt is changed as it has to be sent; with RELAY_DROP its bytes mean
 * nothing. */
void relay_packet(
    struct relay *r, const struct relay_in *in, const struct pxe_now *now, struct relay_out *out);
