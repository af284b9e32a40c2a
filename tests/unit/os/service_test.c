/* SPDX-License-Identifier: BSD-2-Clause */
/* service_test.c -- daemons as their caller, their signals and a service manager see them. */
#include "libpxecommon/os/service.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/systemd.h"
#include "os_test.h"

/* Lines the child reports through a pipe, so that order can be asserted. */
static int report_fd = -1;

static void report(const char *text)
{
	ck_assert_int_eq((int)write(report_fd, text, strlen(text)), (int)strlen(text));
}

static void on_reload(void *arg)
{
	(void)arg;
	report("reload ");
}

static void on_stats(void *arg)
{
	(void)arg;
	report("stats ");
}

static void on_drain_forever(void *arg)
{
	(void)arg;
	report("drain ");
}

static struct pxe_service *service;

static void on_drain_at_once(void *arg)
{
	(void)arg;
	report("drain ");
	pxe_service_stopped(service);
}

static const struct pxe_service_ops plain = {0};
static const struct pxe_service_ops full = {
    .on_reload = on_reload, .on_stats = on_stats, .on_drain = on_drain_at_once};
static const struct pxe_service_ops stubborn = {.on_drain = on_drain_forever, .drain_ms = 60000};
static const struct pxe_service_ops patient = {.on_drain = on_drain_forever, .drain_ms = 100};

/* A whole daemon: exit status 0 after a proper end. */
static int daemon_main(const struct pxe_service_ops *ops, const char *pid_file)
{
	uv_loop_t loop;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_service_new(&loop, ops, NULL, &service), 0);
	if (pid_file != NULL)
		ck_assert_int_eq(pxe_service_pid_file(service, pid_file), 0);
	pxe_service_ready(service, "serving %d", 1);
	report("ready ");
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	if (pxe_service_is_draining(service))
		report("draining ");
	report("end ");
	pxe_service_free(service);
	os_test_close_loop(&loop);
	return 0;
}

struct child {
	pid_t pid;
	int fd;
	char text[256];
	size_t len;
};

static struct child start(const struct pxe_service_ops *ops, const char *pid_file)
{
	struct child c = {0};
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	(void)fflush(NULL);
	c.pid = fork();
	ck_assert_int_ge(c.pid, 0);
	if (c.pid == 0) {
		report_fd = fds[1];
		_exit(daemon_main(ops, pid_file));
	}
	(void)close(fds[1]);
	c.fd = fds[0];
	return c;
}

/* Wait until the child has said this, whole text so far. */
static void expect(struct child *c, const char *text)
{
	struct pollfd pfd = {.fd = c->fd, .events = POLLIN};

	while (c->len < strlen(text)) {
		ssize_t n = 0;

		MUST(poll(&pfd, 1, 10000) == 1, "have \"%s\", want \"%s\"", c->text, text);
		n = read(c->fd, c->text + c->len, sizeof(c->text) - 1 - c->len);
		MUST(n > 0, "ended with \"%s\", want \"%s\"", c->text, text);
		c->len += (size_t)n;
	}
	ck_assert_str_eq(c->text, text);
}

