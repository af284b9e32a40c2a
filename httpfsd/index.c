/* SPDX-License-Identifier: BSD-2-Clause */
/* index.c -- see index.h. */
#include "httpfsd/index.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "httpfsd/discs.h"
#include "httpfsd/find.h"
#include "libpxecommon/base/arena.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

static int add_entry(
    struct index *ix, const char *name, uint64_t size, int64_t mtime_s, bool is_dir)
{
	struct listing_entry *e = NULL;

	if (ix->n == ix->cap) {
		size_t cap = ix->cap > 0 ? 2 * ix->cap : 64;
		struct listing_entry *grown = reallocarray(ix->entry, cap, sizeof(*grown));

		if (grown == NULL)
			return -ENOMEM;
		ix->entry = grown;
		ix->cap = cap;
	}
	e = &ix->entry[ix->n];
	e->name = pxe_arena_strdup(ix->arena, name);
	if (e->name == NULL)
		return -ENOMEM;
	e->size = is_dir ? 0 : size;
	e->mtime_s = mtime_s;
	e->is_dir = is_dir;
	ix->n++;
	return 0;
}

static int add_stat(struct index *ix, const char *name, const struct stat *st)
{
	return add_entry(ix, name, (uint64_t)st->st_size, st->st_mtim.tv_sec, S_ISDIR(st->st_mode));
}

