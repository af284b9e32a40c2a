/* SPDX-License-Identifier: BSD-2-Clause */
/* discs.c -- see discs.h. */
#include "httpfsd/discs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/image_dir.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/sandbox.h"

enum { RESCAN_S = 60 };

struct discs {
	uv_mutex_t lock; /* of v and n */
	struct pxe_hash_seed seed;
	struct pxe_image_dir *watch;
	char *path; /* of the single image or the folder */
	bool is_folder;
	struct disc **v;
	size_t n;
};

/* A name for the log: a stranger may have chosen it. */
static const char *shown(const char *s, size_t len, char *buf, size_t cap)
{
	struct pxe_text t = pxe_text_init(buf, cap);

	pxe_text_add_escaped(&t, s, len);
	return buf;
}

static void log_disc(const struct disc *d)
{
	char name[512], label[160];
	const struct pxe_iso_info *info = NULL;

	(void)shown(d->name, strlen(d->name), name, sizeof(name));
	if (d->err != 0) {
		pxe_log_error("image %s cannot be served: %s", name, d->why);
		return;
	}
	info = pxe_iso_info(d->iso);
	pxe_log_notice("serving image %s, \"%s\"", name,
	    shown(info->label, strlen(info->label), label, sizeof(label)));
	for (unsigned bit = 1; bit != 0 && bit <= info->notes; bit <<= 1) {
		if ((info->notes & bit) != 0)
			pxe_log_warning("image %s: %s", name, pxe_iso_note_text(bit));
	}
}

/* Takes over the reference to image. NULL when out of memory. */
static struct disc *new_disc(
    const struct discs *ds, struct pxe_image *image, const char *name, bool by_name)
{
	size_t len = strlen(name);
	struct disc *d = calloc(1, sizeof(*d) + len + 1);
	struct pxe_iso_source src = {pxe_image_read, image, image->id.size};
	struct pxe_iso_opts opts = {.seed = ds->seed};

	if (d == NULL || uv_mutex_init(&d->lock) != 0) {
		pxe_image_unref(image);
		free(d);
		return NULL;
	}
	d->image = image;
	d->refs = 1;
	d->by_name = by_name;
	memcpy(d->name, name, len + 1);
	d->err = pxe_iso_new(&src, &opts, &d->iso, d->why, sizeof(d->why));
	if (d->err != 0 && d->why[0] == '\0')
		(void)pxe_str_copy(d->why, sizeof(d->why), pxe_strerror(d->err));
	log_disc(d);
	return d;
}

struct disc *disc_ref(struct disc *d)
{
	(void)__atomic_add_fetch(&d->refs, 1, __ATOMIC_RELAXED);
	return d;
}

