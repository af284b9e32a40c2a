/* SPDX-License-Identifier: BSD-2-Clause */
/* watch.c -- pxectl watch: events of all daemons as they happen.
 *
 * Daemons may come, go and restart meanwhile. A socket that is there from the start is followed
 * from now on, one that appears later from its first event: that is a daemon that was just started.
 * After a lost connection the process id tells a restart from a hiccup, and with it whether
 * sequence numbers go on.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/tools/pxectl.h"
#include "libpxecommon/tools/say.h"
#include "libpxecommon/tools/timeline.h"

enum {
	RESCAN_MS = 500,
	LINE_OUT_MAX = 8192,
	WHY_MAX = 4096,
	PAST_SLACK = 1000 /* events that may come while the past is shown */
};

struct stream {
	struct source src;
	int fd; /* -1: not connected */
	struct lines lines;
	bool is_new; /* never connected: just what is new, or all when it came late */
	bool came_late;
	bool is_denied;
	bool in_events; /* the answer to "stats" is behind us */
	long long pid;
	uint64_t last_seq;
};

struct watch {
	const struct pxectl *ctl;
	struct stream v[CLIENT_SOURCES_MAX];
	size_t n;
};

static void drop(struct stream *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
	lines_fini(&s->lines);
}

static void dial(const struct pxectl *ctl, struct stream *s)
{
	char command[64] = "events follow";
	int fd = client_dial(s->src.path);

	if (fd < 0) {
		/* Gone for now is normal; not allowed is said, once. */
		if (!s->is_denied && (fd == -EACCES || fd == -EPERM))
			pxectl_complain(&s->src, pxe_strerror(fd));
		s->came_late = true; /* all of whoever will answer there is news */
		s->is_denied = fd == -EACCES || fd == -EPERM;
		return;
	}
	if (s->is_new && !s->came_late)
		(void)snprintf(command, sizeof(command), "events %lu follow",
		    ctl->past > 0 ? ctl->past + PAST_SLACK : 0);
	if (client_send(fd, "stats") != 0 || client_send(fd, command) != 0) {
		(void)close(fd);
		return;
	}
	s->fd = fd;
	s->is_new = false;
	s->in_events = false;
}

/* The answer to "stats". Another process counts from 1 again. */
static void take_stats(struct stream *s, const char *line, size_t len)
{
	json_t *root = NULL;
	long long pid = 0;

	if (client_is_end(line) || client_is_error(line)) {
		s->in_events = true;
		return;
	}
	root = json_loadb(line, len, 0, NULL);
	pid = json_integer_value(json_object_get(root, "pid"));
	json_decref(root);
	if (pid != s->pid)
		s->last_seq = 0;
	s->pid = pid;
}

static void show(const struct pxectl *ctl, const struct record *r)
{
	char out[LINE_OUT_MAX];
	struct pxe_text text = pxe_text_init(out, sizeof(out));

	if (!ctl->json)
		say_record(&text, r, ctl->colour);
	(void)puts(ctl->json ? r->line : out);
}

static void take_event(const struct pxectl *ctl, struct stream *s, const char *line, size_t len)
{
	struct record r;

	if (record_parse(line, len, &r) != 0)
		return;
	if (r.seq > s->last_seq) {
		if (s->last_seq > 0 && r.seq > s->last_seq + 1)
			(void)fprintf(stderr, "pxectl: %s: %ju events were missed\n", s->src.name,
			    (uintmax_t)(r.seq - s->last_seq - 1));
		s->last_seq = r.seq;
		show(ctl, &r);
	}
	record_fini(&r);
}

static void take(const struct pxectl *ctl, struct stream *s)
{
	size_t len = 0;
	char *line = NULL;

	if (lines_fill(&s->lines, s->fd) <= 0) {
		drop(s);
		return;
	}
	while ((line = lines_next(&s->lines, &len)) != NULL) {
		if (s->in_events)
			take_event(ctl, s, line, len);
		else
			take_stats(s, line, len);
	}
	(void)fflush(stdout);
}

