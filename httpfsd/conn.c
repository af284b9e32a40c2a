/* SPDX-License-Identifier: BSD-2-Clause */
/* conn.c -- see conn.h. */
#include "httpfsd/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "httpfsd/answer.h"
#include "httpfsd/clients.h"
#include "httpfsd/job.h"
#include "httpfsd/reply.h"
#include "httpfsd/tls_report.h"
#include "libpxecommon/base/err.h"

enum { SPARES_MAX = 256, LINGER_BYTES_MAX = 1 << 20 };

static void on_io(uv_poll_t *handle, int status, int events);
static void process(struct conn *c, char *buf, size_t len);

static void recycle(struct conn *c)
{
	struct worker *w = c->worker;

	if (w->nspare >= SPARES_MAX) {
		free(c);
		return;
	}
	c->next_spare = w->spare;
	w->spare = c;
	w->nspare++;
}

static void on_closed(uv_handle_t *handle)
{
	recycle(PXE_CONTAINER(handle, struct conn, poll));
}

/* Say goodbye in TLS's way; what follows on the socket is of no interest. */
static void end_tls(struct conn *c)
{
	if (c->tls == NULL)
		return;
	tls_bye(c->tls);
	tls_free(c->tls);
	c->tls = NULL;
}

static void close_conn(struct conn *c)
{
	struct worker *w = c->worker;

	pxe_list_remove(&c->link);
	if (c->state == CONN_HANDSHAKING)
		w->handshakes--;
	end_tls(c);
	free(c->in);
	c->in = NULL;
	found_free(c);
	if (c->counted)
		clients_leave(w->shared->clients, &c->peer.ip, w->now.mono_us);
	w->nconn--;
	(void)__atomic_sub_fetch(&w->shared->connections, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&w->stat[STAT_OPEN], w->nconn, __ATOMIC_RELAXED);
	if (c->polled)
		uv_close((uv_handle_t *)&c->poll, on_closed);
	(void)close(c->fd);
	if (!c->polled)
		recycle(c);
	worker_conn_gone(w);
}

/* Drop what the kernel still holds for a client that does not read, and no orderly end of TLS
 * either: what it got is not whole. */
static void reset_conn(struct conn *c)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	tls_free(c->tls);
	c->tls = NULL;
	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close_conn(c);
}

static int watch(struct conn *c, int events)
{
	int err = 0;

	if (c->events == events)
		return 0;
	if (!c->polled) {
		err = uv_poll_init(&c->worker->loop, &c->poll, c->fd);
		if (err != 0)
			return err;
		c->polled = true;
	}
	err = events != 0 ? uv_poll_start(&c->poll, events, on_io) : uv_poll_stop(&c->poll);
	if (err == 0)
		c->events = events;
	return err;
}

/* What it waits for begins anew. */
static void stop_waiting(struct conn *c)
{
	c->wait = WAIT_COUNT;
}

static void wait_for(struct conn *c, enum conn_wait wait, int events)
{
	if (c->wait != wait) {
		c->wait = wait;
		c->since_us = c->worker->now.mono_us;
		pxe_list_remove(&c->link);
		pxe_list_append(&c->worker->waiting[wait], &c->link);
	}
	if (watch(c, events) != 0)
		conn_kill(c);
}

/* With decrypted bytes at hand the socket need not become readable: a socket that can be written
 * to, as one without an answer under way can, brings us back at once. */
static int reading_events(const struct conn *c)
{
	return UV_READABLE | (c->tls != NULL && tls_is_pending(c->tls) ? UV_WRITABLE : 0);
}

static void rest(struct conn *c)
{
	switch (c->state) {
	case CONN_HANDSHAKING:
		break;
	case CONN_READING:
		wait_for(c,
		    c->in_len > 0 || c->skipping || c->requests == 0 ? WAIT_HEAD : WAIT_IDLE,
		    reading_events(c));
		break;
	case CONN_SENDING:
		if (c->is_paced) {
			wait_for(c, WAIT_PACE, 0);
			worker_pace(c->worker);
		} else {
			wait_for(c, WAIT_SEND, UV_WRITABLE);
		}
		break;
	case CONN_JOB:
		wait_for(c, WAIT_JOB, 0);
		break;
	case CONN_LINGERING:
		wait_for(c, WAIT_LINGER, UV_READABLE);
		break;
	}
}

/* The last answer is out. */
static void end_conn(struct conn *c, bool linger)
{
	end_tls(c);
	if (!linger || c->is_eof || c->worker->catalog->conf.limits.linger_ms == 0 ||
	    shutdown(c->fd, SHUT_WR) != 0) {
		close_conn(c);
		return;
	}
	free(c->in);
	c->in = NULL;
	c->in_len = 0;
	c->state = CONN_LINGERING;
	rest(c);
}

