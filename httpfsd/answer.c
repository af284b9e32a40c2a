/* SPDX-License-Identifier: BSD-2-Clause */
/* answer.c -- see answer.h. */
#include "httpfsd/answer.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "httpfsd/ask.h"
#include "httpfsd/core/coding.h"
#include "httpfsd/core/head.h"
#include "httpfsd/core/listing.h"
#include "httpfsd/job.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/base/path.h"

enum { EXTRA_CAP = 3 * PATH_CAP + REQUEST_LINE_MAX, AUTH_JOBS_MAX = 2, LISTINGS_MAX = 32 };

static const char allow_line[] = "Allow: GET, HEAD, OPTIONS\r\n";
static const char not_listed[] = "a directory without index file, and listing is off";

static void begin_reply(struct conn *c, struct reply *r)
{
	struct worker *w = c->worker;

	memset(r, 0, sizeof(*r));
	r->text = w->out;
	/* A head that came in pieces began to come when it was first waited for. */
	r->start_us = c->in_len > 0 && c->wait == WAIT_HEAD ? c->since_us : w->now.mono_us;
	r->close = w->draining;
}

static void note_request(struct reply *r, const struct request *rq)
{
	r->note[REPLY_LINE] = rq->line;
	r->note[REPLY_PATH] = rq->target;
	r->note[REPLY_REFERER] = rq->field[FIELD_REFERER];
	r->note[REPLY_AGENT] = rq->field[FIELD_USER_AGENT];
	r->note[REPLY_RANGE] = rq->field[FIELD_RANGE];
	r->note[REPLY_MAC] = rq->field[FIELD_PROVISIONING_MAC];
	r->note[REPLY_SERIAL] = rq->field[FIELD_SYSTEM_SERIAL];
}

/* How the head is to end, and whether the connection does. */
static void decide_close(struct ask *a)
{
	const struct request *rq = a->rq;
	bool wanted =
	    rq->method == METHOD_GET || rq->method == METHOD_HEAD || rq->method == METHOD_OPTIONS;

	/* A body that waits for 100, or belongs to something not done here, is not awaited. */
	if (!rq->keep_alive || rq->expect_continue || (rq->body != BODY_NONE && !wanted))
		a->r->close = true;
	a->r->persist = a->r->close ? HEAD_CLOSE : rq->asks_keep_alive ? HEAD_KEEP_ECHO : HEAD_KEEP;
	a->head.persist = a->r->persist;
}

/* Into a->path. 0 or the status to refuse with. */
static int find_path(struct ask *a)
{
	char decoded[PATH_CAP];
	struct slice p = a->rq->path;
	int n = 0;

	if (memchr(p.p, '%', p.len) != NULL) {
		n = pxe_path_percent_decode(p.p, p.len, decoded, sizeof(decoded));
		if (n < 0)
			return n == PXE_E_TOOBIG ? 414 : 400;
		p = (struct slice){decoded, (size_t)n};
	}
	n = pxe_path_normalise(p.p, p.len, PXE_PATH_KEEP_SLASH, a->path, sizeof(a->path));
	if (n == PXE_E_TOOBIG)
		return p.len >= sizeof(a->path) ? 414 : 404; /* a name no file can have */
	return n < 0 ? 400 : 0;
}

static enum answer ask_password(struct ask *a)
{
	char extra[64 + 2 * OBJECT_TYPE_MAX];

	a->r->detail = a->c->auth_failed ? "wrong name or password" : "no name and password";
	a->c->auth_failed = false;
	(void)snprintf(extra, sizeof(extra),
	    "WWW-Authenticate: Basic realm=\"%s\", charset=\"UTF-8\"\r\n", a->mount->realm);
	return refuse(a, 401, PXE_REASON_FORBIDDEN, extra);
}

