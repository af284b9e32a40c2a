/* SPDX-License-Identifier: BSD-2-Clause */
/* relayd.c -- the shell around core/relay.h: what is opened, followed, reloaded and closed. */
#include "relayd/relayd.h"

#include <errno.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "relayd/forward.h"
#include "relayd/ifmap.h"

/* ---- interfaces ---- */

static void warn_interface(const char *ifname, const char *what)
{
	pxe_log_warning("%s %s", ifname, what);
}

static void log_listening(const struct relayd *d, const struct pxe_iface *iface)
{
	bool up = false, down = false;
	char hw[PXE_HWADDR_STRLEN];

	ifmap_sides(&d->sh.conf, iface, &up, &down);
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
	if (!ifmap_is_served(&d->sh.conf, iface))
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
	err = ifmap_build(
	    &d->sh.conf, d->sh.hostname, d->sh.ifaces, &d->relay.ports, warn_interface, &fresh);
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
	size_t cursor = 0;
	int err = 0;

	while ((missing = ifmap_next_missing(conf, d->sh.ifaces, &cursor)) != NULL)
		err = shell_check_iface(&d->sh, conf, missing) != 0 ? PXE_E_NOTFOUND : err;
	return err;
}

static void log_interfaces(const struct relayd *d)
{
	const struct pxe_iface *iface = NULL;

	for (size_t i = 0; (iface = pxe_iface_at(d->sh.ifaces, i)) != NULL; i++) {
		if (ifmap_is_served(&d->sh.conf, iface))
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
	int err = resolver_new(d->sh.loop, &d->relay.servers, (uint16_t)d->sh.conf.port,
	    d->sh.conf.resolve_ms, on_resolved, d, &d->resolver);

	if (err != 0)
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
		shell_log_silent(&d->sh, server->name);
}

/* ---- open, reload, close ---- */

/* Core state for conf; ports are made anew at the next chance. */
static int set_up_core(struct relayd *d)
{
	struct relay_conf rc = relayd_conf_relay(&d->sh.conf);
	struct servers_conf sc = relayd_conf_servers(&d->sh.conf);
	struct ports ports = d->relay.ports;
	struct pxe_hash_seed seed;
	int err = uv_random(NULL, NULL, &seed, sizeof(seed), 0, NULL);

	if (err != 0) {
		pxe_log_error("random numbers: %s", uv_strerror(err));
		return err;
	}
	relay_init(&d->relay, &rc, &sc, d->sh.conf.dedup_ms * 1000, &seed);
	d->relay.ports = ports; /* their statistics outlive a reload */
	d->ports_stale = true;
	err = add_servers(&d->relay.servers, &d->sh.conf.servers, SERVER_DHCP);
	if (err == 0)
		err = add_servers(&d->relay.servers, &d->sh.conf.pxe_servers, SERVER_PXE);
	return err;
}

static int on_control_reload(void *arg, struct pxe_text *why)
{
	return relayd_reload(arg, why);
}

static int open_control(struct relayd *d)
{
	return shell_open_control(&d->sh, (struct pxe_control_opts){.cmd = stats_commands,
					      .ncmd = stats_ncommands,
					      .stats = stats_json,
					      .metrics = stats_metrics,
					      .reload = on_control_reload,
					      .arg = d});
}

static int open_sockets(struct relayd *d)
{
	int err = pxe_link_open(&d->link);

	if (err != 0) {
		pxe_log_error("packet socket: %s", pxe_strerror(err));
		return err;
	}
	return shell_open_udp(&d->sh, 4, RELAYD_MAX_DGRAM, forward_on_recv, d);
}

int relayd_open(
    struct relayd *d, uv_loop_t *loop, const struct flags *flags, const struct relayd_conf *conf)
{
	int err = shell_open(&d->sh, "relayd", loop, flags, conf);

	if (err != 0)
		return err;
	d->forward = forward_new();
	if (d->forward == NULL) {
		pxe_log_error("out of memory");
		return -ENOMEM;
	}
	err = set_up_core(d);
	if (err == 0)
		err = shell_open_ifaces(&d->sh, on_iface, d);
	if (err == 0)
		err = check_interfaces(d, &d->sh.conf);
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
	return shell_start_tick(&d->sh, on_tick, d);
}

void relayd_begin(struct relayd *d)
{
	resolver_kick(d->resolver);
}

int relayd_reload(struct relayd *d, struct pxe_text *why)
{
	struct pxe_arena *arena = NULL;
	struct relayd_conf conf;
	int err = shell_load(&d->sh, &arena, &conf, why);

	if (err != 0)
		return err;
	if (check_interfaces(d, &conf) != 0)
		return shell_refuse(&d->sh, arena, "an interface does not exist", why);
	shell_take(&d->sh, arena, &conf);
	resolver_free(d->resolver);
	d->resolver = NULL;
	probe_forget(&d->probe); /* it was of the old servers */
	err = set_up_core(d);
	if (err == 0)
		err = start_resolver(d);
	relayd_refresh_ports(d);
	if (err == 0)
		relayd_begin(d);
	return shell_reloaded(&d->sh, err, why);
}

void relayd_close(struct relayd *d)
{
	resolver_free(d->resolver);
	pxe_link_close(d->link);
	forward_free(d->forward);
	relay_fini(&d->relay);
	shell_close(&d->sh);
}