/* r has been sent to its end. False when the connection has ended with it. */
static bool complete(struct conn *c, struct reply *r)
{
	/* Asked to stop meanwhile: an idle connection may end without having said so. */
	bool close = r->close || c->worker->draining, linger = r->drop_input;

	reply_finish(c, r, PXE_REASON_OK);
	c->state = CONN_READING;
	stop_waiting(c);
	if (close)
		end_conn(c, linger);
	return !close;
}

static enum pxe_reason reason_of(int err)
{
	if (err == PXE_E_TRUNC)
		return PXE_REASON_FILE_CHANGED;
	if (err == -EPIPE || err == -ECONNRESET || err == -ETIMEDOUT || err == -ENOTCONN)
		return PXE_REASON_CLIENT_ABORT;
	return PXE_REASON_IO_ERROR;
}

/* r cannot be sent to its end. The client must see that it is not whole: no orderly end. */
static bool fail(struct conn *c, struct reply *r, int err)
{
	reply_finish(c, r, reason_of(err));
	reset_conn(c);
	return false;
}

static int start_read_ahead(struct conn *c, struct reply *r)
{
	int err = job_read_ahead(c, r->file->fd, r->off, r->left);

	if (err == 0)
		c->state = CONN_JOB;
	return err;
}

/* After reply_send of the kept reply c->reply. False when the connection has ended. */
static bool after_send(struct conn *c, int rc)
{
	struct reply *r = c->reply;
	bool alive = true;

	c->is_paced = rc == REPLY_PACED;
	if (rc == REPLY_COLD) {
		rc = start_read_ahead(c, r);
		if (rc == 0)
			return true;
	} else if (rc == PXE_E_AGAIN || rc == REPLY_PACED) {
		c->state = CONN_SENDING;
		return true;
	}
	c->reply = NULL;
	alive = rc == 0 ? complete(c, r) : fail(c, r, rc);
	free(r);
	return alive;
}

/* Send a reply that lives in scratch memory. False when the connection has ended. */
static bool transmit(struct conn *c, struct reply *r)
{
	int rc = reply_send(c, r);

	if (rc == 0)
		return complete(c, r);
	if (rc < 0 && rc != PXE_E_AGAIN)
		return fail(c, r, rc);
	c->reply = reply_keep(r);
	if (c->reply == NULL)
		return fail(c, r, -ENOMEM);
	c->sent = r->sent;
	return after_send(c, rc);
}

static bool refuse(struct conn *c, int status, const struct request *rq, const char *p, size_t len)
{
	struct reply r;

	answer_refuse(c, status, rq, p, len, &r);
	c->requests++;
	return transmit(c, &r);
}

/* Keep a listing's reply until its page is there. */
static bool await_listing(struct conn *c, struct reply *r)
{
	c->reply = reply_keep(r);
	if (c->reply == NULL) {
		c->doomed = true; /* its job has been started */
		reply_finish(c, r, PXE_REASON_IO_ERROR);
	}
	c->state = CONN_JOB;
	return true;
}

/* Serve the request at p[0..len) when it is whole. *out_used is 0 when it is not, or is to be
 * looked at again. False when the connection has ended. */
static bool serve_request(struct conn *c, const char *p, size_t len, size_t *out_used)
{
	struct request rq;
	struct reply r;
	size_t n = 0;
	int rc = request_head_scan(p, len, &c->scan, &n);
	enum answer kind = ANSWER_SEND;

	if (rc == PXE_E_AGAIN)
		return true;
	*out_used = len;
	if (rc != 0)
		return refuse(c, rc, NULL, p, len);
	rc = request_parse(p, n, &rq);
	if (rc != 0)
		return refuse(c, rc, &rq, p, len);
	kind = answer_request(c, &rq, &r);
	c->scan = 0;
	if (kind == ANSWER_AGAIN) {
		*out_used = 0;
		c->state = CONN_JOB;
		return true;
	}
	found_free(c);
	*out_used = n;
	c->requests++;
	c->auth_failed = false;
	c->skipping = rq.body != BODY_NONE;
	c->skip = request_skip_init(&rq);
	r.drop_input |= len > n || c->skipping;
	return kind == ANSWER_LISTING ? await_listing(c, &r) : transmit(c, &r);
}

static bool skip_body(struct conn *c, const char *p, size_t len, size_t *out_used)
{
	int rc = request_skip(&c->skip, p, len, out_used);

	if (rc == PXE_E_AGAIN)
		return true;
	c->skipping = false;
	stop_waiting(c);
	if (rc == 0)
		return true;
	/* The request has been answered; where the next one begins nobody knows. */
	end_conn(c, true);
	return false;
}

