/* SPDX-License-Identifier: BSD-2-Clause */
/* reply.c -- see reply.h. */
#include "httpfsd/reply.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "httpfsd/clients.h"
#include "libpxecommon/base/err.h"

enum {
	/* One turn of a connection, which is one probe and one sendfile for a large file: smaller
	 * costs CPU, larger keeps others waiting. */
	QUOTA = 2 << 20,
	SENDFILE_MAX = QUOTA,
	LOG_COPY_MAX = LOGLINE_TEXT_MAX
};

/* Take n sent bytes off memory first, then off the extent. */
static void advance(struct reply *r, size_t n)
{
	r->sent += n;
	for (int i = 0; i < 2; i++) {
		size_t take = n < r->mem[i].len ? n : r->mem[i].len;

		r->mem[i].p += take;
		r->mem[i].len -= take;
		n -= take;
	}
	r->off += n;
	r->left -= n;
}

void reply_place(struct reply *r, uint64_t off, uint64_t len)
{
	r->left = file_place(r->file, off, len, &r->off);
	r->next_off = off + r->left;
	r->next_left = len - r->left;
}

/* Make the next part of a multipart body current. False at the end. */
static bool next_part(struct reply *r)
{
	struct pxe_text t = {0};
	unsigned i = r->next_part - 1;

	if (r->next_part == 0 || i > r->plan.nrange)
		return false;
	t = pxe_text_init(r->text, REPLY_TEXT_CAP);
	plan_part(&r->plan, &r->file->obj, i, &t);
	r->mem[0] = (struct slice){t.p, t.len};
	r->next_part++;
	if (i < r->plan.nrange)
		reply_place(r, r->plan.range[i].off, r->plan.range[i].len);
	return true;
}

/* Of a file in pieces, the next one. False at the end. */
static bool next_piece(struct reply *r)
{
	if (r->next_left == 0)
		return false;
	reply_place(r, r->next_off, r->next_left);
	return true;
}

static bool has_more_parts(const struct reply *r)
{
	return r->next_left > 0 || (r->next_part > 0 && r->next_part <= r->plan.nrange + 1);
}

/* Read without waiting for a disk. Bytes read, 0 at the end of the file, -EAGAIN when it is not in
 * memory, or -errno. */
static ssize_t read_hot(struct reply *r, void *buf, size_t len)
{
	struct iovec iov = {buf, len};
	ssize_t n = -1;

	if (!r->warm && !r->file->no_nowait) {
		n = preadv2(r->file->fd, &iov, 1, (off_t)r->off, RWF_NOWAIT);
		if (n >= 0 || errno == EAGAIN)
			return n >= 0 ? n : -EAGAIN;
		r->file->no_nowait = true; /* EOPNOTSUPP: this file system cannot tell */
	}
	n = pread(r->file->fd, buf, len, (off_t)r->off);
	return n >= 0 ? n : -errno;
}

/* Can the extent go out with the memory in one call. */
static bool is_small(const struct reply *r)
{
	return r->left > 0 && r->left <= WORKER_BODY_SIZE;
}

/* The whole small extent into buf. 0, REPLY_COLD, PXE_E_TRUNC or -errno. */
static int read_small(struct reply *r, char *buf)
{
	ssize_t n = read_hot(r, buf, (size_t)r->left);

	if (n == -EAGAIN || (n > 0 && (uint64_t)n < r->left && !r->warm))
		return REPLY_COLD;
	if (n < 0)
		return (int)n;
	return (uint64_t)n < r->left ? PXE_E_TRUNC : 0;
}

static int after_sending(struct reply *r, ssize_t n, size_t total)
{
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? PXE_E_AGAIN : -errno;
	advance(r, (size_t)n);
	r->warm = false;
	return (size_t)n < total ? PXE_E_AGAIN : 0;
}

static int more_flag(const struct reply *r, bool with_extent)
{
	return MSG_NOSIGNAL | ((r->left > 0 && !with_extent) || has_more_parts(r) ? MSG_MORE : 0);
}

/* To the socket, or to what lies above it. */
static ssize_t put(struct conn *c, struct iovec *iov, size_t n, int flags)
{
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = n};

	if (c->tls != NULL)
		return tls_send(c->tls, iov, n, (flags & MSG_MORE) != 0);
	if (n == 1)
		return send(c->fd, iov->iov_base, iov->iov_len, flags);
	return sendmsg(c->fd, &msg, flags);
}

static ssize_t put_file(struct conn *c, int fd, uint64_t off, size_t len)
{
	off_t at = (off_t)off;

	return c->tls != NULL ? tls_sendfile(c->tls, fd, off, len) : sendfile(c->fd, fd, &at, len);
}

/* A head in scratch memory has room for a small body right behind it: the common case, and one
 * plain send. */
