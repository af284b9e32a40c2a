/* SPDX-License-Identifier: BSD-2-Clause */
/* discs.h -- the images behind a mount: one, or a folder of them that come and go.
 *
 * All workers share them. What reads an image may wait for its disk, so discs_get and everything
 * that uses disc.iso belongs on a thread of the pool; disc_is_current is for the loops. A disc that
 * somebody still sends from stays open, whatever became of its name.
 */
#pragma once

#include <uv.h>

#include "libpxecommon/base/diag.h"
#include "libpxecommon/os/image.h"
#include "libpxecommon/proto/iso9660.h"

enum { DISC_WHY_MAX = PXE_ISO_WHY_MAX };

struct disc {
	struct pxe_image *image;
	int err; /* why it cannot be served, with a sentence in why; 0: iso is there */
	char why[DISC_WHY_MAX];
	uv_mutex_t lock; /* of iso, whose calls must not overlap */
	struct pxe_iso *iso;
	unsigned refs; /* atomic */
	bool is_gone;  /* atomic: the folder's watch says so */
	bool by_name;  /* a single image: its name is looked at */
	char name[];   /* the image's path, or its name in the folder */
};

struct discs;

/* One image at path, which must be there and whole now; later it may be replaced, vanish and come
 * back. 0 or an error with its finding in diag. */
int discs_open_image(const char *path, struct discs **out, struct pxe_diag *diag);
/* The images (*.iso) of the folder at path, watched on loop. loop NULL: only see whether the folder
 * can be read. Images that cannot be served are logged and do not spoil the others. 0 or an error
 * with its finding in diag. */
int discs_open_folder(uv_loop_t *loop, const char *path, struct discs **out, struct pxe_diag *diag);
/* Stop watching; on the loop's thread, and before discs_free. NULL ok. */
void discs_unwatch(struct discs *ds);
void discs_free(struct discs *ds); /* NULL ok */
bool discs_is_folder(const struct discs *ds);

/* The disc called name (ignored for a single image), with a reference for the caller. A single
 * image that was replaced is opened anew. 0 (disc.err may be set), -ENOENT, or what opening gave.
 * Any thread; may wait for a disk. */
int discs_get(struct discs *ds, const char *name, struct disc **out);
/* The i-th of a folder, with a reference; NULL past the end. Any thread. */
struct disc *discs_at(struct discs *ds, size_t i);

/* Is it still what its name stands for, unchanged. One system call. Any thread. */
bool disc_is_current(const struct disc *d);
struct disc *disc_ref(struct disc *d);
void disc_unref(struct disc *d); /* NULL ok; any thread */
