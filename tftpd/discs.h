/* SPDX-License-Identifier: BSD-2-Clause */
/* discs.h -- files inside ISO images: names below a mount to byte ranges of an image.
 *
 * A mount is one image, or a folder whose images (*.iso) are each a directory of its name. Nothing
 * is watched: each request looks at what the name stands for then (one system call), so an image
 * that comes, goes or is replaced is noticed by the next request; transfers under way keep the one
 * they have open. Parsed images are kept, the latest few of each mount. All workers share them.
 *
 * The folder is read with the rights of the user we have become. A lookup reads directories of the
 * image, as open(2) reads directories of a disk: on the caller's thread.
 */
#pragma once

#include "libpxecommon/base/diag.h"
#include "libpxecommon/os/root.h"
#include "libpxecommon/proto/iso9660.h"
#include "tftpd/conf.h"

struct discs;
struct disc_mount;

/* A file in an image. */
struct disc_file {
	int fd;         /* the image, the caller's to close */
	struct stat st; /* of the image, but with the size of the file */
	unsigned n;
	struct pxe_iso_extent extent[PXE_ISO_EXTENTS_MAX];
};

/* Prepare the n mounts of v (kept). Links inside images follow `symlinks`, but never leave the
 * image. A single image must be there and whole; a folder must be readable. 0 or CONF_EX_*, with
 * findings in diag. */
int discs_new(const struct conf_mount *v, size_t n, enum pxe_symlinks symlinks,
    struct pxe_diag *diag, struct discs **out);
void discs_free(struct discs *ds); /* NULL ok */

/* The mount that rel (a result of pxe_path_normalise) lies in, the longest that fits, with the
 * path below it ("." for the mount itself); NULL: none. ds may be NULL. */
struct disc_mount *discs_find(const struct discs *ds, const char *rel, const char **out_rest);

/* Open what discs_find() placed. 0, -ENOENT, -EISDIR, -EACCES and other errors of opening the
 * image, or what pxe_iso_lookup() gave; damage is logged with its place in the image. Any thread.
 */
int discs_open(struct disc_mount *m, const char *rest, struct disc_file *out);

/* Copies of the first `most` names in the directory at rest (a result of discs_find(), or part of
 * one), of images when it is a folder of them; the caller frees each. 0 where there is no such
 * directory. Any thread. */
size_t discs_list(struct disc_mount *m, const char *rest, char **names, size_t most);
