/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_tftpd.c -- run one scenario of tftpd's core (tests/replay/README.md). */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "script.h"
#include "tftpd/core/mcast.h"
#include "tftpd/core/negotiate.h"
#include "tftpd/core/xfer.h"

enum { DONE_MAX = 512, DONE_LEN = 160, MEMBERS_MAX = 8, MS = 1000 };

enum disk { DISK_OK, DISK_HOLD };

struct named {
	char name[16];
	struct mcast_member member;
};

struct run {
	struct script script;
	bool failed;
	int64_t now_us;
	/* What has been done since the last input, and how much of it was expected. */
	char done[DONE_MAX][DONE_LEN];
	size_t ndone, nexpected;
	/* What the administrator allows; changed by `set`. */
	struct xfer_params knobs;
	struct neg_limits limits;
	bool has_xfer, was_reported;
	struct xfer x;
	struct neg neg;
	char *asked[SCRIPT_WORDS_MAX]; /* its options, which neg borrows */
	enum disk disk;
	bool flushing;
	bool has_group;
	struct mcast group;
	uint64_t group_size;
	uint32_t group_blksize;
	struct named member[MEMBERS_MAX];
	size_t nmember;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct run *r, const char *fmt, ...)
{
	va_list ap;

	if (r->failed)
		return false;
	r->failed = true;
	(void)fprintf(stderr, "%s:%u: ", r->script.path, r->script.line);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	for (size_t i = 0; i < r->ndone; i++)
		(void)fprintf(stderr, "    %s%s\n", r->done[i],
		    i < r->nexpected ? "" : " (not expected yet)");
	return false;
}

