/* SPDX-License-Identifier: BSD-2-Clause */
/* store_load.c -- read the lease file at start. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dhcpd/store_impl.h"
#include "libpxecommon/base/err.h"

enum { LOCK_TRIES = 10 };

/* ---- entries that are not leases ---- */

static char *copy_of(struct pxe_bytes b)
{
	char *p = malloc(b.len + 1);

	if (p == NULL)
		return NULL;
	memcpy(p, b.p, b.len);
	p[b.len] = '\0';
	return p;
}

static void other_free(struct store_other *o)
{
	pxe_list_remove(&o->link);
	free(o->key);
	free(o->text);
	free(o);
}

static bool has_key(const struct store_other *o, struct pxe_bytes key)
{
	return o->key_len == key.len && memcmp(o->key, key.p, key.len) == 0;
}

int store_keep_other(struct store *s, const struct lease_entry *e)
{
	static const char generated[] = "authoring-byte-order";
	struct store_other *o = NULL;

	/* ours is written afresh */
	if (e->key.len == sizeof(generated) - 1 &&
	    pxe_memicmp(e->key.p, generated, e->key.len) == 0)
		return 0;
	PXE_LIST_FOREACH_SAFE (it, &s->others) {
		struct store_other *old = PXE_CONTAINER(it, struct store_other, link);

		if (has_key(old, e->key))
			other_free(old);
	}
	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return -ENOMEM;
	o->key = copy_of(e->key);
	o->text = copy_of(e->text);
	o->key_len = e->key.len;
	o->text_len = e->text.len;
	pxe_list_append(&s->others, &o->link);
	if (o->key == NULL || o->text == NULL) {
		other_free(o);
		return -ENOMEM;
	}
	return 0;
}

void store_free_others(struct store *s)
{
	while (!pxe_list_is_empty(&s->others))
		other_free(PXE_CONTAINER(s->others.next, struct store_other, link));
}

bool store_other_walk(const struct store *s, const void **cursor, struct pxe_bytes *out_key,
    struct pxe_bytes *out_text)
{
	const struct pxe_link *at = *cursor != NULL ? *cursor : &s->others;
	const struct store_other *o = PXE_CONTAINER(at->next, struct store_other, link);

	if (at->next == &s->others)
		return false;
	*cursor = &o->link;
	*out_key = (struct pxe_bytes){.p = (const uint8_t *)o->key, .len = o->key_len};
	*out_text = (struct pxe_bytes){.p = (const uint8_t *)o->text, .len = o->text_len};
	return true;
}

/* ---- reading ---- */

static void note_damage(struct store_report *r, const struct lease_entry *e)
{
	if (r->damaged++ == 0) {
		r->first_line = e->line;
		(void)snprintf(r->first_why, sizeof(r->first_why), "%s", e->why);
	}
	r->torn = e->torn && r->damaged == 1;
}

static int read_entries(const struct store_opts *opts, struct store *s, const char *text,
    size_t len, struct store_report *r)
{
	struct lease_reader *reader = malloc(sizeof(*reader));
	struct lease_entry e;
	int err = 0;

	if (reader == NULL)
		return -ENOMEM;
	lease_reader_init(reader, text, len);
	for (lease_reader_next(reader, &e); e.kind != LEASE_ENTRY_END && err == 0;
	     lease_reader_next(reader, &e)) {
		switch (e.kind) {
		case LEASE_ENTRY_LEASE:
			r->leases++;
			if (s != NULL)
				opts->ops->on_lease(opts->arg, &e.rec);
			break;
		case LEASE_ENTRY_IA:
			if (opts->ops->on_ia != NULL) {
				r->leases++;
				if (s != NULL)
					opts->ops->on_ia(opts->arg, e.ia);
				break;
			}
			/* fall through */
		case LEASE_ENTRY_OTHER:
			if (s != NULL && opts->ops->on_other != NULL &&
			    opts->ops->on_other(opts->arg, e.text))
				break;
			r->others++;
			if (s != NULL)
				err = store_keep_other(s, &e);
			break;
		case LEASE_ENTRY_DAMAGE:
			note_damage(r, &e);
			break;
		case LEASE_ENTRY_END:
			break;
		}
	}
	free(reader);
	return err;
}

