/* SPDX-License-Identifier: BSD-2-Clause */
/* server.c -- the process around the workers. */
#include "tftpd/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/control.h"
#include "libpxecommon/os/service.h"
#include "tftpd/ident.h"
#include "tftpd/listen.h"

enum { IDLE_CHECK_MS = 1000, DRAIN_MS = 5000, WHY_MAX = 512 };

/* A worker with a loop of its own. Worker 0 runs on the main loop and has only the struct. */
struct thread {
	struct server *server;
	struct worker worker;
	uv_thread_t id;
	uv_loop_t loop;
	uv_async_t wake;
	bool has_loop, is_running;
	/* What the main thread wants, under server.lock. */
	struct policy *next_policy;
	bool want_drain, want_stop;
};

struct server {
	struct server_opts opts;
	uv_loop_t *loop;
	struct policy *policy;
	struct thread *thread; /* n of them */
	size_t n, ninit;
	uv_mutex_t lock;
	uv_async_t idle;       /* a worker has ended its last transfer */
	uv_timer_t idle_timer; /* inetd */
	bool has_idle_timer;
	struct idents *idents;
	struct pxe_events *events;
	struct pxe_control *control;
	struct pxe_service *service;
};

const struct tftpd_conf *server_conf(const struct server *s)
{
	return &s->policy->conf;
}

size_t server_workers(const struct server *s)
{
	return s->ninit;
}

struct worker *server_worker(struct server *s, size_t i)
{
	return &s->thread[i].worker;
}

static void emit(struct server *s, enum pxe_reason reason, const char *detail)
{
	const struct pxe_event ev = {
	    .stage = PXE_STAGE_SERVICE, .reason = reason, .detail = detail};

	pxe_events_emit(s->events, &ev);
}

static size_t count_transfers(struct server *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->ninit; i++) {
		struct worker *w = &s->thread[i].worker;

		uv_mutex_lock(&w->lock);
		n += w->by_tid.count;
		uv_mutex_unlock(&w->lock);
	}
	return n;
}

static void on_worker_idle(struct worker *w)
{
	const struct server *s = w->arg;

	if (w->is_draining)
		(void)uv_async_send((uv_async_t *)(uintptr_t)&s->idle);
}

static void on_idle(uv_async_t *async)
{
	struct server *s = async->data;

	if (pxe_service_is_draining(s->service) && count_transfers(s) == 0)
		pxe_service_stopped(s->service);
}

/* On the worker's own thread: do what the main thread asked for. */
static void on_wake(uv_async_t *async)
{
	struct thread *t = async->data;
	struct policy *policy;
	bool drain, stop;

	uv_mutex_lock(&t->server->lock);
	policy = t->next_policy;
	t->next_policy = NULL;
	drain = t->want_drain;
	stop = t->want_stop;
	t->want_drain = false;
	uv_mutex_unlock(&t->server->lock);
	if (policy != NULL) {
		worker_set_policy(&t->worker, policy);
		policy_unref(policy);
	}
	if (drain)
		worker_drain(&t->worker);
	if (stop) {
		worker_close(&t->worker);
		uv_close((uv_handle_t *)&t->wake, NULL);
	}
}

static void run_thread(void *arg)
{
	struct thread *t = arg;

	(void)uv_run(&t->loop, UV_RUN_DEFAULT);
}

/* Hand policy, drain or stop to a worker. */
static void tell(struct thread *t, struct policy *policy, bool drain, bool stop)
{
	struct server *s = t->server;

	if (!t->is_running) { /* worker 0, whose thread is this one */
		if (policy != NULL)
			worker_set_policy(&t->worker, policy);
		if (drain)
			worker_drain(&t->worker);
		if (stop)
			worker_close(&t->worker);
		return;
	}
	uv_mutex_lock(&s->lock);
	if (policy != NULL) {
		policy_unref(t->next_policy);
		t->next_policy = policy_ref(policy);
	}
	t->want_drain = t->want_drain || drain;
	t->want_stop = t->want_stop || stop;
	uv_mutex_unlock(&s->lock);
	(void)uv_async_send(&t->wake);
}

/* Settings that only a restart changes: say so rather than ignore them. */
static void warn_restart(const struct tftpd_conf *a, const struct tftpd_conf *b)
{
	bool listen = a->listen.n != b->listen.n || strcmp(a->port, b->port) != 0;

	for (size_t i = 0; !listen && i < a->listen.n; i++)
		listen = strcmp(a->listen.v[i], b->listen.v[i]) != 0;
	if (listen || a->family != b->family || a->workers != b->workers || a->cache != b->cache ||
	    a->single_port != b->single_port || a->mtftp_port != b->mtftp_port ||
	    a->common.sandbox != b->common.sandbox)
		pxe_log_warning("listen, family, workers, single_port, mtftp_port, cache and "
				"sandbox change only with a restart; the rest is in force now");
}

