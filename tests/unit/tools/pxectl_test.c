/* SPDX-License-Identifier: BSD-2-Clause */
/* pxectl_test.c -- the program itself against control sockets of real loops. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/control.h"
#include "libpxecommon/os/service.h"
#include "tests/unit/os/os_test.h"

/* ---- a daemon: one process with events, a listing and a control socket ---- */

static struct pxe_control *control;
static struct pxe_events *events;
static const char *daemon_name;

static int run_leases(struct pxe_control_conn *conn, const char *args, void *arg)
{
	char buf[256];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));

	(void)arg;
	pxe_text_addf(
	    &t, "{\"ip\":\"192.0.2.9\",\"state\":\"%s\"}", args[0] != '\0' ? args : "active");
	(void)pxe_control_line(conn, &t);
	return 0;
}

static int run_nothing(struct pxe_control_conn *conn, const char *args, void *arg)
{
	(void)conn;
	(void)args;
	(void)arg;
	return 0;
}

/* dhcpd and httpfsd have one each, tftpd has none. */
static const struct pxe_control_cmd cmds[] = {
    {"leases", "leases", run_leases}, {"connections", "connections", run_nothing}};

static void put_stats(struct pxe_json *j, void *arg)
{
	(void)arg;
	pxe_json_open(j, "counters", '{');
	pxe_json_u64(j, "packets_total", 7);
	pxe_json_u64(j, "never_total", 0);
	pxe_json_close(j, '}');
	pxe_json_open(j, "pools", '[');
	for (unsigned i = 0; i < 2; i++) {
		pxe_json_open(j, NULL, '{');
		pxe_json_str(j, "range", i == 0 ? "192.0.2.10-19" : "192.0.2.100-199");
		pxe_json_u64(j, "active", i);
		pxe_json_close(j, '}');
	}
	pxe_json_close(j, ']');
	pxe_json_open(j, "nothing", '[');
	pxe_json_close(j, ']');
}

static void put_metrics(struct pxe_text *t, void *arg)
{
	(void)arg;
	pxe_text_addf(t, "%s_packets_total 7\n", daemon_name);
}

static int reload(void *arg, struct pxe_text *why)
{
	(void)arg;
	if (strcmp(daemon_name, "dhcpd") == 0)
		return 0;
	pxe_text_add(why, "tftpd.cfg:3: \"rot\" is not a setting; did you mean \"root\"?");
	return PXE_E_CONFIG;
}

static void on_new(void *arg)
{
	(void)arg;
	pxe_control_kick(control);
}

/* SIGHUP: something happens. */
static void on_reload(void *arg)
{
	struct pxe_event ev = {.stage = PXE_STAGE_TFTP_READ,
	    .reason = PXE_REASON_NOT_FOUND,
	    .ip = {.family = 4, .v4 = {0xc0000209}},
	    .file = arg};

	pxe_events_emit(events, &ev);
}

static void first_events(void)
{
	struct pxe_event ev = {.stage = PXE_STAGE_SERVICE, .reason = PXE_REASON_STARTED};

	pxe_events_emit(events, &ev);
	if (strcmp(daemon_name, "dhcpd") != 0)
		return;
	ev = (struct pxe_event){.stage = PXE_STAGE_ACK,
	    .time_us = 1000000,
	    .mac = {.type = 1, .len = 6, .b = {0x52, 0x54, 0, 0x12, 0x34, 0x56}},
	    .ip = {.family = 4, .v4 = {0xc0000209}},
	    .file = "pxelinux.0"};
	pxe_events_emit(events, &ev);
}

