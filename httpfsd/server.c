/* SPDX-License-Identifier: BSD-2-Clause */
/* server.c -- see server.h. */
#include "httpfsd/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <syslog.h>
#include <unistd.h>

#include "httpfsd/clients.h"
#include "httpfsd/confine.h"
#include "httpfsd/conn.h"
#include "httpfsd/control.h"
#include "httpfsd/listen.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/priv.h"
#include "libpxecommon/os/service.h"

enum { WORKERS_MAX = 64, FD_RESERVE = 64 };

/* Print findings; the last line is the cause. */
static void log_findings(const struct pxe_diag *d)
{
	char text[1024];

	for (size_t i = 0; i < d->n; i++) {
		(void)pxe_diag_str(&d->v[i], text, sizeof(text));
		pxe_log(
		    d->v[i].level == PXE_DIAG_ERROR ? PXE_LOG_ERROR : PXE_LOG_WARNING, "%s", text);
	}
}

static int fail(struct pxe_diag *d)
{
	char text[1024] = "cannot start";

	log_findings(d);
	if (d->n > 0)
		(void)pxe_diag_str(&d->v[d->n - 1], text, sizeof(text));
	pxe_service_failed(text);
	pxe_diag_fini(d);
	return EXIT_FAILURE;
}

static int fail_with(struct pxe_diag *d, const char *what, int err)
{
	pxe_diag_add(d, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL, "%s: %s", what, pxe_strerror(err));
	return fail(d);
}

static void set_up_log(const struct pxe_conf_common *c, bool detached)
{
	static const unsigned targets[] = {
	    0, PXE_LOG_STDERR, PXE_LOG_SYSLOG, PXE_LOG_STDERR | PXE_LOG_SYSLOG};
	unsigned target = targets[c->log_target];
	int facility = c->log_facility != NULL ? pxe_log_facility(c->log_facility) : LOG_DAEMON;

	if (target == 0)
		target = detached ? PXE_LOG_STDERR | PXE_LOG_SYSLOG : PXE_LOG_STDERR;
	pxe_log_setup("httpfsd", target, facility >= 0 ? facility : LOG_DAEMON,
	    (enum pxe_log_level)c->log_level);
}

static void emit_service(struct server *s, enum pxe_reason reason, const char *detail)
{
	struct pxe_event ev = {.stage = PXE_STAGE_SERVICE, .reason = reason, .detail = detail};

	pxe_events_emit(s->shared.events, &ev);
}

static struct clients_limits client_limits(const struct conf *conf)
{
	const struct conf_limits *l = &conf->limits;

	return (struct clients_limits){.connections = (unsigned)l->per_client,
	    .rates = {.client = (uint64_t)l->client_rate, .total = (uint64_t)l->rate}};
}

/* Has it limits for which clients must be told apart. */
static bool knows_clients(const struct conf *conf)
{
	struct clients_limits l = client_limits(conf);

	return l.connections > 0 || l.rates.client > 0 || l.rates.total > 0;
}

/* What a reload cannot change. */
static void warn_unchangeable(const struct conf *old, const struct conf *now)
{
	struct conf_listener a, b;
	bool more = true, same = true;

	for (size_t i = 0; same && more; i++) {
		more = conf_listen_at(old, i, &a);
		same = conf_listen_at(now, i, &b) == more &&
		       (!more || (a.is_tls == b.is_tls && strcmp(a.address, b.address) == 0));
	}
	if (!same)
		pxe_log_warning("where to listen has changed: takes effect at the next start");
	if (old->workers != now->workers)
		pxe_log_warning("\"workers\" has changed: takes effect at the next start");
	if (old->common.sandbox != now->common.sandbox)
		pxe_log_warning("\"sandbox\" has changed: takes effect at the next start");
	if (knows_clients(old) != knows_clients(now))
		pxe_log_warning(
		    "limits of clients (per_client, client_rate, rate) were switched on "
		    "or off: takes effect at the next start");
}

static int load_again(
    struct server *s, struct catalog **out, struct tls_set **out_tls, struct pxe_diag *d)
{
	struct catalog *c = NULL;
	struct tls_set *tls = NULL;
	int err = catalog_new(s->flags, &c, d);

