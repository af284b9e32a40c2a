/* SPDX-License-Identifier: BSD-2-Clause */
/* relayd6.c -- the shell around core/relay6.h: what is opened, followed, reloaded and closed. */
#include "relayd/relayd6.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "relayd/core/agent.h"
#include "relayd/forward6.h"

enum { REFRESH_MS = 5, MULTICAST_HOPS = 8 /* RFC 8415 20 */ };

/* ff02::1:2, All_DHCP_Relay_Agents_and_Servers, and ff05::1:3, All_DHCP_Servers (RFC 8415 7.1). */
static const struct pxe_ip agents_group = {.family = 6, .v6.b = {0xff, 0x02, [13] = 1, [15] = 2}};
static const struct pxe_ip6 servers_group = {.b = {0xff, 0x05, [13] = 1, [15] = 3}};

/* ---- links ---- */

/* The address that tells the servers the link: the one that was asked for while the interface has
 * it, else its first that is not link-local. */
static struct pxe_ip6 choose_link(
    const struct pxe_iface *iface, const struct relayd_conf_link *want)
{
	for (size_t i = 0; i < iface->naddr; i++) {
		const struct pxe_ip *ip = &iface->addr[i].prefix.ip;

		if (ip->family != 6 || pxe_ip_is_link_local(ip))
			continue;
		if (!want->has_address || memcmp(&ip->v6, &want->address, sizeof(ip->v6)) == 0)
			return ip->v6;
	}
	return (struct pxe_ip6){{0}};
}

static uint16_t expand(
    const struct relayd6 *d, const char *template, const struct pxe_iface *iface, uint8_t *out)
{
	struct port port = {.ifindex = iface->index, .hw = iface->hw};
	int n = 0;

	(void)pxe_str_copy(port.name, sizeof(port.name), iface->name);
	if (template != NULL)
		n = agent_expand(template, &port, d->sh.hostname, out, RELAY6_ID_MAX);
	if (n < 0)
		pxe_log_warning("%s: an identifier longer than %d bytes is left out", iface->name,
		    RELAY6_ID_MAX);
	return (uint16_t)(n > 0 ? n : 0);
}

/* dhcrelay's interface-id is an int as it lies in memory; servers have it in their files. */
static void set_id(struct relayd6 *d, struct relay6_lower *lower,
    const struct relayd_conf_link *want, const struct pxe_iface *iface)
{
	uint32_t id = want->has_id ? want->id : iface->index;

	lower->id_len = 0;
	if (d->sh.conf.interface_id != NULL && !want->has_id)
		lower->id_len = expand(d, d->sh.conf.interface_id, iface, lower->id);
	if (lower->id_len == 0) {
		memcpy(lower->id, &id, sizeof(id));
		lower->id_len = sizeof(id);
	}
}

static void refresh_lower(struct relayd6 *d, size_t i)
{
	struct relay6_lower *lower = &d->relay.lower[i];
	const struct pxe_iface *iface = pxe_iface_by_name(d->sh.ifaces, lower->name);
	struct relayd_conf_link want;
	int err = 0;

	(void)relayd_conf_link(d->sh.conf.lower.v[i], true, &want);
	lower->ifindex = iface != NULL ? iface->index : 0;
	if (iface == NULL)
		return;
	lower->link = choose_link(iface, &want);
	set_id(d, lower, &want, iface);
	lower->remote_id_len = expand(d, d->sh.conf.remote_id, iface, lower->remote_id);
	lower->subscriber_id_len = expand(d, d->sh.conf.subscriber_id, iface, lower->subscriber_id);
	err = pxe_udp_join(shell_down(&d->sh), &agents_group, iface->index);
	if (err != 0)
		pxe_log_error("%s: joining ff02::1:2: %s", iface->name, pxe_strerror(err));
}

static void refresh_links(struct relayd6 *d)
{
	for (size_t i = 0; i < d->relay.nlower; i++)
		refresh_lower(d, i);
	for (size_t i = 0; i < d->relay.nupper; i++) {
		const struct pxe_iface *iface =
		    pxe_iface_by_name(d->sh.ifaces, d->relay.upper[i].name);

		d->relay.upper[i].ifindex = iface != NULL ? iface->index : 0;
	}
	if (relay6_seal(&d->relay) != 0)
		pxe_log_error("interfaces have changed, but: %s", pxe_strerror(-ENOMEM));
}

static void on_refresh(uv_timer_t *timer)
{
	refresh_links(timer->data);
}

static bool is_served(const struct relayd6 *d, const char *name)
{
	for (size_t i = 0; i < d->relay.nlower; i++) {
		if (strcmp(d->relay.lower[i].name, name) == 0)
			return true;
	}
	for (size_t i = 0; i < d->relay.nupper; i++) {
		if (strcmp(d->relay.upper[i].name, name) == 0)
			return true;
	}
	return false;
}