/* ANSWER_SEND with r->status 0 to go on. */
static enum answer check_password(struct ask *a)
{
	static _Thread_local char name[AUTH_NAME_MAX + 1];
	const struct source *src = a->mount->source;
	struct worker *w = a->c->worker;
	struct slice field = a->rq->field[FIELD_AUTHORIZATION];

	if (!slice_is_set(field) || a->c->auth_failed || !auth_name(field, name))
		return ask_password(a);
	if (auth_cache_has(&w->auth_cache, src->auth, field)) {
		a->r->note[REPLY_USER] = slice_of(name);
		return ANSWER_SEND;
	}
	/* Hashing is dear: who tries passwords must not use up the threads. */
	if (w->auth_jobs >= AUTH_JOBS_MAX || job_auth(a->c, src->auth, field) != 0)
		return refuse(a, 503, PXE_REASON_OVERLOAD, refuse_retry_line);
	return ANSWER_AGAIN;
}

static enum answer serve_object(struct ask *a, struct file *f)
{
	struct worker *w = a->c->worker;
	struct reply *r = a->r;
	const struct object *obj = &f->obj;
	struct plan *p = &r->plan;
	char extra[64];

	plan_make(a->rq, obj, pxe_now_wall_s(&w->now), w->ranges, worker_random(w), p);
	r->size = obj->size;
	if (p->status == 412 || p->status == 416) {
		(void)snprintf(extra, sizeof(extra), "Content-Range: bytes */%llu\r\n",
		    (unsigned long long)obj->size);
		files_release(&w->files, f);
		return refuse(a, p->status,
		    p->status == 412 ? PXE_REASON_PRECONDITION : PXE_REASON_BAD_RANGE,
		    p->status == 416 ? extra : NULL);
	}
	r->status = p->status;
	r->reason = p->status == 304 ? PXE_REASON_NOT_MODIFIED : PXE_REASON_OK;
	r->file = f;
	head_object(&a->out, &a->head, p, obj);
	if (p->has_body && p->nrange > 1) {
		r->next_part = 1;
	} else if (p->has_body) {
		reply_place(r, p->nrange == 1 ? p->range[0].off : 0, p->content_length);
	}
	r->rate = a->mount->rate;
	r->filled_us = w->now.mono_us;
	r->tokens = r->rate / 10;
	return ask_finish(a, 0);
}

/* f names a template: fill it off the loop, and answer what came of it when the request is looked
 * at again. */
static enum answer serve_template(struct ask *a, struct file *f)
{
	struct found *fd = a->c->found;
	int err = 0;

	if (fd == NULL || fd->catalog != a->c->worker->catalog) {
		found_free(a->c);
		err = job_fill(a->c, a->mount, f->path, a->rq);
		files_release(&a->c->worker->files, f);
		return err == 0 ? ANSWER_AGAIN
				: refuse(a, 503, PXE_REASON_OVERLOAD, refuse_retry_line);
	}
	files_release(&a->c->worker->files, f);
	if (fd->err == -ENOMEM || fd->err == -EMFILE || fd->err == -ENFILE)
		return refuse_open(a, fd->err);
	if (fd->err != 0)
		return refuse_saying(a, fd->why);
	f = fd->file;
	fd->file = NULL;
	return serve_object(a, f);
}

/* f, or in its place the first compressed sibling there is, in the client's order. */
static struct file *pick_coding(struct ask *a, struct file *f)
{
	struct worker *w = a->c->worker;
	unsigned char coding[CODING_COUNT];
	size_t n = types_is_packed(f->path) ? 0 : coding_accepted(a->rq, coding);

	for (size_t i = 0; i < n; i++) {
		struct file *sibling = NULL;

		if (files_open_coded(&w->files, f, coding[i], pxe_now_wall_s(&w->now), &sibling) !=
		    0)
			continue; /* whatever is wrong with it, the file itself is there */
		files_release(&w->files, f);
		return sibling;
	}
	return f;
}

static enum answer serve_file(struct ask *a, struct file *f)
{
	if (a->mount->is_template)
		return serve_template(a, f);
	return serve_object(a, a->mount->precompressed ? pick_coding(a, f) : f);
}

