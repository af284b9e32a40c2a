/* SPDX-License-Identifier: BSD-2-Clause */
/* worker.h -- one event loop with its sockets, transfers, timers and file cache.
 *
 * Workers share nothing they write: each has its own listening sockets (SO_REUSEPORT), and the
 * kernel keeps one client on one worker. Whatever touches a worker runs between worker_enter() and
 * worker_leave(), which hold its lock: uncontended, except when the control socket lists transfers.
 * Leaving sends what was queued and sets the one timer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "libpxecommon/base/hash.h"
#include "libpxecommon/base/heap.h"
#include "libpxecommon/base/list.h"
#include "libpxecommon/os/events.h"
#include "libpxecommon/os/iface.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/udp.h"
#include "tftpd/cache.h"
#include "tftpd/policy.h"
#include "tftpd/stats.h"

struct idents;
struct mail;
struct session;
struct worker;

/* A socket that datagrams of transfers come to: a listening one, or one of the pool below. */
struct tid {
	struct worker *worker;
	struct pxe_udp *udp;
	uint8_t family;
	bool is_listener;
	bool is_private; /* of one transfer or group, not in the pool */
	bool is_crowd;   /* the pool's for those above its size */
	bool is_mtftp;   /* a listening one for PXE's MTFTP */
	unsigned users;
	size_t slot; /* in the pool */
};

enum { TID_POOL = 32 };

/* Ports of transfers. Up to TID_POOL transfers have a port each, as RFC 1350 wants it. Above that
 * all share one port of their family, and a transfer is told by (client address, client port, our
 * port): the packets of hundreds of transfers then come with one system call and go with one. Only
 * where that port cannot be had, or a client has a transfer on it already, are those of the pool
 * shared. */
struct tid_pool {
	struct tid *slot[TID_POOL];
	struct tid *crowd[2];   /* IPv4, IPv6; NULL: nobody needs it */
	struct tid *answers[2]; /* kept for errors: IPv4, IPv6 */
	unsigned n;
	uint64_t random; /* state of a small generator; ports come from the kernel's */
};

/* Datagrams to be sent together. */
enum { OUTBOX_DGRAMS = 64, OUTBOX_BYTES = 256 << 10 };

struct outbox {
	struct pxe_udp *udp;
	unsigned n;
	size_t used;
	struct pxe_dgram_out dg[OUTBOX_DGRAMS];
	struct session *owner[OUTBOX_DGRAMS]; /* NULL: nobody, or gone since */
	uint64_t first[OUTBOX_DGRAMS];        /* first block in it, 0: no DATA */
	uint8_t buf[OUTBOX_BYTES];
};

/* Requests that another worker has received and this one is to answer. */
enum { MAIL_MAX = 64, MAIL_BYTES = 1024 };

struct mailbox {
	uv_async_t wake;
	uv_mutex_t lock;
	unsigned first, n;
	struct mail *letter; /* MAIL_MAX of them, a ring */
};

struct worker {
	unsigned index, nworkers;
	uv_loop_t *loop;
	uv_mutex_t lock;
	int64_t now_us; /* monotonic; read by worker_enter() */
	struct policy *policy;
	struct pxe_hash_seed seed;
	struct pxe_events *events;
	struct pxe_ifaces *ifaces;
	struct idents *idents; /* of all workers; NULL: nobody wants them */
	struct worker *home;   /* where multicast transfers live */
	struct mailbox mail;
	struct pxe_link groups;
	size_t ngroups;
	struct cache *cache;
	struct stats stats;
	struct tid **listener;
	size_t nlistener;
	struct tid_pool pool;
	struct outbox *outbox;
	struct pxe_hmap by_tid;  /* sessions by (tid, client address and port) */
	struct pxe_hmap by_peer; /* sessions by client address and port */
	struct pxe_hmap clients; /* addresses with sessions */
	struct pxe_heap deadlines;
	uv_timer_t timer;
	int64_t timer_us;        /* when it is set to, INT64_MAX: not */
	struct pxe_link waiting; /* sessions whose first packet waits its turn */
	struct pxe_link opening; /* sessions whose client has not answered yet, oldest first */
	size_t nwaiting;
	size_t active;
	size_t share_transfers, share_active; /* this worker's part of the limits */
	bool is_draining;
	void (*on_idle)(struct worker *w); /* draining or inetd: the last transfer has ended */
	void *arg;                         /* for on_idle */
	int64_t last_request_us;
	struct pxe_log_limit log_request, log_end, log_stray;
	int64_t stray_second; /* and the answers to strays in it */
	unsigned strays;
	int64_t hint_second; /* and the hints looked for in it */
	unsigned hints;
	uint8_t scratch[65536];
};

