/* SPDX-License-Identifier: BSD-2-Clause */
/* discs.c -- files inside ISO images. */
#include "tftpd/discs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <uv.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/path.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/image.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/sandbox.h"

enum {
	DISCS_KEPT = 16, /* parsed images of one mount: some 100 KiB each, and their indexes */
	INDEX_MAX = 2 << 20,
	IMAGE_PATH_MAX = 4096,
	SHOWN_MAX = 512
};

/* A parsed image, under its mount's lock. */
struct disc {
	struct pxe_image *image; /* its name is the path it was opened by */
	struct pxe_iso *iso;     /* NULL: cannot be read, see why */
	int err;
	char why[PXE_ISO_WHY_MAX];
};

struct disc_mount {
	char at[NAME_MAX + 1]; /* normalised, as discs_find() compares it */
	const char *path;
	bool is_folder;
	enum pxe_iso_links links;
	struct pxe_hash_seed seed;
	struct pxe_log_limit log;
	uv_mutex_t lock;               /* of what follows; calls on one image must not overlap */
	struct disc *disc[DISCS_KEPT]; /* the latest used first */
	size_t n;
};

struct discs {
	struct disc_mount *mount;
	size_t n;
};

static void free_disc(struct disc *d)
{
	if (d == NULL)
		return;
	pxe_iso_free(d->iso);
	pxe_image_unref(d->image);
	free(d);
}

static const char *shown(const char *path, char *buf, size_t cap)
{
	struct pxe_text t = pxe_text_init(buf, cap);

	pxe_text_add_escaped(&t, path, strlen(path));
	return buf;
}

static void log_notes(const struct disc *d)
{
	unsigned notes = pxe_iso_info(d->iso)->notes;
	char name[SHOWN_MAX];

	for (unsigned bit = 1; bit != 0 && bit <= notes; bit <<= 1)
		if ((notes & bit) != 0)
			pxe_log_warning("image %s: %s", shown(d->image->name, name, sizeof(name)),
			    pxe_iso_note_text(bit));
}

static int open_disc(const struct disc_mount *m, const char *path, struct disc **out)
{
	const struct pxe_iso_opts opts = {.index_max = INDEX_MAX, .seed = m->seed};
	struct disc *d = calloc(1, sizeof(*d));
	struct pxe_iso_source src = {.read = pxe_image_read};
	char name[SHOWN_MAX];
	int rc = d == NULL ? -ENOMEM : pxe_image_open(AT_FDCWD, path, &d->image);

	if (rc != 0) {
		free_disc(d);
		return rc;
	}
	src.arg = d->image;
	src.size = d->image->id.size;
	d->err = pxe_iso_new(&src, &opts, &d->iso, d->why, sizeof(d->why));
	if (d->err == -ENOMEM) {
		free_disc(d);
		return -ENOMEM;
	}
	if (d->err != 0)
		pxe_log_error("image %s cannot be served: %s", shown(path, name, sizeof(name)),
		    d->why[0] != '\0' ? d->why : pxe_strerror(d->err));
	else
		log_notes(d);
	*out = d;
	return 0;
}

static void forget(struct disc_mount *m, size_t i)
{
	free_disc(m->disc[i]);
	memmove(&m->disc[i], &m->disc[i + 1], (m->n - i - 1) * sizeof(struct disc *));
	m->n--;
}

static void put_first(struct disc_mount *m, struct disc *d, size_t from)
{
	memmove(&m->disc[1], &m->disc[0], from * sizeof(struct disc *));
	m->disc[0] = d;
}

/* The image at path as it is now. Under the lock. */
static int get_disc(struct disc_mount *m, const char *path, struct disc **out)
{
	size_t i = 0;
	int rc;

	while (i < m->n && strcmp(m->disc[i]->image->name, path) != 0)
		i++;
	if (i < m->n && pxe_image_is_at(m->disc[i]->image, AT_FDCWD, path)) {
		*out = m->disc[i];
		put_first(m, *out, i);
		return 0;
	}
	if (i < m->n)
		forget(m, i);
	rc = open_disc(m, path, out);
	if (rc != 0)
		return rc;
	if (m->n == DISCS_KEPT)
		forget(m, m->n - 1);
	put_first(m, *out, m->n++);
	return 0;
}

static bool is_image_name(const char *name, size_t len)
{
	char end[5] = "";

	if (len < 5 || name[0] == '.')
		return false;
	memcpy(end, name + len - 4, 4);
	return pxe_str_ieq(end, ".iso");
}

