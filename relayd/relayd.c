/* SPDX-License-Identifier: BSD-2-Clause */
/* relayd.c -- the shell around core/relay.h: what is opened, followed, reloaded and closed. */
#include "relayd/relayd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/event.h"
#include "libpxecommon/os/log.h"
#include "relayd/forward.h"
#include "relayd/ifmap.h"

enum {
	TICK_MS = 1000,
	/* A segment that comes back after a power cut asks all at once: ten thousand requests, each
	 * of which costs the kernel about a kilobyte while it waits. Not set aside, only allowed.
	 */
	RECEIVE_BYTES = 16 << 20,
	SEND_BYTES = 1 << 20
};

void relayd_log_findings(const struct pxe_diag *diag)
{
	char line[1024];

	for (size_t i = 0; i < diag->n; i++) {
		const struct pxe_diag_entry *e = &diag->v[i];

		pxe_log(e->level == PXE_DIAG_ERROR ? PXE_LOG_ERROR : PXE_LOG_WARNING, "%s",
		    pxe_diag_str(e, line, sizeof(line)));
	}
}

void relayd_emit(struct relayd *d, enum pxe_reason reason, const char *detail)
{
	struct pxe_event ev = {.stage = PXE_STAGE_SERVICE, .reason = reason, .detail = detail};

	pxe_events_emit(d->events, &ev);
}

static void on_new_event(void *arg)
{
	struct relayd *d = arg;

	pxe_control_kick(d->control);
}

/* ---- interfaces ---- */

static void warn_interface(const char *ifname, const char *what)
{
	pxe_log_warning("%s %s", ifname, what);
}

static void log_listening(const struct relayd *d, const struct pxe_iface *iface)
{
	bool up = false, down = false;
	char hw[PXE_HWADDR_STRLEN];

	ifmap_sides(&d->conf, iface, &up, &down);
	pxe_log_info("Requesting: %s as upstream: %c downstream: %c", iface->name, up ? 'Y' : 'N',
	    down ? 'Y' : 'N');
	pxe_hwaddr_str(&iface->hw, hw);
	pxe_log_info("Listening on UDP/%s/%s", iface->name, hw);
	pxe_log_info("Sending on   LPF/%s/%s", iface->name, hw);
	if (pxe_iface_ip4(iface).family == 0)
		pxe_log_notice("%s has no IPv4 address yet", iface->name);
}

static void on_iface(enum pxe_iface_change change, const struct pxe_iface *iface, void *arg)
{
	struct relayd *d = arg;

	d->ports_stale = true;
	if (!ifmap_is_served(&d->conf, iface))
		return;
	if (change == PXE_IFACE_NEW)
		log_listening(d, iface);
	else if (change == PXE_IFACE_GONE)
		pxe_log_notice("%s is gone; waiting for it to come back", iface->name);
}

/* When memory is short the old picture stays: most of it is still true. */
void relayd_refresh_ports(struct relayd *d)
{
	struct ports fresh;
	int err = 0;

	if (!d->ports_stale)
		return;
	err =
	    ifmap_build(&d->conf, d->hostname, d->ifaces, &d->relay.ports, warn_interface, &fresh);
	if (err != 0) {
		pxe_log_error("interfaces have changed, but: %s", pxe_strerror(err));
		return;
	}
	ports_fini(&d->relay.ports);
	d->relay.ports = fresh;
	d->ports_stale = false;
}

unsigned relayd_ports_served(const struct relayd *d)
{
	unsigned n = 0;

	for (size_t i = 0; i < d->relay.ports.n; i++)
		n += d->relay.ports.v[i].is_up || d->relay.ports.v[i].is_down;
	return n;
}

/* A name that does not exist is a typing error until the administrator says that it may come. */
static int check_interfaces(const struct relayd *d, const struct relayd_conf *conf)
{
	const char *missing = NULL;
	char names[512];
	size_t cursor = 0;
	int err = 0;

	while ((missing = ifmap_next_missing(conf, d->ifaces, &cursor)) != NULL) {
		if (conf->wait_interfaces) {
			pxe_log_notice("%s does not exist yet; waiting for it", missing);
			continue;
		}
		pxe_log_error("%s: no such interface, there are: %s", missing,
		    pxe_ifaces_names(d->ifaces, names, sizeof(names)));
		err = PXE_E_NOTFOUND;
	}
	return err;
}

static void log_interfaces(const struct relayd *d)
{
	const struct pxe_iface *iface = NULL;

	for (size_t i = 0; (iface = pxe_iface_at(d->ifaces, i)) != NULL; i++) {
		if (ifmap_is_served(&d->conf, iface))
			log_listening(d, iface);
	}
	pxe_log_info("Sending on   Socket/fallback");
}

/* ---- servers ---- */

