/* SPDX-License-Identifier: BSD-2-Clause */
/* probe_cli.c -- relayd --probe: run one probe and print what came of it. */
#include "relayd/probe_cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "relayd/relayd.h"
#include "relayd/relayd6.h"

enum { POLL_MS = 50, RESOLVE_MS = 2000, ANSWER_MS = 3000, REPLY_MAX = 1 << 17 };

/* The relay of one family, for when there is none that runs. */
struct prober {
	int (*open)(uv_loop_t *loop, const struct flags *flags, const struct relayd_conf *conf);
	bool (*is_ready)(void); /* the addresses of all servers are known */
	int (*start)(const char *ifname, struct pxe_text *why);
	void (*close)(void);
	const struct probe *probe;
};

struct cli {
	uv_loop_t loop;
	uv_timer_t timer;
	uint64_t deadline_ms; /* of the phase we are in, in the loop's time */
	bool has_started, is_done;
	int status;
	const char *ifname;
	/* a relay that runs */
	uv_pipe_t pipe;
	uv_connect_t connect;
	uv_write_t write;
	bool is_connected, is_over; /* the answer is complete */
	char request[64];
	char *reply;
	size_t len;
	/* our own */
	const struct prober *prober;
};

static void finish(struct cli *cli, int status)
{
	cli->status = status;
	cli->is_done = true;
	uv_stop(&cli->loop);
}

/* ---- over the control socket ---- */

