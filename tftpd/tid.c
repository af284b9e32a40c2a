/* SPDX-License-Identifier: BSD-2-Clause */
/* tid.c -- ports of transfers: one each while there are few, one for all when there are many. */
#include <errno.h>
#include <stdlib.h>

#include "tftpd/session.h"
#include "tftpd/worker.h"

static uint64_t next_random(struct tid_pool *pool)
{
	/* xorshift64: only to spread transfers over ports that the kernel drew at random. */
	pool->random ^= pool->random << 13;
	pool->random ^= pool->random >> 7;
	pool->random ^= pool->random << 17;
	return pool->random;
}

/* A range of ports is dealt out to the workers: one that found all taken by others would have none
 * that its transfers could share. */
static int open_port(struct worker *w, struct pxe_udp_opts *opts, struct tid *tid)
{
	const struct tftpd_conf *conf = &w->policy->conf;
	unsigned span = (unsigned)(conf->port_hi - conf->port_lo) + 1;
	unsigned mine = (span + w->nworkers - 1 - w->index % span) / w->nworkers;
	unsigned start;
	int rc = -EADDRINUSE;

	if (conf->port_lo == 0)
		return pxe_udp_open(w->loop, opts, worker_on_recv, tid, &tid->udp);
	if (mine == 0)
		mine = 1; /* a reload has made the range smaller than our number */
	start = (unsigned)(next_random(&w->pool) % mine);
	for (unsigned i = 0; i < mine && rc == -EADDRINUSE; i++) {
		opts->bind.port = (uint16_t)(conf->port_lo +
					     (w->index + (start + i) % mine * w->nworkers) % span);
		rc = pxe_udp_open(w->loop, opts, worker_on_recv, tid, &tid->udp);
	}
	return rc;
}

static struct tid *open_tid(
    struct worker *w, uint8_t family, size_t max_dgram, unsigned batch, int *out_err)
{
	struct tid *tid = calloc(1, sizeof(*tid));
	struct pxe_udp_opts opts = pxe_udp_defaults();

	if (tid == NULL) {
		*out_err = -ENOMEM;
		return NULL;
	}
	tid->worker = w;
	tid->family = family;
	opts.bind.ip.family = family;
	opts.sndbuf = 4 << 20;
	opts.no_pmtu_discovery = true;
	opts.broadcast = true;
	opts.v6only = true;
	opts.max_dgram = max_dgram;
	opts.batch = batch;
	opts.on_error = worker_on_error;
	*out_err = open_port(w, &opts, tid);
	if (*out_err == 0)
		return tid;
	free(tid);
	return NULL;
}

enum { USUAL_DGRAM = 2048, USUAL_BATCH = 16, CROWD_BATCH = PXE_UDP_BATCH };

/* The port that all share who find the pool full. */
static struct tid *crowd_tid(struct worker *w, const struct pxe_endpoint *peer)
{
	struct tid **crowd = &w->pool.crowd[peer->ip.family == 6];
	int err = 0;

	if (*crowd == NULL) {
		*crowd = open_tid(w, peer->ip.family, USUAL_DGRAM, CROWD_BATCH, &err);
		if (*crowd != NULL)
			(*crowd)->is_crowd = true;
	}
	return *crowd != NULL && session_find(*crowd, peer) == NULL ? *crowd : NULL;
}

static struct tid *shared_tid(struct worker *w, const struct pxe_endpoint *peer, int *out_err)
{
	struct tid_pool *pool = &w->pool;
	size_t start = (size_t)(next_random(pool) % TID_POOL);
	struct tid *crowd = crowd_tid(w, peer);

	if (crowd != NULL)
		return crowd;
	for (size_t i = 0; i < TID_POOL; i++) {
		struct tid *tid = pool->slot[(start + i) % TID_POOL];

		if (tid != NULL && tid->family == peer->ip.family &&
		    session_find(tid, peer) == NULL)
			return tid;
	}
	*out_err = *out_err != 0 ? *out_err : -EADDRINUSE;
	return NULL;
}

struct tid *tid_acquire(
    struct worker *w, const struct pxe_endpoint *peer, size_t max_dgram, int *out_err)
{
	struct tid_pool *pool = &w->pool;
	bool is_private = max_dgram > USUAL_DGRAM;
	struct tid *tid = NULL;

	*out_err = 0;
	if (is_private || pool->n < TID_POOL)
		tid = open_tid(
		    w, peer->ip.family, is_private ? max_dgram : USUAL_DGRAM, USUAL_BATCH, out_err);
	if (tid != NULL && is_private) {
		tid->is_private = true;
	} else if (tid != NULL) {
		while (pool->slot[tid->slot] != NULL)
			tid->slot++;
		pool->slot[tid->slot] = tid;
		pool->n++;
	} else if (!is_private) {
		/* Ports, descriptors or memory have run out, or the pool is full. */
		tid = shared_tid(w, peer, out_err);
	}
	if (tid != NULL)
		tid->users++;
	return tid;
}

struct tid *tid_acquire_own(struct worker *w, uint8_t family, int *out_err)
{
	struct tid *tid = open_tid(w, family, USUAL_DGRAM, USUAL_BATCH, out_err);

	if (tid != NULL) {
		tid->is_private = true;
		tid->users = 1;
	}
	return tid;
}

/* One is kept open a family, because not-found answers come by the thousand. */
struct tid *tid_acquire_any(struct worker *w, uint8_t family, int *out_err)
{
	struct tid **kept = &w->pool.answers[family == 6];
	const struct pxe_endpoint nobody = {.ip.family = family};

	if (*kept == NULL)
		*kept = tid_acquire(w, &nobody, 0, out_err);
	if (*kept != NULL)
		(*kept)->users++;
	return *kept;
}

void tid_release(struct tid *tid)
{
	struct worker *w = tid->worker;

	if (--tid->users > 0)
		return;
	if (w->outbox->udp == tid->udp)
		outbox_flush(w);
	if (tid->is_crowd) {
		w->pool.crowd[tid->family == 6] = NULL;
	} else if (!tid->is_listener && !tid->is_private) {
		w->pool.slot[tid->slot] = NULL;
		w->pool.n--;
	}
	pxe_udp_close(tid->udp);
	free(tid);
}