static int wait_status(pid_t pid)
{
	int status = 0;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

START_TEST(signals_do_their_work)
{
	struct child c = start(&full, NULL);

	expect(&c, "ready ");
	(void)kill(c.pid, SIGHUP);
	expect(&c, "ready reload ");
	(void)kill(c.pid, SIGUSR1);
	expect(&c, "ready reload stats ");
	(void)kill(c.pid, SIGPIPE);
	(void)kill(c.pid, SIGTERM);
	expect(&c, "ready reload stats drain draining end ");
	ck_assert_int_eq(wait_status(c.pid), 0);
}
END_TEST

START_TEST(without_drain_it_stops_at_once)
{
	struct child c = start(&plain, NULL);

	expect(&c, "ready ");
	/* Unsupported signals are survived. */
	(void)kill(c.pid, SIGHUP);
	(void)kill(c.pid, SIGUSR1);
	(void)usleep(50000);
	(void)kill(c.pid, SIGINT);
	expect(&c, "ready draining end ");
	ck_assert_int_eq(wait_status(c.pid), 0);
}
END_TEST

START_TEST(second_signal_ends_a_drain)
{
	struct child c = start(&stubborn, NULL);

	expect(&c, "ready ");
	(void)kill(c.pid, SIGTERM);
	expect(&c, "ready drain ");
	(void)kill(c.pid, SIGTERM);
	expect(&c, "ready drain draining end ");
	ck_assert_int_eq(wait_status(c.pid), 0);
}
END_TEST

START_TEST(drain_has_a_time_limit)
{
	struct child c = start(&patient, NULL);

	expect(&c, "ready ");
	(void)kill(c.pid, SIGTERM);
	expect(&c, "ready drain draining end ");
	ck_assert_int_eq(wait_status(c.pid), 0);
}
END_TEST

static const char *contents(const char *path)
{
	static char text[64];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n < 0 ? NULL : text;
}

START_TEST(pid_file_comes_and_goes)
{
	const char *path = os_test_path("pid");
	char want[32];
	struct stat st;
	struct child c;

	/* A stale one, of a process that is no more. */
	pid_t gone = fork();

	if (gone == 0)
		_exit(0);
	(void)waitpid(gone, NULL, 0);
	(void)snprintf(want, sizeof(want), "%d\n", (int)gone);
	os_test_write(path, want);
	c = start(&plain, path);
	expect(&c, "ready ");
	(void)snprintf(want, sizeof(want), "%d\n", (int)c.pid);
	ck_assert_str_eq(contents(path), want);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0644);
	(void)kill(c.pid, SIGTERM);
	ck_assert_int_eq(wait_status(c.pid), 0);
	ck_assert_int_eq(access(path, F_OK), -1);
	os_test_remove_dir();
}
END_TEST

START_TEST(pid_file_of_a_forgotten_folder_is_emptied)
{
	static const struct pxe_service_ops none = {0};
	const char *path = os_test_path("pid");
	struct stat st;
	uv_loop_t loop;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_service_new(&loop, &none, NULL, &service), 0);
	ck_assert_int_eq(pxe_service_pid_file(service, path), 0);
	pxe_service_forget_dir(service);
	pxe_service_forget_dir(service);
	pxe_service_forget_dir(NULL);
	pxe_service_free(service);
	os_test_close_loop(&loop);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	os_test_remove_dir();
}
END_TEST

START_TEST(pid_file_of_a_live_process_is_respected)
{
	const char *path = os_test_path("pid");
	struct child c = start(&plain, path);
	char live[32];
	uv_loop_t loop;

	expect(&c, "ready ");
	(void)snprintf(live, sizeof(live), "%d\n", (int)c.pid);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_service_new(&loop, &plain, NULL, &service), 0);
	ck_assert_int_eq(pxe_service_pid_file(service, path), PXE_E_EXISTS);
	ck_assert_str_eq(contents(path), live);
	/* The same without a lock, as other programs write them. */
	os_test_write(os_test_path("other"), live);
	ck_assert_int_eq(pxe_service_pid_file(service, os_test_path("other")), PXE_E_EXISTS);
	/* A link is not followed, and what it names is left alone. */
	ck_assert_int_eq(symlink("other", os_test_path("link")), 0);
	ck_assert_int_eq(pxe_service_pid_file(service, os_test_path("link")), -ELOOP);
	ck_assert_int_eq(pxe_service_pid_file(service, "/nonexistent/pid"), -ENOENT);
	ck_assert_int_eq(pxe_service_pid_file(service, os_test_path("mine")), 0);
	ck_assert_int_eq(pxe_service_pid_file(service, os_test_path("mine")), 0);
	pxe_service_free(service);
	os_test_close_loop(&loop);
	ck_assert_int_eq(access(os_test_path("mine"), F_OK), -1);
	ck_assert_str_eq(contents(os_test_path("other")), live);
	(void)kill(c.pid, SIGTERM);
	ck_assert_int_eq(wait_status(c.pid), 0);
	os_test_remove_dir();
}
END_TEST