void disc_unref(struct disc *d)
{
	if (d == NULL || __atomic_sub_fetch(&d->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	pxe_iso_free(d->iso);
	pxe_image_unref(d->image);
	uv_mutex_destroy(&d->lock);
	free(d);
}

bool disc_is_current(const struct disc *d)
{
	if (d->by_name)
		return pxe_image_is_at(d->image, AT_FDCWD, d->name);
	return !__atomic_load_n(&d->is_gone, __ATOMIC_ACQUIRE) && pxe_image_is_unchanged(d->image);
}

static struct discs *new_discs(const char *path, bool is_folder)
{
	struct discs *ds = calloc(1, sizeof(*ds));

	if (ds == NULL)
		return NULL;
	ds->is_folder = is_folder;
	ds->path = strdup(path);
	if (ds->path == NULL || uv_mutex_init(&ds->lock) != 0) {
		free(ds->path);
		free(ds);
		return NULL;
	}
	if (getrandom(&ds->seed, sizeof(ds->seed), 0) != sizeof(ds->seed)) {
		discs_free(ds);
		return NULL;
	}
	return ds;
}

static int complain(struct pxe_diag *diag, const char *what, const char *path, const char *why)
{
	pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL, "cannot serve %s %s: %s", what,
	    path, why);
	return PXE_E_CONFIG;
}

static bool add(struct discs *ds, struct disc *d)
{
	struct disc **grown = reallocarray(ds->v, ds->n + 1, sizeof(struct disc *));

	if (grown == NULL)
		return false;
	ds->v = grown;
	ds->v[ds->n++] = d;
	return true;
}

static void remove_at(struct discs *ds, size_t i)
{
	__atomic_store_n(&ds->v[i]->is_gone, true, __ATOMIC_RELEASE);
	disc_unref(ds->v[i]);
	memmove(&ds->v[i], &ds->v[i + 1], (ds->n - i - 1) * sizeof(struct disc *));
	ds->n--;
}

/* The single image as it is now. Under the lock. */
static int reopen(struct discs *ds)
{
	struct pxe_image *image = NULL;
	struct disc *d = NULL;
	int err = pxe_image_open(AT_FDCWD, ds->path, &image);

	if (err != 0 && ds->n > 0)
		pxe_log_warning("image %s is gone: %s", ds->path, pxe_strerror(err));
	if (ds->n > 0)
		remove_at(ds, 0);
	if (err != 0)
		return err;
	d = new_disc(ds, image, ds->path, true);
	if (d != NULL && add(ds, d))
		return 0;
	disc_unref(d);
	return -ENOMEM;
}

int discs_open_image(const char *path, struct discs **out, struct pxe_diag *diag)
{
	struct discs *ds = new_discs(path, false);
	int err = -ENOMEM;

	if (ds == NULL)
		return complain(diag, "image", path, pxe_strerror(pxe_sandbox_why(err, path)));
	err = reopen(ds);
	if (err == 0 && ds->v[0]->err != 0)
		err = complain(diag, "image", path, ds->v[0]->why);
	else if (err != 0)
		err = complain(diag, "image", path, pxe_strerror(err));
	if (err != 0)
		discs_free(ds);
	else
		*out = ds;
	return err;
}

static size_t find(const struct discs *ds, const char *name)
{
	size_t i = 0;

	while (i < ds->n && strcmp(ds->v[i]->name, name) != 0)
		i++;
	return i;
}

static void on_gone(struct discs *ds, const char *name)
{
	char text[512];
	size_t i = 0;

	uv_mutex_lock(&ds->lock);
	i = find(ds, name);
	if (i < ds->n)
		remove_at(ds, i);
	uv_mutex_unlock(&ds->lock);
	pxe_log_notice("image %s is gone", shown(name, strlen(name), text, sizeof(text)));
}

static void on_new(struct discs *ds, const char *name, struct pxe_image *image)
{
	struct disc *d = new_disc(ds, pxe_image_ref(image), name, false);
	bool ok = false;

	uv_mutex_lock(&ds->lock);
	ok = d != NULL && add(ds, d);
	uv_mutex_unlock(&ds->lock);
	if (ok)
		return;
	pxe_log_error("no memory for another image");
	disc_unref(d);
}

static void on_change(
    enum pxe_image_change change, const char *name, struct pxe_image *image, int err, void *arg)
{
	char text[512];

	if (change == PXE_IMAGE_NEW)
		on_new(arg, name, image);
	else if (change == PXE_IMAGE_GONE)
		on_gone(arg, name);
	else
		pxe_log_error("image %s cannot be served: %s",
		    shown(name, strlen(name), text, sizeof(text)), pxe_strerror(err));
}

int discs_open_folder(uv_loop_t *loop, const char *path, struct discs **out, struct pxe_diag *diag)
{
	struct discs *ds = new_discs(path, true);
	int err = ds == NULL ? -ENOMEM : 0;

	if (err == 0 && loop != NULL)
		err = pxe_image_dir_open(loop, path, ".iso", RESCAN_S, on_change, ds, &ds->watch);
	else if (err == 0 && access(path, R_OK | X_OK) != 0)
		err = -errno;
	if (err != 0) {
		discs_free(ds);
		return complain(
		    diag, "folder of images", path, pxe_strerror(pxe_sandbox_why(err, path)));
	}
	*out = ds;
	return 0;
}

void discs_unwatch(struct discs *ds)
{
	if (ds == NULL)
		return;
	pxe_image_dir_close(ds->watch);
	ds->watch = NULL;
}

void discs_free(struct discs *ds)
{
	if (ds == NULL)
		return;
	while (ds->n > 0)
		disc_unref(ds->v[--ds->n]);
	uv_mutex_destroy(&ds->lock);
	free(ds->v);
	free(ds->path);
	free(ds);
}

bool discs_is_folder(const struct discs *ds)
{
	return ds->is_folder;
}

int discs_get(struct discs *ds, const char *name, struct disc **out)
{
	size_t i = 0;
	int err = 0;

	uv_mutex_lock(&ds->lock);
	if (ds->is_folder)
		i = find(ds, name);
	else if (ds->n == 0 || !disc_is_current(ds->v[0]))
		err = reopen(ds);
	if (err == 0 && i >= ds->n)
		err = -ENOENT;
	if (err == 0)
		*out = disc_ref(ds->v[i]);
	uv_mutex_unlock(&ds->lock);
	return err;
}

struct disc *discs_at(struct discs *ds, size_t i)
{
	struct disc *d = NULL;

	uv_mutex_lock(&ds->lock);
	if (i < ds->n)
		d = disc_ref(ds->v[i]);
	uv_mutex_unlock(&ds->lock);
	return d;
}