/* Prepare w on loop; listeners are added with worker_listen(). Takes a reference on policy. */
int worker_init(struct worker *w, unsigned index, uv_loop_t *loop, struct policy *policy,
    struct pxe_events *events, unsigned nworkers);
/* Serve opts' socket too, with MTFTP instead of TFTP if so said. 0 or -errno. */
int worker_listen(struct worker *w, const struct pxe_udp_opts *opts, bool is_mtftp);
/* Hop limit of the multicast that MTFTP sends from its listening sockets. 0 or -errno. */
int worker_multicast_ttl(struct worker *w, int64_t ttl);
/* Change to a new policy (takes a reference). On the worker's thread. */
void worker_set_policy(struct worker *w, struct policy *policy);
/* Take no more requests; running transfers go on. */
void worker_drain(struct worker *w);
/* End everything, with reason "stopped"; then close all handles. Run the loop until none is left.
 */
void worker_close(struct worker *w);
/* Free what worker_close() left. */
void worker_fini(struct worker *w);

void worker_enter(struct worker *w);
void worker_leave(struct worker *w);

/* Callbacks of every socket of a worker; arg is its struct tid. */
void worker_on_recv(struct pxe_udp *udp, struct pxe_dgram *dg, unsigned n, void *arg);
void worker_on_error(struct pxe_udp *udp, const struct pxe_endpoint *peer, int err, void *arg);

/* Port for a transfer with peer: one where peer has none yet. max_dgram above the usual makes a
 * private socket. NULL and *out_err. */
struct tid *tid_acquire(
    struct worker *w, const struct pxe_endpoint *peer, size_t max_dgram, int *out_err);
/* A port that nobody else shares, for a group. */
struct tid *tid_acquire_own(struct worker *w, uint8_t family, int *out_err);
/* Any port of that family, for an answer to a client without a transfer. */
struct tid *tid_acquire_any(struct worker *w, uint8_t family, int *out_err);
void tid_release(struct tid *tid);

/* Room for len bytes in the outbox, to be sent from tid; flushes when there is none. */
uint8_t *outbox_reserve(struct worker *w, struct tid *tid, size_t len);
/* Queue the len bytes just reserved. dg's parts are filled in here. owner and first may be NULL and
 * 0. */
void outbox_commit(struct worker *w, const struct pxe_dgram_out *dg, size_t len,
    struct session *owner, uint64_t first);
void outbox_flush(struct worker *w);
/* owner is about to go: what it queued still leaves, but nobody is told. */
void outbox_forget(struct worker *w, const struct session *owner);

/* The mailbox of w (mail.c). 0 or -errno; close while the loop still runs, fini when it has ended.
 */
int mail_init(struct worker *w);
void mail_close(struct worker *w);
void mail_fini(struct worker *w);
/* Have `to` answer the request dg, which came in at one of the caller's listening sockets. False:
 * its mailbox is full, or dg is longer than a request may be. Any thread. */
bool mail_post(struct worker *to, const struct pxe_dgram *dg);

/* A request at a listening socket (request.c). */
void request_handle(struct tid *tid, const struct pxe_dgram *dg);
