/* SPDX-License-Identifier: BSD-2-Clause */
/* mcast.h -- one file for many clients at once: who asks for its blocks, and when another must.
 *
 * RFC 2090. Every block goes to a multicast group; one client, the master, asks for them by its
 * ACKs: ACK n wants block n + 1, and after the blocks it has from before its turn it may ask for
 * any. The others only listen. When the master has everything, leaves, or stays silent while others
 * wait, the longest waiting member is told by an OACK to go on with what it still misses.
 *
 * The MTFTP of PXE 2.1 is the same with less said: no options, so no OACK; one member, the client
 * that opened the transfer, which gets block 1 twice, alone and with the group. Who missed
 * something opens again when the group has fallen silent.
 *
 * A forged request makes a member that never answers. It costs the others `tries` time-outs when
 * its turn comes, or nothing: a member that asks again while the master is silent takes over.
 *
 * Blocks are those of the wire: a file of more than 65535 goes to nobody by multicast, because a
 * new master's first ACK would not tell which of two blocks it means. Pure; no allocation. Members
 * are embedded in what the shell keeps for a client.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/event.h"
#include "libpxecommon/base/list.h"
#include "tftpd/core/rtt.h"

enum { MCAST_BLOCKS_MAX = 65535 };

struct mcast_params {
	bool mtftp;
	uint16_t last;          /* the file's last block */
	size_t members_max;     /* 1 for MTFTP */
	unsigned tries;         /* silent time-outs of a master while others wait */
	int64_t timeout_us;     /* first retransmission */
	int64_t timeout_min_us; /* floor of the measured one */
	int64_t give_up_us;     /* silence of a master that is alone */
};

struct mcast_member {
	struct pxe_link link; /* empty: in no group */
	bool has_acked;       /* since its turn began */
	uint16_t acked;       /* last block it acknowledged then */
};

struct mcast {
	struct mcast_params p;
	struct pxe_link members; /* the longest waiting first */
	size_t n;
	struct mcast_member *master; /* NULL: no members */
	bool is_asked;               /* the master has its OACK and must answer it */
	uint16_t block;              /* sent last, or to be sent; 0: none */
	unsigned silences;           /* time-outs since the master was heard */
	bool is_clean;               /* nothing repeated: the next ACK gives a round trip */
	struct rtt rtt;
	int64_t deadline_us; /* call mcast_timeout() then; INT64_MAX: no timer */
	int64_t heard_us, sent_us;
	uint64_t sent, repeated; /* DATA packets to the group; of them, after a silence */
};

/* What the shell is to do, in this order. */
struct mcast_fx {
	struct mcast_member *told;  /* OACK to this one: it only listens (mc=0) */
	struct mcast_member *asked; /* OACK to this one: it is the master (mc=1) */
	uint16_t data;  /* send this block to the group, then call mcast_sent(); 0: none */
	bool alone_too; /* ... and to the master alone (MTFTP's first) */
	struct mcast_member *ended; /* it has left the group, for this reason */
	enum pxe_reason reason;
};

/* p->last >= 1, p->members_max >= 1. */
void mcast_init(struct mcast *m, const struct mcast_params *p);
/* member (in no group) asks for the file. 0; PXE_E_FULL: the group is full; PXE_E_EXISTS (MTFTP):
 * another client has opened the transfer and is there. Nothing is changed then. */
int mcast_join(struct mcast *m, struct mcast_member *member, int64_t now_us, struct mcast_fx *out);
/* member has repeated its request: its OACK may be lost, or it hears nothing. */
void mcast_again(
    struct mcast *m, struct mcast_member *member, int64_t now_us, struct mcast_fx *out);
/* member acknowledges block. The last one ends it, whoever it is (RFC 2090, data transfer). */
void mcast_ack(struct mcast *m, struct mcast_member *member, uint16_t block, int64_t now_us,
    struct mcast_fx *out);
/* member goes, as the shell has found out. Harmless when it is in no group. */
void mcast_leave(
    struct mcast *m, struct mcast_member *member, int64_t now_us, struct mcast_fx *out);
/* The block wanted has been sent. */
void mcast_sent(struct mcast *m, int64_t now_us);
/* The deadline has passed. */
void mcast_timeout(struct mcast *m, int64_t now_us, struct mcast_fx *out);