static void daemon_main(const char *name, const char *path, const char *file)
{
	static const struct pxe_service_ops ops = {.on_reload = on_reload};
	struct pxe_control_opts opts = {.daemon = name,
	    .path = path,
	    .cmd = &cmds[strcmp(name, "dhcpd") != 0],
	    .ncmd = strcmp(name, "tftpd") != 0,
	    .stats = put_stats,
	    .metrics = put_metrics,
	    .reload = reload};
	struct pxe_service *service = NULL;
	uv_loop_t loop;

	daemon_name = name;
	if (uv_loop_init(&loop) != 0 ||
	    pxe_service_new(&loop, &ops, (void *)(uintptr_t)file, &service) != 0 ||
	    pxe_events_new(&loop, name, 65536, on_new, NULL, &events) != 0)
		_exit(1);
	opts.events = events;
	first_events();
	if (pxe_control_new(&loop, &opts, &control) != 0)
		_exit(1);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	pxe_control_free(control);
	_exit(0);
}

static const char *run_dir(void)
{
	return os_test_path("run");
}

/* Serving once this returns. file: asked for in vain at SIGHUP. */
static pid_t start(const char *name, const char *file)
{
	char path[256];
	pid_t pid = 0;

	(void)snprintf(path, sizeof(path), "%s/%s/control", run_dir(), name);
	(void)fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		daemon_main(name, path, file);
	for (int i = 0; i < 500 && access(path, F_OK) != 0; i++)
		(void)usleep(10000);
	ck_assert_int_eq(access(path, F_OK), 0);
	return pid;
}

