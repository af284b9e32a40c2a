/* SPDX-License-Identifier: BSD-2-Clause */
/* control_test.c -- a control socket on a real loop, and clients good and bad. */
#include "libpxecommon/os/control.h"

#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/control_conn.h"
#include "os_test.h"

enum { BULK_LINES = 40000 };

/* One daemon's worth of state. */
static uv_loop_t loop;
static struct pxe_events *events;
static struct pxe_control *control;
static int reload_result;
static const char *reload_why;

static int run_echo(struct pxe_control_conn *conn, const char *args, void *arg)
{
	char buf[256];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));
	struct pxe_json j = pxe_json_init(&t);

	(void)arg;
	pxe_json_open(&j, NULL, '{');
	pxe_json_str(&j, "args", args);
	pxe_json_close(&j, '}');
	(void)pxe_control_line(conn, &t);
	return 0;
}

/* Far more than a socket's buffer holds. */
static int run_bulk(struct pxe_control_conn *conn, const char *args, void *arg)
{
	(void)args;
	(void)arg;
	for (int i = 0; i < BULK_LINES; i++) {
		char buf[256];
		struct pxe_text t = pxe_text_init(buf, sizeof(buf));

		pxe_text_addf(&t, "{\"i\":%d,\"pad\":\"%0150d\"}", i, i);
		if (!pxe_control_line(conn, &t))
			return PXE_E_LIMIT;
	}
	return 0;
}

static int run_fail(struct pxe_control_conn *conn, const char *args, void *arg)
{
	(void)conn;
	(void)args;
	(void)arg;
	return PXE_E_NOTFOUND;
}

static const struct pxe_control_cmd cmds[] = {
    {"echo", "say it back", run_echo},
    {"bulk", "very much", run_bulk},
    {"fail", "never works", run_fail},
};

static void put_stats(struct pxe_json *j, void *arg)
{
	(void)arg;
	pxe_json_u64(j, "answers", 42);
	for (int i = 0; i < 20000; i++) /* needs a larger buffer than the first */
		pxe_json_u64(j, "x", 1);
}

static void put_metrics(struct pxe_text *t, void *arg)
{
	(void)arg;
	pxe_text_add(t, "# TYPE x counter\nx_total 1\n");
}

static int reload(void *arg, struct pxe_text *why)
{
	(void)arg;
	if (reload_why != NULL)
		pxe_text_add(why, reload_why);
	return reload_result;
}

static void on_new(void *arg)
{
	(void)arg;
	pxe_control_kick(control);
}

static struct pxe_control_opts options(void)
{
	struct pxe_control_opts opts = {.daemon = "testd",
	    .path = os_test_path("run/testd/control"),
	    .events = events,
	    .cmd = cmds,
	    .ncmd = ROWS(cmds),
	    .stats = put_stats,
	    .metrics = put_metrics,
	    .reload = reload};

	return opts;
}

static void setup(void)
{
	struct pxe_control_opts opts;

	(void)signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_events_new(&loop, "testd", 1 << 20, on_new, NULL, &events), 0);
	opts = options();
	ck_assert_int_eq(pxe_control_new(&loop, &opts, &control), 0);
}

static void teardown(void)
{
	pxe_control_free(control);
	pxe_events_free(events);
	os_test_close_loop(&loop);
	ck_assert_int_eq(access(os_test_path("run/testd/control"), F_OK), -1);
	os_test_remove_dir();
}

/* ---- the client's side, in a thread with blocking calls ---- */

static int dial(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = 20};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", os_test_path("run/testd/control"));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0) {
		(void)close(fd);
		return -1;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

struct client {
	const char *send;
	bool half_close;   /* after sending, as "nc -N" does */
	const char *until; /* read until this is there, or the end */
	char *text;
	size_t len, cap;
	bool is_eof;
	uv_async_t done;
	bool is_done;
};

static void *client_main(void *arg)
{
	struct client *c = arg;
	int fd = dial();
	ssize_t n = 0;

	c->cap = 16 << 20;
	c->text = malloc(c->cap);
	c->text[0] = '\0';
	if (fd >= 0 && write(fd, c->send, strlen(c->send)) == (ssize_t)strlen(c->send)) {
		if (c->half_close)
			(void)shutdown(fd, SHUT_WR);
		while (c->len + 1 < c->cap && strstr(c->text, c->until) == NULL) {
			n = read(fd, c->text + c->len, c->cap - 1 - c->len);
			if (n <= 0)
				break;
			c->len += (size_t)n;
			c->text[c->len] = '\0';
			/* strstr from the start every time would be quadratic. */
			if (c->len > (1 << 16))
				c->until = "\n{\"end\":true}\n";
		}
		c->is_eof = n == 0;
	}
	if (fd >= 0)
		(void)close(fd);
	(void)uv_async_send(&c->done);
	return NULL;
}

