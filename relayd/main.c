/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c -- relayd, the DHCP relay agent: flags, configuration, open, drop, ready, loop. */
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/priv.h"
#include "libpxecommon/os/sandbox.h"
#include "libpxecommon/os/service.h"
#include "relayd/probe_cli.h"
#include "relayd/relayd.h"
#include "relayd/relayd6.h"

/* The relay of one family. */
struct family {
	const char *pid_env, *pid_file;
	int (*open)(uv_loop_t *loop, const struct flags *flags, const struct relayd_conf *conf);
	void (*started)(char *status, size_t cap);
	int (*reload)(struct pxe_text *why);
	void (*log_stats)(void);
	void (*close)(void);
};

static struct relayd relay4;

static int open4(uv_loop_t *loop, const struct flags *flags, const struct relayd_conf *conf)
{
	return relayd_open(&relay4, loop, flags, conf);
}

static void started4(char *status, size_t cap)
{
	(void)snprintf(status, cap, "relaying on %u interfaces to %zu servers",
	    relayd_ports_served(&relay4), relay4.relay.servers.n);
	shell_emit(&relay4.sh, PXE_REASON_STARTED, NULL);
	relayd_begin(&relay4);
}

static int reload4(struct pxe_text *why)
{
	return relayd_reload(&relay4, why);
}

static void log_stats4(void)
{
	stats_log(&relay4);
}

static void close4(void)
{
	relayd_close(&relay4);
}

static const struct family family4 = {.pid_env = "PATH_DHCRELAY_PID",
    .pid_file = RELAYD_PID_FILE,
    .open = open4,
    .started = started4,
    .reload = reload4,
    .log_stats = log_stats4,
    .close = close4};

static struct relayd6 relay6;

static int open6(uv_loop_t *loop, const struct flags *flags, const struct relayd_conf *conf)
{
	return relayd6_open(&relay6, loop, flags, conf);
}

static void started6(char *status, size_t cap)
{
	(void)snprintf(status, cap, "relaying from %zu lower links to %zu upper ones",
	    relay6.relay.nlower, relay6.relay.nupper);
	shell_emit(&relay6.sh, PXE_REASON_STARTED, NULL);
}

static int reload6(struct pxe_text *why)
{
	return relayd6_reload(&relay6, why);
}

static void log_stats6(void)
{
	stats6_log(&relay6);
}

static void close6(void)
{
	relayd6_close(&relay6);
}

static const struct family family6 = {.pid_env = "PATH_DHCRELAY6_PID",
    .pid_file = RELAYD6_PID_FILE,
    .open = open6,
    .started = started6,
    .reload = reload6,
    .log_stats = log_stats6,
    .close = close6};

static void on_reload(void *arg)
{
	const struct family *family = arg;
	char buf[512];
	struct pxe_text why = pxe_text_init(buf, sizeof(buf));

	(void)family->reload(&why);
}

static void on_stats(void *arg)
{
	const struct family *family = arg;

	family->log_stats();
}

static const struct pxe_service_ops service_ops = {.on_reload = on_reload, .on_stats = on_stats};

static int drop_privileges(const struct relayd_conf *conf)
{
	struct pxe_priv priv = {.user = conf->common.user, .group = conf->common.group};
	int err = pxe_priv_drop(&priv);

	if (err != 0)
		pxe_log_error("user %s: %s", priv.user != NULL ? priv.user : "(unchanged)",
		    pxe_strerror(err));
	return err;
}

static int enter_sandbox(const struct flags *flags, const struct relayd_conf *conf)
{
	struct pxe_sandbox *sb = NULL;
	int err = 0;

	if (!conf->common.sandbox)
		return 0;
	sb = pxe_sandbox_new();
	pxe_sandbox_add_own(sb, flags->config, conf->common.control, conf->common.pid_file);
	err = pxe_sandbox_enter(sb, PXE_SANDBOX_REMOVE);
	pxe_sandbox_free(sb);
	if (err != 0)
		pxe_log_error("sandbox: %s", pxe_strerror(err));
	return err;
}

/* As dhcrelay: only when detached, under a name that the environment may give, and not fatal when
 * it cannot be written. */
static int write_pid_file(struct pxe_service *service, const struct family *family,
    const struct flags *flags, const struct relayd_conf *conf)
{
	const char *path = conf->common.pid_file;
	int err = 0;

	if (flags->no_pid || (flags->foreground && path == NULL))
		return 0;
	if (path == NULL)
		path = getenv(family->pid_env);
	if (path == NULL)
		path = family->pid_file;
	err = pxe_service_pid_file(service, path);
	if (err == PXE_E_EXISTS) {
		pxe_log_error("%s: another relay is running", path);
		return err;
	}
	if (err != 0)
		pxe_log_warning("Can't create %s: %s", path, pxe_strerror(err));
	return 0;
}

static int start(uv_loop_t *loop, const struct family *family, const struct flags *flags,
    const struct relayd_conf *conf, struct pxe_service **out_service)
{
	int err = family->open(loop, flags, conf);

	if (err == 0) {
		err = pxe_service_new(loop, &service_ops, (void *)(uintptr_t)family, out_service);
		if (err != 0)
			pxe_log_error("signals: %s", pxe_strerror(err));
	}
	if (err == 0)
		err = write_pid_file(*out_service, family, flags, conf);
	if (err == 0)
		err = drop_privileges(conf);
	if (err == 0)
		err = enter_sandbox(flags, conf);
	return err;
}

static int serve(
    const struct family *family, const struct flags *flags, const struct relayd_conf *conf)
{
	struct pxe_service *service = NULL;
	char status[128];
	uv_loop_t loop;
	int err = uv_loop_init(&loop);

	if (err != 0) {
		pxe_log_error("event loop: %s", uv_strerror(err));
		pxe_service_failed("no event loop");
		return EXIT_FAILURE;
	}
	err = start(&loop, family, flags, conf, &service);
	if (err == 0) {
		family->started(status, sizeof(status));
		pxe_service_ready(service, "%s", status);
		shell_set_up_log(flags, conf);
		(void)uv_run(&loop, UV_RUN_DEFAULT);
		pxe_log_notice("stopped");
	} else {
		pxe_service_failed(pxe_strerror(err));
	}
	family->close();
	pxe_service_free(service);
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

	shell_set_up_start_log(flags);
	pxe_diag_init(&diag);
	err = flags_load(flags, arena, &conf, &diag);
	shell_log_findings(&diag);
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
	return serve(flags->six ? &family6 : &family4, flags, &conf);
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
		shell_log_findings(&diag);
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
