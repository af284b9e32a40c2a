/* SPDX-License-Identifier: BSD-2-Clause */
/* server.c -- effects carried out, time kept. */
#include "dhcpd/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

static struct pxe_log_limit busy_log = PXE_LOG_LIMIT(1, 3);
static struct pxe_log_limit overflow_log = PXE_LOG_LIMIT(1, 3);

struct pxe_now server_now(void)
{
	struct timespec wall;

	(void)clock_gettime(CLOCK_REALTIME, &wall);
	return (struct pxe_now){
	    .wall_us = (int64_t)wall.tv_sec * PXE_US_PER_S + wall.tv_nsec / 1000,
	    .mono_us = (int64_t)(uv_hrtime() / 1000)};
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

	pxe_log(levels[log->level], "%s", log->text);
}

static void start_probe(struct server *s, const struct fx_probe *probe)
{
	struct pxe_now now;
	struct fx_list *fx = &s->fx;

	if (s->prober != NULL && probe_start(s->prober, probe) == 0)
		return;
	/* it cannot be asked for: as if nobody had answered. FX_PROBE is the last of its list. */
	now = server_now();
	fx_reset(fx);
	core_probed(s->core, probe->ip, false, &now, fx);
	server_run(s);
}

void server_effect(struct server *s, const struct fx *e)
{
	struct fx_probe probe;

	switch (e->kind) {
	case FX_SEND:
		net_send(s->net, &e->send);
		break;
	case FX_SEND6: /* server6.c */
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
	case FX_PROBE:
		probe = e->probe;
		start_probe(s, &probe);
		break;
	case FX_COMMIT: /* txn.c */
		break;
	}
}

void server_run(struct server *s)
{
	size_t n = s->fx.n;

	if (s->fx.overflow)
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
	core_tick(s->core, &now, &s->fx);
	server_run(s);
	server_settle(s);
}

static void arm(struct server *s)
{
	struct pxe_now now = server_now();
	int64_t due = core_deadline_us(s->core, &now);
	/* a moment's drift of the wall clock is no reason to set the timer again */
	const int64_t slack_us = 1000;
	int64_t wait_us = due - now.mono_us;

	if (due == INT64_MAX) {
		uv_timer_stop(&s->timer);
		s->armed_us = INT64_MAX;
		return;
	}
	if (s->armed_us != INT64_MAX && due > s->armed_us - slack_us &&
	    due < s->armed_us + slack_us)
		return;
	s->armed_us = due;
	uv_update_time(s->loop);
	(void)uv_timer_start(
	    &s->timer, on_timer, wait_us > 0 ? (uint64_t)(wait_us + 999) / 1000 : 0, 0);
}

void server_settle(struct server *s)
{
	net_flush(s->net);
	store_flush(s->store);
	arm(s);
	if (pxe_service_is_draining(s->service))
		server_drain(s);
}

/* ---- what happens ---- */

static void on_recv(void *arg, unsigned ifindex, struct pxe_dgram *dg, unsigned n)
{
	struct server *s = arg;
	struct pxe_now now = server_now();

	for (unsigned i = 0; i < n; i++) {
		struct core_in in = {.data = dg[i].data,
		    .len = dg[i].len,
		    .from = dg[i].from,
		    .to = dg[i].to.family == 4 ? dg[i].to.v4 : (struct pxe_ip4){0},
		    .ifindex = ifindex};

		if (s->ntxn >= SERVER_TXN_MAX) {
			s->dropped_busy++;
			pxe_log_limited(&busy_log, PXE_LOG_ERROR,
			    "%zu replies are waiting for the lease file; packets are dropped",
			    s->ntxn);
			continue;
		}
		fx_reset(&s->fx);
		core_packet(s->core, &in, &now, &s->fx);
		server_run(s);
	}
	server_settle(s);
}

static void on_probed(void *arg, struct pxe_ip4 ip, bool answered)
{
	struct server *s = arg;
	struct pxe_now now = server_now();

	fx_reset(&s->fx);
	core_probed(s->core, ip, answered, &now, &s->fx);
	server_run(s);
	server_settle(s);
}

static void on_lease(void *arg, const struct lease_rec *rec)
{
	struct server *s = arg;
	char ip[PXE_IP4_STRLEN];

	if (!core_load(s->core, rec))
		pxe_log_debug("lease %s: no subnet.", pxe_ip4_str(rec->ip, ip));
}

static bool snapshot(void *arg, size_t *cursor, struct pxe_text *t, size_t *n)
{
	struct server *s = arg;
	const struct lease *l = NULL;

	while (t->cap - t->len > LEASE_TEXT_MAX) {
		l = lease_walk(core_leases(s->core), cursor);
		if (l == NULL)
			return false;
		if (l->state == LEASE_FREE && l->starts == 0 && l->cltt == 0)
			continue; /* looked at or offered, never bound: nothing to remember */
		core_lease_text(s->core, l, t);
		(*n)++;
	}
	return true;
}

static void on_rewritten(void *arg, int err, size_t n)
{
	struct server *s = arg;

	if (err == 0)
		pxe_log_info("Wrote %zu leases to leases file.", n);
	else
		pxe_log_error("Can't create new lease file: %s", pxe_strerror(err));
	server_settle(s);
}

static void on_batch(void *arg, int err)
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

static const struct store_ops store_ops = {
    .on_lease = on_lease,
    .snapshot = snapshot,
    .on_rewritten = on_rewritten,
    .on_batch = on_batch,
};