static void on_iface(enum pxe_iface_change change, const struct pxe_iface *iface, void *arg)
{
	struct relayd6 *d = arg;

	if (!is_served(d, iface->name))
		return;
	if (change == PXE_IFACE_GONE)
		pxe_log_notice("%s is gone; waiting for it to come back", iface->name);
	else if (change == PXE_IFACE_NEW)
		pxe_log_info("Listening on UDP/%s", iface->name);
	/* Many changes come together; the list is whole once the loop has seen them all. */
	if (d->has_refresh)
		(void)uv_timer_start(&d->refresh, on_refresh, REFRESH_MS, 0);
}

static void set_upper(struct relay6_upper *upper, const struct relayd_conf_link *link)
{
	struct pxe_ip ip = {.family = 6, .v6 = link->has_address ? link->address : servers_group};
	struct pxe_text label = pxe_text_init(upper->label, sizeof(upper->label));
	char buf[PXE_IP_STRLEN];

	memcpy(upper->name, link->name, sizeof(upper->name));
	upper->to = ip.v6;
	pxe_text_addf(&label, "%s%%%s", pxe_ip_str(&ip, buf), upper->name);
}

/* Arrays for conf. 0 or -ENOMEM. */
static int set_up_links(struct relayd6 *d)
{
	const struct relayd_conf *conf = &d->sh.conf;
	struct relay6 fresh = {.nlower = conf->lower.n, .nupper = conf->upper.n};
	struct relayd_conf_link link;
	int err = 0;

	fresh.conf = (struct relay6_conf){
	    .server_port = (uint16_t)conf->port,
	    /* dhcrelay -p moves the clients to the next port, also here. */
	    .client_port =
		(uint16_t)(conf->port == RELAYD6_PORT ? RELAYD6_PORT - 1 : conf->port + 1),
	    .hops_max = (unsigned)conf->hops,
	    .interface_id = conf->always_interface_id,
	    .enterprise = (uint32_t)conf->enterprise,
	    .relay_port = conf->relay_port != 0,
	    .servers = relayd_conf_servers(conf),
	};
	err = uv_random(NULL, NULL, &fresh.seed, sizeof(fresh.seed), 0, NULL);
	if (err != 0) {
		pxe_log_error("random numbers: %s", uv_strerror(err));
		return err;
	}
	fresh.lower = calloc(fresh.nlower, sizeof(*fresh.lower));
	fresh.upper = calloc(fresh.nupper, sizeof(*fresh.upper));
	if (fresh.lower == NULL || fresh.upper == NULL || relay6_seal(&fresh) != 0) {
		free(fresh.lower);
		free(fresh.upper);
		pxe_log_error("out of memory");
		return -ENOMEM;
	}
	for (size_t i = 0; i < fresh.nlower; i++) {
		(void)relayd_conf_link(conf->lower.v[i], true, &link);
		memcpy(fresh.lower[i].name, link.name, sizeof(link.name));
	}
	for (size_t i = 0; i < fresh.nupper; i++) {
		(void)relayd_conf_link(conf->upper.v[i], false, &link);
		set_upper(&fresh.upper[i], &link);
	}
	relay6_unseal(&d->relay);
	free(d->relay.lower);
	free(d->relay.upper);
	d->relay = fresh;
	return 0;
}

static int check_name(
    const struct relayd6 *d, const struct relayd_conf *conf, const char *text, bool is_lower)
{
	struct relayd_conf_link link;

	(void)relayd_conf_link(text, is_lower, &link);
	return shell_check_iface(&d->sh, conf, link.name);
}

static int check_interfaces(const struct relayd6 *d, const struct relayd_conf *conf)
{
	int err = 0;

	for (size_t i = 0; i < conf->lower.n && err == 0; i++)
		err = check_name(d, conf, conf->lower.v[i], true);
	for (size_t i = 0; i < conf->upper.n && err == 0; i++)
		err = check_name(d, conf, conf->upper.v[i], false);
	return err;
}

static void log_links(const struct relayd6 *d)
{
	char buf[PXE_IP_STRLEN];

	for (size_t i = 0; i < d->relay.nlower; i++) {
		const struct relay6_lower *l = &d->relay.lower[i];
		struct pxe_ip ip = {.family = 6, .v6 = l->link};

		if (l->ifindex == 0)
			continue;
		pxe_log_info("Listening on UDP/%s", l->name);
		if (pxe_ip_is_any(&ip))
			pxe_log_notice("%s does not have a global IPv6 address: requests name it "
				       "by interface-id alone",
			    l->name);
	}
	for (size_t i = 0; i < d->relay.nupper; i++) {
		struct pxe_ip ip = {.family = 6, .v6 = d->relay.upper[i].to};

		pxe_log_info(
		    "Sending on   UDP/%s to %s", d->relay.upper[i].name, pxe_ip_str(&ip, buf));
	}
	pxe_log_info("Bound to *:%d", (int)d->sh.conf.port);
}