/* Keep what has not been used. */
static bool stash(struct conn *c, const char *p, size_t len)
{
	if (len == 0) {
		free(c->in);
		c->in = NULL;
	} else if (c->in == NULL) {
		c->in = malloc(WORKER_IN_SIZE);
		if (c->in == NULL)
			return false;
	}
	if (len > 0)
		memmove(c->in, p, len);
	c->in_len = (uint32_t)len;
	return true;
}

static void process(struct conn *c, char *buf, size_t len)
{
	size_t at = 0, used = 1;

	while (at < len && used > 0 && c->state == CONN_READING) {
		bool alive = false;

		used = 0;
		if (at > 0 || buf == c->in) /* this one may have come after the loop woke */
			files_turn(&c->worker->files);
		alive = c->skipping ? skip_body(c, buf + at, len - at, &used)
				    : serve_request(c, buf + at, len - at, &used);
		if (!alive)
			return;
		at += used;
	}
	if (!stash(c, buf + at, len - at))
		conn_kill(c);
	else
		rest(c);
}

static void on_eof(struct conn *c)
{
	c->is_eof = true;
	if (c->in_len == 0 || c->skipping)
		close_conn(c);
	else if (refuse(c, 400, NULL, c->in, c->in_len))
		rest(c); /* it could not be sent at once */
}

static void read_input(struct conn *c)
{
	struct worker *w = c->worker;
	char *buf = c->in != NULL ? c->in : w->in;
	size_t room = WORKER_IN_SIZE - c->in_len;
	ssize_t n = c->tls != NULL ? tls_recv(c->tls, buf + c->in_len, room)
				   : recv(c->fd, buf + c->in_len, room, 0);

	if (n > 0)
		process(c, buf, c->in_len + (size_t)n);
	else if (n == 0)
		on_eof(c);
	else if (errno == EAGAIN || errno == EINTR)
		rest(c);
	else
		close_conn(c);
}

static void discard_input(struct conn *c)
{
	ssize_t n = recv(c->fd, c->worker->in, WORKER_IN_SIZE, 0);

	if (n > 0)
		c->lingered += (uint64_t)n;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) ||
	    c->lingered > LINGER_BYTES_MAX)
		close_conn(c);
}

static void send_more(struct conn *c)
{
	struct reply *r = c->reply;
	int rc = reply_send(c, r);

	if (r->sent != c->sent) {
		c->sent = r->sent;
		stop_waiting(c); /* progress: the time-out begins anew */
	}
	if (!after_send(c, rc))
		return;
	if (c->state == CONN_READING && c->in_len > 0)
		process(c, c->in, c->in_len);
	else
		rest(c);
}

static void fail_handshake(struct conn *c, enum tls_failure why, const char *text)
{
	if (why != TLS_FAILURE_GONE || tls_has_begun(c->tls)) /* a probe of the port is no news */
		tls_report(c->worker, &c->peer, why, text);
	tls_free(c->tls);
	c->tls = NULL;
	close_conn(c);
}

/* http:// where https:// is spoken: an answer that is understood. */
static void refuse_plain(struct conn *c)
{
	struct worker *w = c->worker;
	struct reply r;
	ssize_t n = recv(c->fd, w->in, WORKER_IN_SIZE, 0);

	w->handshakes--;
	tls_report(w, &c->peer, TLS_FAILURE_PLAIN, NULL);
	tls_free(c->tls);
	c->tls = NULL;
	c->state = CONN_READING;
	stop_waiting(c);
	if (n <= 0) {
		close_conn(c);
		return;
	}
	answer_plain_on_tls(c, w->in, (size_t)n, &r);
	c->requests++;
	if (transmit(c, &r))
		rest(c);
}

/* Go on with TLS's handshake, and then with what the client said right behind it. */
static void shake_hands(struct conn *c)
{
	enum tls_failure why = TLS_FAILURE_MALFORMED;
	const char *text = NULL;

	switch (tls_handshake(c->tls, &why, &text)) {
	case TLS_DONE:
		c->worker->handshakes--;
		stat_add(
		    c->worker->stat, tls_is_resumed(c->tls) ? STAT_TLS_RESUMED : STAT_TLS_OK, 1);
		c->state = CONN_READING;
		stop_waiting(c);
		read_input(c);
		break;
	case TLS_WANT_READ:
		wait_for(c, WAIT_TLS, UV_READABLE);
		break;
	case TLS_WANT_WRITE:
		wait_for(c, WAIT_TLS, UV_WRITABLE);
		break;
	case TLS_FAILED:
		if (why == TLS_FAILURE_PLAIN)
			refuse_plain(c);
		else
			fail_handshake(c, why, text);
		break;
	}
}

