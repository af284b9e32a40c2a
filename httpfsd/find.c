/* SPDX-License-Identifier: BSD-2-Clause */
/* find.c -- see find.h. */
#include "httpfsd/find.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"

enum { PATH_CAP = 4096 };

int find_disc(const struct mount *m, const char *path, struct disc **out_disc,
    const char **out_inner, char why[FIND_WHY_MAX])
{
	const struct source *src = m->source;
	const char *inner = path;
	struct disc *d = NULL;
	char name[256];
	int err = 0;

	if (discs_is_folder(src->discs)) {
		size_t len = strcspn(path, "/");

		if (strcmp(path, ".") == 0)
			return FIND_IS_DIR;
		if (len >= sizeof(name))
			return -ENOENT;
		memcpy(name, path, len);
		name[len] = '\0';
		inner = path[len] == '\0' ? "." : path + len + 1;
	}
	err = discs_get(src->discs, name, &d);
	if (err != 0)
		return err;
	if (d->err != 0) {
		(void)snprintf(why, FIND_WHY_MAX, "image cannot be served: %s", d->why);
		err = d->err;
		disc_unref(d);
		return err;
	}
	*out_disc = d;
	*out_inner = inner;
	return 0;
}

/* Under the disc's lock. */
static int look_up(struct find *f, struct disc *d, const char *path)
{
	const struct source *src = f->mount->source;
	struct pxe_iso_node node;
	int err = 0;

	uv_mutex_lock(&d->lock);
	err = pxe_iso_lookup(d->iso, path, src->disc_links, true, &node);
	if (err != 0)
		(void)pxe_str_copy(f->why, sizeof(f->why), pxe_iso_why(d->iso));
	uv_mutex_unlock(&d->lock);
	if (err != 0)
		return err == PXE_E_NOTFOUND ? -ENOENT : err;
	if (node.mtime_s == 0)
		node.mtime_s = pxe_iso_info(d->iso)->mtime_s;
	f->node = node;
	if (node.kind == PXE_ISO_DIR)
		return FIND_IS_DIR;
	if (node.kind != PXE_ISO_FILE)
		return PXE_E_DENIED;
	if (node.zisofs) {
		(void)pxe_str_copy(f->why, sizeof(f->why),
		    "the file is compressed with zisofs, which is not unpacked here");
		return PXE_E_UNSUPPORTED;
	}
	return 0;
}

/* The first index file that is there, or still the directory. */
static int look_for_index(struct find *f, struct disc *d, const char *inner)
{
	char path[PATH_CAP];
	bool in_root = strcmp(inner, ".") == 0;

	for (size_t i = 0; i < f->mount->nindex; i++) {
		int err = 0;

		if (snprintf(path, sizeof(path), "%s%s%s", in_root ? "" : inner, in_root ? "" : "/",
			f->mount->index[i]) >= (int)sizeof(path))
			continue;
		err = look_up(f, d, path);
		f->name = f->mount->index[i];
		/* A directory with a damaged entry cannot say that a name is not there; it is
		 * listed all the same, which says what is damaged. */
		if (err != -ENOENT && err != FIND_IS_DIR && err != PXE_E_CORRUPT &&
		    err != PXE_E_TRUNC)
			return err;
	}
	f->name = f->path;
	f->why[0] = '\0';
	return FIND_IS_DIR;
}

void find_run(struct find *f)
{
	const char *inner = NULL;
	struct disc *d = NULL;

	f->name = f->path;
	f->err = find_disc(f->mount, f->path, &d, &inner, f->why);
	if (f->err != 0)
		return;
	f->err = look_up(f, d, inner);
	if (f->err == FIND_IS_DIR && f->wants_index)
		f->err = look_for_index(f, d, inner);
	if (f->err == 0)
		f->disc = d;
	else
		disc_unref(d);
}