/* The query as it came belongs behind the directory's own name. Path only, from the normalised
 * path: it begins with exactly one slash, so no "//host/" comes out of "//host" (and Host is not
 * needed, which EDK2 and GRUB send without the port). */
static enum answer redirect(struct ask *a)
{
	char extra[EXTRA_CAP];
	struct pxe_text t = pxe_text_init(extra, sizeof(extra));

	pxe_text_add(&t, "Location: /");
	listing_encode(&t, a->path);
	pxe_text_addc(&t, '/');
	if (slice_is_set(a->rq->query)) {
		pxe_text_addc(&t, '?');
		pxe_text_addn(&t, a->rq->query.p, a->rq->query.len);
	}
	pxe_text_add(&t, "\r\n");
	if (t.truncated || t.len > WORKER_OUT_SIZE - 1024)
		return refuse(a, 414, PXE_REASON_TOO_LARGE, NULL);
	return refuse(a, 301, PXE_REASON_REDIRECT, extra);
}

static enum answer list_directory(struct ask *a, int dir_fd, struct listing_how how)
{
	struct worker *w = a->c->worker;
	int err = 0;

	/* A page of a large directory is megabytes, and a client may be slow to take it. */
	if (w->listings >= LISTINGS_MAX) {
		if (dir_fd >= 0)
			(void)close(dir_fd);
		return refuse(a, 503, PXE_REASON_OVERLOAD, refuse_retry_line);
	}
	err = job_listing(a->c, dir_fd, a->host, a->mount, a->rest, a->path, how, a->is_head);
	if (err != 0)
		return refuse_open(a, err);
	w->listings++;
	a->r->is_listing = true;
	return ANSWER_LISTING;
}

/* An index file, else a listing. */
static enum answer serve_directory(struct ask *a, int dir_fd)
{
	struct worker *w = a->c->worker;
	struct listing_how how = {0};
	char name[PATH_CAP];
	bool in_root = strcmp(a->rest, ".") == 0;

	if (slice_is_set(a->rq->query))
		how = listing_how_parse(a->rq->query);
	for (size_t i = 0; i < a->mount->nindex && how.format != LISTING_JSON; i++) {
		struct file *f = NULL;
		int sub = -1, rc = 0;

		if (snprintf(name, sizeof(name), "%s%s%s", in_root ? "" : a->rest,
			in_root ? "" : "/", a->mount->index[i]) >= (int)sizeof(name))
			continue;
		rc = files_open(&w->files, a->mount, &w->catalog->site.types, name,
		    pxe_now_wall_s(&w->now), &f, &sub);
		if (rc == FILES_IS_DIR)
			(void)close(sub);
		if (rc == 0) {
			(void)close(dir_fd);
			return serve_file(a, f);
		}
		if (rc != -ENOENT && rc != FILES_IS_DIR) {
			(void)close(dir_fd);
			return refuse_open(a, rc);
		}
	}
	if (a->mount->listing == LISTING_ON)
		return list_directory(a, dir_fd, how);
	(void)close(dir_fd);
	return refuse_access(a, not_listed);
}

/* The last character of a path names a directory: strip it. */
static bool strip_slash(char *path)
{
	size_t n = strlen(path);

	if (strcmp(path, ".") == 0)
		return true;
	if (path[n - 1] != '/')
		return false;
	path[n - 1] = '\0';
	return true;
}

/* Looking into an image may wait for a disk: what is not known yet a job finds out, and then the
 * request is looked at again. */
static enum answer serve_image(struct ask *a, bool wants_dir)
{
	struct worker *w = a->c->worker;
	struct found *fd = a->c->found;
	struct listing_how how = {0};
	struct file *f = NULL;

