/* SPDX-License-Identifier: BSD-2-Clause */
/* job.c -- see job.h. */
#include "httpfsd/job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "httpfsd/answer.h"
#include "libpxecommon/base/arena.h"
#include "libpxecommon/base/err.h"

enum { READ_AHEAD_MAX = 4 << 20, READ_NOW = 64 << 10 };

struct listing_job {
	int dir_fd;
	const struct site_host *host;
	const struct mount *mount;
	struct listing_how how;
	bool is_head;
	char *path, *shown;
	struct pxe_arena *arena;
	struct listing_entry *entry;
	size_t n, cap;
	char *page;
	size_t page_len;
	int err;
};

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
		struct listing_job listing;
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

static int add_entry(struct listing_job *l, const char *name, const struct stat *st)
{
	struct listing_entry *e = NULL;

	if (l->n == l->cap) {
		size_t cap = l->cap > 0 ? 2 * l->cap : 64;
		struct listing_entry *grown = reallocarray(l->entry, cap, sizeof(*grown));

		if (grown == NULL)
			return -ENOMEM;
		l->entry = grown;
		l->cap = cap;
	}
	e = &l->entry[l->n];
	e->name = pxe_arena_strdup(l->arena, name);
	if (e->name == NULL)
		return -ENOMEM;
	e->size = S_ISDIR(st->st_mode) ? 0 : (uint64_t)st->st_size;
	e->mtime_s = st->st_mtim.tv_sec;
	e->is_dir = S_ISDIR(st->st_mode);
	l->n++;
	return 0;
}

/* What the mount would serve under that name; false: nothing. */
static bool stat_entry(const struct listing_job *l, const char *name, struct stat *st)
{
	const struct source *src = l->mount->source;
	char path[8192];
	int fd = -1;

	if (fstatat(l->dir_fd, name, st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	if (!S_ISLNK(st->st_mode))
		return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode);
	if (src->symlinks == PXE_SYMLINKS_NONE)
		return false;
	if (snprintf(path, sizeof(path), "%s/%s", l->path, name) >= (int)sizeof(path))
		return false;
	fd = pxe_root_open_read(&src->root, path, src->symlinks, st);
	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

static int read_entries(struct listing_job *l, DIR *d, size_t max)
{
	const struct dirent *e = NULL;
	struct stat st;
	int err = 0;

	while (err == 0 && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    mount_hides(l->mount, e->d_name) || !stat_entry(l, e->d_name, &st))
			continue;
		err = l->n < max ? add_entry(l, e->d_name, &st) : PXE_E_LIMIT;
	}
	return err;
}

static bool has_entry(const struct listing_job *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->entry[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Mounts right below this directory are there for clients, so they are listed. */
static int add_mounts(struct listing_job *l)
{
	size_t len = strlen(l->shown);
	int err = 0;

	for (size_t i = 0; i < l->host->nmount && err == 0; i++) {
		const struct mount *m = &l->host->mount[i];
		const char *name = m->prefix + len + (len > 0 ? 1 : 0);
		struct stat st = {.st_mode = S_IFDIR};
		const struct source *src = m->source;

		if (m->prefix_len <= len || strncmp(m->prefix, l->shown, len) != 0 ||
		    (len > 0 && m->prefix[len] != '/') || strchr(name, '/') != NULL ||
		    has_entry(l, name))
			continue;
		if (fstat(src->root.fd, &st) == 0)
			err = add_entry(l, name, &st);
	}
	return err;
}

static int write_page(struct listing_job *l)
{
	struct pxe_text t = {0};
	size_t bound = 0;
	char *fitting = NULL;

	listing_sort(l->entry, l->n, &l->how);
	bound = listing_bound(l->shown, l->entry, l->n);
	l->page = malloc(bound);
	if (l->page == NULL)
		return -ENOMEM;
	t = pxe_text_init(l->page, bound);
	listing_write(&t, l->shown, l->entry, l->n, &l->how);
	l->page_len = t.len;
	fitting = realloc(l->page, t.len > 0 ? t.len : 1); /* the bound was generous */
	if (fitting != NULL)
		l->page = fitting;
	return 0;
}

static void run_listing(struct job *job)
{
	struct listing_job *l = &job->listing;
	DIR *d = NULL;

	l->arena = pxe_arena_new();
	if (l->arena == NULL) {
		l->err = -ENOMEM;
		return;
	}
	d = fdopendir(l->dir_fd);
	if (d == NULL) {
		l->err = -errno;
		return;
	}
	l->err = read_entries(l, d, (size_t)job->catalog->conf.limits.listing_entries);
	if (l->err == 0)
		l->err = add_mounts(l);
	if (l->err == 0)
		l->err = write_page(l);
	(void)closedir(d);
	l->dir_fd = -1;
}

static void done_listing(struct job *job)
{
	struct listing_job *l = &job->listing;

	if (l->dir_fd >= 0)
		(void)close(l->dir_fd);
	pxe_arena_free(l->arena);
	free(l->entry);
	free(l->path);
	free(l->shown);
	if (job->c->reply != NULL)
		answer_listing(job->c, job->c->reply, l->page, l->page_len,
		    listing_type(l->how.format), l->err, l->is_head);
	else
		free(l->page);
}

int job_listing(struct conn *c, int dir_fd, const struct site_host *host, const struct mount *m,
    const char *path, const char *shown_path, struct listing_how how, bool is_head)
{
	struct job *job = new_job(c, 0, run_listing, done_listing);
	struct listing_job *l = job != NULL ? &job->listing : NULL;
	int err = -ENOMEM;

	if (job == NULL) {
		(void)close(dir_fd);
		return err;
	}
	l->dir_fd = dir_fd;
	l->host = host;
	l->mount = m;
	l->how = how;
	l->is_head = is_head;
	l->path = strdup(path);
	l->shown = strdup(strcmp(shown_path, ".") == 0 ? "" : shown_path);
	/* uv_queue_work fails for a bad argument only */
	if (l->path != NULL && l->shown != NULL)
		return start(job);
	free(l->path);
	free(l->shown);
	(void)close(dir_fd);
	catalog_unref(job->catalog);
	free(job);
	return err;
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