static int load_policy(struct server *s, struct pxe_diag *diag, struct policy **out)
{
	struct pxe_arena *arena = pxe_arena_new();
	struct tftpd_flags flags;
	struct tftpd_conf conf;
	int rc;

	if (arena == NULL)
		return CONF_EX_OSERR;
	rc = conf_read(s->opts.argc, s->opts.argv, arena, &conf, &flags, diag);
	if (rc != 0) {
		pxe_arena_free(arena);
		return rc;
	}
	return policy_new(&conf, arena, diag, out);
}

/* Log all findings; the last error, which is what the caller wants to know, into why. */
static void show_findings(const struct pxe_diag *diag, struct pxe_text *why)
{
	char line[1024];

	for (size_t i = 0; i < diag->n; i++) {
		const struct pxe_diag_entry *e = &diag->v[i];

		pxe_diag_str(e, line, sizeof(line));
		if (e->level == PXE_DIAG_WARNING) {
			pxe_log_warning("%s", line);
			continue;
		}
		pxe_log_error("%s", line);
		why->len = 0;
		pxe_text_add(why, line);
	}
}

int server_reload(struct server *s, struct pxe_text *why)
{
	struct policy *policy = NULL;
	struct pxe_diag diag;
	int rc;

	pxe_diag_init(&diag);
	rc = load_policy(s, &diag, &policy);
	show_findings(&diag, why);
	pxe_diag_fini(&diag);
	if (rc != 0) {
		if (why->len == 0)
			pxe_text_add(why, "out of memory");
		pxe_log_error("reload failed, the old configuration stays: %s", why->p);
		emit(s, PXE_REASON_RELOAD_FAILED, why->p);
		return PXE_E_CONFIG;
	}
	warn_restart(&s->policy->conf, &policy->conf);
	policy->conf.single_port = s->policy->conf.single_port;
	for (size_t i = 0; i < s->n; i++)
		tell(&s->thread[i], policy, false, false);
	policy_unref(s->policy);
	s->policy = policy;
	pxe_log_notice("configuration read again");
	emit(s, PXE_REASON_RELOADED, NULL);
	return 0;
}

static void on_reload(void *arg)
{
	struct server *s = arg;
	char buf[WHY_MAX];
	struct pxe_text why = pxe_text_init(buf, sizeof(buf));

	/* in.tftpd started by inetd ends on SIGHUP: the next request starts it afresh. */
	if (s->opts.is_inetd)
		pxe_service_drain(s->service);
	else
		(void)server_reload(s, &why);
}

static void on_drain(void *arg)
{
	struct server *s = arg;
	size_t left;

	for (size_t i = 0; i < s->n; i++)
		tell(&s->thread[i], NULL, true, false);
	left = count_transfers(s);
	if (left > 0)
		pxe_log_notice(
		    "stopping, %zu transfers have %d seconds to end", left, DRAIN_MS / 1000);
	(void)uv_async_send(&s->idle);
}

static void on_stats(void *arg)
{
	uint64_t v[STAT_COUNT];

	control_sum(arg, v);
	pxe_log_notice("requests %llu, transfers done %llu, failed on time-out %llu, not found "
		       "%llu, bytes sent %llu, bytes received %llu, retransmits %llu, now %llu",
	    (unsigned long long)(v[STAT_READS] + v[STAT_WRITES]),
	    (unsigned long long)v[STAT_END_OK], (unsigned long long)v[STAT_END_TIMEOUT],
	    (unsigned long long)v[STAT_END_NOT_FOUND], (unsigned long long)v[STAT_BYTES_SENT],
	    (unsigned long long)v[STAT_BYTES_RECEIVED], (unsigned long long)v[STAT_RETRANSMITS],
	    (unsigned long long)v[STAT_TRANSFERS]);
}

static const struct pxe_service_ops service_ops = {
    .on_reload = on_reload, .on_stats = on_stats, .on_drain = on_drain, .drain_ms = DRAIN_MS};

static void on_idle_timer(uv_timer_t *timer)
{
	struct server *s = timer->data;
	struct worker *w = &s->thread[0].worker;
	int64_t quiet_us;

	uv_mutex_lock(&w->lock);
	quiet_us = w->by_tid.count > 0 ? 0 : (int64_t)(uv_hrtime() / 1000) - w->last_request_us;
	uv_mutex_unlock(&w->lock);
	if (quiet_us >= s->policy->conf.idle_ms * 1000 && !pxe_service_is_draining(s->service))
		pxe_service_drain(s->service);
}

