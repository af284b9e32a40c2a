/* SPDX-License-Identifier: BSD-2-Clause */
/* locate.c -- find and open the file behind a name. */
#include "tftpd/locate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/path.h"
#include "libpxecommon/base/str.h"
#include "tftpd/core/xfer.h"

enum { DIR_ENTRIES_MAX = 4096 };

static void no_rc(struct locate_no *no, int rc)
{
	no->err = rc;
	no->code = xfer_error_of(rc, &no->text);
	no->reason = xfer_reason_of(rc);
}

static void no_text(struct locate_no *no, enum pxe_reason reason, const char *text)
{
	*no = (struct locate_no){.code = PXE_TFTP_EACCESS, .text = text, .reason = reason};
}

/* The root and the path below it that a name means for this client. */
static const struct pxe_root *place(const struct policy *p, const struct locate_who *who,
    const char *name, char rel[NAME_PATH_MAX], struct locate_no *no)
{
	const struct pxe_root *root = policy_special(p, &who->client.ip, who->ifname);
	const struct name_rules own = {.secure = true, .validate = p->conf.validate};
	const char *text = NULL;
	struct name_place at;
	int rc = name_place(root != NULL ? &own : &p->rules, name, &at, &text);

	if (rc != 0) {
		no_text(no, rc == PXE_E_DENIED ? PXE_REASON_FORBIDDEN : PXE_REASON_BAD_PATH, text);
		no->err = rc;
		return NULL;
	}
	if (root == NULL && at.dir >= p->nroot) {
		no_rc(no, PXE_E_NOTFOUND); /* only special roots, and none is for this client */
		return NULL;
	}
	memcpy(rel, at.rel, sizeof(at.rel));
	return root != NULL ? root : &p->root[at.dir];
}

static int check_read(const struct policy *p, const struct stat *st, struct locate_no *no)
{
	if (S_ISDIR(st->st_mode)) {
		no_rc(no, -EISDIR);
		return -1;
	}
	if (!p->conf.permissive && (st->st_mode & S_IROTH) == 0) {
		no_text(no, PXE_REASON_FORBIDDEN, "File must have global read permissions");
		return -1;
	}
	return 0;
}

static int open_checked(const struct policy *p, const struct pxe_root *root, const char *rel,
    struct stat *st, struct locate_no *no)
{
	int fd = pxe_root_open_read(root, rel, p->symlinks, st);