/* The oldest of too many handshakes makes room: who is slow loses, and not who comes next. */
static void begin_tls(struct conn *c, struct tls_ctx *ctx)
{
	struct worker *w = c->worker;
	struct pxe_link *oldest = w->waiting[WAIT_TLS].next;

	if (w->handshakes >= (size_t)w->catalog->conf.limits.handshakes &&
	    !pxe_list_is_empty(&w->waiting[WAIT_TLS]))
		fail_handshake(PXE_CONTAINER(oldest, struct conn, link), TLS_FAILURE_LIMIT, NULL);
	c->state = CONN_HANDSHAKING;
	w->handshakes++;
	c->tls = tls_new(ctx, c->fd);
	if (c->tls != NULL)
		shake_hands(c);
	else
		close_conn(c);
}

static void on_io(uv_poll_t *handle, int status, int events)
{
	struct conn *c = PXE_CONTAINER(handle, struct conn, poll);

	(void)events;
	worker_update_time(c->worker);
	if (status < 0) /* libuv saw an error on the socket; the next call tells which */
		c->events = 0;
	switch (c->state) {
	case CONN_HANDSHAKING:
		shake_hands(c);
		break;
	case CONN_READING:
		read_input(c);
		break;
	case CONN_SENDING:
		send_more(c);
		break;
	case CONN_LINGERING:
		discard_input(c);
		break;
	case CONN_JOB:
		break;
	}
}

void conn_new(struct worker *w, int fd, const struct pxe_endpoint *peer, struct tls_ctx *tls)
{
	struct conn *c = w->spare;

	if (c != NULL) {
		w->spare = c->next_spare;
		w->nspare--;
		memset(c, 0, sizeof(*c));
	} else {
		c = calloc(1, sizeof(*c));
	}
	if (c == NULL) {
		(void)close(fd);
		(void)__atomic_sub_fetch(&w->shared->connections, 1, __ATOMIC_RELAXED);
		return;
	}
	c->worker = w;
	c->fd = fd;
	c->peer = *peer;
	c->counted = w->shared->clients != NULL;
	c->begun_us = w->now.mono_us;
	c->state = CONN_READING;
	pxe_list_init(&c->link);
	stop_waiting(c);
	w->nconn++;
	__atomic_store_n(&w->stat[STAT_OPEN], w->nconn, __ATOMIC_RELAXED);
	stat_add(w->stat, STAT_ACCEPTED, 1);
	if (tls != NULL)
		begin_tls(c, tls);
	else
		read_input(c);
}

void conn_timed_out(struct conn *c)
{
	struct reply *r = c->reply;

	switch (c->wait) {
	case WAIT_TLS:
		fail_handshake(c, TLS_FAILURE_TIMEOUT, NULL);
		break;
	case WAIT_HEAD:
		if (c->in_len == 0 || c->skipping)
			close_conn(c);
		else if (refuse(c, 408, NULL, c->in, c->in_len))
			rest(c);
		break;
	case WAIT_SEND:
		c->reply = NULL;
		reply_finish(c, r, PXE_REASON_TIMEOUT);
		free(r);
		reset_conn(c);
		break;
	case WAIT_IDLE:
	case WAIT_LINGER:
		close_conn(c);
		break;
	case WAIT_PACE:
	case WAIT_JOB:
	case WAIT_COUNT:
		break;
	}
}

void conn_paced(struct conn *c)
{
	stop_waiting(c);
	send_more(c);
}

void conn_kill(struct conn *c)
{
	struct reply *r = c->reply;

	if (c->job != NULL) {
		c->doomed = true;
		return;
	}
	c->reply = NULL;
	if (r != NULL) {
		reply_finish(c, r, PXE_REASON_STOPPED);
		free(r);
	}
	close_conn(c);
}

void conn_job_done(struct conn *c)
{
	c->job = NULL;
	stop_waiting(c);
	if (c->doomed) {
		conn_kill(c);
	} else if (c->reply != NULL) {
		c->state = CONN_SENDING;
		send_more(c);
	} else { /* a password was checked, a file looked up: look at the request again */
		c->state = CONN_READING;
		process(c, c->in, c->in_len);
	}
}

void conn_free_spares(struct worker *w)
{
	while (w->spare != NULL) {
		struct conn *c = w->spare;

		w->spare = c->next_spare;
		free(c);
	}
	w->nspare = 0;
}
