/* SPDX-License-Identifier: BSD-2-Clause */
/* session.h -- one transfer of a worker: the state machine of core/xfer.h with its file, its socket
 * and its deadline.
 *
 * Reads take their data from the cache and may wait there; writes hand windows to upload.h. Every
 * session ends in exactly one line, one event and one counter (report.h).
 */
#pragma once

#include <stdint.h>

#include "tftpd/core/mcast.h"
#include "tftpd/core/negotiate.h"
#include "tftpd/core/netascii.h"
#include "tftpd/core/xfer.h"
#include "tftpd/upload.h"
#include "tftpd/worker.h"

struct client;
struct group;

struct session {
	struct pxe_hnode by_tid, by_peer;
	struct client *client; /* counts the transfers of its address */
	struct pxe_heap_node deadline;
	struct pxe_link waiting;  /* for its turn (worker.waiting) */
	struct pxe_link opening;  /* for the client's first answer (worker.opening) */
	struct cache_waiter data; /* for its file's contents */
	struct worker *worker;
	struct tid *tid;
	struct pxe_dgram_out route; /* to the client, from the address that was asked */
	uint64_t request;           /* hash of the request, to know it again */
	struct xfer_params params;
	struct xfer x;
	bool started; /* false: waits for its turn */
	bool active;  /* counts against the limit of those that move data */
	bool reported;
	bool is_netascii;
	bool port_closed; /* ICMP said so */
	bool superseded;  /* by another request from the same port */
	bool no_segments; /* the route does not take UDP_SEGMENT */
	int64_t retry_us; /* the socket was full: try again then; 0 no */
	bool gave_way;    /* to another, because its client did not answer */
	int64_t start_us; /* monotonic, when the request came */
	int64_t asked_us; /* ... and when it came last, repeats included */
	/* Read. */
	struct cached_file *file;
	struct netascii_place place, mark; /* encoder at place_block and at mark_block */
	uint64_t place_block, mark_block;
	/* Write. */
	struct upload *upload;
	/* Multicast. */
	struct group *group; /* NULL: alone */
	struct mcast_member member;
	size_t oack_mc; /* where the OACK says whether the client leads */
	char ifname[16];
	uint8_t *oack;
	size_t oack_len;
	char name[]; /* as the client sent it */
};

/* What request.c has found out about a transfer to be. */
struct session_start {
	const struct pxe_dgram *dg;
	const char *name;
	uint64_t request;
	bool write, is_netascii;
	const struct neg *neg;
	uint64_t size;            /* of the file to be read */
	struct cached_file *file; /* taken over, also on failure */
	struct upload *upload;    /* taken over, also on failure */
	struct group *group;      /* taken over, also on failure; NULL: alone */
	const char *ifname;       /* NULL unknown */
};

/* Make a session on tid (its reference is taken over) and start it, or line it up when too many
 * are active. 0 or -ENOMEM. */
int session_new(struct tid *tid, const struct session_start *start);

/* The session of this socket and client; NULL none. */
struct session *session_find(const struct tid *tid, const struct pxe_endpoint *peer);

/* Walk the sessions of a client's address and port: NULL starts. */
struct session *session_of_peer(
    const struct worker *w, const struct pxe_endpoint *peer, const struct session *after);
/* How many sessions this address has. */
size_t session_count(const struct worker *w, const struct pxe_ip *ip);

/* Send what the state machine wants sent, as far as the data is there (pump.c). 0 or the error of
 * the file. */
int session_pump(struct session *s);
void session_input(struct session *s, const uint8_t *pkt, size_t len);
void session_deadline(struct session *s);
/* After whatever changed s: send what is wanted, report an end, set the deadline, or go. */
void session_settle(struct session *s);
/* Tell the client of a group that it leads, or that it only listens. */
void session_send_oack(struct session *s, bool leads);
struct session *session_of_deadline(struct pxe_heap_node *node);
/* Nobody listens at the client's port any more. */
void session_refused(struct session *s);
/* Blocks from `first` on (0: a control packet) did not leave: err is -EAGAIN for a full socket. */
void session_unsent(struct session *s, uint64_t first, int err);
/* The upload's flush is done (from upload.c, inside worker_enter). */
void session_flushed(struct session *s, int err);
/* End from this side; tells the client unless code is negative. */
void session_abort(struct session *s, enum pxe_reason reason, int code, const char *text);
/* Let go of transfers whose outcome is known and that only dally. */
void session_end_done(struct worker *w);
void session_end_all(struct worker *w);

/* admit.c: whose turn it is, and who gives way. A request costs its sender one datagram, from an
 * address that need not be his own, but a transfer costs us memory until somebody answers: so one
 * whose client has never answered lasts only as long as nobody else needs its place. */

/* Line s up for its turn, and take it out again (from either list, or from none). */
void session_wait(struct session *s);
void session_stop_waiting(struct session *s);
/* The first packet of s leaves; its client's answer is awaited, and has come. */
void session_open(struct session *s);
void session_opened(struct session *s);
/* Start waiting sessions as far as the limit allows, in the place of silent ones where it does not.
 */
void session_admit(struct worker *w);
/* When a silent one loses its turn to one that waits; INT64_MAX: none. */
int64_t session_next_turn(const struct worker *w);
/* End a transfer whose client is silent, to make room for a request. False: there is none. */
bool session_make_room(struct worker *w);
/* It is s's turn (session.c). */
void session_begin(struct session *s);

/* True while the client may still be repeating its request: nothing of the transfer has been
 * acknowledged. */
bool session_is_starting(const struct session *s);