static void on_resolved(struct server *server, int err, void *arg)
{
	char ip[PXE_ENDPOINT_STRLEN];

	(void)arg;
	if (err != 0)
		pxe_log_warning(
		    "%s: host unknown (%s); trying again", server->name, uv_strerror(err));
	else
		pxe_log_notice("%s is %s", server->name, pxe_endpoint_str(&server->to, ip));
}

static int add_servers(
    struct servers *ss, const struct pxe_conf_strs *names, enum server_group group)
{
	for (size_t i = 0; i < names->n; i++) {
		int err = servers_add(ss, names->v[i], group);

		if (err != 0) {
			pxe_log_error("server %s: %s", names->v[i], pxe_strerror(err));
			return err;
		}
	}
	return 0;
}

static int start_resolver(struct relayd *d)
{
	size_t bad = 0;
	int err = resolver_new(d->loop, &d->relay.servers, (uint16_t)d->conf.port,
	    d->conf.resolve_ms, on_resolved, d, &d->resolver, &bad);

	if (err == PXE_E_SYNTAX)
		pxe_log_error("server %s: neither an IPv4 address nor a name, with :PORT or "
			      "without",
		    d->relay.servers.v[bad].name);
	else if (err != 0)
		pxe_log_error("resolver: %s", pxe_strerror(err));
	return err;
}

static void on_tick(uv_timer_t *timer)
{
	struct relayd *d = timer->data;
	struct server *server = NULL;
	size_t cursor = 0;

	/* Here too, so that the log and the control socket are right without traffic. */
	relayd_refresh_ports(d);
	while ((server = servers_next_silent(
		    &d->relay.servers, (int64_t)(uv_hrtime() / 1000), &cursor)) != NULL)
		pxe_log_warning("no answer from %s for %lld s", server->name,
		    (long long)(d->conf.dead_after_ms / 1000));
}

/* ---- open, reload, close ---- */

/* Core state for conf; ports are made anew at the next chance. */
static int set_up_core(struct relayd *d)
{
	struct relay_conf rc = relayd_conf_relay(&d->conf);
	struct servers_conf sc = relayd_conf_servers(&d->conf);
	struct ports ports = d->relay.ports;
	struct pxe_hash_seed seed;
	int err = uv_random(NULL, NULL, &seed, sizeof(seed), 0, NULL);

	if (err != 0) {
		pxe_log_error("random numbers: %s", uv_strerror(err));
		return err;
	}
	relay_init(&d->relay, &rc, &sc, d->conf.dedup_ms * 1000, &seed);
	d->relay.ports = ports; /* their statistics outlive a reload */
	d->ports_stale = true;
	err = add_servers(&d->relay.servers, &d->conf.servers, SERVER_DHCP);
	if (err == 0)
		err = add_servers(&d->relay.servers, &d->conf.pxe_servers, SERVER_PXE);
	return err;
}

static int open_socket(struct relayd *d, int64_t port, struct pxe_udp **out)
{
	struct pxe_udp_opts opts = pxe_udp_defaults();
	int err = 0;

	opts.bind.ip = pxe_ip_from4((struct pxe_ip4){0});
	opts.bind.port = (uint16_t)port;
	opts.broadcast = true;
	opts.max_dgram = RELAYD_MAX_DGRAM;
	opts.rcvbuf = RECEIVE_BYTES;
	opts.sndbuf = SEND_BYTES;
	err = pxe_udp_open(d->loop, &opts, forward_on_recv, d, out);
	if (err != 0)
		pxe_log_error("UDP port %d: %s", (int)port, pxe_strerror(err));
	return err;
}

static int on_control_reload(void *arg, struct pxe_text *why)
{
	return relayd_reload(arg, why);
}

static int open_control(struct relayd *d)
{
	struct pxe_control_opts opts = {.daemon = "relayd",
	    .path = d->conf.common.control,
	    .owner = d->conf.common.user,
	    .group = d->conf.common.control_group,
	    .events = d->events,
	    .cmd = stats_commands,
	    .ncmd = stats_ncommands,
	    .stats = stats_json,
	    .metrics = stats_metrics,
	    .reload = on_control_reload,
	    .arg = d};
	int err = 0;

	if (opts.path == NULL || opts.path[0] == '\0')
		return 0;
	err = pxe_control_new(d->loop, &opts, &d->control);
	if (err == PXE_E_EXISTS) {
		pxe_log_error("control socket %s: another relayd answers there", opts.path);
		return err;
	}
	/* A router may have nowhere to write; what relays must not depend on what watches. */
	if (err != 0)
		pxe_log_warning(
		    "control socket %s: %s; going on without", opts.path, pxe_strerror(err));
	return 0;
}

static int open_ifaces(struct relayd *d)
{
	int err = pxe_ifaces_open(d->loop, on_iface, d, &d->ifaces);

	if (err != 0) {
		pxe_log_error("interfaces: %s", pxe_strerror(err));
		return err;
	}
	return check_interfaces(d, &d->conf);
}