static void stop(pid_t pid)
{
	int status = 0;

	(void)kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* ---- pxectl ---- */

static char output[1 << 16];

/* Run pxectl with these arguments on run_dir(); both its outputs in output. Its exit status. */
static int pxectl(const char *args)
{
	char command[1024];
	size_t n = 0;
	FILE *f = NULL;
	int status = 0;

	(void)snprintf(
	    command, sizeof(command), "TZ=UTC %s --dir %s %s 2>&1", PXECTL, run_dir(), args);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(output, 1, sizeof(output) - 1, f);
	output[n] = '\0';
	status = pclose(f);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(answers_are_shown)
{
	pid_t dhcpd = start("dhcpd", NULL), tftpd = start("tftpd", NULL);

	ck_assert_int_eq(pxectl("leases"), 0);
	ck_assert_str_eq(output, "IP         STATE\n192.0.2.9  active\n");
	ck_assert_int_eq(pxectl("leases all --json"), 0);
	ck_assert_str_eq(output, "{\"ip\":\"192.0.2.9\",\"state\":\"all\"}\n");
	ck_assert_int_eq(pxectl("transfers"), 1);
	ck_assert_str_eq(output, "pxectl: no running daemon has transfers\n");
	ck_assert_int_eq(pxectl("stats dhcpd"), 0);
	ck_assert_ptr_eq(strstr(output, "dhcpd "), output);
	ck_assert_ptr_nonnull(strstr(output, "\n  packets_total  "));
	ck_assert_ptr_null(strstr(output, "tftpd"));
	ck_assert_ptr_null(strstr(output, "never_total"));
	ck_assert_ptr_null(strstr(output, "nothing"));
	ck_assert_ptr_nonnull(strstr(output, "\n  pools\n"
					     "    RANGE            ACTIVE\n"
					     "    192.0.2.10-19    0\n"
					     "    192.0.2.100-199  1\n"));
	ck_assert_int_eq(pxectl("--json stats dhcpd"), 0);
	ck_assert_ptr_nonnull(strstr(output, "\"never_total\":0"));
	ck_assert_int_eq(pxectl("metrics"), 0);
	ck_assert_str_eq(output, "dhcpd_packets_total 7\ntftpd_packets_total 7\n# EOF\n");
	ck_assert_int_eq(pxectl("stats httpfsd"), 1);
	ck_assert_str_eq(output, "pxectl: no running daemon is called httpfsd\n");
	stop(dhcpd);
	stop(tftpd);
	os_test_remove_dir();
}
END_TEST

START_TEST(an_empty_listing_is_said_to_be_one)
{
	pid_t httpfsd = start("httpfsd", NULL);

	ck_assert_int_eq(pxectl("transfers"), 0);
	ck_assert_str_eq(output, "no transfers\n");
	ck_assert_int_eq(pxectl("--json transfers"), 0);
	ck_assert_str_eq(output, "");
	ck_assert_int_eq(pxectl("leases"), 1);
	stop(httpfsd);
	os_test_remove_dir();
}
END_TEST

START_TEST(reload_fails_loudly)
{
	pid_t dhcpd = start("dhcpd", NULL), tftpd = start("tftpd", NULL);

	ck_assert_int_eq(pxectl("reload dhcpd"), 0);
	ck_assert_str_eq(output, "dhcpd: reloaded\n");
	ck_assert_int_eq(pxectl("reload tftpd"), 1);
	ck_assert_str_eq(output,
	    "pxectl: tftpd: tftpd.cfg:3: \"rot\" is not a setting; did you mean \"root\"?\n");
	ck_assert_int_eq(pxectl("reload nobody"), 1);
	stop(dhcpd);
	stop(tftpd);
	os_test_remove_dir();
}
END_TEST

START_TEST(timeline_joins_daemons)
{
	pid_t dhcpd = start("dhcpd", NULL), tftpd = start("tftpd", "pxelinux.0");

	(void)kill(tftpd, SIGHUP);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(pxectl("timeline 52-54-00-12-34-56"), 0);
		if (strstr(output, "TFTP") != NULL)
			break;
		(void)usleep(50000);
	}
	ck_assert_ptr_eq(
	    strstr(output, "00:00:01.000  dhcpd    52:54:00:12:34:56  ACK 192.0.2.9 boot file "
			   "pxelinux.0\n"),
	    output);
	ck_assert_ptr_nonnull(strstr(output, "TFTP pxelinux.0: no such file\n"));
	ck_assert_ptr_nonnull(strstr(
	    output, "\nthe boot file could not be fetched. TFTP: pxelinux.0: no such file.\n"));
	ck_assert_int_eq(pxectl("--json timeline 192.0.2.9"), 0);
	ck_assert_ptr_nonnull(strstr(output, "\n{\"verdict\":\"failed\",\"diagnosis\":\"the boot"));
	ck_assert_int_eq(pxectl("timeline 02:00:00:00:00:01"), 1);
	ck_assert_ptr_eq(strstr(output, "nothing is known of 02:00:00:00:00:01"), output);
	ck_assert_int_eq(pxectl("timeline node77"), 1);
	ck_assert_str_eq(output, "no machine is called node77; try its MAC or IP address.\n");
	/* A daemon that does not answer is named; the rest is told all the same. */
	(void)kill(tftpd, SIGKILL);
	(void)waitpid(tftpd, NULL, 0);
	ck_assert_int_eq(pxectl("timeline 52:54:00:12:34:56"), 0);
	ck_assert_ptr_nonnull(strstr(output, "pxectl: tftpd: Connection refused\n"));
	ck_assert_ptr_nonnull(strstr(output, "neither tftpd nor httpfsd answers here.\n"));
	stop(dhcpd);
	os_test_remove_dir();
}
END_TEST

/* Lines of a running pxectl, until one has what. */
static void expect(int fd, const char *what)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	static char text[1 << 16];
	static size_t len;
	char *found = NULL;

	while ((found = strstr(text, what)) == NULL) {
		ssize_t n = 0;

		MUST(poll(&pfd, 1, 10000) == 1, "\"%s\" not in \"%s\"", what, text);
		n = read(fd, text + len, sizeof(text) - 1 - len);
		MUST(n > 0, "ended with \"%s\"", text);
		len += (size_t)n;
		text[len] = '\0';
	}
	/* What came before is done with; what came after is for the next one. */
	len -= (size_t)(found - text) + strlen(what);
	memmove(text, found + strlen(what), len + 1);
}

