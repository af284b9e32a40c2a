/* SPDX-License-Identifier: BSD-2-Clause */
/* relayd6.c -- the shell around core/relay6.h: what is opened, followed, reloaded and closed. */
#include "relayd/relayd6.h"

#include <errno.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "relayd/forward6.h"

enum { REFRESH_MS = 5, MULTICAST_HOPS = 8 /* RFC 8415 20 */ };

static void on_refresh(uv_timer_t *timer)
{
	links6_refresh(timer->data);
}

static void on_iface(enum pxe_iface_change change, const struct pxe_iface *iface, void *arg)
{
	struct relayd6 *d = arg;

	if (!links6_serves(d, iface->name))
		return;
	if (change == PXE_IFACE_GONE)
		pxe_log_notice("%s is gone; waiting for it to come back", iface->name);
	else if (change == PXE_IFACE_NEW)
		pxe_log_info("Listening on UDP/%s", iface->name);
	/* Many changes come together; the list is whole once the loop has seen them all. */
	if (d->has_refresh)
		(void)uv_timer_start(&d->refresh, on_refresh, REFRESH_MS, 0);
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
	err = links6_set_up(d, &d->sh.conf);
	if (err == 0)
		err = shell_open_ifaces(&d->sh, on_iface, d);
	if (err == 0)
		err = links6_check(d, &d->sh.conf);
	if (err == 0)
		err = open_refresh(d);
	if (err == 0)
		err = open_sockets(d);
	if (err == 0)
		err = open_control(d);
	if (err != 0)
		return err;
	links6_refresh(d);
	if (!flags->quiet)
		links6_log(d);
	return shell_start_tick(&d->sh, on_tick, d);
}

int relayd6_reload(struct relayd6 *d, struct pxe_text *why)
{
	struct pxe_arena *arena = NULL;
	struct pxe_members old;
	struct relayd_conf conf;
	int err = shell_load(&d->sh, &arena, &conf, why);

	if (err != 0)
		return err;
	if (links6_check(d, &conf) != 0)
		return shell_refuse(&d->sh, arena, "an interface does not exist", why);
	if (conf.client_link_layer && d->linksrc == NULL)
		pxe_log_warning("client_link_layer begins with the next start only");
	err = links6_set_up(d, &conf);
	if (err != 0)
		return shell_refuse(&d->sh, arena, pxe_strerror(err), why);
	probe_forget(&d->probe); /* it was of the old links */
	shell_take(&d->sh, arena, &conf);
	/* First in again, then out, so that no switch sees us leave. */
	old = d->links.members;
	d->links.members = (struct pxe_members){0};
	links6_refresh(d);
	pxe_members_close(&old);
	return shell_reloaded(&d->sh, 0, why);
}

void relayd6_close(struct relayd6 *d)
{
	if (d->has_refresh)
		uv_close((uv_handle_t *)&d->refresh, NULL);
	pxe_linksrc_close(d->linksrc);
	forward6_free(d->forward);
	links6_fini(d);
	shell_close(&d->sh);
}