static int open_sockets(struct relayd *d)
{
	int err = pxe_link_open(&d->link);

	if (err != 0) {
		pxe_log_error("packet socket: %s", pxe_strerror(err));
		return err;
	}
	err = open_socket(d, d->conf.port, &d->udp);
	if (err == 0 && d->conf.relay_port != 0)
		err = open_socket(d, d->conf.relay_port, &d->udp_relay_port);
	return err;
}

static int start_tick(struct relayd *d)
{
	int err = uv_timer_init(d->loop, &d->tick);

	if (err == 0) {
		d->has_tick = true;
		d->tick.data = d;
		err = uv_timer_start(&d->tick, on_tick, TICK_MS, TICK_MS);
	}
	return err;
}

int relayd_open(
    struct relayd *d, uv_loop_t *loop, const struct flags *flags, const struct relayd_conf *conf)
{
	int err = 0;

	d->loop = loop;
	d->flags = flags;
	d->conf = *conf;
	if (gethostname(d->hostname, sizeof(d->hostname) - 1) != 0)
		d->hostname[0] = '\0';
	d->forward = forward_new();
	if (d->forward == NULL) {
		pxe_log_error("out of memory");
		return -ENOMEM;
	}
	err = pxe_events_new(
	    loop, "relayd", (size_t)d->conf.common.events, on_new_event, d, &d->events);
	if (err != 0) {
		pxe_log_error("events: %s", pxe_strerror(err));
		return err;
	}
	err = set_up_core(d);
	if (err == 0)
		err = open_ifaces(d);
	if (err == 0)
		err = start_resolver(d);
	if (err == 0)
		err = open_sockets(d);
	if (err == 0)
		err = open_control(d);
	if (err != 0)
		return err;
	relayd_refresh_ports(d);
	if (!flags->quiet)
		log_interfaces(d);
	return start_tick(d);
}

/* What a running relay cannot change any more is said, not silently left. */
static void warn_fixed(const struct relayd_conf *old, const struct relayd_conf *new)
{
	if (old->port != new->port || old->relay_port != new->relay_port)
		pxe_log_warning("the port changes with the next start only");
}

static void why_of(const struct pxe_diag *diag, struct pxe_text *why)
{
	char line[512];

	for (size_t i = 0; i < diag->n; i++) {
		if (diag->v[i].level != PXE_DIAG_ERROR)
			continue;
		pxe_text_add(why, pxe_diag_str(&diag->v[i], line, sizeof(line)));
		return;
	}
}

/* Swap in a configuration that has been found good. */
static int take_conf(
    struct relayd *d, struct pxe_arena *arena, const struct relayd_conf *conf, struct pxe_text *why)
{
	struct relayd_conf old = d->conf;
	int err = 0;

	warn_fixed(&old, conf);
	d->conf = *conf;
	d->conf.port = old.port;
	d->conf.relay_port = old.relay_port;
	resolver_free(d->resolver);
	d->resolver = NULL;
	err = set_up_core(d);
	if (err == 0)
		err = start_resolver(d);
	pxe_arena_free(d->arena);
	d->arena = arena;
	relayd_refresh_ports(d);
	if (err != 0)
		pxe_text_add(why, pxe_strerror(err));
	return err;
}

int relayd_reload(struct relayd *d, struct pxe_text *why)
{
	struct pxe_arena *arena = pxe_arena_new();
	struct relayd_conf conf;
	struct pxe_diag diag;
	int err = arena != NULL ? 0 : -ENOMEM;

	pxe_diag_init(&diag);
	if (err == 0)
		err = flags_load(d->flags, arena, &conf, &diag);
	relayd_log_findings(&diag);
	why_of(&diag, why);
	if (err == 0 && check_interfaces(d, &conf) != 0) {
		err = PXE_E_CONFIG;
		pxe_text_add(why, "an interface does not exist");
	}
	pxe_diag_fini(&diag);
	if (err != 0) {
		pxe_arena_free(arena);
		pxe_log_error("configuration has errors, the old one stays");
		relayd_emit(d, PXE_REASON_RELOAD_FAILED, why->p);
		return err;
	}
	err = take_conf(d, arena, &conf, why);
	if (err == 0)
		pxe_log_notice("configuration reloaded");
	relayd_emit(d, err == 0 ? PXE_REASON_RELOADED : PXE_REASON_RELOAD_FAILED, why->p);
	return err;
}

void relayd_close(struct relayd *d)
{
	if (d->has_tick)
		uv_close((uv_handle_t *)&d->tick, NULL);
	resolver_free(d->resolver);
	pxe_udp_close(d->udp);
	pxe_udp_close(d->udp_relay_port);
	pxe_link_close(d->link);
	pxe_control_free(d->control);
	pxe_ifaces_close(d->ifaces);
	pxe_events_free(d->events);
	forward_free(d->forward);
	relay_fini(&d->relay);
	pxe_arena_free(d->arena);
	d->control = NULL;
}
