/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c -- tftpd: flags, configuration, open, drop privileges, ready, loop. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/priv.h"
#include "libpxecommon/os/sandbox.h"
#include "libpxecommon/os/service.h"
#include "tftpd/map_test.h"
#include "tftpd/server.h"
#include "tftpd/wrappers.h"

struct start {
	const char *ident;
	bool is_inetd;
	struct tftpd_flags flags;
	struct policy *policy;
	char why_text[1024];
	struct pxe_text why;
};

/* in.tftpd's own exit codes for whoever installed us under its name; else 1 for any failure. */
static int exit_code(const char *ident, int code)
{
	return strcmp(ident, "in.tftpd") == 0 ? code : 1;
}

static const char *base_name(const char *argv0)
{
	const char *slash = argv0 != NULL ? strrchr(argv0, '/') : NULL;
	const char *base = slash != NULL ? slash + 1 : argv0;

	return base != NULL && base[0] != '\0' ? base : "tftpd";
}

/* Under inetd, and in a unit with StandardInput=socket, 1 and 2 are the clients' socket too. */
static void leave_socket_alone(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 1; fd <= 2; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) && null >= 0)
			(void)dup2(null, fd);
	}
	if (null > 2)
		(void)close(null);
}

static bool stderr_is_socket(void)
{
	struct stat a, b;

	return fstat(0, &a) == 0 && fstat(2, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* Log levels of in.tftpd: -v requests, -vv answers, -vvv map rules. Without -v it says nothing at
 * all; we say what -v would. */
static enum pxe_log_level log_level(const struct tftpd_flags *flags, const struct tftpd_conf *conf)
{
	static const enum pxe_log_level by_verbosity[] = {
	    PXE_LOG_WARNING, PXE_LOG_NOTICE, PXE_LOG_INFO, PXE_LOG_DEBUG};

	if (flags->verbosity >= 0)
		return by_verbosity[flags->verbosity < 3 ? flags->verbosity : 3];
	return (enum pxe_log_level)conf->common.log_level;
}

static void set_up_log(const struct start *st, bool starting)
{
	static const unsigned targets[] = {
	    0, PXE_LOG_STDERR, PXE_LOG_SYSLOG, PXE_LOG_STDERR | PXE_LOG_SYSLOG};
	const struct tftpd_conf *conf = &st->policy->conf;
	unsigned target = targets[conf->common.log_target];
	int facility = pxe_log_facility(conf->common.log_facility);

	if (target == 0)
		target = st->is_inetd || (st->flags.detach && !starting) ? PXE_LOG_SYSLOG
									 : PXE_LOG_STDERR;
	pxe_log_setup(st->ident, target, facility, log_level(&st->flags, conf));
}

/* All findings, the errors last, so that the last line is the cause. */
static void show_findings(const struct pxe_diag *diag)
{
	char line[2048];

	for (int level = PXE_DIAG_WARNING; level <= PXE_DIAG_ERROR; level++)
		for (size_t i = 0; i < diag->n; i++) {
			if ((int)diag->v[i].level != level)
				continue;
			pxe_diag_str(&diag->v[i], line, sizeof(line));
			pxe_log(
			    level == PXE_DIAG_ERROR ? PXE_LOG_ERROR : PXE_LOG_WARNING, "%s", line);
		}
}

static int load(struct start *st, int argc, char **argv)
{
	struct pxe_arena *arena = pxe_arena_new();
	struct tftpd_conf conf;
	struct pxe_diag diag;
	int rc;

	pxe_diag_init(&diag);
	rc = arena == NULL ? CONF_EX_OSERR : conf_read(argc, argv, arena, &conf, &st->flags, &diag);
	if (rc == 0 && !st->flags.version && !st->flags.help)
		rc = policy_new(&conf, arena, &diag, &st->policy);
	else
		pxe_arena_free(arena);
	if (rc == 0 && st->policy != NULL && pxe_log_facility(conf.common.log_facility) < 0) {
		pxe_diag_add(&diag, PXE_DIAG_ERROR, NULL, 0, 0, "log_facility", NULL,
		    "there is no syslog facility %s", conf.common.log_facility);
		rc = CONF_EX_USAGE;
	}
	show_findings(&diag);
	if (rc != 0 && diag.errors == 0)
		pxe_log_error("out of memory");
	if (rc != 0 && diag.n > 0)
		pxe_service_failed(diag.v[diag.n - 1].text);
	pxe_diag_fini(&diag);
	return rc;
}

static int fail(struct start *st, int code)
{
	pxe_log_error("%s", st->why.p);
	pxe_service_failed(st->why.p);
	return code;
}

/* in.tftpd becomes nobody when nothing else is said. */
static int become_user(struct start *st)
{
	struct tftpd_conf *conf = &st->policy->conf;
	struct pxe_priv priv = {.user = conf->common.user, .group = conf->common.group};
	int rc;

	if (priv.user == NULL && geteuid() == 0)
		priv.user = "nobody";
	rc = pxe_priv_drop(&priv);
	if (rc == 0)
		return 0;
	pxe_text_addf(&st->why, "cannot become user %s%s%s: %s",
	    priv.user != NULL ? priv.user : "(unchanged)", priv.group != NULL ? " group " : "",
	    priv.group != NULL ? priv.group : "", pxe_strerror(rc));
	return CONF_EX_OSERR;
}

static int check_user(struct start *st)
{
	uid_t uid;
	gid_t gid;

	const struct pxe_conf_common *c = &st->policy->conf.common;

	if (pxe_priv_ids(c->user, c->group, &uid, &gid) == 0)
		return 0;
	pxe_text_addf(&st->why, "no user %s", c->user != NULL ? c->user : "");
	if (c->group != NULL)
		pxe_text_addf(&st->why, " or no group %s", c->group);
	return CONF_EX_NOUSER;
}

/* As the user we have become. */
static int check_root(struct start *st, const struct pxe_root *root)
{
	if (faccessat(root->fd, ".", X_OK, AT_EACCESS) == 0)
		return 0;
	pxe_text_addf(&st->why, "directory %s cannot be entered by the user we run as (uid %u): %s",
	    root->path, (unsigned)geteuid(), pxe_strerror(-errno));
	return CONF_EX_NOINPUT;
}

static int check_roots(struct start *st)
{
	const struct policy *p = st->policy;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->nroot; i++)
		rc = check_root(st, &p->root[i]);
	for (size_t i = 0; rc == 0 && i < p->nspecial; i++)
		rc = check_root(st, &p->special[i].root);
	return rc;
}

/* Links that lead anywhere are read from anywhere. Uploads are for the kernel's permissions and the
 * settings to judge. */
static void add_served(struct pxe_sandbox *sb, const struct policy *p)
{
	const struct conf_mount *mount = p->conf.mounts.v;

	if (p->symlinks == PXE_SYMLINKS_FOLLOW)
		pxe_sandbox_add(sb, "/", PXE_SANDBOX_READ);
	for (size_t i = 0; i < p->nroot; i++)
		pxe_sandbox_add(sb, p->root[i].path, PXE_SANDBOX_WRITE);
	for (size_t i = 0; i < p->nspecial; i++)
		pxe_sandbox_add(sb, p->special[i].root.path, PXE_SANDBOX_WRITE);
	for (size_t i = 0; i < p->conf.mounts.n; i++) {
		pxe_sandbox_add_beside(sb, mount[i].image, PXE_SANDBOX_READ);
		pxe_sandbox_add(sb, mount[i].images, PXE_SANDBOX_READ);
	}
}

static int enter_sandbox(struct start *st)
{
	const struct tftpd_conf *conf = &st->policy->conf;
	struct pxe_sandbox *sb = NULL;
	int rc = 0;

	if (!conf->common.sandbox)
		return 0;
	sb = pxe_sandbox_new();
	pxe_sandbox_add_own(sb, st->flags.config, conf->common.control, conf->common.pid_file);
	pxe_sandbox_add_beside(sb, conf->map_file, PXE_SANDBOX_READ);
	add_served(sb, st->policy);
	rc = pxe_sandbox_enter(sb, PXE_SANDBOX_STORE | PXE_SANDBOX_SEND_FILES);
	pxe_sandbox_free(sb);
	if (rc == 0)
		return 0;
	pxe_text_addf(&st->why, "sandbox: %s", pxe_strerror(rc));
	return CONF_EX_OSERR;
}

static int serve(struct start *st, int argc, char **argv)
{
	const struct server_opts opts = {.ident = st->ident,
	    .argc = argc,
	    .argv = argv,
	    .flags = &st->flags,
	    .is_inetd = st->is_inetd};
	struct server *server = NULL;
	int rc = check_user(st);

	wrappers_warn();
	if (rc == 0 && st->flags.detach && pxe_service_detach(true) != 0) {
		pxe_text_add(&st->why, "cannot detach");
		rc = CONF_EX_OSERR;
	}
	(void)pxe_service_raise_nofile();
	if (rc == 0)
		rc = server_open(&opts, st->policy, &st->why, &server);
	if (st->policy->conf.umask_text != NULL || !st->policy->conf.permissive)
		(void)umask((mode_t)st->policy->conf.umask);
	if (rc == 0)
		rc = become_user(st);
	if (rc == 0)
		rc = check_roots(st);
	if (rc == 0)
		rc = enter_sandbox(st);
	if (rc == 0) {
		set_up_log(st, false);
		rc = server_run(server, &st->why);
	}
	if (rc != 0)
		rc = fail(st, rc);
	server_free(server);
	return rc;
}

static int check_only(const struct start *st)
{
	const struct policy *p = st->policy;

	(void)printf("configuration is good: %zu root%s, %zu map rule%s\n", p->nroot + p->nspecial,
	    p->nroot + p->nspecial == 1 ? "" : "s", p->map != NULL ? map_rules(p->map) : 0,
	    p->map != NULL && map_rules(p->map) == 1 ? "" : "s");
	return 0;
}

int main(int argc, char **argv)
{
	struct start st = {.ident = base_name(argc > 0 ? argv[0] : NULL)};
	int rc;

	st.why = pxe_text_init(st.why_text, sizeof(st.why_text));
	st.is_inetd = pxe_service_is_inetd();
	pxe_log_setup(st.ident, st.is_inetd && stderr_is_socket() ? PXE_LOG_SYSLOG : PXE_LOG_STDERR,
	    pxe_log_facility("daemon"), PXE_LOG_NOTICE);
	if (st.is_inetd)
		leave_socket_alone();
	rc = load(&st, argc, argv);
	if (rc != 0)
		return exit_code(st.ident, rc);
	if (st.flags.version || st.flags.help) {
		(void)fputs(
		    st.flags.help ? conf_usage : "tftpd (pxesuite) " PXE_VERSION ", with remap\n",
		    stdout);
		return 0;
	}
	/* A descriptor 0 that is a socket means inetd, unless the flags say otherwise. */
	if (st.flags.standalone || st.flags.systemd)
		st.is_inetd = false;
	set_up_log(&st, true);
	if (st.flags.test)
		rc = check_only(&st);
	else if (st.flags.map_test != NULL)
		rc = map_test_run(st.policy, st.flags.map_test);
	else
		rc = serve(&st, argc, argv);
	policy_unref(st.policy);
	return rc == 0 ? 0 : exit_code(st.ident, rc);
}