static pid_t spawn_watch(const char *past, int *out_fd)
{
	int fds[2];
	pid_t pid = 0;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		(void)dup2(fds[1], STDOUT_FILENO);
		(void)dup2(fds[1], STDERR_FILENO);
		(void)execl(
		    PXECTL, PXECTL, "--dir", run_dir(), "--past", past, "watch", (char *)NULL);
		_exit(127);
	}
	(void)close(fds[1]);
	*out_fd = fds[0];
	return pid;
}

START_TEST(watch_survives_restarts)
{
	int fd = -1, status = 0;
	pid_t watch = 0, tftpd = 0, dhcpd = 0;

	ck_assert_int_eq(mkdir(run_dir(), 0755), 0);
	watch = spawn_watch("0", &fd);
	expect(fd, "waiting for a daemon's control socket");
	/* One that starts while we watch is shown from its first event on. */
	tftpd = start("tftpd", "first.0");
	expect(fd, "service started\n");
	(void)kill(tftpd, SIGHUP);
	expect(fd, "TFTP first.0: no such file\n");
	dhcpd = start("dhcpd", NULL);
	expect(fd, "ACK 192.0.2.9 boot file pxelinux.0\n");
	/* Killed and started again: a new process, whose events count from 1 again. */
	(void)kill(tftpd, SIGKILL);
	(void)waitpid(tftpd, NULL, 0);
	ck_assert_int_eq(unlink(os_test_path("run/tftpd/control")), 0);
	tftpd = start("tftpd", "second.0");
	expect(fd, "service started\n");
	(void)kill(tftpd, SIGHUP);
	expect(fd, "TFTP second.0: no such file\n");
	(void)kill(watch, SIGTERM);
	ck_assert_int_eq(waitpid(watch, &status, 0), watch);
	stop(tftpd);
	stop(dhcpd);
	os_test_remove_dir();
}
END_TEST

START_TEST(the_past_comes_in_order_of_time)
{
	pid_t dhcpd = start("dhcpd", NULL), tftpd = start("tftpd", "new.0"), watch = 0;
	int fd = -1, status = 0;

	watch = spawn_watch("10", &fd);
	/* Of 1970, so before all that started now, though its daemon said it last. */
	expect(fd, "ACK 192.0.2.9 boot file pxelinux.0\n");
	expect(fd, "service started\n");
	expect(fd, "service started\n");
	/* What is new is told once. */
	(void)kill(tftpd, SIGHUP);
	expect(fd, "TFTP new.0: no such file\n");
	(void)kill(watch, SIGTERM);
	ck_assert_int_eq(waitpid(watch, &status, 0), watch);
	stop(tftpd);
	stop(dhcpd);
	os_test_remove_dir();
}
END_TEST

START_TEST(wrong_use_is_explained)
{
	ck_assert_int_eq(pxectl(""), 2);
	ck_assert_ptr_eq(strstr(output, "usage: pxectl "), output);
	ck_assert_int_eq(pxectl("timelin x"), 2);
	ck_assert_str_eq(output, "pxectl: no command \"timelin\"; did you mean \"timeline\"?\n");
	ck_assert_int_eq(pxectl("timeline"), 2);
	ck_assert_str_eq(output, "usage: pxectl timeline MAC|IP|NAME|UUID\n");
	ck_assert_int_eq(pxectl("--past x watch"), 2);
	ck_assert_int_eq(pxectl("--help"), 0);
	ck_assert_ptr_nonnull(strstr(output, "\n  watch "));
	ck_assert_int_eq(pxectl("leases"), 1);
	ck_assert_ptr_nonnull(strstr(output, "/*/control: is a daemon running"));
	ck_assert_int_eq(pxectl("--socket /nonexistent/x/control stats"), 1);
	ck_assert_str_eq(output, "pxectl: x: No such file or directory\n");
	os_test_remove_dir();
}
END_TEST

CHECK_MAIN("tools/pxectl", answers_are_shown, an_empty_listing_is_said_to_be_one,
    reload_fails_loudly, timeline_joins_daemons, watch_survives_restarts,
    the_past_comes_in_order_of_time, wrong_use_is_explained)
