/* SPDX-License-Identifier: BSD-2-Clause */
/* server.c -- effects carried out, time kept. */
#include "dhcpd/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dhcpd/hosts.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

static struct pxe_log_limit busy_log = PXE_LOG_LIMIT(1, 3);
/* what anybody can cause as often as he likes */
static struct pxe_log_limit often_log = PXE_LOG_LIMIT(100, 500);
static struct pxe_log_limit overflow_log = PXE_LOG_LIMIT(1, 3);

struct pxe_now server_now(void)
{
	struct timespec wall, mono;

	/* time asleep counts: the clients' leases go on meanwhile */
	(void)clock_gettime(CLOCK_REALTIME, &wall);
	(void)clock_gettime(CLOCK_BOOTTIME, &mono);
	return (struct pxe_now){
	    .wall_us = (int64_t)wall.tv_sec * PXE_US_PER_S + wall.tv_nsec / 1000,
	    .mono_us = (int64_t)mono.tv_sec * PXE_US_PER_S + mono.tv_nsec / 1000};
}

void server_emit(struct server *s, const struct pxe_event *ev)
{
	s->count[ev->stage][ev->reason]++;
	pxe_events_emit(s->events, ev);
}

void server_service_event(struct server *s, enum pxe_reason reason, const char *detail)
{
	struct pxe_event ev = {.stage = PXE_STAGE_SERVICE, .reason = reason, .detail = detail};

	server_emit(s, &ev);
}

/* ---- effects ---- */

static void log_line(const struct fx_log *log)
{
	static const enum pxe_log_level levels[] = {
	    [FX_LOG_ERROR] = PXE_LOG_ERROR,
	    [FX_LOG_WARNING] = PXE_LOG_WARNING,
	    [FX_LOG_INFO] = PXE_LOG_INFO,
	    [FX_LOG_DEBUG] = PXE_LOG_DEBUG,
	};

	if (log->often)
		pxe_log_limited(&often_log, levels[log->level], "%s", log->text);
	else
		pxe_log(levels[log->level], "%s", log->text);
}

void server_effect(struct server *s, const struct fx *e)
{
	switch (e->kind) {
	case FX_SEND:
	case FX_SEND6:
	case FX_PROBE:
		s->family->send(s, e);
		break;
	case FX_EVENT:
		server_emit(s, &e->event);
		break;
	case FX_LOG:
		log_line(&e->log);
		break;
	case FX_EXEC:
		exec_run(&s->exec, e->exec.argv);
		break;
	case FX_REWRITE:
		store_rewrite(s->store);
		break;
	case FX_COMMIT: /* txn.c */
		break;
	}
}

void server_run(struct server *s)
{
	size_t n = s->fx.n;

	if (s->fx.overflow) /* what was left out may be the record of what is promised */
		pxe_log_limited(&overflow_log, PXE_LOG_ERROR,
		    "an answer needed more than %d effects or %d bytes and was cut short", FX_MAX,
		    FX_BYTES);
	for (size_t i = 0; i < n; i++) {
		if (s->fx.v[i].kind == FX_COMMIT) {
			txn_begin(s, i);
			return;
		}
		if (s->fx.v[i].kind == FX_PROBE) { /* the last one, and it may refill the list */
			server_effect(s, &s->fx.v[i]);
			return;
		}
		if (s->fx.v[i].when == FX_ALWAYS ||
		    (s->fx.v[i].when == FX_IF_LOST) == s->fx.overflow)
			server_effect(s, &s->fx.v[i]);
	}
}

/* ---- time ---- */

static void on_timer(uv_timer_t *timer)
{
	struct server *s = timer->data;
	struct pxe_now now = server_now();

	s->armed_us = INT64_MAX;
	fx_reset(&s->fx);
	s->family->tick(s, &now);
	server_run(s);
	server_settle(s);
}

void server_begin(struct server *s)
{
	on_timer(&s->timer);
	if (s->rewrite_later)
		store_rewrite(s->store);
}

