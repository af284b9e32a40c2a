/* SPDX-License-Identifier: BSD-2-Clause */
/* worker.c -- see worker.h. */
#include "httpfsd/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "httpfsd/clients.h"
#include "httpfsd/conn.h"
#include "httpfsd/core/head.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/sockaddr.h"

/* What another thread waits for. */
struct worker_call {
	void (*fn)(struct worker *w, void *arg);
	void *arg;
	uv_sem_t done;
	struct worker_call *next;
};

int64_t worker_mono_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * PXE_US_PER_S + ts.tv_nsec / 1000;
}

/* Once a second: the texts that every answer carries. */
static void update_dates(struct worker *w, int64_t now_s)
{
	time_t t = (time_t)now_s;
	struct tm tm;

	w->date_s = now_s;
	(void)date_format(now_s, w->date);
	if (localtime_r(&t, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	/* Not strftime's %b: a log's month has no locale. */
	(void)snprintf(w->log_date, sizeof(w->log_date),
	    "%02d/%.3s/%04d:%02d:%02d:%02d %c%02ld%02ld", tm.tm_mday,
	    date_month_names[tm.tm_mon % 12], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    tm.tm_gmtoff < 0 ? '-' : '+', labs(tm.tm_gmtoff) / 3600 % 100,
	    labs(tm.tm_gmtoff) / 60 % 60);
}

void worker_update_time(struct worker *w)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	w->now.wall_us = ts.tv_sec * PXE_US_PER_S + ts.tv_nsec / 1000;
	w->now.mono_us = worker_mono_us();
	if (ts.tv_sec != w->date_s)
		update_dates(w, ts.tv_sec);
}

/* splitmix64: separates parts of an answer; nothing depends on it being secret for long. */
uint64_t worker_random(struct worker *w)
{
	uint64_t z = (w->random += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Too many: say so in one call and be rid of it. What the client has sent is read first, or the
 * close would be a reset that overtakes the answer. Where TLS is spoken there are no words for it.
 */
static void turn_away(struct worker *w, int fd, bool is_tls, enum stats_id why)
{
	struct pxe_text t = pxe_text_init(w->out, WORKER_OUT_SIZE);
	struct head h = {.date = w->date, .persist = HEAD_CLOSE};

	(void)head_error(&t, &h, 503, false, false, "Retry-After: 5\r\n");
	(void)!recv(fd, w->in, sizeof(w->in), MSG_DONTWAIT);
	if (!is_tls)
		(void)!send(fd, t.p, t.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)shutdown(fd, SHUT_WR);
	(void)!recv(fd, w->in, sizeof(w->in), MSG_DONTWAIT);
	(void)close(fd);
	stat_add(w->stat, why, 1);
}

static void emit_refusal(struct worker *w, const struct pxe_endpoint *peer)
{
	struct pxe_event ev = {.time_us = w->now.wall_us,
	    .stage = PXE_STAGE_HTTP,
	    .reason = PXE_REASON_OVERLOAD,
	    .status = 503,
	    .ip = peer->ip,
	    .port = peer->port};

	pxe_events_emit(w->shared->events, &ev);
}

static void take(struct worker *w, int fd, const struct pxe_endpoint *peer, int tls)
{
	static struct pxe_log_limit limit = PXE_LOG_LIMIT(1, 5);
	struct shared *sh = w->shared;
	unsigned n = __atomic_add_fetch(&sh->connections, 1, __ATOMIC_RELAXED);
	enum stats_id why = STAT_COUNT;

	if (n > sh->max_connections || n > (uint64_t)w->catalog->conf.limits.connections)
		why = STAT_REFUSED_FULL;
	else if (sh->clients != NULL && !clients_enter(sh->clients, &peer->ip, w->now.mono_us))
		why = STAT_REFUSED_CLIENT;
	if (why == STAT_COUNT) {
		conn_new(w, fd, peer, tls >= 0 ? w->tls->v[tls].ctx : NULL);
		return;
	}
	(void)__atomic_sub_fetch(&sh->connections, 1, __ATOMIC_RELAXED);
	pxe_log_limited(&limit, PXE_LOG_WARNING, "%s reached, %s",
	    why == STAT_REFUSED_FULL ? "limit of connections"
				     : "limit of connections of one client",
	    tls >= 0 ? "closing new ones" : "answering 503");
	turn_away(w, fd, tls >= 0, why);
	emit_refusal(w, peer);
}

static void pause_accepting(struct worker *w, int err)
{
	static struct pxe_log_limit limit = PXE_LOG_LIMIT(1, 1);

	pxe_log_limited(
	    &limit, PXE_LOG_ERROR, "cannot accept connections for now: %s", strerror(err));
	for (size_t i = 0; i < w->nlistener; i++)
		(void)uv_poll_stop(&w->listener[i].poll);
	w->paused = true;
}

/* Up to max connections. False when there are no more, or none can be taken now. */
static bool accept_some(struct worker *w, const struct listener *l, unsigned max)
{
	for (unsigned i = 0; i < max; i++) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof(ss);
		struct pxe_endpoint peer = {0};
		int fd = accept4(l->fd, (struct sockaddr *)&ss, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 &&
		    (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
			files_clear(&w->files);
			pause_accepting(w, errno);
			return false;
		}
		if (fd < 0) {
			if (errno == ECONNABORTED || errno == EINTR || errno == EPROTO)
				continue;
			return false;
		}
		if (ss.ss_family != AF_UNIX)
			peer = pxe_sockaddr_get(&ss);
		files_turn(&w->files); /* it may have come while its elders were served */
		take(w, fd, &peer, l->tls);
	}
	return true;
}

static void on_listener(uv_poll_t *handle, int status, int events)
{
	struct listener *l = PXE_CONTAINER(handle, struct listener, poll);

	(void)status;
	(void)events;
	worker_update_time(l->worker);
	(void)accept_some(l->worker, l, WORKER_ACCEPT_BATCH);
}

static int start_listening(struct worker *w)
{
	for (size_t i = 0; i < w->nlistener; i++) {
		int err = uv_poll_start(&w->listener[i].poll, UV_READABLE, on_listener);

		if (err != 0)
			return err;
	}
	w->paused = false;
	return 0;
}

/* Connections whose time is up, of one list: oldest first, so the first that is not ends it. */
static void expire(struct worker *w, enum conn_wait wait, int64_t timeout_ms)
{
	int64_t limit = w->now.mono_us - timeout_ms * 1000;

	while (!pxe_list_is_empty(&w->waiting[wait])) {
		struct conn *c = PXE_CONTAINER(w->waiting[wait].next, struct conn, link);

		if (c->since_us > limit)
			return;
		pxe_list_remove(&c->link); /* whatever it does next, it is seen once */
		conn_timed_out(c);
	}
}

static void on_tick(uv_timer_t *handle)
{
	struct worker *w = PXE_CONTAINER(handle, struct worker, tick);
	const struct conf_limits *l = &w->catalog->conf.limits;

	worker_update_time(w);
	expire(w, WAIT_TLS, l->handshake_ms);
	expire(w, WAIT_HEAD, l->head_ms);
	expire(w, WAIT_IDLE, l->idle_ms);
	expire(w, WAIT_SEND, l->send_ms);
	expire(w, WAIT_LINGER, l->linger_ms);
	if (w->paused && !w->draining)
		(void)start_listening(w);
}

/* Capped transfers take their next bytes; the timer runs only while there are any. */
static void on_pace(uv_timer_t *handle)
{
	struct worker *w = PXE_CONTAINER(handle, struct worker, pace);
	struct pxe_link due;

	worker_update_time(w);
	if (pxe_list_is_empty(&w->waiting[WAIT_PACE])) {
		(void)uv_timer_stop(&w->pace);
		return;
	}
	/* Those that go on waiting come back to the list, behind this round. */
	pxe_list_init(&due);
	pxe_list_insert_after(w->waiting[WAIT_PACE].prev, &due);
	pxe_list_remove(&w->waiting[WAIT_PACE]);
	while (!pxe_list_is_empty(&due)) {
		struct conn *c = PXE_CONTAINER(due.next, struct conn, link);

		pxe_list_remove(&c->link);
		conn_paced(c);
	}
	/* Connections of one client draw on one bucket: another of them comes first next time. */
	if (!pxe_list_is_empty(&w->waiting[WAIT_PACE])) {
		struct pxe_link *first = w->waiting[WAIT_PACE].next;

		pxe_list_remove(first);
		pxe_list_append(&w->waiting[WAIT_PACE], first);
	}
}

void worker_pace(struct worker *w)
{
	if (uv_is_active((uv_handle_t *)&w->pace) == 0)
		(void)uv_timer_start(&w->pace, on_pace, WORKER_PACE_MS, WORKER_PACE_MS);
}

static void on_before_wait(uv_prepare_t *handle)
{
	struct worker *w = PXE_CONTAINER(handle, struct worker, before_wait);

	files_turn(&w->files);
	accesslog_flush(&w->log, w->catalog);
	/* The counters that live elsewhere. */
	__atomic_store_n(&w->stat[STAT_FILE_HITS], w->files.hits, __ATOMIC_RELAXED);
	__atomic_store_n(&w->stat[STAT_FILE_MISSES], w->files.misses, __ATOMIC_RELAXED);
	__atomic_store_n(&w->stat[STAT_LOG_LOST], w->log.lost, __ATOMIC_RELAXED);
}

static void on_wake(uv_async_t *handle)
{
	struct worker *w = PXE_CONTAINER(handle, struct worker, wake);
	struct worker_call *call = NULL;

	worker_update_time(w);
	uv_mutex_lock(&w->lock);
	call = w->calls;
	w->calls = NULL;
	uv_mutex_unlock(&w->lock);
	while (call != NULL) {
		struct worker_call *next = call->next;

		call->fn(w, call->arg);
		uv_sem_post(&call->done);
		call = next;
	}
}

void worker_run(struct worker *w, void (*fn)(struct worker *w, void *arg), void *arg)
{
	struct worker_call call = {.fn = fn, .arg = arg};
	struct worker_call **at = NULL;

	if (uv_sem_init(&call.done, 0) != 0)
		abort(); /* cannot fail on Linux but for a bad value */
	uv_mutex_lock(&w->lock);
	for (at = &w->calls; *at != NULL;)
		at = &(*at)->next;
	*at = &call;
	uv_mutex_unlock(&w->lock);
	(void)uv_async_send(&w->wake);
	uv_sem_wait(&call.done);
	uv_sem_destroy(&call.done);
}

void worker_set_catalog(struct worker *w, void *arg)
{
	struct catalog *old = w->catalog;

	accesslog_flush(&w->log, old);
	files_clear(&w->files); /* its keys are mounts of the old one */
	auth_cache_clear(&w->auth_cache);
	w->catalog = catalog_ref(arg);
	w->files.max = (size_t)w->catalog->conf.limits.open_files;
	catalog_unref(old);
}

void worker_set_tls(struct worker *w, void *arg)
{
	w->tls = arg;
}

static void close_listeners(struct worker *w)
{
	for (size_t i = 0; i < w->nlistener; i++) {
		struct listener *l = &w->listener[i];

		if (l->fd < 0)
			continue;
		uv_close((uv_handle_t *)&l->poll, NULL);
		(void)close(l->fd);
		l->fd = -1;
	}
}

/* Serve who is in the queue: closing the socket would reset them. */
static void accept_rest(struct worker *w)
{
	for (size_t i = 0; i < w->nlistener; i++) {
		while (
		    w->listener[i].fd >= 0 && accept_some(w, &w->listener[i], WORKER_ACCEPT_BATCH))
			;
	}
}

static void kill_waiting(struct worker *w, enum conn_wait wait)
{
	/* Conns leave the list as they are killed, except those with a job. */
	PXE_LIST_FOREACH_SAFE (l, &w->waiting[wait])
		conn_kill(PXE_CONTAINER(l, struct conn, link));
}

/* Connections that have not said anything yet. */
static void kill_silent(struct worker *w)
{
	PXE_LIST_FOREACH_SAFE (l, &w->waiting[WAIT_HEAD]) {
		struct conn *c = PXE_CONTAINER(l, struct conn, link);

		if (c->in_len == 0 && !c->skipping)
			conn_kill(c);
	}
}

void worker_drain(struct worker *w, void *arg)
{
	(void)arg;
	w->draining = true;
	accept_rest(w);
	close_listeners(w);
	kill_waiting(w, WAIT_IDLE);
	kill_silent(w);
	worker_conn_gone(w);
}

void worker_conn_gone(struct worker *w)
{
	if (!w->draining || w->stopping || w->nconn > 0 || w->told_drained)
		return;
	w->told_drained = true;
	w->shared->on_drained(w->shared->arg);
}

static void stop_here(struct worker *w, void *arg)
{
	(void)arg;
	w->draining = w->stopping = true;
	close_listeners(w);
	for (int i = 0; i < WAIT_COUNT; i++)
		kill_waiting(w, (enum conn_wait)i);
	uv_close((uv_handle_t *)&w->tick, NULL);
	uv_close((uv_handle_t *)&w->pace, NULL);
	uv_close((uv_handle_t *)&w->wake, NULL);
	/* before_wait stays until the loop has nothing else, to write the log's last lines. */
	uv_unref((uv_handle_t *)&w->before_wait);
}

static void free_worker(struct worker *w)
{
	accesslog_flush(&w->log, w->catalog);
	uv_close((uv_handle_t *)&w->before_wait, NULL);
	(void)uv_run(&w->loop, UV_RUN_DEFAULT);
	conn_free_spares(w);
	files_fini(&w->files);
	catalog_unref(w->catalog);
	(void)uv_loop_close(&w->loop);
	uv_mutex_destroy(&w->lock);
	free(w->listener);
	free(w);
}

static void run_thread(void *arg)
{
	struct worker *w = arg;

	(void)uv_run(&w->loop, UV_RUN_DEFAULT);
}

void worker_stop(struct worker *w)
{
	worker_run(w, stop_here, NULL);
	(void)uv_thread_join(&w->thread);
	free_worker(w);
}

static int init_handles(struct worker *w)
{
	int err = uv_loop_init(&w->loop);

	if (err == 0)
		err = uv_mutex_init(&w->lock);
	if (err == 0)
		err = uv_async_init(&w->loop, &w->wake, on_wake);
	if (err == 0)
		err = uv_timer_init(&w->loop, &w->tick);
	if (err == 0)
		err = uv_timer_start(&w->tick, on_tick, WORKER_TICK_MS, WORKER_TICK_MS);
	if (err == 0)
		err = uv_timer_init(&w->loop, &w->pace);
	if (err == 0)
		err = uv_prepare_init(&w->loop, &w->before_wait);
	if (err == 0)
		err = uv_prepare_start(&w->before_wait, on_before_wait);
	return err;
}

static int init_listeners(struct worker *w, const int *fds, size_t nfds)
{
	w->listener = calloc(nfds > 0 ? nfds : 1, sizeof(*w->listener));
	if (w->listener == NULL)
		return -ENOMEM;
	w->nlistener = nfds;
	for (size_t i = 0; i < nfds; i++) {
		int err = uv_poll_init(&w->loop, &w->listener[i].poll, fds[i]);

		if (err != 0)
			return err;
		w->listener[i].fd = fds[i];
		w->listener[i].tls = w->shared->listener_tls[i];
		w->listener[i].worker = w;
	}
	return start_listening(w);
}

int worker_start(struct shared *shared, struct catalog *catalog, const int *fds, size_t nfds,
    unsigned index, struct worker **out)
{
	struct worker *w = calloc(1, sizeof(*w));
	struct pxe_hash_seed seed = {shared->seed[0], shared->seed[1]};
	int err = -ENOMEM;

	if (w == NULL)
		return err;
	w->index = index;
	w->shared = shared;
	w->catalog = catalog_ref(catalog);
	w->tls = shared->tls;
	w->random = shared->seed[2] + index;
	w->auth_cache.seed[0] = seed;
	w->auth_cache.seed[1] = (struct pxe_hash_seed){shared->seed[2], shared->seed[3]};
	for (int i = 0; i < WAIT_COUNT; i++)
		pxe_list_init(&w->waiting[i]);
	files_init(&w->files, &seed, (size_t)catalog->conf.limits.open_files);
	worker_update_time(w);
	err = init_handles(w);
	if (err == 0)
		err = init_listeners(w, fds, nfds);
	if (err == 0)
		err = uv_thread_create(&w->thread, run_thread, w);
	/* A failure here ends the program: what was made stays for its exit. */
	if (err == 0)
		*out = w;
	return err;
}