static int make_workers(struct server *s, size_t n, struct pxe_text *why)
{
	int rc = 0;

	s->thread = calloc(n, sizeof(*s->thread));
	if (s->thread == NULL)
		rc = -ENOMEM;
	else
		s->n = n;
	for (size_t i = 0; i < s->n && rc == 0; i++) {
		struct thread *t = &s->thread[i];

		t->server = s;
		if (i > 0) {
			rc = uv_loop_init(&t->loop);
			t->has_loop = rc == 0;
			if (rc == 0)
				rc = uv_async_init(&t->loop, &t->wake, on_wake);
			t->wake.data = t;
		}
		if (rc == 0)
			rc = worker_init(&t->worker, (unsigned)i, i > 0 ? &t->loop : s->loop,
			    s->policy, s->events, (unsigned)n);
		t->worker.idents = s->idents;
		t->worker.home = &s->thread[0].worker;
		t->worker.on_idle = on_worker_idle;
		t->worker.arg = s;
		s->ninit += rc == 0;
	}
	if (rc == 0)
		return 0;
	pxe_text_addf(why, "cannot start worker: %s", pxe_strerror(rc));
	return CONF_EX_OSERR;
}

static int open_sockets(struct server *s, struct pxe_text *why)
{
	int first = 0;
	int nfds = s->opts.is_inetd ? 1 : pxe_service_listen_fds(&first);
	size_t n = s->policy->conf.workers > 0 ? (size_t)s->policy->conf.workers
					       : uv_available_parallelism();
	int rc;

	if (nfds == 0 && s->opts.flags->systemd) {
		pxe_text_add(why, "--systemd, but no socket was handed over (LISTEN_FDS)");
		return CONF_EX_NOINPUT;
	}
	if (nfds > 0 && (size_t)nfds < n)
		n = (size_t)nfds;
	if (s->policy->conf.port_lo != 0) {
		size_t ports = (size_t)(s->policy->conf.port_hi - s->policy->conf.port_lo) + 1;

		n = ports < n ? ports : n; /* each has one at least */
	}
	rc = make_workers(s, n, why);
	if (rc != 0)
		return rc;
	rc = nfds > 0 ? sockets_adopt(s, first, nfds, why) : sockets_bind(s, s->loop, why);
	return rc != 0 ? rc : sockets_mtftp(s, s->loop, why);
}

/* in.tftpd goes on without its pid file, and so do we; but a file that names a live process says
 * that we run already. */
static int open_pid_file(struct server *s, struct pxe_text *why)
{
	const char *path = s->policy->conf.common.pid_file;
	int rc;

	if (path == NULL)
		return 0;
	if (s->opts.is_inetd) {
		pxe_log_warning("not in standalone mode, ignoring pid file");
		return 0;
	}
	rc = pxe_service_pid_file(s->service, path);
	if (rc == PXE_E_EXISTS) {
		pxe_text_addf(why, "pid file %s names a process that is alive", path);
		return CONF_EX_OSERR;
	}
	if (rc != 0)
		pxe_log_warning("cannot write pid file %s: %s", path, pxe_strerror(rc));
	return 0;
}

/* A socket that cannot be made is not worth dying for. One that another process answers on would
 * leave us out of everybody's sight: only inetd, whose tftp and tftp6 services are two processes,
 * gets its service all the same. */
static int open_control(struct server *s, struct pxe_text *why)
{
	const struct tftpd_conf *conf = &s->policy->conf;
	const char *path = conf->common.control;
	int rc;

	if (path == NULL || path[0] == '\0')
		return 0;
	rc = control_open(s, s->loop, conf, s->events, &s->control);
	if (rc == PXE_E_EXISTS && !s->opts.is_inetd) {
		pxe_text_addf(why,
		    "control socket %s: another process answers there; give this one --control "
		    "PATH, or --control \"\" for none",
		    path);
		return CONF_EX_OSERR;
	}
	if (rc != 0)
		pxe_log_warning("no control socket at %s: %s", path,
		    rc == PXE_E_EXISTS ? "another daemon answers there" : pxe_strerror(rc));
	return 0;
}

static void kick_control(void *arg)
{
	struct server *s = arg;

	if (s->control != NULL)
		pxe_control_kick(s->control);
}

static int open_basics(struct server *s)
{
	int rc = uv_mutex_init(&s->lock);

	if (rc != 0)
		return rc;
	s->idents = idents_new();
	rc = s->idents == NULL ? -ENOMEM : uv_async_init(s->loop, &s->idle, on_idle);
	s->idle.data = s;
	if (rc == 0)
		rc = pxe_events_new(s->loop, "tftpd", (size_t)s->policy->conf.common.events,
		    kick_control, s, &s->events);
	if (rc == 0)
		rc = pxe_service_new(s->loop, &service_ops, s, &s->service);
	return rc;
}