static void on_done(uv_async_t *async)
{
	((struct client *)async->data)->is_done = true;
}

static bool is_done(void *arg)
{
	return ((struct client *)arg)->is_done;
}

/* Send text and give back what came, to be freed. */
static char *ask_until(const char *text, const char *until, bool half_close)
{
	struct client c = {.send = text, .until = until, .half_close = half_close};
	pthread_t thread;

	ck_assert_int_eq(uv_async_init(&loop, &c.done, on_done), 0);
	c.done.data = &c;
	ck_assert_int_eq(pthread_create(&thread, NULL, client_main, &c), 0);
	ck_assert(os_test_run(&loop, is_done, &c, 20000));
	(void)pthread_join(thread, NULL);
	uv_close((uv_handle_t *)&c.done, NULL);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	return c.text;
}

static void assert_answer(const char *send, const char *want)
{
	char *have = ask_until(send, "\n", false);

	ck_assert_str_eq(have, want);
	free(have);
}

START_TEST(commands_are_answered)
{
	char *have = NULL;

	setup();
	assert_answer("fail\n", "{\"error\":\"not found\"}\n");
	assert_answer(
	    "ech\n", "{\"error\":\"no command \\\"ech\\\"; did you mean \\\"echo\\\"?\"}\n");
	assert_answer("\x1b[2Jxyzzy\n",
	    "{\"error\":\"no command \\\"\\\\x1b[2Jxyzzy\\\"; there are: help, events, stats, "
	    "metrics, reload, echo, bulk, fail\"}\n");
	have = ask_until("  echo  one two \t\r\n", "end", false);
	ck_assert_str_eq(have, "{\"args\":\"one two\"}\n{\"end\":true}\n");
	free(have);
	have = ask_until("help\n", "end", false);
	ck_assert_ptr_nonnull(strstr(have, "{\"command\":\"echo\",\"help\":\"say it back\"}\n"));
	ck_assert_ptr_nonnull(strstr(have, "{\"command\":\"events\","));
	free(have);
	have = ask_until("metrics\n", "# EOF\n", false);
	ck_assert_str_eq(have, "# TYPE x counter\nx_total 1\n# EOF\n");
	free(have);
	have = ask_until("stats\n", "\n{\"end\":true}\n", false);
	ck_assert_ptr_nonnull(strstr(have, "{\"daemon\":\"testd\",\"version\":\""));
	ck_assert_ptr_nonnull(strstr(have, "\"answers\":42,"));
	ck_assert_uint_gt(strlen(have), 100000);
	free(have);
	teardown();
}
END_TEST

START_TEST(reload_says_how_it_went)
{
	setup();
	assert_answer("reload\n", "{\"end\":true}\n");
	reload_result = PXE_E_CONFIG;
	assert_answer("reload\n", "{\"error\":\"configuration has errors\"}\n");
	reload_why = "dhcpd.conf:3: semicolon expected";
	assert_answer("reload\n", "{\"error\":\"dhcpd.conf:3: semicolon expected\"}\n");
	teardown();
}
END_TEST

START_TEST(commands_may_follow_each_other)
{
	char *have = NULL;

	setup();
	have = ask_until("echo 1\nevents\necho 2\n", "no such text", true);
	ck_assert_str_eq(have,
	    "{\"args\":\"1\"}\n{\"end\":true}\n{\"end\":true}\n{\"args\":\"2\"}\n{\"end\":true}\n");
	free(have);
	teardown();
}
END_TEST

START_TEST(long_answers_arrive_whole)
{
	char *have = NULL, *line = NULL, *next = NULL;
	int count = 0;

	setup();
	have = ask_until("bulk\n", "\n{\"end\":true}\n", false);
	for (next = have; (line = strsep(&next, "\n")) != NULL && line[0] != '\0'; count++) {
		char want[32];

		if (strcmp(line, "{\"end\":true}") == 0)
			break;
		(void)snprintf(want, sizeof(want), "{\"i\":%d,", count);
		MUST(strncmp(line, want, strlen(want)) == 0, "line %d is %s", count, line);
	}
	ck_assert_int_eq(count, BULK_LINES);
	free(have);
	teardown();
}
END_TEST

static void emit(unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++) {
		struct pxe_event ev = {.stage = PXE_STAGE_HTTP, .status = i};

		pxe_events_emit(events, &ev);
	}
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, what)) != NULL; p += strlen(what))
		n++;
	return n;
}

