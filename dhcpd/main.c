/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c -- dhcpd: flags, configuration, open, drop privileges, ready, loop. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "dhcpd/confine.h"
#include "dhcpd/explain.h"
#include "dhcpd/server.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/priv.h"

#define IDENT "dhcpd"

/* ---- log ---- */

/* Until we serve, whoever started us hears of it (not with -q); -d goes on talking to the terminal.
 * -t and -T talk to the terminal only. */
static void set_up_log(const struct dhcpd_options *o, int facility, bool serving)
{
	static const unsigned targets[] = {
	    0, PXE_LOG_STDERR, PXE_LOG_SYSLOG, PXE_LOG_STDERR | PXE_LOG_SYSLOG};
	unsigned target = targets[o->s.common.log_target];

	if (target == 0) {
		target = PXE_LOG_SYSLOG;
		if (o->check || o->check_leases || o->explain)
			target = 0;
		if ((!serving || o->debug) && !o->quiet)
			target |= PXE_LOG_STDERR;
	}
	pxe_log_setup(IDENT, target, facility, (enum pxe_log_level)o->s.common.log_level);
}

static int facility_of(const struct dhcpd_options *o, const struct load_globals *g)
{
	int f =
	    g != NULL && g->has_facility ? g->facility : pxe_log_facility(o->s.common.log_facility);

	return f >= 0 ? f : LOG_DAEMON;
}

static void banner(const struct dhcpd_options *o)
{
	if (o->quiet)
		return;
	pxe_log_info("pxesuite DHCP Server " PXE_VERSION);
	pxe_log_info("Reads dhcpd.conf and dhcpd.leases of ISC dhcpd 4.4");
}

static void say_files(const struct dhcpd_options *o, const struct load_globals *g)
{
	if (o->quiet)
		return;
	pxe_log_info("Config file: %s", options_conf_path(o));
	pxe_log_info("Database file: %s", options_lease_path(o, g->lease_file));
	pxe_log_info("PID file: %s", options_pid_path(o, g->pid_file));
}

/* ---- checks ---- */

static void ignore_lease(void *arg, const struct lease_rec *rec)
{
	(void)arg;
	(void)rec;
}

static void ignore_ia(void *arg, const struct ia6_rec *rec)
{
	(void)arg;
	(void)rec;
}

/* ISC ends with 0 whatever it finds; a damaged file is worth a 1. */
static int check_leases(const struct dhcpd_options *o, const struct load_globals *g)
{
	static const struct store_ops ops4 = {.on_lease = ignore_lease},
				      ops6 = {.on_lease = ignore_lease, .on_ia = ignore_ia};
	struct store_opts opts = {
	    .path = options_lease_path(o, g->lease_file), .ops = o->is_v6 ? &ops6 : &ops4};
	struct store_report r;
	int err = store_check(&opts, &r);

	if (err != 0) {
		pxe_log_error("Can't open lease database %s: %s", opts.path, pxe_strerror(err));
		return EXIT_FAILURE;
	}
	if (r.damaged == 0)
		return EXIT_SUCCESS;
	pxe_log_error("%s line %u: %s (%zu damaged, %zu good entries)", opts.path, r.first_line,
	    r.first_why, r.damaged, r.leases + r.others);
	return EXIT_FAILURE;
}

/* ---- serve ---- */

static void on_reload(void *arg)
{
	(void)server_reload(arg, NULL);
}

static void on_stats(void *arg)
{
	figures_log(arg);
}

static void on_drain(void *arg)
{
	struct server *s = arg;

	pxe_log_notice("stopping");
	server_drain(s);
}

static const struct pxe_service_ops service_ops = {
    .on_reload = on_reload, .on_stats = on_stats, .on_drain = on_drain};

static int write_pid(
    struct pxe_service *svc, const struct dhcpd_options *o, const struct load_globals *g)
{
	const char *path = options_pid_path(o, g->pid_file);
	int err = 0;

