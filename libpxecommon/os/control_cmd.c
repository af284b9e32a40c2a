/* SPDX-License-Identifier: BSD-2-Clause */
/* control_cmd.c -- the commands every daemon answers on its control socket. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/json.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/control_conn.h"

enum {
	ANSWER_FIRST = 1 << 16,
	ANSWER_MAX = 1 << 22, /* bytes of statistics */
	ERROR_MAX = 2048,
	HINTS_MAX = 64
};

/* From a common command: it has ended its answer itself. */
enum { ANSWERED = 1 };

static int run_help(struct pxe_control_conn *conn, const char *args, void *arg);
static int run_events(struct pxe_control_conn *conn, const char *args, void *arg);
static int run_stats(struct pxe_control_conn *conn, const char *args, void *arg);
static int run_metrics(struct pxe_control_conn *conn, const char *args, void *arg);
static int run_reload(struct pxe_control_conn *conn, const char *args, void *arg);

static const struct pxe_control_cmd common[] = {
    {"help", "list the commands", run_help},
    {"events", "past events: [COUNT] of the last ones, [follow] to stay for new ones", run_events},
    {"stats", "counters as JSON", run_stats},
    {"metrics", "counters as OpenMetrics text", run_metrics},
    {"reload", "read the configuration again", run_reload},
};
enum { NCOMMON = sizeof(common) / sizeof(common[0]) };

static void put_error(struct pxe_control_conn *conn, const char *why)
{
	char buf[2 * ERROR_MAX];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));
	struct pxe_json j = pxe_json_init(&t);

	pxe_json_open(&j, NULL, '{');
	pxe_json_str(&j, "error", why);
	pxe_json_close(&j, '}');
	if (t.truncated)
		(void)pxe_control_conn_put(conn, "{\"error\":\"error\"}\n", 18);
	else
		(void)pxe_control_line(conn, &t);
}

static int run_help(struct pxe_control_conn *conn, const char *args, void *arg)
{
	const struct pxe_control_opts *opts = &conn->ctl->opts;

	(void)args;
	(void)arg;
	for (size_t i = 0; i < NCOMMON + opts->ncmd; i++) {
		const struct pxe_control_cmd *cmd =
		    i < NCOMMON ? &common[i] : &opts->cmd[i - NCOMMON];
		char buf[ERROR_MAX];
		struct pxe_text t = pxe_text_init(buf, sizeof(buf));
		struct pxe_json j = pxe_json_init(&t);

		pxe_json_open(&j, NULL, '{');
		pxe_json_str(&j, "command", cmd->name);
		pxe_json_str(&j, "help", cmd->help);
		pxe_json_close(&j, '}');
		if (!t.truncated && !pxe_control_line(conn, &t))
			break;
	}
	return 0;
}

/* "[COUNT] [follow]" */
static int run_events(struct pxe_control_conn *conn, const char *args, void *arg)
{
	struct pxe_events *evs = conn->ctl->opts.events;
	char word[32];
	const char *p = args;
	uint64_t head = 0, count = UINT64_MAX;
	bool follow = false;

	(void)arg;
	if (evs == NULL)
		return PXE_E_UNSUPPORTED;
	while (*p != '\0') {
		size_t n = strcspn(p, " \t");

		if (n >= sizeof(word))
			return PXE_E_SYNTAX;
		memcpy(word, p, n);
		word[n] = '\0';
		p += n + strspn(p + n, " \t");
		if (strcmp(word, "follow") == 0)
			follow = true;
		else if (pxe_parse_u64(word, 0, UINT64_MAX, &count) != 0)
			return PXE_E_SYNTAX;
	}
	head = pxe_events_head(evs);
	pxe_control_conn_stream(conn, count < head ? head - count : 0, follow ? UINT64_MAX : head);
	return ANSWERED;
}

/* Let make fill a buffer that grows until it fits, and queue it with what ends it. */
static int put_large(struct pxe_control_conn *conn,
    void (*make)(struct pxe_control *ctl, struct pxe_text *t), const char *end)
{
	for (size_t cap = ANSWER_FIRST; cap <= ANSWER_MAX; cap *= 4) {
		char *buf = malloc(cap);
		struct pxe_text t;

		if (buf == NULL)
			return PXE_E_LIMIT;
		t = pxe_text_init(buf, cap);
		make(conn->ctl, &t);
		pxe_text_add(&t, end);
		if (!t.truncated)
			(void)pxe_control_conn_put(conn, t.p, t.len);
		free(buf);
		if (!t.truncated)
			return 0;
	}
	return PXE_E_TOOBIG;
}

