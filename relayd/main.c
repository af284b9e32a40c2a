/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c -- relayd, the DHCP relay agent: flags, configuration, open, drop, ready, loop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/priv.h"
#include "relayd/probe_cli.h"
#include "relayd/relayd.h"

static void on_reload(void *arg)
{
	char buf[512];
	struct pxe_text why = pxe_text_init(buf, sizeof(buf));

	(void)relayd_reload(arg, &why);
}

static void on_stats(void *arg)
{
	stats_log(arg);
}

static const struct pxe_service_ops service_ops = {.on_reload = on_reload, .on_stats = on_stats};

/* Until the start is over the terminal hears what goes wrong, whatever -q says: whoever starts a
 * daemon wants the cause there. */
static void set_up_start_log(const struct flags *flags)
{
	pxe_log_setup("dhcrelay",
	    flags->foreground ? PXE_LOG_STDERR : PXE_LOG_STDERR | PXE_LOG_SYSLOG, LOG_DAEMON,
	    flags->quiet ? PXE_LOG_WARNING : PXE_LOG_INFO);
}

/* dhcrelay -d speaks on the terminal and of every packet; -q takes both away. */
static void set_up_log(const struct flags *flags, const struct relayd_conf *conf)
{
	unsigned targets = flags->foreground && !flags->quiet ? PXE_LOG_STDERR : PXE_LOG_SYSLOG;
	enum pxe_log_level level = (enum pxe_log_level)conf->common.log_level;
	int facility = pxe_log_facility(conf->common.log_facility);

	switch (conf->common.log_target) {
	case 1:
		targets = PXE_LOG_STDERR;
		break;
	case 2:
		targets = PXE_LOG_SYSLOG;
		break;
	case 3:
		targets = PXE_LOG_STDERR | PXE_LOG_SYSLOG;
		break;
	default:
		if (flags->foreground && !flags->quiet && level == PXE_LOG_INFO)
			level = PXE_LOG_DEBUG;
		break;
	}
	pxe_log_setup("dhcrelay", targets, facility >= 0 ? facility : LOG_DAEMON, level);
}

static int drop_privileges(const struct relayd_conf *conf)
{
	struct pxe_priv priv = {.user = conf->common.user, .group = conf->common.group};
	int err = pxe_priv_drop(&priv);

	if (err != 0)
		pxe_log_error("user %s: %s", priv.user != NULL ? priv.user : "(unchanged)",
		    pxe_strerror(err));
	return err;
}

/* As dhcrelay: only when detached, under a name that the environment may give, and not fatal when
 * it cannot be written. */
static int write_pid_file(struct relayd *d)
{
	const char *path = d->conf.common.pid_file;
	int err = 0;

	if (d->flags->no_pid || (d->flags->foreground && path == NULL))
		return 0;
	if (path == NULL)
		path = getenv("PATH_DHCRELAY_PID");
	if (path == NULL)
		path = RELAYD_PID_FILE;
	err = pxe_service_pid_file(d->service, path);
	if (err == PXE_E_EXISTS) {
		pxe_log_error("%s: another relay is running", path);
		return err;
	}
	if (err != 0)
		pxe_log_warning("Can't create %s: %s", path, pxe_strerror(err));
	return 0;
}

static int start(
    struct relayd *d, uv_loop_t *loop, const struct flags *flags, const struct relayd_conf *conf)
{
	int err = relayd_open(d, loop, flags, conf);

	if (err == 0) {
		err = pxe_service_new(loop, &service_ops, d, &d->service);
		if (err != 0)
			pxe_log_error("signals: %s", pxe_strerror(err));
	}
	if (err == 0)
		err = write_pid_file(d);
	if (err == 0)
		err = drop_privileges(conf);
	return err;
}

static int serve(const struct flags *flags, const struct relayd_conf *conf)
{
	static struct relayd d;
	uv_loop_t loop;
	int err = uv_loop_init(&loop);

	if (err != 0) {
		pxe_log_error("event loop: %s", uv_strerror(err));
		pxe_service_failed("no event loop");
		return EXIT_FAILURE;
	}
	err = start(&d, &loop, flags, conf);
	if (err == 0) {
		pxe_service_ready(d.service, "relaying on %u interfaces to %zu servers",
		    relayd_ports_served(&d), d.relay.servers.n);
		set_up_log(flags, conf);
		relayd_emit(&d, PXE_REASON_STARTED, NULL);
		(void)uv_run(&loop, UV_RUN_DEFAULT);
		pxe_log_notice("stopped");
	} else {
		pxe_service_failed(pxe_strerror(err));
	}
	relayd_close(&d);
	pxe_service_free(d.service);
	/* Close callbacks, but not a name server that does not answer. */
	for (int i = 0; i < 10 && uv_run(&loop, UV_RUN_NOWAIT) != 0; i++)
		;
	(void)uv_loop_close(&loop);
	return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int check_and_serve(const struct flags *flags, struct pxe_arena *arena)
{
	struct relayd_conf conf;
	struct pxe_diag diag;
	int err = 0;

	set_up_start_log(flags);
	pxe_diag_init(&diag);
	err = flags_load(flags, arena, &conf, &diag);
	relayd_log_findings(&diag);
	pxe_diag_fini(&diag);
	if (err != 0) {
		pxe_service_failed("configuration has errors");
		return EXIT_FAILURE;
	}
	if (flags->check)
		return EXIT_SUCCESS;
	if (flags->probe != NULL)
		return probe_cli(flags, &conf);
	if (!flags->quiet)
		pxe_log_info("pxesuite DHCP Relay Agent %s", PXE_VERSION);
	err = pxe_service_detach(!flags->foreground);
	if (err != 0) {
		pxe_log_error("Can't fork daemon: %s", pxe_strerror(err));
		return EXIT_FAILURE;
	}
	return serve(flags, &conf);
}

int main(int argc, char **argv)
{
	struct pxe_arena *arena = pxe_arena_new();
	struct pxe_diag diag;
	struct flags flags;
	int status = EXIT_FAILURE;

	pxe_log_setup("dhcrelay", PXE_LOG_STDERR, LOG_DAEMON, PXE_LOG_INFO);
	if (arena == NULL) {
		pxe_log_error("out of memory");
		return EXIT_FAILURE;
	}
	pxe_diag_init(&diag);
	if (flags_parse(argc, argv, arena, &flags, &diag) != 0) {
		(void)fputs(flags_usage, stderr);
		relayd_log_findings(&diag);
	} else if (flags.help) {
		(void)fputs(flags_usage, stderr);
		status = EXIT_SUCCESS;
	} else if (flags.version) {
		(void)fprintf(stderr, "pxesuite-relayd-%s\n", PXE_VERSION);
		status = EXIT_SUCCESS;
	} else {
		status = check_and_serve(&flags, arena);
	}
	pxe_diag_fini(&diag);
	pxe_arena_free(arena);
	return status;
}