/* A caller as a shell would be: runs the program, sees its status. */
static int run_detached(bool succeed, int *out_session)
{
	int fds[2];
	pid_t caller = 0;
	pid_t daemon = 0;
	int status = 0;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	(void)fflush(NULL);
	caller = fork();
	if (caller == 0) {
		uv_loop_t loop;

		if (pxe_service_detach(true) != 0)
			_exit(9);
		daemon = getpid();
		(void)!write(fds[1], &daemon, sizeof(daemon));
		if (!succeed)
			_exit(3);
		(void)uv_loop_init(&loop);
		(void)pxe_service_new(&loop, &plain, NULL, &service);
		pxe_service_ready(service, "up");
		(void)uv_run(&loop, UV_RUN_DEFAULT);
		_exit(0);
	}
	(void)close(fds[1]);
	ck_assert_int_eq((int)read(fds[0], &daemon, sizeof(daemon)), (int)sizeof(daemon));
	status = wait_status(caller);
	*out_session = (int)getsid(daemon);
	if (succeed) {
		ck_assert_int_eq(*out_session, daemon); /* alive, and a session of its own */
		(void)kill(daemon, SIGTERM);
		/* Its write end closes when it ends. */
		ck_assert_int_eq((int)read(fds[0], &daemon, sizeof(daemon)), 0);
	}
	(void)close(fds[0]);
	return status;
}

START_TEST(caller_learns_how_the_start_went)
{
	int session = 0;

	ck_assert_int_eq(run_detached(true, &session), 0);
	ck_assert_int_eq(run_detached(false, &session), 1);
	ck_assert_int_eq(pxe_service_detach(false), 0);
}
END_TEST

/* ---- the service manager ---- */

static int manager_socket(const char *name, size_t len)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = 5};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(sun.sun_path, name, len);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
	    0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

static const char *told(int fd)
{
	static char text[1024];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	ck_assert_int_ge((int)n, 0);
	text[n] = '\0';
	return text;
}

START_TEST(manager_is_told)
{
	const char *path = os_test_path("notify");
	int fd = manager_socket(path, strlen(path));
	struct child c;
	char want[128];
	const char *text = NULL;

	(void)setenv("NOTIFY_SOCKET", path, 1);
	c = start(&full, NULL);
	(void)snprintf(want, sizeof(want), "READY=1\nMAINPID=%d\nSTATUS=serving 1", (int)c.pid);
	ck_assert_str_eq(told(fd), want);
	(void)kill(c.pid, SIGHUP);
	text = told(fd);
	ck_assert_ptr_eq(strstr(text, "RELOADING=1\nMONOTONIC_USEC="), text);
	ck_assert_str_eq(told(fd), "READY=1");
	(void)kill(c.pid, SIGTERM);
	ck_assert_str_eq(told(fd), "STOPPING=1");
	ck_assert_int_eq(wait_status(c.pid), 0);
	errno = EADDRINUSE;
	pxe_service_failed("port 69: Address already in use\nsecond line");
	(void)snprintf(
	    want, sizeof(want), "ERRNO=%d\nSTATUS=port 69: Address already in use", EADDRINUSE);
	ck_assert_str_eq(told(fd), want);
	os_test_remove_dir();
}
END_TEST

START_TEST(manager_may_have_an_abstract_name)
{
	char name[32], env[32];
	int fd = -1;
	struct child c;

	(void)snprintf(env, sizeof(env), "@pxe-test-%d", (int)getpid());
	memcpy(name, env, sizeof(name));
	name[0] = '\0';
	fd = manager_socket(name, strlen(env));
	(void)setenv("NOTIFY_SOCKET", env, 1);
	c = start(&plain, NULL);
	ck_assert_ptr_nonnull(strstr(told(fd), "READY=1\n"));
	(void)kill(c.pid, SIGTERM);
	ck_assert_int_eq(wait_status(c.pid), 0);
}
END_TEST

START_TEST(status_is_one_line)
{
	const char *path = os_test_path("notify");
	int fd = manager_socket(path, strlen(path));
	uv_loop_t loop;

	(void)setenv("NOTIFY_SOCKET", path, 1);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_service_new(&loop, &plain, NULL, &service), 0);
	pxe_service_status(service, "%d transfers\nREADY=1", 3);
	ck_assert_str_eq(told(fd), "STATUS=3 transfers READY=1");
	pxe_service_free(service);
	os_test_close_loop(&loop);
	os_test_remove_dir();
}
END_TEST

