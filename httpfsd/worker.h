/* SPDX-License-Identifier: BSD-2-Clause */
/* worker.h -- one thread that serves: a loop, its listening sockets, its connections.
 *
 * Workers share the catalog, which nobody changes, and the ring of events, which has a lock of its
 * own; everything else here belongs to one thread. Scratch memory is used within one callback only,
 * so that an idle connection owns no buffer and a request served at once allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "httpfsd/accesslog.h"
#include "httpfsd/auth.h"
#include "httpfsd/catalog.h"
#include "httpfsd/core/date.h"
#include "httpfsd/core/range.h"
#include "httpfsd/files.h"
#include "httpfsd/stats.h"
#include "httpfsd/tls.h"
#include "libpxecommon/base/clock.h"
#include "libpxecommon/os/events.h"

enum {
	WORKER_IN_SIZE = 16384 + 4096, /* a whole head and some of what is pipelined behind */
	WORKER_OUT_SIZE = 4096,        /* a head, or a short page with its head */
	WORKER_BODY_SIZE = 16384,      /* bodies up to this go out with their head in one call */
	WORKER_TICK_MS = 500,
	WORKER_PACE_MS = 20, /* how often a capped transfer sends */
	WORKER_ACCEPT_BATCH = 64
};

/* What a connection waits for; each has its timeout and its list, oldest first. */
enum conn_wait {
	WAIT_TLS,
	WAIT_HEAD,
	WAIT_IDLE,
	WAIT_SEND,
	WAIT_PACE,
	WAIT_LINGER,
	WAIT_JOB,
	WAIT_COUNT
};

struct listener {
	uv_poll_t poll;
	int fd;
	int tls; /* place in the worker's tls_set, -1: plain HTTP */
	struct worker *worker;
};

/* Shared by all workers of the process. */
struct shared {
	struct pxe_events *events;
	unsigned connections;     /* atomic */
	unsigned max_connections; /* what descriptors allow */
	uint64_t seed[4];
	struct clients *clients; /* connections by address */
	struct tls_set *tls;     /* certificates in use */
	const int *listener_tls; /* by listener */
	/* Called on a worker's thread when its last connection of a drain has gone. */
	void (*on_drained)(void *arg);
	void *arg;
};

struct worker_call;

struct worker {
	uv_loop_t loop;
	uv_thread_t thread;
	uv_async_t wake;
	uv_timer_t tick, pace;
	uv_prepare_t before_wait;
	uv_mutex_t lock; /* of calls */
	struct worker_call *calls;
	unsigned index;
	struct shared *shared;
	struct catalog *catalog;
	const struct tls_set *tls;
	struct files files;
	struct auth_cache auth_cache;
	unsigned auth_jobs;
	unsigned listings; /* being made or sent: each holds a page in memory */
	struct listener *listener;
	size_t nlistener;
	struct pxe_link waiting[WAIT_COUNT];
	size_t nconn;
	size_t handshakes;  /* of them, those not done with TLS's */
	struct conn *spare; /* freed connections, for the next ones */
	unsigned nspare;
	bool draining, stopping, paused, told_drained;
	struct accesslog log;
	uint64_t stat[STAT_COUNT];
	struct pxe_now now;
	int64_t date_s; /* second that date and log_date are of */
	char date[DATE_LEN + 1];
	char log_date[64];
	uint64_t random;
	struct range ranges[RANGE_MAX];
	char in[WORKER_IN_SIZE];
	char out[WORKER_OUT_SIZE + WORKER_BODY_SIZE]; /* a head, and a small body behind it */
};

/* Make a worker with these listening sockets, which it owns from now on, and start its thread.
 * 0 or -errno. */
int worker_start(struct shared *shared, struct catalog *catalog, const int *fds, size_t nfds,
    unsigned index, struct worker **out);
/* Close everything and wait for the thread. */
void worker_stop(struct worker *w);

/* Run fn on the worker's thread and wait until it has. */
void worker_run(struct worker *w, void (*fn)(struct worker *w, void *arg), void *arg);
/* For worker_run: use another catalog (arg); takes a reference. */
void worker_set_catalog(struct worker *w, void *arg);
/* For worker_run: use other certificates (arg, a tls_set that outlives their use). */
void worker_set_tls(struct worker *w, void *arg);
/* For worker_run: take no more connections, end idle ones, call on_drained at the end. */
void worker_drain(struct worker *w, void *arg);

/* Read the clocks. */
void worker_update_time(struct worker *w);
/* Microseconds of the monotonic clock, now. */
int64_t worker_mono_us(void);
uint64_t worker_random(struct worker *w);
/* A connection waits in WAIT_PACE: wake it soon. */
void worker_pace(struct worker *w);
/* A connection went: is the drain done, are descriptors free again. */
void worker_conn_gone(struct worker *w);