	if (o->no_pid)
		return 0;
	err = pxe_service_pid_file(svc, path);
	if (err == PXE_E_EXISTS) {
		pxe_log_error("There's already a DHCP server running. (%s)", path);
		return err;
	}
	if (err != 0)
		pxe_log_warning("Can't create PID file %s: %s.", path, pxe_strerror(err));
	return 0;
}

/* Interfaces may come late, so opening a socket on port 67 of one must stay possible, and sending
 * frames; DHCPv6 needs no frames. Who stays root, for want of a user to become, keeps what the
 * files of others take, and with commands in the configuration everything: they rely on it. */
static int drop(struct server *s, const struct dhcpd_options *o)
{
	int keep[8] = {CAP_NET_BIND_SERVICE};
	struct pxe_priv p = {.user = o->s.common.user,
	    .group = o->s.common.group,
	    .chroot_dir = o->s.chroot_dir,
	    .keep = keep,
	    .nkeep = 1};
	bool stays = p.user == NULL && p.group == NULL && p.chroot_dir == NULL;
	int err = 0;

	if (stays && conf_execute_pos(s->family->conf(s)).line > 0)
		return 0;
	if (!o->is_v6)
		keep[p.nkeep++] = CAP_NET_RAW;
	if (stays) {
		keep[p.nkeep++] = CAP_CHOWN;
		keep[p.nkeep++] = CAP_FOWNER;
		keep[p.nkeep++] = CAP_DAC_OVERRIDE;
	}
	err = pxe_priv_drop(&p);
	if (err != 0)
		pxe_log_error("can't become user %s: %s", p.user != NULL ? p.user : "(unchanged)",
		    pxe_strerror(err));
	if (err == 0 && p.chroot_dir != NULL) {
		pxe_control_forget_dir(s->control);
		pxe_service_forget_dir(s->service);
	}
	return err;
}

/* The lease file follows the user, as with ISC. */
static void give_leases(const struct dhcpd_options *o, const char *path)
{
	uid_t uid = 0;
	gid_t gid = 0;

	if (o->s.common.user == NULL || geteuid() != 0 ||
	    pxe_priv_ids(o->s.common.user, o->s.common.group, &uid, &gid) != 0 || uid == 0)
		return;
	if (chown(path, uid, gid) != 0)
		pxe_log_warning(
		    "can't give %s to user %s: %s", path, o->s.common.user, strerror(errno));
}

static int check_user(const struct dhcpd_options *o)
{
	uid_t uid = 0;
	gid_t gid = 0;
	const struct pxe_conf_common *c = &o->s.common;
	int err =
	    c->user != NULL || c->group != NULL ? pxe_priv_ids(c->user, c->group, &uid, &gid) : 0;

	if (err != 0)
		pxe_log_error("no such user or group: %s%s%s", c->user != NULL ? c->user : "",
		    c->user != NULL && c->group != NULL ? ", " : "",
		    c->group != NULL ? c->group : "");
	return err;
}

static int start(struct server *s, uv_loop_t *loop, const struct dhcpd_options *o,
    struct conf *conf, const struct load_globals *g)
{
	struct pxe_service *svc = NULL;
	int err = check_user(o);

	if (err == 0) {
		err = pxe_service_new(loop, &service_ops, s, &svc);
		if (err != 0)
			pxe_log_error("signals: %s", pxe_strerror(err));
	}
	/* Before the lease file is touched: it may be another server's. */
	if (err == 0)
		err = write_pid(svc, o, g);
	if (err == 0)
		err = server_open(s, loop, o, options_conf_path(o), conf, g);
	else
		conf_free(conf);
	s->service = svc;
	if (err == 0) {
		give_leases(o, store_path(s->store));
		err = drop(s, o);
	}
	if (err == 0)
		err = confine(s);
	if (err == 0) /* starts threads */
		resolver_use(&s->resolver, s->family->conf(s));
	return err;
}

