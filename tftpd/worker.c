/* SPDX-License-Identifier: BSD-2-Clause */
/* worker.c -- one event loop: datagrams in, deadlines, and the order of things around them. */
#include "tftpd/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/proto/tftp.h"
#include "tftpd/reply.h"
#include "tftpd/session.h"

static void arm(struct worker *w);

void worker_enter(struct worker *w)
{
	uv_mutex_lock(&w->lock);
	w->now_us = (int64_t)(uv_hrtime() / 1000);
}

void worker_leave(struct worker *w)
{
	bool idle;

	session_admit(w);
	outbox_flush(w);
	arm(w);
	idle = w->by_tid.count == 0 && w->on_idle != NULL;
	uv_mutex_unlock(&w->lock);
	if (idle)
		w->on_idle(w);
}

static void on_deadline(uv_timer_t *timer)
{
	struct worker *w = timer->data;
	struct pxe_heap_node *node;

	worker_enter(w);
	w->timer_us = INT64_MAX;
	while ((node = pxe_heap_min(&w->deadlines)) != NULL && node->key <= w->now_us)
		session_deadline(session_of_deadline(node));
	worker_leave(w);
}

/* The one timer stands at the nearest deadline. It may ring early for one that has moved since:
 * cheaper than setting it again for each packet. */
static void arm(struct worker *w)
{
	const struct pxe_heap_node *node = pxe_heap_min(&w->deadlines);
	int64_t at = session_next_turn(w);
	int64_t wait_ms;

	if (node != NULL && node->key < at)
		at = node->key;
	if (at >= w->timer_us)
		return;
	wait_ms = (at - w->now_us + 999) / 1000;
	w->timer_us = at;
	uv_update_time(w->loop);
	(void)uv_timer_start(&w->timer, on_deadline, (uint64_t)(wait_ms > 0 ? wait_ms : 0), 0);
}

/* Not a request and not for any transfer we know. RFC 1350 4: ERROR 5, but never in answer to an
 * ERROR, and not as often as a stranger likes. The well-known port stays silent, as in.tftpd does.
 */
static void on_stray(struct tid *tid, const struct pxe_dgram *dg)
{
	struct worker *w = tid->worker;
	unsigned op = pxe_tftp_opcode(dg->data, dg->len);

	stat_add(&w->stats, STAT_UNKNOWN_TID, 1);
	if (tid->is_listener || op == 0 || op == PXE_TFTP_ERROR)
		return;
	if (!reply_allowed(w))
		return;
	reply_error(tid, dg, PXE_TFTP_EBADID, pxe_tftp_err_text(PXE_TFTP_EBADID));
}

static void on_datagram(struct tid *tid, const struct pxe_dgram *dg)
{
	unsigned op = pxe_tftp_opcode(dg->data, dg->len);
	struct session *s;

	if (tid->is_listener && (op == PXE_TFTP_RRQ || op == PXE_TFTP_WRQ)) {
		request_handle(tid, dg);
		return;
	}
	s = session_find(tid, &dg->from);
	if (s != NULL)
		session_input(s, dg->data, dg->len);
	else
		on_stray(tid, dg);
}

void worker_on_recv(struct pxe_udp *udp, struct pxe_dgram *dg, unsigned n, void *arg)
{
	struct tid *tid = arg;
	struct worker *w = tid->worker;

	(void)udp;
	worker_enter(w);
	stat_add(&w->stats, STAT_PACKETS_IN, n);
	tid->users++; /* the last transfer of a batch must not close the socket we read from */
	for (unsigned i = 0; i < n; i++)
		on_datagram(tid, &dg[i]);
	tid_release(tid);
	worker_leave(w);
}

/* ICMP says that nobody listens at the client's port any more: it has been switched off, or its
 * program has ended. Other errors may pass, and the timer will tell. */
void worker_on_error(struct pxe_udp *udp, const struct pxe_endpoint *peer, int err, void *arg)
{
	struct tid *tid = arg;
	struct worker *w = tid->worker;
	struct session *s;

	(void)udp;
	if (err != -ECONNREFUSED)
		return;
	worker_enter(w);
	tid->users++;
	s = session_find(tid, peer);
	if (s != NULL)
		session_refused(s);
	tid_release(tid);
	worker_leave(w);
}

/* The cache tells its waiters from its own callback. */
static void around(void *arg, bool begin)
{
	if (begin)
		worker_enter(arg);
	else
		worker_leave(arg);
}

int worker_init(struct worker *w, unsigned index, uv_loop_t *loop, struct policy *policy,
    struct pxe_events *events, unsigned nworkers)
{
	int rc;