	if (err == 0)
		err = tls_set_load(&c->conf, s->shared.tls, &tls, d);
	if (err == 0)
		err = catalog_open_log(c, s->flags->detach, geteuid(), getegid(), d);
	if (err == 0)
		err = catalog_open_roots(c, &s->loop, d);
	if (err != 0) {
		catalog_retire(c);
		catalog_unref(c);
		tls_set_free(tls);
		return err;
	}
	*out = c;
	*out_tls = tls;
	return 0;
}

int server_reload(struct server *s, struct pxe_text *why)
{
	struct catalog *now = NULL, *old = s->catalog;
	struct tls_set *tls = NULL;
	struct pxe_diag d;
	char text[1024] = "";
	int err = 0;
	struct clients_limits limits;

	pxe_diag_init(&d);
	err = load_again(s, &now, &tls, &d);
	log_findings(&d);
	if (err != 0 && d.n > 0)
		(void)pxe_diag_str(&d.v[d.n - 1], text, sizeof(text));
	pxe_diag_fini(&d);
	if (err != 0) {
		pxe_log_error("reload failed, the old configuration stays: %s", text);
		pxe_text_add(why, text);
		emit_service(s, PXE_REASON_RELOAD_FAILED, text);
		return err;
	}
	warn_unchangeable(&old->conf, &now->conf);
	for (unsigned i = 0; i < s->nworker; i++) {
		worker_run(s->worker[i], worker_set_catalog, now);
		worker_run(s->worker[i], worker_set_tls, tls);
	}
	tls_set_free(s->shared.tls);
	s->shared.tls = tls;
	if (s->shared.clients != NULL) {
		limits = client_limits(&now->conf);
		clients_set_limits(s->shared.clients, &limits);
	}
	pxe_log_set_level((enum pxe_log_level)now->conf.common.log_level);
	s->catalog = now;
	catalog_retire(old);
	catalog_unref(old);
	pxe_log_notice("configuration reloaded");
	emit_service(s, PXE_REASON_RELOADED, NULL);
	return 0;
}

static void on_reload(void *arg)
{
	char text[1024];
	struct pxe_text why = pxe_text_init(text, sizeof(text));

	(void)server_reload(arg, &why);
}

static void on_stats(void *arg)
{
	struct server *s = arg;

	pxe_log_notice("%llu connections open, %llu accepted, %llu bytes sent",
	    (unsigned long long)server_stat(s, STAT_OPEN),
	    (unsigned long long)server_stat(s, STAT_ACCEPTED),
	    (unsigned long long)server_stat(s, STAT_SENT));
}

static void on_drain(void *arg)
{
	struct server *s = arg;

	for (unsigned i = 0; i < s->nworker; i++)
		worker_run(s->worker[i], worker_drain, NULL);
	pxe_service_status(s->service, "stopping, %llu connections left",
	    (unsigned long long)server_stat(s, STAT_OPEN));
}

/* On a worker's thread. */
static void on_worker_drained(void *arg)
{
	struct server *s = arg;

	(void)__atomic_add_fetch(&s->drained, 1, __ATOMIC_ACQ_REL);
	(void)uv_async_send(&s->all_drained);
}

static void on_all_drained(uv_async_t *handle)
{
	struct server *s = PXE_CONTAINER(handle, struct server, all_drained);

	if (__atomic_load_n(&s->drained, __ATOMIC_ACQUIRE) == s->nworker)
		pxe_service_stopped(s->service);
}

uint64_t server_stat(const struct server *s, enum stats_id which)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < s->nworker; i++)
		total += s->worker[i] != NULL ? stat_get(s->worker[i]->stat, which) : 0;
	return total;
}

static unsigned count_workers(const struct conf *conf)
{
	unsigned n = conf->workers > 0 ? (unsigned)conf->workers : uv_available_parallelism();

	return n < WORKERS_MAX ? n : WORKERS_MAX;
}

/* As many connections as there are descriptors for, beside the caches'. One that then finds none
 * for its file is answered 503. */