static int read_file(
    const struct store_opts *opts, struct store *s, const char *path, struct store_report *r)
{
	struct stat st;
	void *text = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) != 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	if (err == 0)
		r->bytes = (uint64_t)st.st_size;
	if (err == 0 && st.st_size > 0) {
		text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (text == MAP_FAILED) {
			err = -errno;
		} else {
			err = read_entries(opts, s, text, (size_t)st.st_size, r);
			(void)munmap(text, (size_t)st.st_size);
		}
	}
	(void)close(fd);
	return err;
}

/* The rewrite that follows would leave nothing of what could not be read. */
static void save_damaged(struct store *s, struct store_report *r)
{
	char to[PATH_MAX];

	if (r->damaged == 0 || r->torn)
		return;
	if (snprintf(to, sizeof(to), "%s.damaged.%lld", s->path, (long long)time(NULL)) >=
	    (int)sizeof(to))
		return;
	if (link(s->path, to) == 0)
		(void)snprintf(r->saved_as, sizeof(r->saved_as), "%s", to);
}

int store_lock(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ? PXE_E_EXISTS : -errno;
}

/* Two servers on one file would each rename the other's journal away. The lock is on the file and
 * not on its name, so look whether the name still means it: its owner may have rewritten it between
 * our open and our lock. */
static int lock_file(struct store *s)
{
	struct stat held, named;
	int err = 0;

	for (int tries = 0; tries < LOCK_TRIES; tries++) {
		s->lock_fd = open(s->path, O_RDONLY | O_CLOEXEC);
		if (s->lock_fd < 0)
			return errno == ENOENT ? 0 : -errno;
		err = store_lock(s->lock_fd);
		if (err == 0 && fstat(s->lock_fd, &held) == 0 && stat(s->path, &named) == 0 &&
		    held.st_dev == named.st_dev && held.st_ino == named.st_ino)
			return 0;
		(void)close(s->lock_fd);
		s->lock_fd = -1;
		if (err != 0)
			return err;
	}
	return -EAGAIN;
}

int store_check(const struct store_opts *opts, struct store_report *out_report)
{
	memset(out_report, 0, sizeof(*out_report));
	return read_file(opts, NULL, opts->path, out_report);
}

static int set_paths(struct store *s, const char *path)
{
	char *slash = NULL;

	if (snprintf(s->path, sizeof(s->path), "%s", path) >= (int)sizeof(s->path))
		return -ENAMETOOLONG;
	memcpy(s->dir, s->path, sizeof(s->dir));
	slash = strrchr(s->dir, '/');
	if (slash == NULL)
		memcpy(s->dir, ".", 2);
	else if (slash == s->dir)
		slash[1] = '\0';
	else
		*slash = '\0';
	return 0;
}

int store_open(uv_loop_t *loop, const struct store_opts *opts, struct store_report *out_report,
    struct store **out)
{
	struct store *s = calloc(1, sizeof(*s));
	char backup[PATH_MAX];
	int err = 0;

	memset(out_report, 0, sizeof(*out_report));
	if (s == NULL)
		return -ENOMEM;
	s->loop = loop;
	s->opts = *opts;
	s->fd = s->lock_fd = -1;
	s->rewrite.fd = -1;
	pxe_list_init(&s->others);
	pxe_list_init(&s->waiting);
	pxe_list_init(&s->told);
	err = set_paths(s, opts->path);
	if (err == 0)
		err = lock_file(s);
	if (err == 0)
		err = read_file(opts, s, s->path, out_report);
	if (err == -ENOENT) {
		out_report->is_new = true;
		(void)snprintf(backup, sizeof(backup), "%s~", s->path);
		err = read_file(opts, s, backup, out_report);
		out_report->from_backup = err == 0;
		err = err == -ENOENT ? 0 : err;
	}
	if (err != 0) {
		store_free(s);
		return err;
	}
	save_damaged(s, out_report);
	*out = s;
	return 0;
}
