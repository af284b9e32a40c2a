/* SPDX-License-Identifier: BSD-2-Clause */
/* control_conn.c -- one client of a control socket: its lines in, its output queue out. */
#include "libpxecommon/os/control_conn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	WRITE_EARLY = 1 << 16, /* queued bytes from which a write is tried at once */
	KEEP_CAP = 1 << 18     /* larger buffers are given back once empty */
};

static void flush(struct pxe_control_conn *conn);
static void take_lines(struct pxe_control_conn *conn);

static void drop_queue(struct pxe_control_conn *conn, struct queue *q, size_t n)
{
	conn->ctl->queued -= n;
	q->len -= n;
	if (q->len > 0)
		memmove(q->p, q->p + n, q->len);
	if (q->len == 0 && q->cap > KEEP_CAP) {
		free(q->p);
		*q = (struct queue){0};
	}
}

static void on_closed(uv_handle_t *handle)
{
	struct pxe_control_conn *conn = handle->data;
	struct pxe_control *ctl = conn->ctl;

	ctl->queued -= conn->out.len + conn->sending.len;
	free(conn->out.p);
	free(conn->sending.p);
	free(conn);
	pxe_control_unref(ctl);
}

static void end_stream(struct pxe_control_conn *conn)
{
	if (!conn->is_streaming)
		return;
	conn->is_streaming = false;
	if (--conn->ctl->nstreams == 0)
		pxe_events_watch(conn->ctl->opts.events, false);
}

void pxe_control_conn_close(struct pxe_control_conn *conn)
{
	if (conn->is_closing)
		return;
	conn->is_closing = true;
	end_stream(conn);
	pxe_list_remove(&conn->link);
	if (--conn->ctl->nconns == 0)
		(void)uv_timer_stop(&conn->ctl->sweep);
	uv_close((uv_handle_t *)&conn->pipe, on_closed);
}

static void on_written(uv_write_t *write, int status)
{
	struct pxe_control_conn *conn = write->data;

	conn->is_writing = false;
	if (conn->is_closing)
		return;
	conn->progress_ms = uv_now(conn->ctl->loop);
	drop_queue(conn, &conn->sending, conn->sending.len);
	if (status < 0) {
		pxe_control_conn_close(conn);
		return;
	}
	pxe_control_conn_feed(conn);
	if (!conn->is_closing)
		take_lines(conn);
	if (!conn->is_closing)
		flush(conn);
}

static void flush(struct pxe_control_conn *conn)
{
	struct queue empty = conn->sending;
	uv_buf_t buf;

	if (conn->is_writing)
		return;
	if (conn->out.len == 0) {
		if (conn->is_ending && !conn->is_streaming)
			pxe_control_conn_close(conn);
		return;
	}
	conn->sending = conn->out;
	conn->out = empty;
	buf = uv_buf_init(conn->sending.p, (unsigned)conn->sending.len);
	conn->write.data = conn;
	conn->is_writing = true;
	if (uv_write(&conn->write, (uv_stream_t *)&conn->pipe, &buf, 1, on_written) != 0) {
		conn->is_writing = false;
		pxe_control_conn_close(conn);
	}
}

/* A long answer is made in one go; what the socket takes meanwhile need not be kept. */
static void write_early(struct pxe_control_conn *conn)
{
	uv_buf_t buf = uv_buf_init(conn->out.p, (unsigned)conn->out.len);
	int n = uv_try_write((uv_stream_t *)&conn->pipe, &buf, 1);

	if (n <= 0)
		return; /* full; a real error comes again with the next write */
	conn->progress_ms = uv_now(conn->ctl->loop);
	drop_queue(conn, &conn->out, (size_t)n);
}

bool pxe_control_conn_put(struct pxe_control_conn *conn, const char *p, size_t n)
{
	struct queue *q = &conn->out;

	if (conn->is_closing)
		return false;
	if (conn->ctl->queued + n > PXE_CONTROL_QUEUE_MAX) {
		pxe_control_conn_close(conn);
		return false;
	}
	if (q->len + n > q->cap) {
		size_t cap = 2 * (q->len + n);
		char *grown = realloc(q->p, cap);

		if (grown == NULL) {
			pxe_control_conn_close(conn);
			return false;
		}
		q->p = grown;
		q->cap = cap;
	}
	memcpy(q->p + q->len, p, n);
	q->len += n;
	conn->ctl->queued += n;
	if (q->len >= WRITE_EARLY && !conn->is_writing)
		write_early(conn);
	return true;
}