	if (fd < 0) {
		no_rc(no, fd);
		return -1;
	}
	if (check_read(p, st, no) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static bool is_missing(const struct locate_no *no)
{
	return no->reason == PXE_REASON_NOT_FOUND;
}

/* In each overlay that applies to this client, then in the root. */
static int open_layered(const struct policy *p, const struct locate_who *who,
    const struct pxe_root *root, const char *rel, struct stat *st, struct locate_no *no)
{
	char path[NAME_PATH_MAX], layer[NAME_PATH_MAX];

	for (size_t i = 0; i < p->conf.overlay.n; i++) {
		struct pxe_text t = pxe_text_init(path, sizeof(path));
		int fd;

		if (name_expand(p->conf.overlay.v[i], &who->client, layer, sizeof(layer)) != 0)
			continue;
		pxe_text_add(&t, layer);
		pxe_text_addc(&t, '/');
		pxe_text_add(&t, rel);
		if (t.truncated || pxe_path_normalise(path, t.len, 0, layer, sizeof(layer)) < 0)
			continue;
		fd = open_checked(p, root, layer, st, no);
		if (fd >= 0 || !is_missing(no))
			return fd;
	}
	return open_checked(p, root, rel, st, no);
}

static DIR *open_listing(const struct policy *p, const struct pxe_root *root, const char *rel)
{
	int path_fd = pxe_root_open_dir(root, rel, p->symlinks);
	DIR *d = NULL;
	int fd;

	if (path_fd < 0)
		return NULL;
	fd = openat(path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)close(path_fd);
	if (fd >= 0 && (d = fdopendir(fd)) == NULL)
		(void)close(fd);
	return d;
}

/* Name of the entry of dir that equals `want` but for case; the first in directory order. */
static bool find_folded(DIR *d, const char *want, char *out, size_t cap)
{
	const struct dirent *e;

	for (int i = 0; i < DIR_ENTRIES_MAX && (e = readdir(d)) != NULL; i++)
		if (pxe_str_ieq(e->d_name, want))
			return pxe_str_copy(out, cap, e->d_name) == 0;
	return false;
}

/* rel with each component spelled as the disk has it. */
static bool fold(
    const struct policy *p, const struct pxe_root *root, const char *rel, char *out, size_t cap)
{
	struct pxe_text t = pxe_text_init(out, cap);
	char want[256], have[256];

	while (*rel != '\0') {
		size_t n = strcspn(rel, "/");
		bool found;
		DIR *d;

		if (n >= sizeof(want))
			return false;
		memcpy(want, rel, n);
		want[n] = '\0';
		d = open_listing(p, root, t.len > 0 ? out : ".");
		if (d == NULL)
			return false;
		found = find_folded(d, want, have, sizeof(have));
		(void)closedir(d);
		if (!found)
			return false;
		if (t.len > 0)
			pxe_text_addc(&t, '/');
		pxe_text_add(&t, have);
		rel += n + (rel[n] == '/');
	}
	return t.len > 0 && !t.truncated;
}

static int open_in_image(const struct policy *p, struct disc_mount *m, const char *rest,
    struct disc_file *out, struct locate_no *no)
{
	int rc = discs_open(m, rest, out);

	if (rc == PXE_E_CORRUPT || rc == PXE_E_SYNTAX || rc == PXE_E_UNSUPPORTED ||
	    rc == PXE_E_TRUNC || rc == PXE_E_LIMIT) {
		*no = (struct locate_no){.err = rc,
		    .code = PXE_TFTP_EUNDEF,
		    .text = "The image with this file cannot be read",
		    .reason = PXE_REASON_IO_ERROR};
		return -1;
	}
	if (rc != 0) {
		no_rc(no, rc);
		return -1;
	}
	if (check_read(p, &out->st, no) == 0)
		return out->fd;
	(void)close(out->fd);
	return -1;
}

/* The mount of images that name lies in; NULL: none, or not a name at all. */
static struct disc_mount *mount_of(
    const struct policy *p, const char *name, char rel[NAME_PATH_MAX], const char **out_rest)
{
	if (p->discs == NULL || pxe_path_normalise(name, strlen(name), 0, rel, NAME_PATH_MAX) < 0)
		return NULL;
	return discs_find(p->discs, rel, out_rest);
}

/* One reading of a name. *out_root is where it led to, NULL: nowhere on disk; rel is below it. */
static int open_name(const struct policy *p, const struct locate_who *who, const char *name,
    struct disc_file *out, const struct pxe_root **out_root, char rel[NAME_PATH_MAX],
    struct locate_no *no)
{
	const char *rest = NULL;
	struct disc_mount *m = mount_of(p, name, rel, &rest);

	out->n = 0;
	*out_root = NULL;
	if (m != NULL)
		return open_in_image(p, m, rest, out, no);
	*out_root = place(p, who, name, rel, no);
	out->fd = *out_root != NULL ? open_layered(p, who, *out_root, rel, &out->st, no) : -1;
	return out->fd;
}

int locate_read(const struct policy *p, const struct locate_who *who, const char *name,
    struct disc_file *out, struct locate_no *out_no)
{
	char rel[NAME_PATH_MAX], again[NAME_PATH_MAX], clean[MAP_NAME_MAX + 1];
	char folded[NAME_PATH_MAX];
	const struct pxe_root *root = NULL, *other = NULL;
	int fd = open_name(p, who, name, out, &root, rel, out_no);

	if (fd >= 0 || !is_missing(out_no))
		return fd;
	if (p->clean_ways != 0 && name_clean(name, p->clean_ways, clean, sizeof(clean))) {
		struct locate_no no = *out_no;

		fd = open_name(p, who, clean, out, &other, again, &no);
		if (fd >= 0)
			return fd;
		if (other != NULL) {
			root = other;
			memcpy(rel, again, sizeof(rel));
			*out_no = no;
		}
	}
	if (root == NULL || !p->conf.case_fold || !is_missing(out_no) ||
	    !fold(p, root, rel, folded, sizeof(folded)))
		return -1;
	out->fd = open_checked(p, root, folded, &out->st, out_no);
	return out->fd;
}

bool locate_exists(const struct policy *p, const struct locate_who *who, const char *name)
{
	struct locate_no no;
	struct disc_file file;
	int fd = locate_read(p, who, name, &file, &no);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static bool split(struct locate_target *t, char *dir, size_t cap)
{
	const char *slash = strrchr(t->rel, '/');
	size_t n = slash != NULL ? (size_t)(slash - t->rel) : 0;

	t->base = slash != NULL ? slash + 1 : t->rel;
	if (slash == NULL)
		return pxe_str_copy(dir, cap, ".") == 0;
	if (n >= cap)
		return false;
	memcpy(dir, t->rel, n);
	dir[n] = '\0';
	return true;
}

static int check_write(const struct policy *p, const struct locate_target *t, struct locate_no *no)
{
	mode_t made = 0666 & ~(mode_t)p->conf.umask;

	if (!t->exists && !p->conf.create) {
		no_rc(no, -ENOENT);
		return -1;
	}
	if (t->exists && S_ISDIR(t->st.st_mode)) {
		no_rc(no, -EISDIR);
		return -1;
	}
	if (t->exists && !S_ISREG(t->st.st_mode)) {
		no_rc(no, PXE_E_DENIED);
		return -1;
	}
	if (t->exists && !p->conf.overwrite) {
		no_rc(no, -EEXIST);
		return -1;
	}
	if (!p->conf.permissive && ((t->exists ? t->st.st_mode : made) & S_IWOTH) == 0) {
		no_text(no, PXE_REASON_FORBIDDEN, "File must have global write permissions");
		return -1;
	}
	return 0;
}

int locate_write(const struct policy *p, const struct locate_who *who, const char *name,
    struct locate_target *out, struct locate_no *out_no)
{
	char dir[NAME_PATH_MAX];
	const char *rest = NULL;

	if (mount_of(p, name, out->rel, &rest) != NULL) {
		no_text(out_no, PXE_REASON_FORBIDDEN, "Images are read-only");
		return -1;
	}
	out->root = place(p, who, name, out->rel, out_no);
	if (out->root == NULL)
		return -1;
	if (!split(out, dir, sizeof(dir)) || strcmp(out->base, ".") == 0) {
		no_rc(out_no, -EISDIR);
		return -1;
	}
	out->dir_fd = pxe_root_open_dir(out->root, dir, p->symlinks);
	if (out->dir_fd < 0) {
		no_rc(out_no, out->dir_fd);
		return -1;
	}
	/* A symbolic link as the last component is not written through: it is no regular file. */
	out->exists = fstatat(out->dir_fd, out->base, &out->st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!out->exists && errno != ENOENT) {
		no_rc(out_no, -errno);
		(void)close(out->dir_fd);
		return -1;
	}
	if (check_write(p, out, out_no) == 0)
		return 0;
	(void)close(out->dir_fd);
	return -1;
}

/* All names of d, at most DIR_ENTRIES_MAX; the caller frees each and the array. */
static size_t list(DIR *d, char **names)
{
	const struct dirent *e;
	size_t n = 0;

	while (n < DIR_ENTRIES_MAX && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		names[n] = strdup(e->d_name);
		if (names[n] == NULL)
			break;
		n++;
	}
	return n;
}

/* The names beside the one that t has: in an image, or on disk. */
static size_t list_beside(const struct policy *p, const struct locate_who *who, const char *name,
    struct locate_target *t, char **names)
{
	char dir[NAME_PATH_MAX];
	const char *rest = NULL;
	struct disc_mount *m = mount_of(p, name, t->rel, &rest);
	struct locate_no no;
	size_t n = 0;
	DIR *d;

	if (m != NULL) {
		memmove(t->rel, rest, strlen(rest) + 1);
		return split(t, dir, sizeof(dir)) ? discs_list(m, dir, names, DIR_ENTRIES_MAX) : 0;
	}
	t->root = place(p, who, name, t->rel, &no);
	if (t->root == NULL || !split(t, dir, sizeof(dir)))
		return 0;
	d = open_listing(p, t->root, dir);
	if (d == NULL)
		return 0;
	n = list(d, names);
	(void)closedir(d);
	return n;
}

bool locate_hint(
    const struct policy *p, const struct locate_who *who, const char *name, char *out, size_t cap)
{
	struct locate_target t = {.base = ""};
	char **names = calloc(DIR_ENTRIES_MAX, sizeof(*names));
	const char *best = NULL;
	size_t n;

	if (names == NULL)
		return false;
	n = list_beside(p, who, name, &t, names);
	best = pxe_nearest_word(t.base, (const char *const *)names, n);
	if (best != NULL)
		best = pxe_str_copy(out, cap, best) == 0 ? out : NULL;
	while (n > 0)
		free(names[--n]);
	free(names);
	return best != NULL;
}