START_TEST(busy_manager_hears_that_we_are_ready)
{
	const char *path = os_test_path("notify");
	int fd = manager_socket(path, strlen(path)), filler = -1, queued = 0;
	uv_loop_t loop;
	pid_t reader = 0;
	char byte = 0;

	(void)setenv("NOTIFY_SOCKET", path, 1);
	filler = pxe_notify_open();
	ck_assert_int_ge(filler, 0);
	while (send(filler, "x", 1, MSG_DONTWAIT) == 1)
		queued++;
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_service_new(&loop, &plain, NULL, &service), 0);
	reader = fork();
	if (reader == 0) {
		(void)usleep(100000);
		while (queued-- > 0)
			(void)recv(fd, &byte, 1, 0);
		_exit(0);
	}
	pxe_service_ready(service, "serving");
	ck_assert_int_eq(wait_status(reader), 0);
	ck_assert_ptr_nonnull(strstr(told(fd), "READY=1\n"));
	pxe_service_free(service);
	os_test_close_loop(&loop);
	os_test_remove_dir();
}
END_TEST

START_TEST(sockets_are_handed_over)
{
	char pid[16];
	int first = -1;

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	for (int fd = 3; fd < 6; fd++)
		ck_assert_int_eq(dup2(STDIN_FILENO, fd), fd);
	(void)setenv("LISTEN_PID", pid, 1);
	(void)setenv("LISTEN_FDS", "3", 1);
	(void)setenv("LISTEN_FDNAMES", "tftp::http", 1);
	ck_assert_int_eq(pxe_service_listen_fds(&first), 3);
	ck_assert_int_eq(first, 3);
	ck_assert_str_eq(pxe_service_listen_name(0), "tftp");
	ck_assert_str_eq(pxe_service_listen_name(1), "");
	ck_assert_str_eq(pxe_service_listen_name(2), "http");
	ck_assert_str_eq(pxe_service_listen_name(3), "");
	ck_assert_str_eq(pxe_service_listen_name(-1), "");
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
	ck_assert_int_eq(fcntl(4, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	/* Asked again, it still knows. */
	ck_assert_int_eq(pxe_service_listen_fds(&first), 3);
}
END_TEST

START_TEST(sockets_for_another_process_are_not_ours)
{
	int first = -1;

	(void)setenv("LISTEN_PID", "1", 1);
	(void)setenv("LISTEN_FDS", "3", 1);
	ck_assert_int_eq(pxe_service_listen_fds(&first), 0);
	ck_assert_str_eq(pxe_service_listen_name(0), "");
}
END_TEST

START_TEST(inetd_is_recognised)
{
	int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
	int local = socket(AF_UNIX, SOCK_DGRAM, 0), null = open("/dev/null", O_RDONLY);

	ck_assert_int_eq(dup2(null, STDIN_FILENO), STDIN_FILENO);
	ck_assert(!pxe_service_is_inetd());
	ck_assert_int_eq(dup2(tcp, STDIN_FILENO), STDIN_FILENO);
	ck_assert(!pxe_service_is_inetd());
	ck_assert_int_eq(dup2(local, STDIN_FILENO), STDIN_FILENO);
	ck_assert(!pxe_service_is_inetd());
	ck_assert_int_eq(dup2(udp, STDIN_FILENO), STDIN_FILENO);
	ck_assert(pxe_service_is_inetd());
}
END_TEST

START_TEST(descriptor_limit_is_raised)
{
	struct rlimit lim;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
	lim.rlim_cur = 64;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
	ck_assert_uint_eq(pxe_service_raise_nofile(), lim.rlim_max);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
	ck_assert_uint_eq(lim.rlim_cur, lim.rlim_max);
}
END_TEST

CHECK_MAIN("os/service", signals_do_their_work, without_drain_it_stops_at_once,
    second_signal_ends_a_drain, drain_has_a_time_limit, pid_file_comes_and_goes,
    pid_file_of_a_forgotten_folder_is_emptied, pid_file_of_a_live_process_is_respected,
    caller_learns_how_the_start_went, manager_is_told, manager_may_have_an_abstract_name,
    status_is_one_line, busy_manager_hears_that_we_are_ready, sockets_are_handed_over,
    sockets_for_another_process_are_not_ours, inetd_is_recognised, descriptor_limit_is_raised)