START_TEST(past_events_can_be_counted)
{
	char *have = NULL;

	setup();
	emit(1, 5);
	have = ask_until("events\n", "end", false);
	ck_assert_uint_eq(count_of(have, "\"seq\":"), 5);
	free(have);
	have = ask_until("events 2\n", "end", false);
	ck_assert_uint_eq(count_of(have, "\"seq\":"), 2);
	ck_assert_ptr_nonnull(strstr(have, "\"status\":4"));
	ck_assert_ptr_nonnull(strstr(have, "\"status\":5"));
	free(have);
	have = ask_until("events 0\n", "end", false);
	ck_assert_str_eq(have, "{\"end\":true}\n");
	free(have);
	assert_answer("events five\n", "{\"error\":\"malformed\"}\n");
	teardown();
}
END_TEST

static void on_emit_timer(uv_timer_t *timer)
{
	if (control->nstreams == 0)
		return; /* the follower is not there yet */
	emit(100, 3);
	uv_close((uv_handle_t *)timer, NULL);
}

START_TEST(followers_get_new_events)
{
	static uv_timer_t timer;
	char *have = NULL;

	setup();
	emit(1, 5);
	(void)uv_timer_init(&loop, &timer);
	(void)uv_timer_start(&timer, on_emit_timer, 10, 10);
	have = ask_until("events 1 follow\n", "\"status\":102", false);
	ck_assert_uint_eq(count_of(have, "\"seq\":"), 4);
	ck_assert_ptr_null(strstr(have, "\"end\""));
	free(have);
	/* Nobody follows any more: the loop has nothing to do for events. */
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	emit(200, 1);
	teardown();
}
END_TEST

static bool never(void *arg)
{
	(void)arg;
	return false;
}

/* A follower that does not read costs a bounded amount, and others are served meanwhile. */
START_TEST(slow_follower_costs_little)
{
	int slow = -1;
	char *have = NULL;

	setup();
	slow = dial();
	ck_assert_int_ge(slow, 0);
	ck_assert_int_eq((int)write(slow, "events follow\n", 14), 14);
	ck_assert(!os_test_run(&loop, never, NULL, 30));
	for (unsigned i = 0; i < 200; i++) {
		emit(i, 100);
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	}
	have = ask_until("echo still here\n", "end", false);
	ck_assert_ptr_nonnull(strstr(have, "still here"));
	free(have);
	(void)close(slow);
	ck_assert(!os_test_run(&loop, never, NULL, 30));
	teardown();
}
END_TEST

/* What the timer does every second, as if so many milliseconds had passed. */
static void sweep_after(uint64_t ms)
{
	PXE_LIST_FOREACH_SAFE (it, &control->conns)
		pxe_control_conn_sweep(
		    PXE_CONTAINER(it, struct pxe_control_conn, link), uv_now(&loop) + ms);
}

START_TEST(reader_who_stops_is_dropped)
{
	int slow = -1;
	char buf[65536];
	ssize_t n = 0;

	setup();
	slow = dial();
	ck_assert_int_eq((int)write(slow, "bulk\n", 5), 5);
	ck_assert(!os_test_run(&loop, never, NULL, 30));
	sweep_after(PXE_CONTROL_STALL_MS / 2);
	ck_assert_uint_eq(control->nconns, 1);
	sweep_after(PXE_CONTROL_STALL_MS + 1000);
	ck_assert_uint_eq(control->nconns, 0);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(control->queued, 0);
	while ((n = read(slow, buf, sizeof(buf))) > 0)
		continue;
	ck_assert_int_eq((int)n, 0);
	(void)close(slow);
	teardown();
}
END_TEST

START_TEST(who_says_nothing_is_dropped_later)
{
	int silent = -1, follower = -1;

	setup();
	silent = dial();
	follower = dial();
	ck_assert_int_eq((int)write(follower, "events 0 follow\n", 16), 16);
	ck_assert(!os_test_run(&loop, never, NULL, 30));
	sweep_after(PXE_CONTROL_IDLE_MS - 1000);
	ck_assert_uint_eq(control->nconns, 2);
	sweep_after(PXE_CONTROL_IDLE_MS + 1000);
	ck_assert_uint_eq(control->nconns, 1); /* a follower may wait for ever */
	(void)close(silent);
	(void)close(follower);
	ck_assert(!os_test_run(&loop, never, NULL, 30));
	ck_assert_uint_eq(control->nconns, 0);
	teardown();
}
END_TEST

START_TEST(too_long_a_command_ends_the_connection)
{
	static char line[5000];
	char *have = NULL;

	setup();
	memset(line, 'x', sizeof(line) - 1);
	have = ask_until(line, "no such text", false);
	ck_assert_str_eq(have, "{\"error\":\"the command line is too long\"}\n");
	free(have);
	teardown();
}
END_TEST