	if (slice_is_set(a->rq->query))
		how = listing_how_parse(a->rq->query);
	if (fd == NULL || fd->catalog != w->catalog) {
		found_free(a->c);
		f = wants_dir ? NULL : files_find(&w->files, a->mount, a->rest);
		if (f != NULL)
			return serve_file(a, f);
		if (job_find(a->c, a->mount, a->rest, wants_dir && how.format != LISTING_JSON) != 0)
			return refuse(a, 503, PXE_REASON_OVERLOAD, refuse_retry_line);
		return ANSWER_AGAIN;
	}
	if (fd->err == FIND_IS_DIR && !wants_dir)
		return redirect(a);
	if (fd->err == FIND_IS_DIR && a->mount->listing == LISTING_ON)
		return list_directory(a, -1, how);
	if (fd->err == FIND_IS_DIR)
		return refuse_access(a, not_listed);
	if (fd->err != 0)
		return refuse_found(a, fd);
	if (wants_dir && !fd->is_index)
		return refuse(a, 404, PXE_REASON_NOT_FOUND, NULL);
	f = fd->file;
	fd->file = NULL;
	return serve_file(a, f);
}

static enum answer serve_path(struct ask *a, bool wants_dir)
{
	struct worker *w = a->c->worker;
	struct file *f = NULL;
	int dir_fd = -1;
	int rc = files_open(&w->files, a->mount, &w->catalog->site.types, a->rest,
	    pxe_now_wall_s(&w->now), &f, &dir_fd);

	if (rc == FILES_IS_DIR && wants_dir)
		return serve_directory(a, dir_fd);
	if (rc == FILES_IS_DIR) {
		(void)close(dir_fd);
		return redirect(a);
	}
	if (rc != 0)
		return refuse_open(a, rc);
	if (wants_dir) { /* "file/" names nothing */
		files_release(&w->files, f);
		return refuse(a, 404, PXE_REASON_NOT_FOUND, NULL);
	}
	return serve_file(a, f);
}

/* Nothing is mounted at the path; maybe something is further down. */
static enum answer serve_way(struct ask *a, bool wants_dir)
{
	struct listing_how how = {0};

	if (!site_leads_on(a->host, a->path, &a->c->peer.ip))
		return refuse_missing(a);
	if (!wants_dir)
		return redirect(a);
	if (slice_is_set(a->rq->query))
		how = listing_how_parse(a->rq->query);
	a->rest = ".";
	return list_directory(a, -1, how);
}

static enum answer serve(struct ask *a)
{
	const struct source *src = NULL;
	bool wants_dir = false;
	int status = find_path(a);

	if (status != 0) {
		if (status != 404) {
			a->head.persist = HEAD_CLOSE;
			a->r->close = true;
		}
		return refuse(a, status,
		    status == 414   ? PXE_REASON_TOO_LARGE
		    : status == 404 ? PXE_REASON_NOT_FOUND
				    : PXE_REASON_BAD_PATH,
		    NULL);
	}
	a->host = site_host_find(&a->c->worker->catalog->site, a->rq->authority);
	wants_dir = strip_slash(a->path);
	a->mount = site_find(a->host, a->path, &a->rest);
	if (a->mount == NULL)
		return serve_way(a, wants_dir);
	if (!mount_admits(a->mount, &a->c->peer.ip))
		return refuse_access(a, "the mount's allow or deny keeps this address out");
	if (mount_hides(a->mount, a->rest))
		return refuse_access(a, "the name begins with a dot, and dotfiles is off");
	src = a->mount->source;
	if (src->auth != NULL) {
		enum answer kind = check_password(a);

		if (kind != ANSWER_SEND || a->r->status != 0)
			return kind;
	}
	return src->discs != NULL ? serve_image(a, wants_dir) : serve_path(a, wants_dir);
}

enum answer answer_request(struct conn *c, const struct request *rq, struct reply *r)
{
	struct worker *w = c->worker;
	struct ask a;

