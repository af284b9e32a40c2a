/* SPDX-License-Identifier: BSD-2-Clause */
/* store.c -- group commit. */
#include "dhcpd/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dhcpd/store_impl.h"
#include "libpxecommon/base/err.h"

int store_buf_add(struct store_buf *b, const void *p, size_t n)
{
	size_t cap = b->cap > 0 ? b->cap : 65536;
	char *grown = NULL;

	while (cap - b->len < n)
		cap *= 2;
	if (cap != b->cap) {
		grown = realloc(b->p, cap);
		if (grown == NULL)
			return -ENOMEM;
		b->p = grown;
		b->cap = cap;
	}
	memcpy(b->p + b->len, p, n);
	b->len += n;
	return 0;
}

int store_write_at(int fd, const void *p, size_t n, uint64_t offset)
{
	const char *at = p;

	while (n > 0) {
		ssize_t w = pwrite(fd, at, n, (off_t)offset);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		if (w == 0)
			return -EIO;
		at += w;
		n -= (size_t)w;
		offset += (uint64_t)w;
	}
	return 0;
}

int store_sync(const struct store *s, int fd)
{
	if (s->opts.no_sync)
		return 0;
	return fdatasync(fd) != 0 ? -errno : 0;
}

int64_t store_now_s(void)
{
	return (int64_t)(uv_hrtime() / 1000000000);
}

int store_append(struct store *s, const char *text, size_t len)
{
	int err = store_buf_add(&s->filling, text, len);

	if (err == 0)
		s->nrecords++;
	return err;
}

void store_wait(struct store *s, struct store_txn *txn)
{
	pxe_list_append(&s->waiting, &txn->link);
	s->nwaiting++;
}

/* On the pool: nothing here but the file is touched by the loop meanwhile. */
static void on_work(uv_work_t *work)
{
	struct store *s = work->data;
	uint64_t t0 = uv_hrtime();
	uint64_t at = s->length;
	int err = s->fd < 0 ? -EBADF : 0;

	if (err == 0 && s->broken_tail) /* what was torn must not swallow what follows */
		err = store_write_at(s->fd, "\n", 1, at++);
	if (err == 0)
		err = store_write_at(s->fd, s->flushing.p, s->flushing.len, at);
	if (err == 0)
		err = store_sync(s, s->fd);
	if (err == 0) {
		s->work_length = at + s->flushing.len;
	} else if (s->fd >= 0) {
		/* half a batch must not be read back after a crash as if it had been acknowledged;
		 * its text begins where the next one will be written */
		s->broken_tail = ftruncate(s->fd, (off_t)s->length) != 0;
	}
	s->work_err = err;
	s->work_us = (uv_hrtime() - t0) / 1000;
}

static void tell(struct store *s, int err)
{
	while (!pxe_list_is_empty(&s->told)) {
		struct store_txn *txn = PXE_CONTAINER(s->told.next, struct store_txn, link);

		pxe_list_remove(&txn->link);
		txn->done(txn, err);
	}
	s->ntold = 0;
}

static void count(struct store *s)
{
	struct store_figures *f = &s->figures;

	f->batches++;
	f->sync_us += s->work_us;
	histogram_add(&f->sync, &histogram_us, s->work_us);
	histogram_add(&f->batch, &histogram_size, s->ntold);
	if (s->work_us > f->sync_us_max)
		f->sync_us_max = s->work_us;
	if (s->ntold > f->batch_max)
		f->batch_max = s->ntold;
	if (s->work_err == 0)
		f->bytes += s->flushing.len;
	else
		f->failures++;
}

static void on_done(uv_work_t *work, int status)
{
	struct store *s = work->data;

	(void)status;
	count(s);
	if (s->work_err == 0) {
		s->length = s->work_length;
		s->broken_tail = false;
		s->grew = true;
	}
	s->busy = false;
	s->flushing.len = 0;
	tell(s, s->work_err);
	s->opts.ops->on_batch(s->opts.arg, s->work_err);
	if (s->rewrite.step == REWRITE_SWITCH) {
		rewrite_may_switch(s);
		return;
	}
	if (s->work_err == 0 && s->grew && s->rewrite.step == REWRITE_NONE &&
	    store_now_s() - s->rewritten_s > STORE_REWRITE_S)
		store_rewrite(s);
	store_flush(s);
}

static void move_all(struct pxe_link *from, struct pxe_link *to)
{
	if (pxe_list_is_empty(from))
		return;
	to->next = from->next;
	to->prev = from->prev;
	to->next->prev = to;
	to->prev->next = to;
	pxe_list_init(from);
}

void store_flush(struct store *s)
{
	struct store_buf empty = s->flushing;

	/* the last step of a rewrite has the file to itself */
	if (s->busy || s->rewrite.step == REWRITE_SWITCH ||
	    (s->filling.len == 0 && s->nwaiting == 0))
		return;
	s->flushing = s->filling;
	s->filling = empty;
	s->filling.len = 0;
	move_all(&s->waiting, &s->told);
	s->ntold = s->nwaiting;
	s->nwaiting = 0;
	s->figures.records += s->nrecords;
	s->nrecords = 0;
	s->busy = true;
	s->work.data = s;
	if (uv_queue_work(s->loop, &s->work, on_work, on_done) != 0) {
		/* cannot happen with a work callback; if it does, no ACK may leave */
		s->work_err = -EAGAIN;
		on_done(&s->work, 0);
	}
}

bool store_is_idle(const struct store *s)
{
	return !s->busy && s->filling.len == 0 && s->nwaiting == 0 &&
	       s->rewrite.step == REWRITE_NONE;
}

void store_free(struct store *s)
{
	if (s == NULL)
		return;
	if (s->fd >= 0)
		close(s->fd);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	free(s->filling.p);
	free(s->flushing.p);
	free(s->rewrite.text.p);
	store_free_others(s);
	free(s);
}

void store_figures(const struct store *s, struct store_figures *out)
{
	*out = s->figures;
	out->file_bytes = s->length;
}

const char *store_path(const struct store *s)
{
	return s->path;
}