START_TEST(connections_are_limited)
{
	int fds[40];
	int refused = 0;

	setup();
	for (size_t i = 0; i < ROWS(fds); i++) {
		fds[i] = dial();
		ck_assert_int_ge(fds[i], 0);
		(void)uv_run(&loop, UV_RUN_NOWAIT);
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	}
	for (size_t i = 0; i < ROWS(fds); i++) {
		char text[128] = "";

		if (recv(fds[i], text, sizeof(text) - 1, MSG_DONTWAIT) > 0) {
			ck_assert_str_eq(text, "{\"error\":\"too many connections\"}\n");
			refused++;
		}
		(void)close(fds[i]);
	}
	ck_assert_int_eq(refused, 8);
	ck_assert(!os_test_run(&loop, never, NULL, 30));
	assert_answer("fail\n", "{\"error\":\"not found\"}\n");
	teardown();
}
END_TEST

START_TEST(socket_is_private)
{
	struct pxe_control_opts opts;
	struct stat st;

	setup();
	ck_assert_int_eq(stat(os_test_path("run/testd/control"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(stat(os_test_path("run/testd"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0755);
	if (geteuid() == 0) {
		pxe_control_free(control);
		(void)uv_run(&loop, UV_RUN_NOWAIT);
		os_test_remove_dir();
		ck_assert_int_eq(mkdir(os_test_dir(), 0755), 0);
		opts = options();
		opts.owner = "nobody";
		opts.group = "daemon";
		ck_assert_int_eq(pxe_control_new(&loop, &opts, &control), 0);
		ck_assert_int_eq(stat(os_test_path("run/testd/control"), &st), 0);
		ck_assert_uint_eq(st.st_mode & 0777, 0660);
		ck_assert_uint_eq(st.st_uid, getpwnam("nobody")->pw_uid);
		ck_assert_uint_eq(st.st_gid, getpwnam("daemon")->pw_gid);
		ck_assert_int_eq(stat(os_test_path("run/testd"), &st), 0);
		ck_assert_uint_eq(st.st_uid, getpwnam("nobody")->pw_uid);
		ck_assert_int_eq(stat(os_test_path("run"), &st), 0);
		ck_assert_uint_eq(st.st_uid, 0);
	}
	teardown();
}
END_TEST

START_TEST(stale_socket_is_replaced_live_one_is_not)
{
	struct pxe_control_opts opts;
	struct pxe_control *second = NULL;
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = -1;

	setup();
	opts = options();
	ck_assert_int_eq(pxe_control_new(&loop, &opts, &second), PXE_E_EXISTS);
	assert_answer("fail\n", "{\"error\":\"not found\"}\n");
	/* Left behind by a daemon that was killed. */
	opts.path = os_test_path("run/testd/stale");
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", opts.path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	(void)close(fd);
	ck_assert_int_eq(pxe_control_new(&loop, &opts, &second), 0);
	pxe_control_free(second);
	/* Something else of that name is not ours to remove. */
	opts.path = os_test_path("run/testd/file");
	os_test_write(opts.path, "precious");
	ck_assert_int_eq(pxe_control_new(&loop, &opts, &second), -ENOTSOCK);
	ck_assert_int_eq(access(opts.path, F_OK), 0);
	opts.path =
	    "/tmp/a-very-long-path-that-does-not-fit-into-the-address-of-a-unix-socket-because-it-"
	    "has-more-than-one-hundred-and-seven-bytes";
	ck_assert_int_eq(pxe_control_new(&loop, &opts, &second), -ENAMETOOLONG);
	teardown();
}
END_TEST

START_TEST(name_of_another_is_left_alone)
{
	struct pxe_control_opts opts;
	struct pxe_control *first = NULL, *second = NULL;

	setup();
	opts = options();
	opts.path = os_test_path("run/testd/shared");
	ck_assert_int_eq(pxe_control_new(&loop, &opts, &first), 0);
	/* Two that found the same left-over at once: the later one has the name. */
	ck_assert_int_eq(unlink(opts.path), 0);
	ck_assert_int_eq(pxe_control_new(&loop, &opts, &second), 0);
	pxe_control_free(first);
	ck_assert_int_eq(access(opts.path, F_OK), 0);
	pxe_control_free(second);
	ck_assert_int_eq(access(opts.path, F_OK), -1);
	teardown();
}
END_TEST

CHECK_MAIN("os/control", commands_are_answered, reload_says_how_it_went,
    commands_may_follow_each_other, long_answers_arrive_whole, past_events_can_be_counted,
    followers_get_new_events, slow_follower_costs_little, reader_who_stops_is_dropped,
    who_says_nothing_is_dropped_later, too_long_a_command_ends_the_connection,
    connections_are_limited, socket_is_private, stale_socket_is_replaced_live_one_is_not,
    name_of_another_is_left_alone)