/* Path of the image that rest goes into, and the path inside. */
static int place(const struct disc_mount *m, const char *rest, char *path, const char **out_inner)
{
	struct pxe_text t = pxe_text_init(path, IMAGE_PATH_MAX);
	size_t len = strcspn(rest, "/");

	*out_inner = rest;
	pxe_text_add(&t, m->path);
	if (m->is_folder) {
		if (strcmp(rest, ".") == 0)
			return -EISDIR;
		if (!is_image_name(rest, len))
			return -ENOENT;
		pxe_text_addc(&t, '/');
		pxe_text_addn(&t, rest, len);
		*out_inner = rest[len] == '\0' ? "." : rest + len + 1;
	}
	return t.truncated ? -ENAMETOOLONG : 0;
}

static int describe(const struct disc *d, const struct pxe_iso_node *node, struct disc_file *out)
{
	if (node->kind == PXE_ISO_DIR)
		return -EISDIR;
	if (node->kind != PXE_ISO_FILE)
		return PXE_E_DENIED;
	if (fstat(d->image->fd, &out->st) != 0)
		return -errno;
	out->st.st_size = (off_t)node->size;
	out->n = node->nextent;
	memcpy(out->extent, node->extent, sizeof(out->extent));
	out->fd = fcntl(d->image->fd, F_DUPFD_CLOEXEC, 0);
	return out->fd < 0 ? -errno : 0;
}

/* Errors that are the client's doing and say nothing about the image. */
static bool is_ordinary(int rc)
{
	return rc == PXE_E_NOTFOUND || rc == -ENOTDIR || rc == PXE_E_DENIED ||
	       rc == PXE_E_TRAVERSAL || rc == -ENAMETOOLONG;
}

int discs_open(struct disc_mount *m, const char *rest, struct disc_file *out)
{
	char path[IMAGE_PATH_MAX], name[SHOWN_MAX];
	const char *inner = NULL;
	struct pxe_iso_node node;
	struct disc *d = NULL;
	int rc = place(m, rest, path, &inner);

	if (rc != 0)
		return rc;
	uv_mutex_lock(&m->lock);
	rc = get_disc(m, path, &d);
	if (rc == 0 && d->err != 0)
		rc = d->err;
	else if (rc == 0) {
		rc = pxe_iso_lookup(d->iso, inner, m->links, true, &node);
		if (rc != 0 && !is_ordinary(rc))
			pxe_log_limited(&m->log, PXE_LOG_ERROR, "image %s: %s",
			    shown(path, name, sizeof(name)), pxe_iso_why(d->iso));
	}
	if (rc == 0)
		rc = describe(d, &node, out);
	uv_mutex_unlock(&m->lock);
	return rc;
}

static size_t list_folder(const struct disc_mount *m, char **names, size_t most)
{
	DIR *d = opendir(m->path);
	const struct dirent *e;
	size_t n = 0;

	while (d != NULL && n < most && (e = readdir(d)) != NULL)
		if (is_image_name(e->d_name, strlen(e->d_name)) &&
		    (names[n] = strdup(e->d_name)) != NULL)
			n++;
	if (d != NULL)
		(void)closedir(d);
	return n;
}

static size_t list_disc(
    struct disc *d, const char *inner, enum pxe_iso_links links, char **names, size_t most)
{
	struct pxe_iso_cursor cursor;
	struct pxe_iso_node node;
	struct pxe_iso_entry e;
	size_t n = 0;

	if (d->err != 0 || pxe_iso_lookup(d->iso, inner, links, true, &node) != 0 ||
	    pxe_iso_dir_start(d->iso, &node, &cursor) != 0)
		return 0;
	while (n < most && pxe_iso_dir_next(d->iso, &cursor, &e) == 1)
		if ((names[n] = strdup(e.name)) != NULL)
			n++;
	return n;
}

size_t discs_list(struct disc_mount *m, const char *rest, char **names, size_t most)
{
	char path[IMAGE_PATH_MAX];
	const char *inner = NULL;
	struct disc *d = NULL;
	size_t n = 0;

	if (m->is_folder && strcmp(rest, ".") == 0)
		return list_folder(m, names, most);
	if (place(m, rest, path, &inner) != 0)
		return 0;
	uv_mutex_lock(&m->lock);
	if (get_disc(m, path, &d) == 0)
		n = list_disc(d, inner, m->links, names, most);
	uv_mutex_unlock(&m->lock);
	return n;
}

