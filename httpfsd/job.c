/* SPDX-License-Identifier: BSD-2-Clause */
/* job.c -- see job.h. */
#include "httpfsd/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "httpfsd/answer.h"
#include "httpfsd/find.h"
#include "httpfsd/index.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"

enum { READ_AHEAD_MAX = 4 << 20, READ_NOW = 64 << 10 };

struct job {
	uv_work_t req;
	struct conn *c;
	struct catalog *catalog; /* what it uses stays */
	void (*run)(struct job *job);
	void (*done)(struct job *job); /* on the worker's thread, before conn_job_done */
	union {
		struct {
			int fd;
			uint64_t off, len;
		} read;
		struct {
			struct index index;
			bool is_head;
		} listing;
		struct find find;
		struct fill fill;
		struct {
			const struct auth *auth;
			struct slice field;
			bool ok;
		} auth;
	};
};

static void on_work(uv_work_t *req)
{
	struct job *job = PXE_CONTAINER(req, struct job, req);

	job->run(job);
}

static void on_done(uv_work_t *req, int status)
{
	struct job *job = PXE_CONTAINER(req, struct job, req);
	struct conn *c = job->c;

	(void)status; /* never cancelled */
	worker_update_time(c->worker);
	job->done(job);
	catalog_unref(job->catalog);
	free(job);
	conn_job_done(c);
}

static struct job *new_job(
    struct conn *c, size_t more, void (*run)(struct job *job), void (*done)(struct job *job))
{
	struct job *job = calloc(1, sizeof(*job) + more);

	if (job == NULL)
		return NULL;
	job->c = c;
	job->run = run;
	job->done = done;
	job->catalog = catalog_ref(c->worker->catalog);
	return job;
}

static int start(struct job *job)
{
	int err = uv_queue_work(&job->c->worker->loop, &job->req, on_work, on_done);

	if (err == 0) {
		job->c->job = job;
		return 0;
	}
	catalog_unref(job->catalog);
	free(job);
	return err;
}

/* Start the disk on the next megabytes and wait for the first of them. */
static void run_read(struct job *job)
{
	char buf[READ_NOW];
	size_t ahead = job->read.len < READ_AHEAD_MAX ? (size_t)job->read.len : READ_AHEAD_MAX;
	size_t now = ahead < sizeof(buf) ? ahead : sizeof(buf);

	(void)readahead(job->read.fd, (off_t)job->read.off, ahead);
	/* What goes wrong shows again when the bytes are wanted. */
	(void)!pread(job->read.fd, buf, now, (off_t)job->read.off);
}

static void done_read(struct job *job)
{
	struct conn *c = job->c;

	if (c->reply != NULL)
		c->reply->warm = true;
}

int job_read_ahead(struct conn *c, int fd, uint64_t off, uint64_t len)
{
	struct job *job = new_job(c, 0, run_read, done_read);

	if (job == NULL)
		return -ENOMEM;
	job->read.fd = fd;
	job->read.off = off;
	job->read.len = len;
	stat_add(c->worker->stat, STAT_COLD, 1);
	return start(job);
}

static void run_listing(struct job *job)
{
	index_run(&job->listing.index);
}

static void done_listing(struct job *job)
{
	struct index *ix = &job->listing.index;

	if (job->c->reply != NULL)
		answer_listing(job->c, job->c->reply, ix->page, ix->page_len,
		    listing_type(ix->how.format), ix->err, job->listing.is_head);
	else
		free(ix->page);
}

/* Two texts behind the job. */
static char *put_text(char **at, const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = memcpy(*at, s, n);

	*at += n;
	return p;
}

int job_listing(struct conn *c, int dir_fd, const struct site_host *host, const struct mount *m,
    const char *path, const char *shown_path, struct listing_how how, bool is_head)
{
	const char *shown = strcmp(shown_path, ".") == 0 ? "" : shown_path;
	struct job *job = new_job(c, strlen(path) + strlen(shown) + 2, run_listing, done_listing);
	char *at = (char *)(job + 1);

	if (job == NULL) {
		if (dir_fd >= 0)
			(void)close(dir_fd);
		return -ENOMEM;
	}
	job->listing.is_head = is_head;
	job->listing.index = (struct index){.catalog = job->catalog,
	    .host = host,
	    .mount = m,
	    .client = c->peer.ip,
	    .how = how,
	    .dir_fd = dir_fd,
	    .path = put_text(&at, path),
	    .shown = put_text(&at, shown)};
	/* uv_queue_work fails for a bad argument only */
	return start(job);
}

static void run_find(struct job *job)
{
	find_run(&job->find);
}