	*w = (struct worker){
	    .index = index,
	    .nworkers = nworkers,
	    .loop = loop,
	    .events = events,
	    .timer_us = INT64_MAX,
	    .log_request = PXE_LOG_LIMIT(1000, 10000),
	    .log_end = PXE_LOG_LIMIT(1000, 10000),
	    .log_stray = PXE_LOG_LIMIT(10, 20),
	    .policy = policy_ref(policy),
	};
	w->share_transfers = (size_t)policy->conf.max_transfers / nworkers + 1;
	w->share_active = (size_t)policy->conf.max_active / nworkers + 1;
	if (uv_mutex_init(&w->lock) != 0)
		return -ENOMEM;
	pxe_hmap_init(&w->by_tid);
	pxe_hmap_init(&w->by_peer);
	pxe_hmap_init(&w->clients);
	pxe_heap_init(&w->deadlines);
	pxe_list_init(&w->waiting);
	pxe_list_init(&w->opening);
	pxe_list_init(&w->groups);
	w->home = w;
	rc = uv_random(NULL, NULL, &w->seed, sizeof(w->seed), 0, NULL);
	if (rc == 0)
		rc = uv_random(NULL, NULL, &w->pool.random, sizeof(w->pool.random), 0, NULL);
	w->pool.random |= 1;
	w->outbox = malloc(sizeof(*w->outbox));
	if (rc != 0 || w->outbox == NULL)
		return rc != 0 ? rc : -ENOMEM;
	w->outbox->udp = NULL;
	w->outbox->n = 0;
	w->outbox->used = 0;
	rc = uv_timer_init(loop, &w->timer);
	w->timer.data = w;
	if (rc == 0)
		rc = mail_init(w);
	if (rc == 0)
		rc = cache_new(
		    loop, (size_t)policy->conf.cache / nworkers, &w->stats, around, w, &w->cache);
	if (rc == 0)
		rc = pxe_ifaces_open(loop, NULL, NULL, &w->ifaces);
	return rc;
}

int worker_listen(struct worker *w, const struct pxe_udp_opts *opts, bool is_mtftp)
{
	struct tid **v = realloc(w->listener, (w->nlistener + 1) * sizeof(struct tid *));
	struct tid *tid = calloc(1, sizeof(*tid));
	struct pxe_udp_opts o;
	int rc;

	if (v != NULL)
		w->listener = v;
	if (v == NULL || tid == NULL) {
		free(tid);
		return -ENOMEM;
	}
	tid->worker = w;
	tid->is_listener = true;
	tid->is_mtftp = is_mtftp;
	tid->users = 1;
	o = *opts;
	o.on_error = worker_on_error;
	rc = pxe_udp_open(w->loop, &o, worker_on_recv, tid, &tid->udp);
	if (rc != 0) {
		free(tid);
		return rc;
	}
	tid->family = pxe_udp_local(tid->udp).ip.family;
	w->listener[w->nlistener++] = tid;
	return 0;
}

int worker_multicast_ttl(struct worker *w, int64_t ttl)
{
	int rc = 0;

	for (size_t i = 0; i < w->nlistener && rc == 0; i++)
		if (w->listener[i]->is_mtftp)
			rc = pxe_udp_multicast_hops(w->listener[i]->udp, (int)ttl);
	return rc;
}

void worker_set_policy(struct worker *w, struct policy *policy)
{
	worker_enter(w);
	policy_unref(w->policy);
	w->policy = policy_ref(policy);
	(void)worker_multicast_ttl(w, policy->conf.multicast.ttl);
	worker_leave(w);
}

void worker_drain(struct worker *w)
{
	worker_enter(w);
	w->is_draining = true;
	/* In single-port mode and with MTFTP transfers live on these sockets; requests are turned
	 * away instead. */
	for (size_t i = 0; i < w->nlistener && !w->policy->conf.single_port; i++)
		if (!w->listener[i]->is_mtftp)
			pxe_udp_pause(w->listener[i]->udp);
	session_end_done(w);
	worker_leave(w);
}

void worker_close(struct worker *w)
{
	w->on_idle = NULL;
	worker_enter(w);
	session_end_all(w);
	outbox_flush(w);
	for (size_t i = 0; i < w->nlistener; i++)
		tid_release(w->listener[i]);
	w->nlistener = 0;
	for (size_t i = 0; i < 2; i++)
		if (w->pool.answers[i] != NULL)
			tid_release(w->pool.answers[i]);
	worker_leave(w);
	pxe_ifaces_close(w->ifaces);
	mail_close(w);
	uv_close((uv_handle_t *)&w->timer, NULL);
}

void worker_fini(struct worker *w)
{
	cache_free(w->cache);
	pxe_hmap_fini(&w->by_tid);
	pxe_hmap_fini(&w->by_peer);
	pxe_hmap_fini(&w->clients);
	pxe_heap_fini(&w->deadlines);
	mail_fini(w);
	policy_unref(w->policy);
	free(w->outbox);
	free(w->listener);
	uv_mutex_destroy(&w->lock);
}