static int serve(const struct dhcpd_options *o, struct conf *conf, const struct load_globals *g)
{
	static struct server s;
	uv_loop_t loop;
	int err = uv_loop_init(&loop);

	if (err != 0) {
		pxe_log_error("event loop: %s", uv_strerror(err));
		conf_free(conf);
		return EXIT_FAILURE;
	}
	err = start(&s, &loop, o, conf, g);
	if (err == 0) {
		pxe_log_info("Server starting service.");
		pxe_service_ready(s.service, "serving %zu interfaces", s.family->interfaces(&s));
		set_up_log(o, facility_of(o, g), true);
		server_service_event(&s, PXE_REASON_STARTED, NULL);
		server_begin(&s);
		(void)uv_run(&loop, UV_RUN_DEFAULT);
		server_service_event(&s, PXE_REASON_STOPPED, NULL);
		pxe_log_notice("stopped");
	} else {
		pxe_service_failed(pxe_strerror(err));
	}
	server_close(&s);
	pxe_service_free(s.service);
	for (int i = 0; i < 100 && uv_run(&loop, UV_RUN_NOWAIT) != 0; i++)
		;
	(void)uv_loop_close(&loop);
	return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --explain keeps 1 for "no answer". */
static int failure(const struct dhcpd_options *o)
{
	return o->explain ? EXPLAIN_USAGE : EXIT_FAILURE;
}

static int run(const struct dhcpd_options *o)
{
	char why_text[1024];
	struct pxe_text why = pxe_text_init(why_text, sizeof(why_text));
	struct load_how how = options_how(o);
	struct load_globals g;
	struct conf *conf = NULL;
	int err = 0;

	if (!o->explain)
		banner(o);
	err = load_conf(options_conf_path(o), &how, &why, &conf);
	if (err != 0) {
		pxe_log_error("Configuration file errors encountered -- exiting");
		pxe_log_error("%s", why_text);
		pxe_service_failed(why_text);
		return failure(o);
	}
	if (o->explain)
		return explain(o, conf);
	err = load_globals(conf, o->is_v6 ? 6 : 4, &g);
	if (err != 0) {
		pxe_log_error("%s: %s", options_conf_path(o), pxe_strerror(err));
		conf_free(conf);
		return EXIT_FAILURE;
	}
	set_up_log(o, facility_of(o, &g), false);
	say_files(o, &g);
	if (o->check || o->check_leases) {
		int code = o->check_leases ? check_leases(o, &g) : EXIT_SUCCESS;

		conf_free(conf);
		return code;
	}
	err = pxe_service_detach(!o->stays_attached);
	if (err != 0) {
		pxe_log_error("Can't fork daemon: %s", pxe_strerror(err));
		conf_free(conf);
		return EXIT_FAILURE;
	}
	return serve(o, conf, &g);
}

static int refuse(const struct dhcpd_options *o, const struct pxe_diag *diag)
{
	char line[1024];

	fputs(options_usage, stderr);
	for (size_t i = 0; i < diag->n; i++)
		(void)fprintf(stderr, "dhcpd: %s\n", pxe_diag_str(&diag->v[i], line, sizeof(line)));
	return failure(o);
}

/* What is odd about the settings, but no reason to stop. */
static void say_warnings(const struct pxe_diag *diag)
{
	char line[1024];

	for (size_t i = 0; i < diag->n; i++)
		pxe_log_warning("%s", pxe_diag_str(&diag->v[i], line, sizeof(line)));
}

int main(int argc, char **argv)
{
	static struct dhcpd_options options;
	struct pxe_arena *arena = pxe_arena_new();
	struct pxe_diag diag;
	int code = EXIT_FAILURE, err = -ENOMEM;

	pxe_diag_init(&diag);
	if (arena != NULL)
		err = options_parse(argc, argv, arena, &options, &diag);
	if (options.help || options.version) {
		fputs(options.help ? options_usage
				   : "pxesuite-dhcpd-" PXE_VERSION
				     " (isc-dhcpd-4.4.3 compatible)\n",
		    stderr);
		code = EXIT_SUCCESS;
	} else if (err != 0) {
		code = refuse(&options, &diag);
	} else {
		(void)pxe_service_raise_nofile();
		set_up_log(&options, facility_of(&options, NULL), false);
		say_warnings(&diag);
		code = run(&options);
	}
	pxe_diag_fini(&diag);
	pxe_arena_free(arena);
	return code;
}