/* What the mount would serve under that name; false: nothing. */
static bool stat_entry(const struct index *ix, const char *name, struct stat *st)
{
	const struct source *src = ix->mount->source;
	char path[8192];
	int fd = -1;

	if (fstatat(ix->dir_fd, name, st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	if (!S_ISLNK(st->st_mode))
		return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode);
	if (src->symlinks == PXE_SYMLINKS_NONE)
		return false;
	if (snprintf(path, sizeof(path), "%s/%s", ix->path, name) >= (int)sizeof(path))
		return false;
	fd = pxe_root_open_read(&src->root, path, src->symlinks, st);
	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

static int read_entries(struct index *ix, DIR *d, size_t max)
{
	const struct dirent *e = NULL;
	struct stat st;
	int err = 0;

	while (err == 0 && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    mount_hides(ix->mount, e->d_name) || !stat_entry(ix, e->d_name, &st))
			continue;
		err = ix->n < max ? add_stat(ix, e->d_name, &st) : PXE_E_LIMIT;
	}
	return err;
}

static bool has_entry(const struct index *ix, const char *name)
{
	for (size_t i = 0; i < ix->n; i++) {
		if (strcmp(ix->entry[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Is m, which adds this component, to be listed. A directory that is only on the way to a mount is
 * listed where nothing is mounted: elsewhere it is there, or not, by itself. */
static bool is_listed(const struct index *ix, const struct mount *m, const char *name, size_t len)
{
	if (ix->mount == NULL)
		return m->listing == LISTING_ON && mount_admits(m, &ix->client);
	return name[len] == '\0' && mount_admits(m, &ix->client);
}

/* Mounts below this directory are there for clients, so they are listed. */
static int add_mounts(struct index *ix)
{
	int err = 0;

	for (size_t i = 0; i < ix->host->nmount && err == 0; i++) {
		const struct mount *m = &ix->host->mount[i];
		const struct source *src = m->source;
		struct stat st = {.st_mode = S_IFDIR};
		size_t len = 0;
		const char *name = mount_below(m, ix->shown, &len);
		char text[256];

		if (name == NULL || len >= sizeof(text) || !is_listed(ix, m, name, len))
			continue;
		memcpy(text, name, len);
		text[len] = '\0';
		if (has_entry(ix, text) ||
		    (src->kind == SOURCE_DIR ? fstat(src->root.fd, &st)
					     : stat(src->root.path, &st)) != 0)
			continue;
		err = add_entry(ix, text, 0, st.st_mtim.tv_sec, true);
	}
	return err;
}

static int write_page(struct index *ix)
{
	struct pxe_text t = {0};
	size_t bound = 0;
	char *fitting = NULL;

	listing_sort(ix->entry, ix->n, &ix->how);
	bound = listing_bound(ix->shown, ix->entry, ix->n);
	ix->page = malloc(bound);
	if (ix->page == NULL)
		return -ENOMEM;
	t = pxe_text_init(ix->page, bound);
	listing_write(&t, ix->shown, ix->entry, ix->n, &ix->how);
	ix->page_len = t.len;
	fitting = realloc(ix->page, t.len > 0 ? t.len : 1); /* the bound was generous */
	if (fitting != NULL)
		ix->page = fitting;
	return 0;
}

static int read_directory(struct index *ix, size_t max)
{
	DIR *d = fdopendir(ix->dir_fd);
	int err = 0;

	if (d == NULL)
		return -errno;
	err = read_entries(ix, d, max);
	(void)closedir(d); /* and dir_fd with it */
	ix->dir_fd = -1;
	return err;
}

/* The folder of images: each that can be served is a directory. */
static int read_folder(struct index *ix, struct discs *ds, size_t max)
{
	struct disc *d = NULL;
	int err = 0;

	for (size_t i = 0; err == 0 && (d = discs_at(ds, i)) != NULL; i++) {
		if (d->err == 0 && !mount_hides(ix->mount, d->name))
			err = ix->n < max ? add_entry(ix, d->name, 0,
						d->image->id.mtime_ns / 1000000000, true)
					  : PXE_E_LIMIT;
		disc_unref(d);
	}
	return err;
}

/* What a link in the directory at path leads to. */
static bool follow(const struct index *ix, struct disc *d, const char *path, const char *name,
    struct pxe_iso_node *node)
{
	const struct source *src = ix->mount->source;
	char full[8192];

	if (node->kind != PXE_ISO_LINK)
		return true;
	if (snprintf(full, sizeof(full), "%s/%s", path, name) >= (int)sizeof(full))
		return false;
	if (strcmp(path, ".") == 0)
		(void)snprintf(full, sizeof(full), "%s", name);
	return pxe_iso_lookup(d->iso, full, src->disc_links, true, node) == 0;
}

static int add_iso_entry(
    struct index *ix, struct disc *d, const char *path, struct pxe_iso_entry *e, size_t max)
{
	bool is_dir = false;

	if (mount_hides(ix->mount, e->name) || !follow(ix, d, path, e->name, &e->node))
		return 0;
	is_dir = e->node.kind == PXE_ISO_DIR;
	if (!is_dir && e->node.kind != PXE_ISO_FILE)
		return 0;
	return ix->n < max ? add_entry(ix, e->name, e->node.size, e->node.mtime_s, is_dir)
			   : PXE_E_LIMIT;
}

/* Under the disc's lock. A damaged entry is left out, and said. */
static int read_iso(struct index *ix, struct disc *d, const char *path, size_t max)
{
	static struct pxe_log_limit limit = PXE_LOG_LIMIT(1, 10);
	const struct source *src = ix->mount->source;
	struct pxe_iso_node dir;
	struct pxe_iso_cursor at;
	struct pxe_iso_entry e;
	int err = pxe_iso_lookup(d->iso, path, src->disc_links, true, &dir), rc = 0;

	if (err == 0)
		err = pxe_iso_dir_start(d->iso, &dir, &at);
	while (err == 0 && (rc = pxe_iso_dir_next(d->iso, &at, &e)) != 0) {
		if (rc > 0)
			err = add_iso_entry(ix, d, path, &e, max);
		else if (rc <= -4096) /* PXE_E_*: of the entry */
			pxe_log_limited(&limit, PXE_LOG_WARNING,
			    "image %s: an entry of \"%s\" is left out: %s", d->name, path,
			    pxe_iso_why(d->iso));
		else
			err = rc;
	}
	return err;
}

static int read_image(struct index *ix, size_t max)
{
	const struct source *src = ix->mount->source;
	const char *inner = NULL;
	struct disc *d = NULL;
	char why[FIND_WHY_MAX];
	int err = find_disc(ix->mount, ix->path, &d, &inner, why);

	if (err == FIND_IS_DIR)
		return read_folder(ix, src->discs, max);
	if (err != 0)
		return err;
	uv_mutex_lock(&d->lock);
	err = read_iso(ix, d, inner, max);
	uv_mutex_unlock(&d->lock);
	disc_unref(d);
	return err;
}

void index_run(struct index *ix)
{
	const struct source *src = ix->mount != NULL ? ix->mount->source : NULL;
	size_t max = (size_t)ix->catalog->conf.limits.listing_entries;

	ix->arena = pxe_arena_new();
	if (ix->arena == NULL)
		ix->err = -ENOMEM;
	else if (src != NULL)
		ix->err = src->kind == SOURCE_DIR ? read_directory(ix, max) : read_image(ix, max);
	if (ix->err == 0)
		ix->err = add_mounts(ix);
	if (ix->err == 0)
		ix->err = write_page(ix);
	if (ix->dir_fd >= 0)
		(void)close(ix->dir_fd);
	ix->dir_fd = -1;
	pxe_arena_free(ix->arena);
	free(ix->entry);
}