static bool is_known(const struct watch *w, const char *path)
{
	for (size_t i = 0; i < w->n; i++) {
		if (strcmp(w->v[i].src.path, path) == 0)
			return true;
	}
	return false;
}

/* ---- the past, in order of time over all daemons ---- */

struct past {
	struct timeline t;
	struct stream *s; /* being asked */
};

static bool take_pid(const char *line, size_t len, void *arg)
{
	take_stats(((struct past *)arg)->s, line, len);
	return true;
}

static bool take_past(const char *line, size_t len, void *arg)
{
	struct past *past = arg;
	struct record r;

	if (record_parse(line, len, &r) != 0)
		return true;
	past->s->last_seq = r.seq > past->s->last_seq ? r.seq : past->s->last_seq;
	if (timeline_add(&past->t, &r) == 0)
		return true;
	record_fini(&r);
	return false;
}

static int by_time(const void *va, const void *vb)
{
	const struct record *a = va, *b = vb;

	if (a->time_us != b->time_us)
		return a->time_us < b->time_us ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

/* What was shown is not taken again when the daemons are followed. Those that do not answer are
 * complained of then. */
static void show_past(struct watch *w)
{
	struct past past = {.s = NULL};
	char command[64], why[WHY_MAX];

	timeline_init(&past.t);
	(void)snprintf(command, sizeof(command), "events %lu", w->ctl->past);
	for (size_t i = 0; i < w->n; i++) {
		past.s = &w->v[i];
		if (client_ask(past.s->src.path, "stats", take_pid, &past, why, sizeof(why)) == 0)
			(void)client_ask(
			    past.s->src.path, command, take_past, &past, why, sizeof(why));
	}
	if (past.t.nall > 0)
		qsort(past.t.all, past.t.nall, sizeof(past.t.all[0]), by_time);
	for (size_t i = 0; i < past.t.nall; i++)
		show(w->ctl, &past.t.all[i]);
	(void)fflush(stdout);
	timeline_fini(&past.t);
}

static void rescan(struct watch *w, bool is_first)
{
	struct sources srcs;

	sources_find(&srcs, w->ctl->dir, w->ctl->sockets, w->ctl->nsockets);
	for (size_t i = 0; i < srcs.n && w->n < CLIENT_SOURCES_MAX; i++) {
		if (is_known(w, srcs.v[i].path))
			continue;
		w->v[w->n++] = (struct stream){
		    .src = srcs.v[i], .fd = -1, .is_new = true, .came_late = !is_first};
	}
	if (is_first && w->ctl->past > 0)
		show_past(w);
	for (size_t i = 0; i < w->n; i++) {
		if (w->v[i].fd < 0)
			dial(w->ctl, &w->v[i]);
	}
	if (is_first && w->n == 0)
		(void)fprintf(
		    stderr, "pxectl: waiting for a daemon's control socket in %s\n", w->ctl->dir);
}

int cmd_watch(const struct pxectl *ctl)
{
	static struct watch w;
	struct pollfd pfd[CLIENT_SOURCES_MAX];
	struct timespec scanned, now;

	w = (struct watch){.ctl = ctl};
	rescan(&w, true);
	(void)clock_gettime(CLOCK_MONOTONIC, &scanned);
	for (;;) {
		for (size_t i = 0; i < w.n; i++) /* poll(2) skips negative ones */
			pfd[i] = (struct pollfd){.fd = w.v[i].fd, .events = POLLIN};
		if (poll(pfd, (nfds_t)w.n, RESCAN_MS) < 0 && errno != EINTR)
			return EXIT_FAILURE;
		for (size_t i = 0; i < w.n; i++) {
			if (w.v[i].fd >= 0 && pfd[i].revents != 0)
				take(ctl, &w.v[i]);
		}
		if (ferror(stdout) != 0)
			return EXIT_FAILURE;
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		if ((now.tv_sec - scanned.tv_sec) * 1000 +
			(now.tv_nsec - scanned.tv_nsec) / 1000000 >=
		    RESCAN_MS) {
			rescan(&w, false);
			scanned = now;
		}
	}
}