static void arm(struct server *s)
{
	struct pxe_now now = server_now();
	int64_t due = s->family->deadline_us(s, &now);
	/* a moment's drift of the wall clock is no reason to set the timer again */
	const int64_t slack_us = 1000;
	int64_t wait_us = due - now.mono_us;

	if (due == INT64_MAX) {
		uv_timer_stop(&s->timer);
		s->armed_us = INT64_MAX;
		return;
	}
	if (wait_us > 0 && s->armed_us != INT64_MAX && due > s->armed_us - slack_us &&
	    due < s->armed_us + slack_us)
		return;
	s->armed_us = due;
	uv_update_time(s->loop);
	(void)uv_timer_start(
	    &s->timer, on_timer, wait_us > 0 ? (uint64_t)(wait_us + 999) / 1000 : 0, 0);
}

void server_settle(struct server *s)
{
	s->family->flush_net(s);
	store_flush(s->store);
	arm(s);
	if (pxe_service_is_draining(s->service))
		server_drain(s);
}

bool server_is_busy(struct server *s)
{
	if (s->ntxn < SERVER_TXN_MAX)
		return false;
	s->dropped_busy++;
	pxe_log_limited(&busy_log, PXE_LOG_ERROR,
	    "%zu replies are waiting for the lease file; packets are dropped", s->ntxn);
	return true;
}

/* ---- what happens ---- */

void server_on_rewritten(void *arg, int err, size_t n)
{
	struct server *s = arg;

	if (err == 0)
		pxe_log_info("Wrote %zu leases to leases file.", n);
	else
		pxe_log_error("Can't create new lease file: %s", pxe_strerror(err));
	server_settle(s);
}

void server_on_batch(void *arg, int err)
{
	struct server *s = arg;

	if (err != 0 && !s->store_failed)
		pxe_log_error("%s: %s; no lease is given until it can be written",
		    store_path(s->store), pxe_strerror(err));
	else if (err == 0 && s->store_failed)
		pxe_log_notice("%s can be written again", store_path(s->store));
	s->store_failed = err != 0;
	server_settle(s);
}

/* ---- open ---- */

uint16_t server_port(const struct server *s)
{
	const char *env = getenv("DHCPD_PORT");
	uint64_t port = 0;

	if (s->globals.local_port != 0)
		return s->globals.local_port;
	if (s->options->s.port != 0)
		return (uint16_t)s->options->s.port;
	if (env != NULL && pxe_parse_u64(env, 1, 65534, &port) == 0)
		return (uint16_t)port;
	return s->family->port;
}

static void say_report(const struct server *s, const struct store_report *r)
{
	const char *path = store_path(s->store);

	if (r->from_backup)
		pxe_log_warning("%s is missing; its backup %s~ was read instead", path, path);
	else if (r->is_new)
		pxe_log_notice("%s does not exist and is created", path);
	if (r->damaged == 0)
		return;
	if (r->torn) {
		pxe_log_warning("%s line %u: the last entry was cut short and is dropped: %s", path,
		    r->first_line, r->first_why);
		return;
	}
	pxe_log_error("%s line %u: %s", path, r->first_line, r->first_why);
	pxe_log_error("Corrupt lease file - possible data loss! %zu entries could not be read, %zu "
		      "could; the damaged file is kept as %s",
	    r->damaged, r->leases + r->others, r->saved_as[0] != '\0' ? r->saved_as : "nothing");
}

/* Hosts that stand in the lease file join the configuration. */
static void take_hosts(struct server *s)
{
	struct load_how how = options_how(s->options);
	struct conf *joined = hosts_join(s->store, s->conf_path, &how, s->family->conf(s));

	if (joined != NULL && s->family->configure(s, joined) != 0)
		conf_free(joined);
}