static size_t below(const char *at, const char *rel)
{
	size_t n = strlen(at);

	return strncmp(at, rel, n) == 0 && (rel[n] == '\0' || rel[n] == '/') ? n : 0;
}

struct disc_mount *discs_find(const struct discs *ds, const char *rel, const char **out_rest)
{
	struct disc_mount *best = NULL;
	size_t longest = 0;

	for (size_t i = 0; ds != NULL && i < ds->n; i++) {
		size_t n = below(ds->mount[i].at, rel);

		if (n <= longest)
			continue;
		longest = n;
		best = &ds->mount[i];
	}
	if (best != NULL)
		*out_rest = rel[longest] == '\0' ? "." : rel + longest + 1;
	return best;
}

#define WRONG(diag, ...) pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, "mounts", NULL, __VA_ARGS__)

static int check_there(struct disc_mount *m, struct pxe_diag *diag)
{
	struct disc *d = NULL;
	int rc;

	if (m->is_folder) {
		rc = access(m->path, R_OK | X_OK) == 0 ? pxe_sandbox_check(m->path) : -errno;
		if (rc != 0)
			WRONG(
			    diag, "cannot read folder of images %s: %s", m->path, pxe_strerror(rc));
		return rc;
	}
	rc = get_disc(m, m->path, &d);
	if (rc != 0)
		WRONG(diag, "cannot open image %s: %s", m->path,
		    pxe_strerror(pxe_sandbox_why(rc, m->path)));
	else if (d->err != 0)
		WRONG(diag, "image %s cannot be served: %s", m->path, d->why);
	return rc != 0 ? rc : d->err;
}

static enum pxe_iso_links links_of(enum pxe_symlinks policy)
{
	return policy == PXE_SYMLINKS_NONE      ? PXE_ISO_LINKS_NONE
	       : policy == PXE_SYMLINKS_BENEATH ? PXE_ISO_LINKS_BENEATH
						: PXE_ISO_LINKS_IN_ROOT;
}

static int open_mount(struct disc_mount *m, const struct conf_mount *from, struct pxe_diag *diag)
{
	int n = pxe_path_normalise(from->at, strlen(from->at), 0, m->at, sizeof(m->at));

	if (from->at[0] != '/' || n < 0 || strcmp(m->at, ".") == 0) {
		WRONG(diag, "mount at %s: a path below / is needed, as \"/iso\"", from->at);
		return CONF_EX_CONFIG;
	}
	if ((from->image == NULL) == (from->images == NULL)) {
		WRONG(diag, "mount at %s: either image or images is needed", from->at);
		return CONF_EX_CONFIG;
	}
	n = (int)strlen(m->at);
	if (m->at[n - 1] == '/')
		m->at[n - 1] = '\0';
	m->is_folder = from->images != NULL;
	m->path = m->is_folder ? from->images : from->image;
	return check_there(m, diag) != 0 ? CONF_EX_NOINPUT : 0;
}

int discs_new(const struct conf_mount *v, size_t n, enum pxe_symlinks symlinks,
    struct pxe_diag *diag, struct discs **out)
{
	struct discs *ds = calloc(1, sizeof(*ds));
	int worst = 0;

	if (ds == NULL || (ds->mount = calloc(n, sizeof(*ds->mount))) == NULL) {
		free(ds);
		return CONF_EX_OSERR;
	}
	for (size_t i = 0; i < n; i++) {
		struct disc_mount *m = &ds->mount[i];
		int rc = CONF_EX_OSERR;

		m->links = links_of(symlinks);
		m->log = (struct pxe_log_limit)PXE_LOG_LIMIT(10, 20);
		if (getrandom(&m->seed, sizeof(m->seed), 0) != (ssize_t)sizeof(m->seed) ||
		    uv_mutex_init(&m->lock) != 0)
			worst = rc;
		else {
			ds->n++;
			rc = open_mount(m, &v[i], diag);
		}
		worst = rc != 0 ? rc : worst;
		if (ds->n <= i)
			break;
	}
	*out = ds;
	return worst;
}

void discs_free(struct discs *ds)
{
	if (ds == NULL)
		return;
	for (size_t i = 0; i < ds->n; i++) {
		while (ds->mount[i].n > 0)
			forget(&ds->mount[i], 0);
		uv_mutex_destroy(&ds->mount[i].lock);
	}
	free(ds->mount);
	free(ds);
}