bool pxe_control_line(struct pxe_control_conn *conn, const struct pxe_text *json)
{
	assert(!json->truncated);
	return pxe_control_conn_put(conn, json->p, json->len) &&
	       pxe_control_conn_put(conn, "\n", 1);
}

void pxe_control_conn_stream(struct pxe_control_conn *conn, uint64_t seq, uint64_t stop)
{
	conn->seq = seq;
	conn->stop = stop;
	conn->is_streaming = true;
	if (conn->ctl->nstreams++ == 0)
		pxe_events_watch(conn->ctl->opts.events, true);
	pxe_control_conn_feed(conn);
}

void pxe_control_conn_feed(struct pxe_control_conn *conn)
{
	struct pxe_control *ctl = conn->ctl;

	while (conn->is_streaming && conn->out.len + conn->sending.len < PXE_CONTROL_STREAM_AHEAD) {
		struct pxe_text t = pxe_text_init(ctl->doc, sizeof(ctl->doc));

		if (conn->seq >= conn->stop) {
			end_stream(conn);
			(void)pxe_control_conn_put(conn, "{\"end\":true}\n", 13);
			break;
		}
		if (!pxe_events_next(ctl->opts.events, &conn->seq, &t))
			break;
		if (!t.truncated)
			(void)pxe_control_line(conn, &t);
	}
	if (!conn->is_closing)
		flush(conn);
}

/* Commands are run one after the other; the next waits for the end of a stream. */
static void take_lines(struct pxe_control_conn *conn)
{
	char line[PXE_CONTROL_LINE_MAX];
	char *end = NULL;

	while (!conn->is_streaming && !conn->is_closing &&
	       (end = memchr(conn->line, '\n', conn->len)) != NULL) {
		size_t n = (size_t)(end - conn->line);

		memcpy(line, conn->line, n);
		line[n > 0 && line[n - 1] == '\r' ? n - 1 : n] = '\0';
		conn->len -= n + 1;
		memmove(conn->line, end + 1, conn->len);
		pxe_control_run(conn, line);
		if (!conn->is_closing)
			flush(conn);
	}
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *out)
{
	struct pxe_control_conn *conn = handle->data;

	(void)size;
	*out = uv_buf_init(conn->line + conn->len, (unsigned)(sizeof(conn->line) - conn->len));
}

static void on_eof(struct pxe_control_conn *conn)
{
	/* Somebody who follows and closes is gone; anybody else may have closed just its side. */
	if (conn->is_streaming && conn->stop == UINT64_MAX) {
		pxe_control_conn_close(conn);
		return;
	}
	(void)uv_read_stop((uv_stream_t *)&conn->pipe);
	conn->is_ending = true;
	flush(conn);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct pxe_control_conn *conn = stream->data;

	(void)buf;
	if (n == UV_EOF) {
		on_eof(conn);
	} else if (n == UV_ENOBUFS) {
		static const char error[] = "{\"error\":\"the command line is too long\"}\n";

		(void)uv_read_stop(stream);
		conn->is_ending = true;
		end_stream(conn);
		if (pxe_control_conn_put(conn, error, sizeof(error) - 1))
			flush(conn);
	} else if (n < 0) {
		pxe_control_conn_close(conn);
	} else {
		conn->len += (size_t)n;
		conn->progress_ms = uv_now(conn->ctl->loop);
		take_lines(conn);
	}
}

void pxe_control_conn_start(struct pxe_control_conn *conn)
{
	conn->progress_ms = uv_now(conn->ctl->loop);
	if (uv_read_start((uv_stream_t *)&conn->pipe, on_alloc, on_read) != 0)
		pxe_control_conn_close(conn);
}

void pxe_control_conn_sweep(struct pxe_control_conn *conn, uint64_t now_ms)
{
	bool has_output = conn->is_writing || conn->out.len > 0;
	uint64_t quiet_ms = now_ms - conn->progress_ms;

	if ((has_output && quiet_ms > PXE_CONTROL_STALL_MS) ||
	    (!has_output && !conn->is_streaming && quiet_ms > PXE_CONTROL_IDLE_MS))
		pxe_control_conn_close(conn);
}