static int send_together(struct conn *c, struct reply *r)
{
	struct slice head = r->mem[0];
	size_t total = head.len + (size_t)r->left;
	int rc = read_small(r, c->worker->out + (head.p - c->worker->out) + head.len);

	if (rc != 0)
		return rc;
	return after_sending(r,
	    put(c, &(struct iovec){(void *)(uintptr_t)head.p, total}, 1, more_flag(r, true)),
	    total);
}

/* Memory, and in the same call a small extent behind it. */
static int send_memory(struct conn *c, struct reply *r)
{
	struct iovec iov[3];
	size_t total = 0, n = 0;

	if (r->text == c->worker->out && r->mem[1].len == 0 && is_small(r))
		return send_together(c, r);
	for (int i = 0; i < 2; i++) {
		if (r->mem[i].len > 0)
			iov[n++] = (struct iovec){(void *)(uintptr_t)r->mem[i].p, r->mem[i].len};
		total += r->mem[i].len;
	}
	if (is_small(r)) {
		/* Kept replies have their text elsewhere, so that scratch is free. */
		int rc = read_small(r, c->worker->out);

		if (rc != 0)
			return rc;
		iov[n++] = (struct iovec){c->worker->out, (size_t)r->left};
		total += (size_t)r->left;
	}
	return after_sending(r, put(c, iov, n, more_flag(r, is_small(r))), total);
}

/* How much the cap allows now: at most what a tenth of a second brings. */
static uint64_t fill_bucket(struct reply *r, int64_t now_us)
{
	uint64_t max = r->rate / 10 + 1;
	int64_t passed_us = now_us - r->filled_us;

	if (passed_us > PXE_US_PER_S)
		passed_us = PXE_US_PER_S;
	if (passed_us >= WORKER_PACE_MS * 1000 / 2) {
		r->tokens += r->rate / 1000 * (uint64_t)passed_us / 1000 +
			     r->rate % 1000 * (uint64_t)passed_us / (uint64_t)PXE_US_PER_S;
		r->filled_us = now_us;
	}
	if (r->tokens > max)
		r->tokens = max;
	return r->tokens;
}

/* How much the limits of the client allow now. */
static uint64_t allowed(const struct conn *c)
{
	return c->counted
		   ? clients_allow(c->worker->shared->clients, &c->peer.ip, c->worker->now.mono_us)
		   : UINT64_MAX;
}

/* most: what caps allow now. */
static int send_extent(struct conn *c, struct reply *r, uint64_t most)
{
	size_t want = r->left < most ? (size_t)r->left : (size_t)most;
	char probe = 0;
	ssize_t n = read_hot(r, &probe, 1);

	if (n == -EAGAIN)
		return REPLY_COLD;
	n = n <= 0 ? n : put_file(c, r->file->fd, r->off, want);
	if (n == 0)
		return PXE_E_TRUNC; /* never pad what is missing */
	if (n > 0 && r->rate > 0)
		r->tokens -= (uint64_t)n;
	return after_sending(r, n, want);
}

/* One call's worth of what is at hand. */
static int send_some(struct conn *c, struct reply *r)
{
	bool is_memory = r->mem[0].len > 0 || r->mem[1].len > 0;
	uint64_t most = allowed(c), before = r->sent;
	int rc = 0;

	if (!is_memory && r->rate > 0 && fill_bucket(r, c->worker->now.mono_us) < most)
		most = r->tokens;
	if (most == 0)
		return REPLY_PACED;
	rc = is_memory ? send_memory(c, r)
		       : send_extent(c, r, most < SENDFILE_MAX ? most : SENDFILE_MAX);
	if (c->counted)
		clients_charge(c->worker->shared->clients, &c->peer.ip, r->sent - before);
	return rc;
}

int reply_send(struct conn *c, struct reply *r)
{
	uint64_t until = r->sent + QUOTA;
	int rc = 0;

	while (rc == 0) {
		if (r->mem[0].len > 0 || r->mem[1].len > 0)
			rc = send_some(c, r);
		else if (r->left > 0)
			rc = r->sent < until ? send_some(c, r) : PXE_E_AGAIN;
		else if (!next_piece(r) && !next_part(r))
			break;
	}
	/* The last record may still be on this side of the socket. */
	return rc == 0 && c->tls != NULL ? tls_flush(c->tls) : rc;
}

static size_t copied(struct slice s)
{
	return s.len < LOG_COPY_MAX ? s.len : LOG_COPY_MAX;
}

static void move_slice(struct slice *s, char **at)
{
	size_t n = copied(*s);

	if (!slice_is_set(*s))
		return;
	memcpy(*at, s->p, n);
	*s = (struct slice){*at, n};
	*at += n;
}

struct reply *reply_keep(const struct reply *r)
{
	struct reply *k = NULL;
	size_t ranges = r->next_part > 0 ? r->plan.nrange * sizeof(struct range) : 0;
	size_t text = r->mem[0].len > REPLY_TEXT_CAP ? r->mem[0].len : REPLY_TEXT_CAP;
	char *at = NULL;
	size_t strings = 0;