static unsigned fd_budget(const struct conf *conf, unsigned workers)
{
	unsigned long fds = pxe_service_raise_nofile();
	unsigned long fixed =
	    FD_RESERVE + workers * 8UL + workers * (unsigned long)conf->limits.open_files;

	/* With few descriptors the caches give theirs up when it comes to it. */
	if (fds <= 2 * fixed)
		return fds > 4 * FD_RESERVE ? (unsigned)(fds / 4) : 16;
	return (unsigned)(fds - fixed);
}

static int init_shared(struct server *s)
{
	struct shared *sh = &s->shared;
	const struct conf *conf = &s->catalog->conf;
	struct clients_limits limits = client_limits(conf);
	struct pxe_hash_seed seed;

	if (getrandom(sh->seed, sizeof(sh->seed), 0) != sizeof(sh->seed))
		return -EIO;
	sh->max_connections = fd_budget(conf, s->nworker);
	if (conf->limits.connections > sh->max_connections)
		pxe_log_debug("limit of descriptors allows %u connections", sh->max_connections);
	sh->on_drained = on_worker_drained;
	sh->arg = s;
	seed = (struct pxe_hash_seed){sh->seed[0], sh->seed[3]};
	if (knows_clients(conf)) {
		sh->clients = clients_new(&limits, &seed);
		if (sh->clients == NULL)
			return -ENOMEM;
	}
	return 0;
}

static int start_workers(struct server *s, struct listen_set *ls)
{
	s->shared.listener_tls = ls->tls;
	for (unsigned i = 0; i < ls->workers; i++) {
		int *fd = ls->fd + i * ls->n;
		int err = worker_start(&s->shared, s->catalog, fd, ls->n, i, &s->worker[i]);

		if (err != 0)
			return err;
		for (size_t k = 0; k < ls->n; k++)
			fd[k] = -1; /* the worker's now */
	}
	return 0;
}

/* Everything that needs the privileges we came with. */
static int open_privileged(struct server *s, struct listen_set *ls, struct pxe_diag *d)
{
	const struct pxe_conf_common *c = &s->catalog->conf.common;
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int err = 0;

	if (c->user != NULL && pxe_priv_ids(c->user, c->group, &uid, &gid) != 0) {
		pxe_diag_add(d, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
		    "no such user or group: %s%s%s", c->user, c->group != NULL ? ":" : "",
		    c->group != NULL ? c->group : "");
		return PXE_E_CONFIG;
	}
	err = tls_set_load(&s->catalog->conf, NULL, &s->shared.tls, d);
	if (err == 0)
		err = listen_open(&s->catalog->conf, s->nworker, ls, d);
	if (err == 0)
		err = catalog_open_log(s->catalog, s->flags->detach, uid, gid, d);
	if (err == 0 && c->pid_file != NULL) {
		err = pxe_service_pid_file(s->service, c->pid_file);
		if (err != 0)
			pxe_diag_add(d, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
			    "cannot write %s: %s", c->pid_file, pxe_strerror(err));
	}
	if (err == 0)
		err = control_open(s, d);
	return err;
}

static int drop(struct server *s, struct pxe_diag *d)
{
	const struct pxe_conf_common *c = &s->catalog->conf.common;
	struct pxe_priv p = {.user = c->user, .group = c->group};
	int err = pxe_priv_drop(&p);

	if (err != 0)
		pxe_diag_add(d, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL, "cannot become user %s: %s",
		    c->user != NULL ? c->user : "(unchanged)", pxe_strerror(err));
	else if (geteuid() == 0)
		pxe_log_warning(
		    "running as root; set \"user\" in %s or use --user", CONF_DEFAULT_FILE);
	return err;
}

static const struct pxe_service_ops *service_ops(const struct conf *conf)
{
	static struct pxe_service_ops ops = {
	    .on_reload = on_reload, .on_stats = on_stats, .on_drain = on_drain};

	ops.drain_ms = conf->limits.drain_ms > 0 ? (unsigned)conf->limits.drain_ms : 1;
	return &ops;
}

/* The control socket comes after the events that it shows. */
static void on_new_event(void *arg)
{
	struct server *s = arg;

	pxe_control_kick(s->control);
}