/* ---- open, reload, close ---- */

static int open_sockets(struct relayd6 *d)
{
	const struct relayd_conf *conf = &d->sh.conf;
	int err = shell_open_udp(&d->sh, 6, RELAYD6_MAX_DGRAM, forward6_on_recv, d);

	if (err != 0)
		return err;
	if (conf->client_link_layer) {
		err = pxe_linksrc_open((uint16_t)conf->port, &d->linksrc);
		if (err != 0) {
			pxe_log_error("packet socket: %s", pxe_strerror(err));
			return err;
		}
	}
	err = pxe_udp_multicast_hops(shell_up(&d->sh), MULTICAST_HOPS);
	if (err != 0)
		pxe_log_error("hop limit of multicast: %s", pxe_strerror(err));
	return err;
}

static int open_refresh(struct relayd6 *d)
{
	int err = uv_timer_init(d->sh.loop, &d->refresh);

	if (err == 0) {
		d->refresh.data = d;
		d->has_refresh = true;
	}
	return err;
}

static void on_tick(uv_timer_t *timer)
{
	struct relayd6 *d = timer->data;
	struct relay6_upper *upper = NULL;
	size_t cursor = 0;

	while ((upper = relay6_next_silent(&d->relay, shell_now().mono_us, &cursor)) != NULL)
		shell_log_silent(&d->sh, upper->label);
}

static int on_control_reload(void *arg, struct pxe_text *why)
{
	return relayd6_reload(arg, why);
}

static int open_control(struct relayd6 *d)
{
	return shell_open_control(&d->sh, (struct pxe_control_opts){.cmd = stats6_commands,
					      .ncmd = stats6_ncommands,
					      .stats = stats6_json,
					      .metrics = stats6_metrics,
					      .reload = on_control_reload,
					      .arg = d});
}

int relayd6_open(
    struct relayd6 *d, uv_loop_t *loop, const struct flags *flags, const struct relayd_conf *conf)
{
	int err = shell_open(&d->sh, "relayd6", loop, flags, conf);

	if (err != 0)
		return err;
	d->forward = forward6_new();
	if (d->forward == NULL) {
		pxe_log_error("out of memory");
		return -ENOMEM;
	}
	err = set_up_links(d);
	if (err == 0)
		err = shell_open_ifaces(&d->sh, on_iface, d);
	if (err == 0)
		err = check_interfaces(d, &d->sh.conf);
	if (err == 0)
		err = open_refresh(d);
	if (err == 0)
		err = open_sockets(d);
	if (err == 0)
		err = open_control(d);
	if (err != 0)
		return err;
	refresh_links(d);
	if (!flags->quiet)
		log_links(d);
	return shell_start_tick(&d->sh, on_tick, d);
}

static void leave_groups(struct relayd6 *d)
{
	for (size_t i = 0; i < d->relay.nlower; i++) {
		if (d->relay.lower[i].ifindex != 0)
			(void)pxe_udp_leave(
			    shell_down(&d->sh), &agents_group, d->relay.lower[i].ifindex);
	}
}

int relayd6_reload(struct relayd6 *d, struct pxe_text *why)
{
	struct pxe_arena *arena = NULL;
	struct relayd_conf conf;
	int err = shell_load(&d->sh, &arena, &conf, why);

	if (err != 0)
		return err;
	if (check_interfaces(d, &conf) != 0)
		return shell_refuse(&d->sh, arena, "an interface does not exist", why);
	if (conf.client_link_layer && d->linksrc == NULL)
		pxe_log_warning("client_link_layer begins with the next start only");
	leave_groups(d);
	probe_forget(&d->probe); /* it was of the old links */
	shell_take(&d->sh, arena, &conf);
	err = set_up_links(d);
	/* After a failure the arrays are the old ones, whose names and links are their own. */
	if (err == 0)
		refresh_links(d);
	return shell_reloaded(&d->sh, err, why);
}

void relayd6_close(struct relayd6 *d)
{
	if (d->has_refresh)
		uv_close((uv_handle_t *)&d->refresh, NULL);
	pxe_linksrc_close(d->linksrc);
	forward6_free(d->forward);
	relay6_unseal(&d->relay);
	free(d->relay.lower);
	free(d->relay.upper);
	shell_close(&d->sh);
}