static void make_stats(struct pxe_control *ctl, struct pxe_text *t)
{
	struct pxe_json j = pxe_json_init(t);

	pxe_json_open(&j, NULL, '{');
	pxe_json_str(&j, "daemon", ctl->opts.daemon);
	pxe_json_str(&j, "version", PXE_VERSION);
	pxe_json_i64(&j, "pid", getpid());
	pxe_json_us(&j, "uptime", (int64_t)(uv_now(ctl->loop) - ctl->started_ms) * 1000);
	if (ctl->opts.stats != NULL)
		ctl->opts.stats(&j, ctl->opts.arg);
	pxe_json_close(&j, '}');
}

static int run_stats(struct pxe_control_conn *conn, const char *args, void *arg)
{
	(void)args;
	(void)arg;
	return put_large(conn, make_stats, "\n");
}

static void make_metrics(struct pxe_control *ctl, struct pxe_text *t)
{
	if (ctl->opts.metrics != NULL)
		ctl->opts.metrics(t, ctl->opts.arg);
}

static int run_metrics(struct pxe_control_conn *conn, const char *args, void *arg)
{
	int err = put_large(conn, make_metrics, "# EOF\n");

	(void)args;
	(void)arg;
	return err != 0 ? err : ANSWERED;
}

static int run_reload(struct pxe_control_conn *conn, const char *args, void *arg)
{
	const struct pxe_control_opts *opts = &conn->ctl->opts;
	char buf[ERROR_MAX / 2];
	struct pxe_text why = pxe_text_init(buf, sizeof(buf));
	int err = 0;

	(void)args;
	(void)arg;
	if (opts->reload == NULL)
		return PXE_E_UNSUPPORTED;
	err = opts->reload(opts->arg, &why);
	if (err == 0 || why.len == 0)
		return err;
	put_error(conn, buf);
	return ANSWERED;
}

static const struct pxe_control_cmd *find(const struct pxe_control_opts *opts, const char *name)
{
	for (size_t i = 0; i < NCOMMON + opts->ncmd; i++) {
		const struct pxe_control_cmd *cmd =
		    i < NCOMMON ? &common[i] : &opts->cmd[i - NCOMMON];

		if (strcmp(cmd->name, name) == 0)
			return cmd;
	}
	return NULL;
}

static void put_unknown(struct pxe_control_conn *conn, const char *name)
{
	const struct pxe_control_opts *opts = &conn->ctl->opts;
	const char *names[HINTS_MAX];
	const char *near = NULL;
	char buf[ERROR_MAX];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));
	size_t n = 0;

	for (; n < NCOMMON + opts->ncmd && n < HINTS_MAX; n++)
		names[n] = n < NCOMMON ? common[n].name : opts->cmd[n - NCOMMON].name;
	near = pxe_nearest_word(name, names, n);
	pxe_text_add(&t, "no command \"");
	pxe_text_add_escaped(&t, name, strnlen(name, 64));
	pxe_text_add(&t, near != NULL ? "\"; did you mean \"" : "\"; there are: ");
	for (size_t i = 0; i < n && near == NULL; i++)
		pxe_text_addf(&t, "%s%s", i > 0 ? ", " : "", names[i]);
	if (near != NULL)
		pxe_text_addf(&t, "%s\"?", near);
	put_error(conn, buf);
}

void pxe_control_run(struct pxe_control_conn *conn, char *line)
{
	const struct pxe_control_opts *opts = &conn->ctl->opts;
	char *name = line + strspn(line, " \t");
	char *args = name + strcspn(name, " \t");
	const struct pxe_control_cmd *cmd = NULL;
	size_t len = 0;
	int err = 0;

	if (*args != '\0')
		*args++ = '\0';
	args += strspn(args, " \t");
	for (len = strlen(args); len > 0 && (args[len - 1] == ' ' || args[len - 1] == '\t'); len--)
		args[len - 1] = '\0';
	cmd = find(opts, name);
	if (cmd == NULL) {
		put_unknown(conn, name);
		return;
	}
	err = cmd->run(conn, args, opts->arg);
	if (err < 0)
		put_error(conn, pxe_strerror(err));
	else if (err != ANSWERED)
		(void)pxe_control_conn_put(conn, "{\"end\":true}\n", 13);
}