static const char *network_of(void *arg, const struct core_iface *iface)
{
	struct server *s = arg;
	const struct conf *conf = core_conf(s->core);
	const struct network *net = conf_network_by_interface(conf, iface->name);

	for (size_t i = 0; net == NULL && i < iface->naddr; i++) {
		struct pxe_ip ip = pxe_ip_from4(iface->addr[i]);
		const struct subnet *sub = conf_subnet(conf, &ip);

		net = sub != NULL ? sub->network : NULL;
	}
	return net != NULL ? net->name : NULL;
}

/* ---- open ---- */

static const struct core_iface *iface_of(void *arg, unsigned ifindex)
{
	struct server *s = arg;

	return s->net != NULL ? net_iface(s->net, ifindex) : NULL;
}

static bool is_ours(void *arg, struct pxe_ip4 ip)
{
	struct server *s = arg;

	return s->net != NULL && net_is_ours(s->net, ip);
}

static uint16_t port_of(const struct server *s)
{
	const char *env = getenv("DHCPD_PORT");
	uint64_t port = 0;

	if (s->globals.local_port != 0)
		return s->globals.local_port;
	if (s->options->s.port != 0)
		return (uint16_t)s->options->s.port;
	if (env != NULL && pxe_parse_u64(env, 1, 65534, &port) == 0)
		return (uint16_t)port;
	return PXE_DHCP_SERVER_PORT;
}

static int make_core(struct server *s, struct conf *conf)
{
	struct core_opts o = {
	    .server_port = port_of(s),
	    .client_port =
		s->globals.remote_port != 0 ? s->globals.remote_port : (uint16_t)(port_of(s) + 1),
	    .broadcast = s->globals.broadcast,
	    .hostname = s->hostname,
	    .isc_foreign_request = s->options->s.isc_foreign_request,
	    .isc_foreign_decline = s->options->s.isc_foreign_decline,
	    .iface = iface_of,
	    .is_ours = is_ours,
	    .arg = s,
	};
	int err = 0;

	if (s->options->s.broadcast != NULL &&
	    pxe_ip4_parse(s->options->s.broadcast, &o.broadcast) != 0) {
		pxe_log_error("-s %s: not an IPv4 address", s->options->s.broadcast);
		conf_free(conf);
		return PXE_E_SYNTAX;
	}
	if (getrandom(&o.seed, sizeof(o.seed), 0) != (ssize_t)sizeof(o.seed))
		o.seed = (struct pxe_hash_seed){uv_hrtime(), (uint64_t)getpid()};
	(void)gethostname(s->hostname, sizeof(s->hostname) - 1);
	err = core_new(&o, &s->core);
	if (err == 0)
		err = core_configure(s->core, conf);
	if (err != 0) {
		conf_free(conf);
		pxe_log_error("configuration: %s", pxe_strerror(err));
	}
	return err;
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

static int open_store(struct server *s)
{
	struct store_opts o = {
	    .path = options_lease_path(s->options, s->globals.lease_file),
	    .no_sync = s->globals.no_sync,
	    .ops = &store_ops,
	    .arg = s,
	};
	struct store_report r;
	size_t n = 0;
	int err = store_open(s->loop, &o, &r, &s->store);

	if (err != 0) {
		pxe_log_error("Can't open lease database %s: %s", o.path, pxe_strerror(err));
		return err;
	}
	say_report(s, &r);
	err = store_rewrite_now(s->store, &n);
	if (err != 0) {
		pxe_log_error("Can't create new lease file %s: %s", o.path, pxe_strerror(err));
		return err;
	}
	pxe_log_info("Wrote %zu leases to leases file.", n);
	return 0;
}

static int open_net(struct server *s)
{
	struct net_opts o = {
	    .names = s->options->s.interfaces.v,
	    .nnames = s->options->s.interfaces.n,
	    .port = port_of(s),
	    .local = s->globals.local_address,
	    .network_of = network_of,
	    .on_recv = on_recv,
	    .arg = s,
	};
	int err = net_open(s->loop, &o, &s->net);

	if (err != 0)
		return err;
	err = prober_open(s->loop, on_probed, s, &s->prober);
	if (err != 0) {
		pxe_log_warning(
		    "addresses cannot be probed before they are offered: %s", pxe_strerror(err));
		s->prober = NULL;
	}
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
	    .daemon = "dhcpd",
	    .path = c->control,
	    .owner = c->user,
	    .group = c->control_group,
	    .events = s->events,
	    .cmd = ctl_commands,
	    .ncmd = ctl_ncommands,
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
	s->loop = loop;
	s->options = options;
	s->conf_path = conf_path;
	s->globals = *globals;
	s->armed_us = INT64_MAX;
	(void)uv_timer_init(loop, &s->timer);
	s->timer.data = s;
	exec_init(&s->exec, loop);
	resolver_init(&s->resolver, loop);
	err = make_core(s, conf);
	if (err == 0) {
		err = pxe_events_new(
		    loop, "dhcpd", (size_t)options->s.common.events, control_kick, s, &s->events);
		if (err != 0)
			pxe_log_error("event ring: %s", pxe_strerror(err));
	}
	if (err == 0)
		err = open_store(s);
	if (err == 0)
		err = open_net(s);
	if (err == 0)
		err = open_control(s);
	if (err == 0)
		resolver_use(&s->resolver, core_conf(s->core));
	return err;
}

void server_close(struct server *s)
{
	prober_close(s->prober);
	net_close(s->net);
	pxe_control_free(s->control);
	pxe_events_free(s->events);
	resolver_close(&s->resolver);
	exec_fini(&s->exec);
	store_free(s->store);
	core_free(s->core);
	if (s->loop != NULL)
		uv_close((uv_handle_t *)&s->timer, NULL);
}

/* ---- stop and reload ---- */

void server_drain(struct server *s)
{
	net_pause(s->net);
	if (s->ntxn == 0 && store_is_idle(s->store))
		pxe_service_stopped(s->service);
	else
		store_flush(s->store);
}
