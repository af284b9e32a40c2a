/* SPDX-License-Identifier: BSD-2-Clause */
/* control.c -- see control.h. */
#include "httpfsd/control.h"

#include <stdlib.h>
#include <string.h>

#include "httpfsd/conn.h"
#include "httpfsd/reply.h"
#include "libpxecommon/base/err.h"

enum { TEXT_MAX = 1024, CONNECTIONS_MAX = 10000 };

/* Lines made on a worker's thread, sent on ours. */
struct lines {
	char *p;
	size_t len, cap, count;
};

static void add_line(struct lines *l, const struct pxe_text *t)
{
	if (t->truncated || l->count >= CONNECTIONS_MAX)
		return;
	if (l->cap - l->len < t->len + 1) {
		size_t cap = 2 * l->cap + TEXT_MAX;
		char *grown = realloc(l->p, cap);

		if (grown == NULL)
			return;
		l->p = grown;
		l->cap = cap;
	}
	memcpy(l->p + l->len, t->p, t->len + 1);
	l->len += t->len + 1;
	l->count++;
}

static void describe(const struct worker *w, const struct conn *c, struct pxe_text *t)
{
	static const char *const waits[WAIT_COUNT + 1] = {
	    "handshake", "request", "idle", "sending", "paced", "closing", "disk", "request"};
	char text[PXE_ENDPOINT_STRLEN] = "unix";
	struct pxe_json j = pxe_json_init(t);

	if (c->peer.ip.family != 0)
		(void)pxe_endpoint_str(&c->peer, text);
	pxe_json_open(&j, NULL, '{');
	pxe_json_str(&j, "client", text);
	pxe_json_u64(&j, "worker", w->index);
	pxe_json_str(&j, "state", waits[c->wait]);
	pxe_json_us(&j, "age", w->now.mono_us - c->begun_us);
	pxe_json_us(&j, "waiting", w->now.mono_us - c->since_us);
	pxe_json_u64(&j, "requests", c->requests);
	if (c->tls != NULL)
		pxe_json_bool(&j, "tls", true);
	if (c->reply != NULL) {
		const struct slice *path = &c->reply->note[REPLY_PATH];

		pxe_json_strn(&j, "file", path->p, path->len < 256 ? path->len : 256);
		pxe_json_u64(&j, "status", (uint64_t)c->reply->status);
		pxe_json_u64(&j, "sent", c->reply->sent);
		pxe_json_u64(&j, "size", c->reply->size);
	}
	pxe_json_close(&j, '}');
}

static void list_worker(struct worker *w, void *arg)
{
	for (int i = 0; i < WAIT_COUNT; i++) {
		PXE_LIST_FOREACH (l, &w->waiting[i]) {
			char text[TEXT_MAX];
			struct pxe_text t = pxe_text_init(text, sizeof(text));

			describe(w, PXE_CONTAINER(l, struct conn, link), &t);
			add_line(arg, &t);
		}
	}
}

static int run_connections(struct pxe_control_conn *conn, const char *args, void *arg)
{
	struct server *s = arg;
	struct lines l = {0};
	size_t at = 0;
	bool wanted = true;

	(void)args;
	for (unsigned i = 0; i < s->nworker; i++)
		worker_run(s->worker[i], list_worker, &l);
	while (wanted && at < l.len) {
		size_t n = strlen(l.p + at);
		struct pxe_text t = {.p = l.p + at, .cap = n + 1, .len = n};

		wanted = pxe_control_line(conn, &t);
		at += n + 1;
	}
	free(l.p);
	return 0;
}

static const struct pxe_control_cmd commands[] = {
    {"connections", "connections open now, one a line", run_connections},
};

static void sum(const struct server *s, uint64_t value[STAT_COUNT])
{
	for (int i = 0; i < STAT_COUNT; i++)
		value[i] = server_stat(s, (enum stats_id)i);
}

static void write_stats(struct pxe_json *j, void *arg)
{
	uint64_t value[STAT_COUNT];
	const struct server *s = arg;

	sum(s, value);
	pxe_json_u64(j, "workers", s->nworker);
	pxe_json_u64(j, "mounts", s->catalog->nsource);
	pxe_counters_json(j, "counters", stats_rows, value, STAT_COUNT);
}

static void write_metrics(struct pxe_text *t, void *arg)
{
	uint64_t value[STAT_COUNT];

	sum(arg, value);
	pxe_counters_metrics(t, stats_rows, value, STAT_COUNT);
}

static int run_reload(void *arg, struct pxe_text *why)
{
	return server_reload(arg, why);
}

int control_open(struct server *s, struct pxe_diag *d)
{
	const struct pxe_conf_common *c = &s->catalog->conf.common;
	struct pxe_control_opts opts = {.daemon = "httpfsd",
	    .path = c->control,
	    .owner = c->user,
	    .group = c->control_group,
	    .events = s->shared.events,
	    .cmd = commands,
	    .ncmd = sizeof(commands) / sizeof(commands[0]),
	    .stats = write_stats,
	    .metrics = write_metrics,
	    .reload = run_reload,
	    .arg = s};
	int err = 0;

	if (c->control == NULL || c->control[0] == '\0')
		return 0;
	err = pxe_control_new(&s->loop, &opts, &s->control);
	if (err != 0)
		pxe_diag_add(d, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
		    "cannot open control socket %s: %s", c->control, pxe_strerror(err));
	return err;
}