static int open_all(struct server *s, struct listen_set *ls, struct pxe_diag *d)
{
	const struct conf *conf = &s->catalog->conf;
	int err = pxe_service_new(&s->loop, service_ops(conf), s, &s->service);

	if (err == 0)
		err = pxe_events_new(&s->loop, "httpfsd", (size_t)conf->common.events, on_new_event,
		    s, &s->shared.events);
	if (err == 0)
		err = init_shared(s);
	if (err == 0)
		err = open_privileged(s, ls, d);
	if (err == 0)
		err = drop(s, d);
	if (err == 0)
		err = catalog_open_roots(s->catalog, &s->loop, d);
	if (err == 0)
		err = confine(s->catalog, s->flags->file, d);
	if (err == 0)
		err = start_workers(s, ls);
	return err;
}

static void close_all(struct server *s, struct listen_set *ls)
{
	for (unsigned i = 0; i < s->nworker; i++) {
		if (s->worker[i] != NULL)
			worker_stop(s->worker[i]);
	}
	listen_free(ls);
	if (s->shared.events != NULL)
		emit_service(s, PXE_REASON_STOPPED, NULL);
	catalog_retire(s->catalog);
	pxe_control_free(s->control);
	s->control = NULL;
	pxe_service_free(s->service);
	uv_close((uv_handle_t *)&s->all_drained, NULL);
	pxe_events_free(s->shared.events);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&s->loop);
	clients_free(s->shared.clients);
	tls_set_free(s->shared.tls);
	catalog_unref(s->catalog);
	free(s->worker);
}

static int serve(struct server *s, struct pxe_diag *d)
{
	struct listen_set ls = {0};
	char tls_text[128];
	int err = 0;

	s->nworker = count_workers(&s->catalog->conf);
	s->worker = calloc(s->nworker, sizeof(struct worker *));
	if (s->worker == NULL || uv_loop_init(&s->loop) != 0 ||
	    uv_async_init(&s->loop, &s->all_drained, on_all_drained) != 0)
		return fail_with(d, "cannot start", -ENOMEM);
	err = open_all(s, &ls, d);
	if (err != 0) {
		close_all(s, &ls);
		return d->errors > 0 ? fail(d) : fail_with(d, "cannot start", err);
	}
	log_findings(d);
	pxe_diag_fini(d);
	pxe_log_notice("serving on %s with %u %s", ls.text, s->nworker,
	    s->nworker == 1 ? "worker" : "workers");
	if (s->shared.tls != NULL && s->shared.tls->n > 0)
		pxe_log_info("TLS: %s", tls_describe(tls_text, sizeof(tls_text)));
	emit_service(s, PXE_REASON_STARTED, ls.text);
	pxe_service_ready(s->service, "serving on %s", ls.text);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	pxe_log_notice("stopped, %llu bytes sent", (unsigned long long)server_stat(s, STAT_SENT));
	close_all(s, &ls);
	return EXIT_SUCCESS;
}

static int check_tls(struct server *s, struct pxe_diag *d)
{
	struct tls_set *tls = NULL;
	int err = tls_set_load(&s->catalog->conf, NULL, &tls, d);

	tls_set_free(tls);
	return err;
}

/* --test: what a start would find out, without a socket. */
static int check(struct server *s, struct pxe_diag *d)
{
	int err = catalog_open_roots(s->catalog, NULL, d);

	if (err == 0)
		err = check_tls(s, d);
	if (err != 0) {
		catalog_unref(s->catalog);
		return fail(d);
	}
	log_findings(d);
	pxe_diag_fini(d);
	(void)printf("httpfsd: configuration is valid\n");
	catalog_unref(s->catalog);
	return EXIT_SUCCESS;
}

int server_main(const struct conf_flags *flags)
{
	static struct server server;
	struct server *s = &server;
	struct pxe_diag d;
	int err = 0;

	s->flags = flags;
	pxe_diag_init(&d);
	if (catalog_new(flags, &s->catalog, &d) != 0)
		return fail(&d);
	set_up_log(&s->catalog->conf.common, flags->detach);
	if (flags->test)
		return check(s, &d);
	err = pxe_service_detach(flags->detach);
	if (err != 0)
		return fail_with(&d, "cannot go to the background", err);
	return serve(s, &d);
}