static void on_read_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *buf)
{
	struct cli *cli = handle->data;

	(void)hint;
	*buf = uv_buf_init(cli->reply + cli->len, (unsigned)(REPLY_MAX - 1 - cli->len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct cli *cli = stream->data;

	(void)buf;
	if (n > 0) {
		cli->len += (size_t)n;
		cli->reply[cli->len] = '\0';
	}
	if (n < 0 || strstr(cli->reply, "{\"end\":true}") != NULL ||
	    strstr(cli->reply, "{\"error\":") != NULL) {
		cli->is_over = true;
		uv_stop(&cli->loop);
	}
}

static void on_connect(uv_connect_t *req, int status)
{
	struct cli *cli = req->data;
	uv_buf_t buf = uv_buf_init(cli->request, (unsigned)strlen(cli->request));

	cli->is_connected = status == 0;
	if (status == 0)
		status = uv_write(&cli->write, req->handle, &buf, 1, NULL);
	if (status == 0)
		status = uv_read_start(req->handle, on_read_alloc, on_read);
	if (status != 0)
		uv_stop(&cli->loop);
}

static void on_late(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

/* One command; its lines are in cli->reply. False when nobody answers there. */
static bool ask(struct cli *cli, const char *path, const char *command, const char *arg)
{
	(void)snprintf(cli->request, sizeof(cli->request), "%s%s%s\n", command,
	    arg[0] != '\0' ? " " : "", arg);
	cli->len = 0;
	cli->reply[0] = '\0';
	cli->is_connected = cli->is_over = false;
	if (uv_pipe_init(&cli->loop, &cli->pipe, 0) != 0)
		return false;
	cli->pipe.data = cli->connect.data = cli;
	uv_pipe_connect(&cli->connect, &cli->pipe, path, on_connect);
	(void)uv_timer_start(&cli->timer, on_late, ANSWER_MS, 0);
	(void)uv_run(&cli->loop, UV_RUN_DEFAULT);
	(void)uv_timer_stop(&cli->timer);
	uv_close((uv_handle_t *)&cli->pipe, NULL);
	while (uv_run(&cli->loop, UV_RUN_NOWAIT) != 0)
		;
	return cli->is_connected && cli->is_over;
}

/* The text member of each line to standard output; false when a line is not well. */
static bool print_texts(const char *reply)
{
	static const char key[] = "\"text\":\"";
	bool ok = strstr(reply, "\"ok\":false") == NULL && strstr(reply, "\"ok\":true") != NULL;

	for (const char *s = strstr(reply, key); s != NULL; s = strstr(s, key)) {
		for (s += sizeof(key) - 1; *s != '\0' && *s != '"'; s++) {
			if (*s == '\\' && s[1] != '\0')
				s++;
			(void)putchar(*s);
		}
		(void)putchar('\n');
	}
	return ok;
}

static void nap(struct cli *cli)
{
	(void)uv_timer_start(&cli->timer, on_late, POLL_MS, 0);
	(void)uv_run(&cli->loop, UV_RUN_DEFAULT);
	uv_update_time(&cli->loop);
}

/* True when a running relay has done it, or has said why not. */
static bool probe_running(struct cli *cli, const char *path)
{
	uint64_t deadline = 0;

	if (!ask(cli, path, "probe", cli->ifname))
		return false;
	if (strstr(cli->reply, "{\"error\":") != NULL) {
		(void)print_texts(cli->reply);
		cli->status = EXIT_FAILURE;
		return true;
	}
	uv_update_time(&cli->loop);
	deadline = uv_now(&cli->loop) + ANSWER_MS;
	do {
		nap(cli);
		if (!ask(cli, path, "probed", ""))
			return false;
	} while (
	    strstr(cli->reply, "{\"complete\":false}") != NULL && uv_now(&cli->loop) < deadline);
	cli->status = print_texts(cli->reply) ? EXIT_SUCCESS : EXIT_FAILURE;
	return true;
}

/* ---- with sockets of our own ---- */

static struct relayd relay4;

static int open4(uv_loop_t *loop, const struct flags *flags, const struct relayd_conf *conf)
{
	int err = relayd_open(&relay4, loop, flags, conf);

	if (err == 0)
		relayd_begin(&relay4);
	return err;
}

static bool is_ready4(void)
{
	for (size_t i = 0; i < relay4.relay.servers.n; i++) {
		if (relay4.relay.servers.v[i].to.ip.family == 0)
			return false;
	}
	return true;
}

static int start4(const char *ifname, struct pxe_text *why)
{
	return probe4_start(&relay4, ifname, why);
}

static void close4(void)
{
	relayd_close(&relay4);
}

static const struct prober prober4 = {open4, is_ready4, start4, close4, &relay4.probe};

static struct relayd6 relay6;

static int open6(uv_loop_t *loop, const struct flags *flags, const struct relayd_conf *conf)
{
	return relayd6_open(&relay6, loop, flags, conf);
}

static bool is_ready6(void)
{
	return true;
}

static int start6(const char *ifname, struct pxe_text *why)
{
	return probe6_start(&relay6, ifname, why);
}

static void close6(void)
{
	relayd6_close(&relay6);
}

static const struct prober prober6 = {open6, is_ready6, start6, close6, &relay6.probe};

static void print_results(struct cli *cli)
{
	bool ok = true;

	for (size_t i = 0; i < cli->prober->probe->n; i++) {
		char buf[1024];
		struct pxe_text t = pxe_text_init(buf, sizeof(buf));

		ok &= probe_text(cli->prober->probe, i, &t);
		(void)puts(buf);
	}
	finish(cli, ok ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void on_poll(uv_timer_t *timer)
{
	struct cli *cli = timer->data;
	uint64_t now_ms = uv_now(&cli->loop);
	char buf[256];
	struct pxe_text why = pxe_text_init(buf, sizeof(buf));

	if (!cli->has_started) {
		if (!cli->prober->is_ready() && now_ms < cli->deadline_ms)
			return;
		if (cli->prober->start(cli->ifname, &why) != 0) {
			pxe_log_error("%s", buf);
			finish(cli, EXIT_FAILURE);
			return;
		}
		cli->has_started = true;
		cli->deadline_ms = now_ms + ANSWER_MS;
	} else if (probe_is_complete(cli->prober->probe) || now_ms >= cli->deadline_ms) {
		print_results(cli);
	}
}

static void probe_alone(struct cli *cli, const struct flags *flags, const struct relayd_conf *conf)
{
	static char none[] = "";
	struct relayd_conf own = *conf;
	struct flags quiet = *flags;

	own.common.control = none;
	quiet.quiet = true;
	cli->prober = flags->six ? &prober6 : &prober4;
	if (cli->prober->open(&cli->loop, &quiet, &own) == 0) {
		cli->deadline_ms = uv_now(&cli->loop) + RESOLVE_MS;
		(void)uv_timer_start(&cli->timer, on_poll, POLL_MS, POLL_MS);
		(void)uv_run(&cli->loop, UV_RUN_DEFAULT);
	}
	cli->prober->close();
}

int probe_cli(const struct flags *flags, const struct relayd_conf *conf)
{
	struct cli cli = {.status = EXIT_FAILURE, .ifname = flags->probe};
	const char *path = conf->common.control;

	cli.reply = malloc(REPLY_MAX);
	if (cli.reply == NULL || uv_loop_init(&cli.loop) != 0 ||
	    uv_timer_init(&cli.loop, &cli.timer) != 0) {
		pxe_log_error("out of memory");
		free(cli.reply);
		return EXIT_FAILURE;
	}
	cli.timer.data = &cli;
	if (path == NULL || path[0] == '\0' || !probe_running(&cli, path))
		probe_alone(&cli, flags, conf);
	uv_close((uv_handle_t *)&cli.timer, NULL);
	for (int i = 0; i < 10 && uv_run(&cli.loop, UV_RUN_NOWAIT) != 0; i++)
		;
	(void)uv_loop_close(&cli.loop);
	free(cli.reply);
	return cli.status;
}
