/* SPDX-License-Identifier: BSD-2-Clause */
/* rewrite.c -- the lease file written anew, at start and beside the running service.
 *
 * Steps, each on libuv's pool with the loop free in between:
 *   portions  text of some hundred leases at a time goes to NAME.<epoch>; batches go on to the old
 *             file
 *   sync      the bulk of the new file reaches the disk
 *   switch    alone: what the batches appended to the old file meanwhile is copied behind the
 *             portions (a later record of a lease wins over an earlier one), synced, and the names
 *             change
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dhcpd/store_impl.h"
#include "libpxecommon/base/err.h"

static void run_step(struct store *s);

/* ---- the text ---- */

/* Declarations that leases may refer to come before them, the rest after, as ISC has it. */
static bool comes_first(const struct store_other *o)
{
	return pxe_str_starts(o->key, "class") || pxe_str_starts(o->key, "subclass") ||
	       pxe_str_starts(o->key, "group") || pxe_str_starts(o->key, "host");
}

static int add_others(struct store *s, bool first)
{
	int err = 0;

	PXE_LIST_FOREACH (it, &s->others) {
		struct store_other *o = PXE_CONTAINER(it, struct store_other, link);

		if (comes_first(o) != first)
			continue;
		err = store_buf_add(&s->rewrite.text, o->text, o->text_len);
		if (err == 0)
			err = store_buf_add(&s->rewrite.text, "\n", 1);
		if (err != 0)
			return err;
	}
	return 0;
}

static int add_header(struct store *s)
{
	char head[512];
	struct pxe_text t = pxe_text_init(head, sizeof(head));
	int err = 0;

	lease_text_put_header(&t);
	err = store_buf_add(&s->rewrite.text, head, t.len);
	return err != 0 ? err : add_others(s, true);
}

/* The next portion into rewrite.text. */
static int make_portion(struct store *s)
{
	static char text[STORE_PORTION];
	struct rewrite *rw = &s->rewrite;
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	int err = 0;

	rw->text.len = 0;
	if (rw->cursor == 0 && rw->length == 0)
		err = add_header(s);
	rw->more = s->opts.ops->snapshot(s->opts.arg, &rw->cursor, &t, &rw->n);
	if (err == 0)
		err = store_buf_add(&rw->text, text, t.len);
	if (err == 0 && !rw->more)
		err = add_others(s, false);
	return err;
}

/* ---- files ---- */

/* Owner, group and mode go with the file: it may have been given to the user the server runs as. */
static void take_over_owner(const struct store *s, int fd)
{
	struct stat st;

	if (stat(s->path, &st) != 0)
		return;
	if (fchown(fd, st.st_uid, st.st_gid) == 0)
		(void)fchmod(fd, st.st_mode & 07777);
}

static int open_new(struct store *s)
{
	struct rewrite *rw = &s->rewrite;
	int n = snprintf(rw->path, sizeof(rw->path), "%s.%lld", s->path, (long long)time(NULL));

	if (n < 0 || (size_t)n >= sizeof(rw->path))
		return -ENAMETOOLONG;
	rw->fd = open(rw->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (rw->fd < 0)
		return -errno;
	take_over_owner(s, rw->fd);
	return store_lock(rw->fd); /* before it gets the name */
}

/* Copy the old file from `from` on behind the new one. */
static int copy_tail(struct store *s)
{
	struct rewrite *rw = &s->rewrite;
	static char buf[STORE_COPY];
	uint64_t at = rw->from;

	while (s->fd >= 0 && at < s->length) {
		size_t want = s->length - at < sizeof(buf) ? (size_t)(s->length - at) : sizeof(buf);
		ssize_t n = pread(s->fd, buf, want, (off_t)at);
		int err = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		err = store_write_at(rw->fd, buf, (size_t)n, rw->length);
		if (err != 0)
			return err;
		at += (uint64_t)n;
		rw->length += (uint64_t)n;
	}
	return 0;
}

static int sync_dir(const struct store *s)
{
	int fd = -1, err = 0;

	if (s->opts.no_sync)
		return 0;
	fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) != 0)
		err = -errno;
	(void)close(fd);
	return err;
}

static int change_names(struct store *s)
{
	char backup[PATH_MAX];

	if (snprintf(backup, sizeof(backup), "%s~", s->path) >= (int)sizeof(backup))
		return -ENAMETOOLONG;
	if (unlink(backup) != 0 && errno != ENOENT)
		return -errno;
	if (link(s->path, backup) != 0 && errno != ENOENT)
		return -errno;
	if (rename(s->rewrite.path, s->path) != 0)
		return -errno;
	return sync_dir(s);
}

static int do_switch(struct store *s)
{
	struct rewrite *rw = &s->rewrite;
	int err = copy_tail(s);

	if (err == 0)
		err = store_sync(s, rw->fd);
	if (err == 0)
		err = change_names(s);
	return err;
}