__attribute__((format(printf, 2, 3))) static void did(struct run *r, const char *fmt, ...)
{
	va_list ap;

	if (r->ndone == DONE_MAX) {
		(void)fail(r, "more than %d effects of one step", DONE_MAX);
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(r->done[r->ndone++], DONE_LEN, fmt, ap);
	va_end(ap);
}

static bool number(struct run *r, const char *text, uint64_t most, uint64_t *out)
{
	return pxe_parse_u64(text, 0, most, out) == 0 ||
	       fail(r, "not a number up to %llu: %s", (unsigned long long)most, text);
}

/* ---- one transfer ---- */

static void did_oack(struct run *r)
{
	char line[DONE_LEN];
	struct pxe_text t = pxe_text_init(line, sizeof(line));

	for (unsigned i = 0; i < r->neg.nopt; i++)
		pxe_text_addf(&t, " %s=%s", r->neg.opt[i].name, r->neg.opt[i].value);
	did(r, "oack%s", line);
}

static void effects(struct run *r, const struct xfer_fx *fx);

static void flushed(struct run *r, int err)
{
	struct xfer_fx fx;

	r->flushing = false;
	xfer_flushed(&r->x, err, r->now_us, &fx);
	effects(r, &fx);
}

/* What the shell would send of a read. */
static void pump(struct run *r)
{
	uint64_t first = 0;
	uint32_t n;

	while ((n = xfer_want(&r->x, &first)) > 0) {
		bool has_last = r->x.last != 0 && first + n - 1 == r->x.last;

		if (r->disk == DISK_HOLD) {
			xfer_stalled(&r->x);
			return;
		}
		for (uint32_t i = 0; i < n; i++)
			did(r, "data %u %u", xfer_wire_block(first + i, r->x.p.rollover),
			    has_last && i == n - 1 ? r->x.last_len : r->x.p.blksize);
		xfer_sent(&r->x, n, has_last ? r->x.last_len : r->x.p.blksize, r->now_us);
	}
}

static void effects(struct run *r, const struct xfer_fx *fx)
{
	if (fx->store.len > 0)
		did(r, "store %zu", fx->store.len);
	if (fx->send == XFER_SEND_OACK)
		did_oack(r);
	else if (fx->send == XFER_SEND_ACK)
		did(r, "ack %u", fx->block);
	else if (fx->send == XFER_SEND_ERROR)
		did(r, "error %u %s", fx->code, fx->text);
	if (fx->flush) {
		r->flushing = true;
		if (r->disk == DISK_OK)
			flushed(r, 0);
	}
	if (!r->x.p.write)
		pump(r);
	if (r->x.done && !r->was_reported) {
		r->was_reported = true;
		did(r, "end %s", pxe_reason_name(r->x.reason));
	}
}

/* name=value words behind the first `from` become the request's options. */
static bool begin(struct run *r, const struct words *words, size_t from, bool write, uint64_t size)
{
	struct pxe_tftp_req req = {.op = write ? PXE_TFTP_WRQ : PXE_TFTP_RRQ, .name = "f"};
	struct neg_file file = {.size_known = true, .size = size};
	struct xfer_params p = r->knobs;
	struct xfer_fx fx;

	for (size_t i = from; i < words->n; i++) {
		char *copy = strdup(words->v[i]);
		char *eq = copy != NULL ? strchr(copy, '=') : NULL;

		free(r->asked[req.nopt]);
		r->asked[req.nopt] = copy;
		if (eq == NULL || req.nopt == PXE_TFTP_OPTS_MAX)
			return fail(r, "options are name=value");
		*eq = '\0';
		req.opt[req.nopt++] = (struct pxe_tftp_opt){copy, eq + 1};
	}
	neg_run(&r->neg, &req, &r->limits, &file);
	p.write = write;
	p.has_oack = r->neg.nopt > 0;
	p.size_asked = r->neg.tsize_asked;
	p.blksize = r->neg.blksize;
	p.windowsize = r->neg.windowsize;
	p.rollover = r->neg.rollover;
	p.size_known = !write;
	p.size = size;
	p.timeout_fixed = r->neg.timeout_us != 0;
	if (p.timeout_fixed)
		p.timeout_us = r->neg.timeout_us;
	r->has_xfer = true;
	r->was_reported = r->flushing = false;
	xfer_start(&r->x, &p, r->now_us, &fx);
	effects(r, &fx);
	return true;
}

static bool packet(struct run *r, const uint8_t *bytes, size_t len)
{
	struct xfer_fx fx;

	if (!r->has_xfer)
		return fail(r, "there is no transfer");
	xfer_input(&r->x, bytes, len, r->now_us, &fx);
	effects(r, &fx);
	return true;
}

static bool on_read(struct run *r, const struct words *w)
{
	uint64_t size = 0;

	return w->n > 1 && number(r, w->v[1], UINT64_MAX, &size) && begin(r, w, 2, false, size);
}

static bool on_write(struct run *r, const struct words *w)
{
	return begin(r, w, 1, true, 0);
}

static bool on_ack(struct run *r, const struct words *w)
{
	uint64_t block = 0;
	uint8_t p[4];

	return w->n == 2 && number(r, w->v[1], 65535, &block) &&
	       packet(r, p, (size_t)pxe_tftp_build_ack(p, sizeof(p), (uint16_t)block));
}

static bool on_data(struct run *r, const struct words *w)
{
	static uint8_t p[70000];
	uint64_t block = 0, len = 0;

	return w->n == 3 && number(r, w->v[1], 65535, &block) && number(r, w->v[2], 65464, &len) &&
	       packet(r, p,
		   (size_t)pxe_tftp_build_data_header(p, sizeof(p), (uint16_t)block) + (size_t)len);
}

static bool on_error(struct run *r, const struct words *w)
{
	uint64_t code = 0;
	uint8_t p[64];

	return w->n == 2 && number(r, w->v[1], 65535, &code) &&
	       packet(r, p, (size_t)pxe_tftp_build_error(p, sizeof(p), (uint16_t)code, "no"));
}

static bool on_packet(struct run *r, const struct words *w)
{
	uint8_t p[32];
	size_t n = 0;

	for (; n < sizeof(p) && n + 1 < w->n; n++)
		p[n] = (uint8_t)strtoul(w->v[n + 1], NULL, 16);
	return packet(r, p, n);
}

static bool on_disk(struct run *r, const struct words *w)
{
	const char *what = w->n > 1 ? w->v[1] : "";
	bool was_held = r->disk == DISK_HOLD;

	r->disk = strcmp(what, "hold") == 0 ? DISK_HOLD : DISK_OK;
	if (r->disk == DISK_HOLD || !was_held || !r->has_xfer)
		return true;
	if (!r->x.p.write) {
		pump(r);
		return true;
	}
	if (r->flushing)
		flushed(r, strcmp(what, "full") == 0     ? -ENOSPC
			   : strcmp(what, "broken") == 0 ? -EIO
							 : 0);
	return true;
}

/* The socket took no block from N on. */
static bool on_unsent(struct run *r, const struct words *w)
{
	uint64_t first = 0;

	if (w->n != 2 || !number(r, w->v[1], UINT64_MAX, &first))
		return false;
	xfer_unsent(&r->x, first);
	pump(r);
	return true;
}

static bool on_stop(struct run *r, const struct words *w)
{
	struct xfer_fx fx;

	(void)w;
	xfer_abort(&r->x, PXE_REASON_STOPPED, PXE_TFTP_EUNDEF, "Server is stopping", &fx);
	effects(r, &fx);
	return true;
}

/* ---- a group ---- */

static const char *name_of(const struct mcast_member *member)
{
	return PXE_CONTAINER(member, struct named, member)->name;
}

static void group_effects(struct run *r, const struct mcast_fx *fx)
{
	uint64_t left;

	if (fx->told != NULL)
		did(r, "%s listens", name_of(fx->told));
	if (fx->asked != NULL)
		did(r, "%s leads", name_of(fx->asked));
	if (fx->data != 0) {
		left = r->group_size - (uint64_t)(fx->data - 1) * r->group_blksize;
		did(r, "group data %u %u", fx->data,
		    left < r->group_blksize ? (unsigned)left : r->group_blksize);
		if (fx->alone_too)
			did(r, "%s data %u", name_of(r->group.master), fx->data);
		mcast_sent(&r->group, r->now_us);
	}
	if (fx->ended != NULL)
		did(r, "%s ends %s", name_of(fx->ended), pxe_reason_name(fx->reason));
}

static bool on_group(struct run *r, const struct words *w)
{
	struct mcast_params p = {.members_max = MEMBERS_MAX,
	    .tries = 3,
	    .timeout_us = r->knobs.timeout_us,
	    .timeout_min_us = r->knobs.timeout_min_us,
	    .give_up_us = r->knobs.give_up_us};
	uint64_t v = 512;

	if (w->n < 2 || !number(r, w->v[1], UINT32_MAX, &r->group_size))
		return false;
	r->group_blksize = 512;
	for (size_t i = 2; i < w->n; i++) {
		if (strcmp(w->v[i], "mtftp") == 0)
			p.mtftp = true;
		else if (strncmp(w->v[i], "members=", 8) == 0 && number(r, w->v[i] + 8, 8, &v))
			p.members_max = (size_t)v;
		else if (strncmp(w->v[i], "blksize=", 8) == 0 && number(r, w->v[i] + 8, 65464, &v))
			r->group_blksize = (uint32_t)v;
	}
	if (p.mtftp)
		p.members_max = 1;
	p.last = (uint16_t)(r->group_size / r->group_blksize + 1);
	mcast_init(&r->group, &p);
	r->has_group = true;
	return true;
}

static struct mcast_member *member(struct run *r, const char *name)
{
	for (size_t i = 0; i < r->nmember; i++)
		if (strcmp(r->member[i].name, name) == 0)
			return &r->member[i].member;
	if (r->nmember == MEMBERS_MAX)
		return NULL;
	(void)snprintf(r->member[r->nmember].name, sizeof(r->member[0].name), "%s", name);
	pxe_list_init(&r->member[r->nmember].member.link);
	return &r->member[r->nmember++].member;
}

/* NAME joins, NAME asks, NAME ack N, NAME leaves. */
static bool on_member(struct run *r, const struct words *w)
{
	struct mcast_member *m = member(r, w->v[0]);
	const char *what = w->n > 1 ? w->v[1] : "";
	struct mcast_fx fx = {0};
	uint64_t block = 0;
	int rc = 0;

	if (!r->has_group || m == NULL)
		return fail(r, "no such command: %s", w->v[0]);
	if (strcmp(what, "joins") == 0)
		rc = mcast_join(&r->group, m, r->now_us, &fx);
	else if (strcmp(what, "asks") == 0)
		mcast_again(&r->group, m, r->now_us, &fx);
	else if (strcmp(what, "leaves") == 0)
		mcast_leave(&r->group, m, r->now_us, &fx);
	else if (strcmp(what, "ack") == 0 && w->n == 3 && number(r, w->v[2], 65535, &block))
		mcast_ack(&r->group, m, (uint16_t)block, r->now_us, &fx);
	else
		return fail(r, "NAME joins|asks|leaves|ack N");
	if (rc != 0)
		did(r, "%s is not taken", w->v[0]);
	group_effects(r, &fx);
	return true;
}

/* ---- time ---- */

static int64_t deadline(const struct run *r)
{
	int64_t at = r->has_xfer ? r->x.deadline_us : INT64_MAX;

	return r->has_group && r->group.deadline_us < at ? r->group.deadline_us : at;
}

static bool on_advance(struct run *r, const struct words *w)
{
	uint64_t ms = 0;
	int64_t end;

	if (w->n != 2 || !number(r, w->v[1], 100000000, &ms))
		return false;
	end = r->now_us + (int64_t)ms * MS;
	while (!r->failed && deadline(r) <= end) {
		struct xfer_fx fx = {0};
		struct mcast_fx group_fx = {0};

		r->now_us = deadline(r);
		if (r->has_xfer && r->x.deadline_us <= r->now_us) {
			xfer_timeout(&r->x, r->now_us, &fx);
			effects(r, &fx);
		}
		if (r->has_group && r->group.deadline_us <= r->now_us) {
			mcast_timeout(&r->group, r->now_us, &group_fx);
			group_effects(r, &group_fx);
		}
	}
	r->now_us = end;
	return true;
}

static bool on_set(struct run *r, const struct words *w)
{
	const struct {
		const char *name;
		int64_t *ms;
		uint64_t *n;
		uint32_t *n32;
	} row[] = {{"first", &r->knobs.timeout_us, NULL, NULL},
	    {"floor", &r->knobs.timeout_min_us, NULL, NULL},
	    {"give_up", &r->knobs.give_up_us, NULL, NULL},
	    {"opening", &r->knobs.opening_timeout_us, NULL, NULL},
	    {"opening_give_up", &r->knobs.opening_give_up_us, NULL, NULL},
	    {"max_upload", NULL, &r->knobs.size_max, NULL},
	    {"window_bytes", NULL, &r->limits.window_bytes, NULL},
	    {"blksize", NULL, NULL, &r->limits.blksize_max},
	    {"windowsize", NULL, NULL, &r->limits.windowsize_max}};
	uint64_t v = 0;

	for (size_t i = 1; i < w->n; i++) {
		const char *eq = strchr(w->v[i], '=');
		size_t k = 0;

		while (k < sizeof(row) / sizeof(row[0]) &&
		       (eq == NULL || strlen(row[k].name) != (size_t)(eq - w->v[i]) ||
			   strncmp(row[k].name, w->v[i], (size_t)(eq - w->v[i])) != 0))
			k++;
		if (k == sizeof(row) / sizeof(row[0]))
			return fail(r, "nothing to set: %s", w->v[i]);
		if (!number(r, eq + 1, INT64_MAX / MS, &v))
			return false;
		if (row[k].ms != NULL)
			*row[k].ms = (int64_t)v * MS;
		else if (row[k].n != NULL)
			*row[k].n = v;
		else
			*row[k].n32 = (uint32_t)v;
	}
	return true;
}

/* ---- what is expected ---- */

/* line begins with the words of w from `from` on. */
static bool matches(const char *line, const struct words *w, size_t from)
{
	for (size_t i = from; i < w->n; i++) {
		size_t n = strlen(w->v[i]);

		if (strncmp(line, w->v[i], n) != 0 || (line[n] != '\0' && line[n] != ' '))
			return false;
		line += n + (line[n] == ' ');
	}
	return true;
}

static bool expect_next(struct run *r, const struct words *w, size_t from)
{
	if (r->nexpected == r->ndone)
		return fail(r, "nothing more was done");
	if (!matches(r->done[r->nexpected], w, from))
		return fail(r, "instead there is: %s", r->done[r->nexpected]);
	r->nexpected++;
	return true;
}

/* expect data 3-6: so many in a row. */
static bool expect_row(struct run *r, unsigned first, unsigned last)
{
	char word[16], verb[] = "data";
	struct words one = {.v = {verb, word}, .n = 2};

	for (unsigned n = first; n <= last && !r->failed; n++) {
		(void)snprintf(word, sizeof(word), "%u", n);
		(void)expect_next(r, &one, 0);
	}
	return !r->failed;
}

static bool expect_number(struct run *r, const struct words *w, const char *what, int64_t is)
{
	uint64_t v = 0;

	if (w->n == 3 && strcmp(w->v[2], "none") == 0)
		return is < 0 || fail(r, "%s is %lld", what, (long long)is);
	if (w->n != 3 || !number(r, w->v[2], INT64_MAX, &v))
		return false;
	return (int64_t)v == is || fail(r, "%s is %lld", what, (long long)is);
}

static bool on_expect(struct run *r, const struct words *w)
{
	const char *what = w->n > 1 ? w->v[1] : "";
	unsigned first = 0, last = 0;

	if (strcmp(what, "silence") == 0)
		return r->nexpected == r->ndone || fail(r, "there should be nothing more");
	if (strcmp(what, "timer") == 0) /* milliseconds from now */
		return expect_number(r, w, "the timer",
		    deadline(r) == INT64_MAX ? -1 : (deadline(r) - r->now_us + MS - 1) / MS);
	if (strcmp(what, "bytes") == 0)
		return expect_number(r, w, "the count of bytes", (int64_t)r->x.bytes);
	if (strcmp(what, "repeats") == 0)
		return expect_number(r, w, "the count of repeats", (int64_t)r->x.retransmits);
	if (strcmp(what, "data") == 0 && w->n == 3 && sscanf(w->v[2], "%u-%u", &first, &last) == 2)
		return expect_row(r, first, last);
	return expect_next(r, w, 1);
}

static const struct {
	const char *name;
	bool (*run)(struct run *r, const struct words *w);
} command[] = {{"read", on_read}, {"write", on_write}, {"ack", on_ack}, {"data", on_data},
    {"error", on_error}, {"packet", on_packet}, {"disk", on_disk}, {"unsent", on_unsent},
    {"stop", on_stop}, {"group", on_group}, {"advance", on_advance}, {"set", on_set}};

static bool step(struct run *r, const struct words *w)
{
	if (w->n == 0)
		return true;
	if (strcmp(w->v[0], "expect") == 0)
		return on_expect(r, w);
	if (r->nexpected != r->ndone)
		return fail(r, "not all that was done has been expected");
	r->ndone = r->nexpected = 0;
	for (size_t i = 0; i < sizeof(command) / sizeof(command[0]); i++)
		if (strcmp(w->v[0], command[i].name) == 0)
			return command[i].run(r, w) || fail(r, "wrong words for %s", w->v[0]);
	return on_member(r, w);
}

int main(int argc, char **argv)
{
	static struct run r;
	struct words words;
	char *line = NULL;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: replay_tftpd SCENARIO\n");
		return EXIT_FAILURE;
	}
	r.now_us = INT64_C(1000000000);
	r.knobs = (struct xfer_params){
	    .timeout_us = 1000 * MS, .timeout_min_us = 200 * MS, .give_up_us = 63000 * MS};
	r.limits = (struct neg_limits){
	    .blksize_max = 65464, .windowsize_max = 64, .window_bytes = 4 << 20};
	script_open(&r.script, argv[1]);
	while (!r.failed && (line = script_line(&r.script)) != NULL) {
		words_split(line, &words);
		(void)step(&r, &words);
	}
	if (!r.failed && r.nexpected != r.ndone)
		(void)fail(&r, "at the end: not all that was done has been expected");
	for (size_t i = 0; i < SCRIPT_WORDS_MAX; i++)
		free(r.asked[i]);
	script_close(&r.script);
	return r.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
