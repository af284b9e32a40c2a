/* SPDX-License-Identifier: BSD-2-Clause */
/* find.h -- a path of a mount to a file inside an image; may wait for a disk.
 */
#pragma once

#include "httpfsd/catalog.h"
#include "httpfsd/discs.h"

enum { FIND_WHY_MAX = DISC_WHY_MAX + 64 };

struct find {
	/* asked */
	const struct mount *mount;
	const char *path; /* below the mount, normalised */
	bool wants_index; /* of a directory its index file, if there is one */
	/* answered */
	int err;           /* 0: a file; FIND_IS_DIR; or an error, with why for the operator */
	struct disc *disc; /* a reference, when err is 0 */
	struct pxe_iso_node node;
	const char *name; /* what was found: path, or the index file's name */
	char why[FIND_WHY_MAX];
};

enum { FIND_IS_DIR = 1 };

/* Answer f. On a thread of the pool. Errors: those of pxe_iso_lookup with -ENOENT for NOTFOUND,
 * PXE_E_DENIED also for what is no file, PXE_E_UNSUPPORTED also for a compressed (zisofs) file. */
void find_run(struct find *f);

/* The disc that path (below m) leads into and the path inside it, "." for its root. 0 with a
 * reference in *out_disc; FIND_IS_DIR when path is the folder of images itself; -ENOENT, the disc's
 * own error (why says which), or what opening gave. */
int find_disc(const struct mount *m, const char *path, struct disc **out_disc,
    const char **out_inner, char why[FIND_WHY_MAX]);