static void name_found(const struct find *f, char *buf, size_t cap)
{
	if (f->name == f->path)
		(void)pxe_str_copy(buf, cap, f->path);
	else
		(void)snprintf(buf, cap, "%s%s%s", strcmp(f->path, ".") == 0 ? "" : f->path,
		    strcmp(f->path, ".") == 0 ? "" : "/", f->name);
}

static void done_find(struct job *job)
{
	struct find *f = &job->find;
	struct conn *c = job->c;
	struct worker *w = c->worker;
	struct found *fd = calloc(1, sizeof(*fd));
	char path[4096 + 256];

	if (fd == NULL) {
		disc_unref(f->disc);
		c->doomed = true;
		return;
	}
	fd->catalog = catalog_ref(job->catalog);
	fd->err = f->err;
	fd->is_index = f->name != f->path;
	(void)pxe_str_copy(fd->why, sizeof(fd->why), f->why);
	if (f->err == 0) {
		name_found(f, path, sizeof(path));
		fd->file = files_add_image(&w->files, f->mount, &job->catalog->site.types, path,
		    pxe_now_wall_s(&w->now), f->disc, &f->node, w->catalog == job->catalog);
		fd->err = fd->file != NULL ? 0 : -ENOMEM;
	}
	c->found = fd;
}

int job_find(struct conn *c, const struct mount *m, const char *path, bool wants_index)
{
	struct job *job = new_job(c, strlen(path) + 1, run_find, done_find);
	char *at = (char *)(job + 1);

	if (job == NULL)
		return -ENOMEM;
	job->find.mount = m;
	job->find.path = put_text(&at, path);
	job->find.wants_index = wants_index;
	return start(job);
}

static void run_fill(struct job *job)
{
	fill_run(&job->fill);
}

/* It is for one machine and one moment: nobody may keep it. */
static struct file *make_file(const struct fill *f, const struct catalog *cat, int64_t now_s)
{
	struct object_facts facts = {.size = f->size,
	    .id = f->hash[0],
	    .sub_id = f->hash[1],
	    .mtime_s = OBJECT_NO_DATE,
	    .type = types_of(&cat->site.types, f->path),
	    .cache_control = "no-store"};

	return files_make(f->fd, f->path, &facts, now_s);
}

static void done_fill(struct job *job)
{
	struct fill *f = &job->fill;
	struct conn *c = job->c;
	struct found *fd = calloc(1, sizeof(*fd));

	if (fd == NULL) {
		if (f->err == 0)
			(void)close(f->fd);
		c->doomed = true;
		return;
	}
	fd->catalog = catalog_ref(job->catalog);
	fd->err = f->err;
	(void)pxe_str_copy(fd->why, sizeof(fd->why), f->why);
	if (f->err == 0) {
		fd->file = make_file(f, job->catalog, pxe_now_wall_s(&c->worker->now));
		fd->err = fd->file != NULL ? 0 : -ENOMEM;
	}
	c->found = fd;
}

int job_fill(struct conn *c, const struct mount *m, const char *path, const struct request *rq)
{
	struct job *job = new_job(c, strlen(path) + 1, run_fill, done_fill);
	char *at = (char *)(job + 1);

	if (job == NULL)
		return -ENOMEM;
	job->fill.catalog = job->catalog;
	job->fill.mount = m;
	job->fill.path = put_text(&at, path);
	fill_who_init(&job->fill.who, rq, &c->peer.ip);
	return start(job);
}

void found_free(struct conn *c)
{
	struct found *fd = c->found;

	if (fd == NULL)
		return;
	c->found = NULL;
	files_release(&c->worker->files, fd->file);
	catalog_unref(fd->catalog);
	free(fd);
}

static void run_auth(struct job *job)
{
	job->auth.ok = auth_verify(job->auth.auth, job->auth.field);
}

static void done_auth(struct job *job)
{
	struct worker *w = job->c->worker;

	w->auth_jobs--;
	if (!job->auth.ok)
		job->c->auth_failed = true;
	else if (w->catalog == job->catalog) /* else it was another's password file */
		auth_cache_add(&w->auth_cache, job->auth.auth, job->auth.field);
	explicit_bzero((void *)(uintptr_t)job->auth.field.p, job->auth.field.len);
}

int job_auth(struct conn *c, const struct auth *a, struct slice field)
{
	struct job *job = new_job(c, field.len, run_auth, done_auth);
	char *copy = (char *)(job + 1);

	if (job == NULL)
		return -ENOMEM;
	memcpy(copy, field.p, field.len);
	job->auth.auth = a;
	job->auth.field = (struct slice){copy, field.len};
	c->worker->auth_jobs++;
	if (start(job) == 0)
		return 0;
	c->worker->auth_jobs--;
	return -ENOMEM;
}