	a.c = c;
	a.rq = rq;
	a.r = r;
	a.out = pxe_text_init(w->out, WORKER_OUT_SIZE);
	a.head.date = w->date;
	a.is_head = rq->method == METHOD_HEAD;
	a.path[0] = '\0';
	begin_reply(c, r);
	note_request(r, rq);
	decide_close(&a);
	if (rq->method == METHOD_GET || rq->method == METHOD_HEAD)
		return serve(&a);
	if (rq->method != METHOD_OPTIONS)
		return refuse(&a, 405, PXE_REASON_BAD_METHOD, allow_line);
	head_body(&a.out, &a.head, 200, NULL, 0, allow_line);
	r->status = 200;
	return ask_finish(&a, 0);
}

static enum pxe_reason reason_of_status(int status)
{
	switch (status) {
	case 408:
		return PXE_REASON_TIMEOUT;
	case 413:
	case 414:
	case 431:
		return PXE_REASON_TOO_LARGE;
	case 501:
		return PXE_REASON_BAD_METHOD;
	default:
		return PXE_REASON_BAD_REQUEST;
	}
}

void answer_refuse(struct conn *c, int status, const struct request *rq, const char *p, size_t len,
    struct reply *r)
{
	struct worker *w = c->worker;
	struct pxe_text out = pxe_text_init(w->out, WORKER_OUT_SIZE);
	struct head head = {.date = w->date, .persist = HEAD_CLOSE};
	const char *end = memchr(p, '\r', len);
	bool html = rq != NULL && head_wants_html(rq);
	bool is_head = rq != NULL && rq->method == METHOD_HEAD;
	size_t body = 0;

	begin_reply(c, r);
	r->close = true;
	r->drop_input = true;
	r->status = status;
	r->reason = reason_of_status(status);
	if (rq != NULL)
		note_request(r, rq);
	if (!slice_is_set(r->note[REPLY_LINE]))
		r->note[REPLY_LINE] = (struct slice){p, end != NULL ? (size_t)(end - p) : len};
	body = head_error(&out, &head, status, html, is_head, NULL);
	r->head_len = out.len - body;
	r->mem[0] = (struct slice){out.p, out.len};
}

void answer_plain_on_tls(struct conn *c, const char *p, size_t len, struct reply *r)
{
	static const char body[] = "This port speaks HTTPS, not HTTP.\n";
	struct worker *w = c->worker;
	struct pxe_text out = {0};
	struct head head = {.date = w->date, .persist = HEAD_CLOSE};

	answer_refuse(c, 400, NULL, p, len, r);
	out = pxe_text_init(w->out, WORKER_OUT_SIZE);
	head_body(&out, &head, 400, "text/plain", sizeof(body) - 1, NULL);
	r->head_len = out.len;
	if (len < 5 || memcmp(p, "HEAD ", 5) != 0)
		pxe_text_add(&out, body);
	r->mem[0] = (struct slice){out.p, out.len};
}

void answer_listing(struct conn *c, struct reply *r, char *page, size_t len, const char *type,
    int err, bool is_head)
{
	struct worker *w = c->worker;
	struct pxe_text t = pxe_text_init(r->text, REPLY_TEXT_CAP);
	struct head h = {.date = w->date, .persist = r->persist};

	r->page = page;
	r->status = err == 0 ? 200 : err == -ENOMEM ? 503 : err == PXE_E_LIMIT ? 403 : 500;
	r->reason = err == 0             ? PXE_REASON_OK
		    : err == PXE_E_LIMIT ? PXE_REASON_FORBIDDEN
					 : PXE_REASON_IO_ERROR;
	if (err == 0) {
		head_body(&t, &h, 200, type, len,
		    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
		    "X-Content-Type-Options: nosniff\r\n");
		if (!is_head)
			r->mem[1] = (struct slice){page, len};
		r->size = len;
	} else {
		(void)head_error(&t, &h, r->status, false, is_head, NULL);
	}
	r->head_len = t.len;
	r->mem[0] = (struct slice){t.p, t.len};
}