/* The new file is the journal from now on. */
static void adopt(struct store *s)
{
	struct rewrite *rw = &s->rewrite;

	if (s->fd >= 0)
		(void)close(s->fd);
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd);
	s->lock_fd = -1; /* the new file carries its own */
	s->fd = rw->fd;
	s->length = rw->length;
	s->broken_tail = false;
	rw->fd = -1;
}

/* ---- steps ---- */

static int begin(struct store *s)
{
	struct rewrite *rw = &s->rewrite;

	rw->cursor = rw->n = 0;
	rw->length = rw->synced = 0;
	rw->from = s->length;
	rw->err = 0;
	rw->work.data = s;
	return open_new(s);
}

static void finish(struct store *s, int err)
{
	struct rewrite *rw = &s->rewrite;

	if (err == 0)
		adopt(s);
	if (rw->fd >= 0) {
		(void)close(rw->fd);
		(void)unlink(rw->path);
		rw->fd = -1;
	}
	free(rw->text.p);
	rw->text = (struct store_buf){0};
	rw->step = REWRITE_NONE;
	s->rewritten_s = store_now_s();
	s->grew = err != 0;
	if (err == 0)
		s->figures.rewrites++;
}

static void on_step(uv_work_t *work)
{
	struct store *s = work->data;
	struct rewrite *rw = &s->rewrite;

	if (rw->step == REWRITE_PORTIONS) {
		rw->err = store_write_at(rw->fd, rw->text.p, rw->text.len, rw->length);
		if (rw->err == 0)
			rw->length += rw->text.len;
		if (rw->err == 0 && rw->length - rw->synced >= STORE_DIRTY_MAX) {
			rw->err = store_sync(s, rw->fd);
			rw->synced = rw->length;
		}
	} else if (rw->step == REWRITE_SYNC) {
		rw->err = store_sync(s, rw->fd);
	} else {
		rw->err = do_switch(s);
	}
}

static void on_step_done(uv_work_t *work, int status)
{
	struct store *s = work->data;
	struct rewrite *rw = &s->rewrite;
	bool last = rw->step == REWRITE_SWITCH;

	(void)status;
	if (rw->err != 0 || last) {
		int err = rw->err;
		size_t n = rw->n;

		finish(s, err);
		s->opts.ops->on_rewritten(s->opts.arg, err, n);
		if (err == 0 && rw->again)
			store_rewrite(s);
		store_flush(s);
		return;
	}
	if (rw->step == REWRITE_SYNC) {
		rw->step = REWRITE_SWITCH;
		if (!s->busy)
			rewrite_may_switch(s);
		return;
	}
	if (!rw->more)
		rw->step = REWRITE_SYNC;
	run_step(s);
}

static void run_step(struct store *s)
{
	struct rewrite *rw = &s->rewrite;

	if (rw->step == REWRITE_PORTIONS)
		rw->err = make_portion(s);
	if (rw->err == 0)
		rw->err = uv_queue_work(s->loop, &rw->work, on_step, on_step_done);
	if (rw->err != 0) {
		int err = rw->err;

		finish(s, err);
		s->opts.ops->on_rewritten(s->opts.arg, err, 0);
	}
}

void rewrite_may_switch(struct store *s)
{
	run_step(s);
}

void store_rewrite(struct store *s)
{
	int err = 0;

	s->rewrite.again = s->rewrite.step != REWRITE_NONE;
	if (s->rewrite.again)
		return;
	err = begin(s);
	if (err != 0) {
		finish(s, err);
		s->opts.ops->on_rewritten(s->opts.arg, err, 0);
		return;
	}
	s->rewrite.step = REWRITE_PORTIONS;
	run_step(s);
}

static int rewrite_all(struct store *s)
{
	struct rewrite *rw = &s->rewrite;
	int err = begin(s);

	rw->more = true;
	while (err == 0 && rw->more) {
		err = make_portion(s);
		if (err == 0)
			err = store_write_at(rw->fd, rw->text.p, rw->text.len, rw->length);
		if (err == 0)
			rw->length += rw->text.len;
	}
	if (err == 0)
		err = do_switch(s);
	return err;
}

/* The directory may not be ours to create files in; then the file is only appended to. */
static int open_old(struct store *s)
{
	struct stat st;

	s->fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (s->fd < 0)
		return -errno;
	if (fstat(s->fd, &st) != 0)
		return -errno;
	s->length = (uint64_t)st.st_size;
	/* a torn last record must not swallow the first new one */
	s->broken_tail = s->length > 0;
	return 0;
}

bool store_rewrite_later(struct store *s, const struct store_report *r)
{
	if (r->damaged > 0 || r->is_new || r->bytes < STORE_LATER || open_old(s) != 0)
		return false;
	s->grew = true;
	return true;
}

int store_rewrite_now(struct store *s, size_t *out_n)
{
	int err = rewrite_all(s);

	if (err == 0)
		*out_n = s->rewrite.n;
	finish(s, err);
	if (err != 0 && s->fd < 0)
		(void)open_old(s);
	return err;
}