	for (size_t i = 0; i < REPLY_TEXTS; i++)
		strings += copied(r->note[i]);
	k = malloc(sizeof(*k) + ranges + text + strings);
	if (k == NULL)
		return NULL;
	*k = *r;
	at = (char *)(k + 1);
	if (ranges > 0) {
		memcpy(at, r->plan.range, ranges);
		k->plan.range = (struct range *)(void *)at;
	}
	k->text = at + ranges;
	if (r->mem[0].len > 0)
		memcpy(k->text, r->mem[0].p, r->mem[0].len);
	k->mem[0].p = k->text;
	at += ranges + text;
	for (size_t i = 0; i < REPLY_TEXTS; i++)
		move_slice(&k->note[i], &at);
	return k;
}

/* Anaconda's "eth0 52:54:00:12:34:56" (inst.ks.sendmac). */
static void take_mac(struct slice s, struct pxe_hwaddr *out)
{
	char text[PXE_HWADDR_STRLEN];
	const char *blank = memrchr(s.p, ' ', s.len);
	size_t skip = blank != NULL ? (size_t)(blank + 1 - s.p) : 0;

	if (s.len - skip >= sizeof(text))
		return;
	memcpy(text, s.p + skip, s.len - skip);
	text[s.len - skip] = '\0';
	(void)pxe_hwaddr_parse(text, out);
}

/* A string of the note in buf, or NULL when there is none. */
static const char *note_string(const struct reply *r, enum reply_text which, char *buf, size_t cap)
{
	struct slice s = r->note[which];
	size_t n = s.len < cap - 1 ? s.len : cap - 1;

	if (!slice_is_set(s))
		return NULL;
	memcpy(buf, s.p, n);
	buf[n] = '\0';
	return buf;
}

static void emit(struct conn *c, const struct reply *r, uint64_t bytes, int64_t duration_us)
{
	char file[PXE_EVENT_TEXT_MAX], agent[256];
	struct worker *w = c->worker;
	struct pxe_event ev = {.time_us = w->now.wall_us,
	    .duration_us = duration_us,
	    .bytes = bytes,
	    .size = r->size,
	    .stage = PXE_STAGE_HTTP,
	    .reason = r->reason,
	    .ip = c->peer.ip,
	    .port = c->peer.port,
	    .status = (uint32_t)r->status,
	    .detail = r->detail,
	    .file = note_string(r, REPLY_PATH, file, sizeof(file)),
	    .vendor_class = note_string(r, REPLY_AGENT, agent, sizeof(agent))};

	if (slice_is_set(r->note[REPLY_MAC]))
		take_mac(r->note[REPLY_MAC], &ev.mac);
	pxe_events_emit(w->shared->events, &ev);
}

static void log_access(struct conn *c, const struct reply *r, uint64_t bytes, int64_t duration_us)
{
	char client[PXE_IP_STRLEN];
	struct worker *w = c->worker;
	struct logline l = {
	    .client = c->peer.ip.family != 0 ? pxe_ip_str(&c->peer.ip, client) : "unix",
	    .user = r->note[REPLY_USER],
	    .date = w->log_date,
	    .line = r->note[REPLY_LINE],
	    .status = r->status,
	    .bytes = bytes,
	    .referer = r->note[REPLY_REFERER],
	    .agent = r->note[REPLY_AGENT],
	    .range = r->note[REPLY_RANGE],
	    .mac = r->note[REPLY_MAC],
	    .serial = r->note[REPLY_SERIAL],
	    .duration_us = duration_us};

	if (w->catalog->log != ACCESS_OFF)
		accesslog_add(&w->log, w->catalog, &l);
}

static void count(struct worker *w, const struct reply *r, uint64_t bytes)
{
	enum stats_id status = stats_of_status(r->status);

	if (status != STAT_COUNT)
		stat_add(w->stat, status, 1);
	stat_add(w->stat, STAT_SENT, bytes);
	if (r->reason == PXE_REASON_CLIENT_ABORT)
		stat_add(w->stat, STAT_ABORTED, 1);
	else if (r->reason == PXE_REASON_TIMEOUT && r->status != 408)
		stat_add(w->stat, STAT_STALLED, 1);
	else if (r->reason == PXE_REASON_FILE_CHANGED)
		stat_add(w->stat, STAT_CHANGED, 1);
	else if (r->reason == PXE_REASON_IO_ERROR)
		stat_add(w->stat, STAT_FAILED, 1);
}

void reply_finish(struct conn *c, struct reply *r, enum pxe_reason reason)
{
	struct worker *w = c->worker;
	uint64_t bytes = r->sent > r->head_len ? r->sent - r->head_len : 0;
	int64_t duration_us = worker_mono_us() - r->start_us;

	if (reason != PXE_REASON_OK)
		r->reason = reason;
	count(w, r, bytes);
	log_access(c, r, bytes, duration_us);
	emit(c, r, bytes, duration_us);
	files_release(&w->files, r->file);
	r->file = NULL;
	free(r->page);
	r->page = NULL;
	if (r->is_listing)
		w->listings--;
	r->is_listing = false;
}