int server_open(const struct server_opts *opts, struct policy *policy, struct pxe_text *why,
    struct server **out)
{
	struct server *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL) {
		pxe_text_add(why, "out of memory");
		return CONF_EX_OSERR;
	}
	s->opts = *opts;
	s->policy = policy_ref(policy);
	s->loop = uv_default_loop();
	*out = s;
	rc = open_basics(s);
	if (rc != 0) {
		pxe_text_addf(why, "cannot start the event loop: %s", pxe_strerror(rc));
		return CONF_EX_OSERR;
	}
	rc = open_sockets(s, why);
	if (rc != 0)
		return rc;
	rc = open_pid_file(s, why);
	return rc != 0 ? rc : open_control(s, why);
}

static void describe(struct server *s, struct pxe_text *t)
{
	const struct policy *p = s->policy;
	char text[PXE_ENDPOINT_STRLEN];

	for (size_t i = 0; i < p->nroot; i++)
		pxe_text_addf(t, "%s%s", i > 0 ? " " : "serving ", p->root[i].path);
	if (p->nroot == 0)
		pxe_text_addf(t, "serving %zu roots by client", p->nspecial);
	for (size_t k = 0; k < s->n; k++) {
		const struct worker *w = &s->thread[k].worker;

		for (size_t i = 0; i < w->nlistener && (k == 0 || s->opts.is_inetd); i++) {
			struct pxe_endpoint at = pxe_udp_local(w->listener[i]->udp);

			pxe_text_addf(t, "%s%s", i > 0 ? " " : " on ", pxe_endpoint_str(&at, text));
		}
	}
}

static int start_threads(struct server *s)
{
	int rc = 0;

	for (size_t i = 1; i < s->n && rc == 0; i++) {
		rc = uv_thread_create(&s->thread[i].id, run_thread, &s->thread[i]);
		s->thread[i].is_running = rc == 0;
	}
	return rc;
}

int server_run(struct server *s, struct pxe_text *why)
{
	char text[1024];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	int rc = start_threads(s);

	if (rc != 0) {
		pxe_text_addf(why, "cannot start a thread: %s", pxe_strerror(rc));
		return CONF_EX_OSERR;
	}
	if (s->opts.is_inetd && s->policy->conf.idle_ms > 0) {
		(void)uv_timer_init(s->loop, &s->idle_timer);
		s->has_idle_timer = true;
		s->idle_timer.data = s;
		s->thread[0].worker.last_request_us = (int64_t)(uv_hrtime() / 1000);
		(void)uv_timer_start(&s->idle_timer, on_idle_timer, IDLE_CHECK_MS, IDLE_CHECK_MS);
	}
	describe(s, &t);
	pxe_log_notice("tftpd %s, %zu worker%s, %s", PXE_VERSION, s->n, s->n > 1 ? "s" : "", text);
	emit(s, PXE_REASON_STARTED, text);
	pxe_service_ready(s->service, "%s", text);
	(void)uv_run(s->loop, UV_RUN_DEFAULT);
	pxe_log_notice("stopped");
	emit(s, PXE_REASON_STOPPED, NULL);
	return 0;
}

/* Its handles must be closed on its loop, by its thread or, when that never started, here. */
static void finish_thread(struct thread *t)
{
	if (t->is_running) {
		(void)uv_thread_join(&t->id);
	} else if (t->has_loop) {
		if (t->wake.data != NULL)
			uv_close((uv_handle_t *)&t->wake, NULL);
		(void)uv_run(&t->loop, UV_RUN_DEFAULT);
	}
}

void server_free(struct server *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->ninit; i++)
		tell(&s->thread[i], NULL, false, true);
	for (size_t i = 1; i < s->n; i++)
		finish_thread(&s->thread[i]);
	pxe_control_free(s->control);
	pxe_service_free(s->service);
	if (s->idle.data != NULL)
		uv_close((uv_handle_t *)&s->idle, NULL);
	if (s->has_idle_timer)
		uv_close((uv_handle_t *)&s->idle_timer, NULL);
	(void)uv_run(s->loop, UV_RUN_DEFAULT);
	pxe_events_free(s->events);
	(void)uv_run(s->loop, UV_RUN_DEFAULT);
	for (size_t i = 0; i < s->ninit; i++) {
		worker_fini(&s->thread[i].worker);
		policy_unref(s->thread[i].next_policy);
	}
	for (size_t i = 1; i < s->n; i++)
		if (s->thread[i].has_loop)
			(void)uv_loop_close(&s->thread[i].loop);
	(void)uv_loop_close(s->loop);
	policy_unref(s->policy);
	idents_free(s->idents);
	uv_mutex_destroy(&s->lock);
	free(s->thread);
	free(s);
}