static int open_store(struct server *s)
{
	struct store_opts o = {
	    .path = options_lease_path(s->options, s->globals.lease_file),
	    .no_sync = s->globals.no_sync,
	    .ops = s->family->store,
	    .arg = s,
	};
	struct store_report r;
	size_t n = 0;
	int err = store_open(s->loop, &o, &r, &s->store);

	if (err == PXE_E_EXISTS) {
		pxe_log_error(
		    "There's already a DHCP server running on lease database %s.", o.path);
		return err;
	}
	if (err != 0) {
		pxe_log_error("Can't open lease database %s: %s", o.path, pxe_strerror(err));
		return err;
	}
	say_report(s, &r);
	take_hosts(s);
	err = s->family->loaded != NULL ? s->family->loaded(s) : 0;
	if (err != 0)
		return err;
	s->rewrite_later = store_rewrite_later(s->store, &r);
	if (s->rewrite_later)
		return 0;
	err = store_rewrite_now(s->store, &n);
	if (err != 0) {
		pxe_log_error("Can't create new lease file %s: %s", o.path, pxe_strerror(err));
		return err;
	}
	pxe_log_info("Wrote %zu leases to leases file.", n);
	return 0;
}

static void control_kick(void *arg)
{
	struct server *s = arg;

	pxe_control_kick(s->control);
}

static int control_reload(void *arg, struct pxe_text *why)
{
	return server_reload(arg, why);
}

static int open_control(struct server *s)
{
	const struct pxe_conf_common *c = &s->options->s.common;
	struct pxe_control_opts o = {
	    .daemon = s->family->daemon,
	    .path = c->control,
	    .owner = c->user,
	    .group = c->control_group,
	    .events = s->events,
	    .cmd = s->family->cmd,
	    .ncmd = s->family->ncmd,
	    .stats = figures_stats,
	    .metrics = figures_metrics,
	    .reload = control_reload,
	    .arg = s,
	};
	int err = 0;

	if (c->control == NULL || c->control[0] == '\0')
		return 0;
	err = pxe_control_new(s->loop, &o, &s->control);
	if (err != 0)
		pxe_log_error("control socket %s: %s", c->control, pxe_strerror(err));
	return err;
}

int server_open(struct server *s, uv_loop_t *loop, const struct dhcpd_options *options,
    const char *conf_path, struct conf *conf, const struct load_globals *globals)
{
	int err = 0;

	memset(s, 0, sizeof(*s));
	s->family = options->is_v6 ? &server_family6 : &server_family4;
	s->loop = loop;
	s->options = options;
	s->conf_path = conf_path;
	s->globals = *globals;
	s->armed_us = INT64_MAX;
	(void)uv_timer_init(loop, &s->timer);
	s->timer.data = s;
	exec_init(&s->exec, loop);
	resolver_init(&s->resolver, loop);
	reverse_init(&s->reverse, loop);
	err = s->family->make_core(s, conf);
	if (err == 0) {
		err = pxe_events_new(loop, s->family->daemon, (size_t)options->s.common.events,
		    control_kick, s, &s->events);
		if (err != 0)
			pxe_log_error("event ring: %s", pxe_strerror(err));
	}
	if (err == 0)
		err = open_store(s);
	if (err == 0)
		err = s->family->open_net(s);
	if (err == 0)
		err = open_control(s);
	return err;
}

void server_close(struct server *s)
{
	if (s->family == NULL)
		return; /* never opened */
	s->family->close_net(s);
	pxe_control_free(s->control);
	pxe_events_free(s->events);
	resolver_close(&s->resolver);
	reverse_close(&s->reverse);
	exec_fini(&s->exec);
	store_free(s->store);
	s->family->free_core(s);
	if (s->loop != NULL)
		uv_close((uv_handle_t *)&s->timer, NULL);
}

/* ---- stop and reload ---- */

void server_drain(struct server *s)
{
	s->family->pause_net(s);
	if (s->ntxn == 0 && store_is_idle(s->store))
		pxe_service_stopped(s->service);
	else
		store_flush(s->store);
}
