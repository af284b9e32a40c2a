/* SPDX-License-Identifier: BSD-2-Clause */
/* image_dir.h -- a folder of images whose names come and go while a daemon runs.
 *
 * By inotify: an image is there when its writer has closed it or has renamed it into the folder,
 * and gone when somebody writes to it again, removes it or renames it. So a copy under way is not
 * seen before it is whole, unless it was under way when the folder was opened; then it comes as it
 * is, goes with the next byte and comes back when it is closed. Network file systems tell nothing
 * of what others do to them: for those, and for a folder that is itself removed and made again, it
 * is read again now and then.
 *
 * One loop; the folder is read on it, which is short for local file systems. Images are handed to
 * other threads by reference (image.h). */
#pragma once

#include <stddef.h>
#include <uv.h>

#include "libpxecommon/os/image.h"

enum { PXE_IMAGE_DIR_MAX = 1024 }; /* images in one folder; what comes then is refused */

enum pxe_image_change {
	PXE_IMAGE_NEW,
	PXE_IMAGE_GONE,
	PXE_IMAGE_REFUSED /* there, but not to be opened; said once as long as err is the same */
};

/* image is the folder's own reference, valid during the call (NULL for REFUSED): take one with
 * pxe_image_ref to keep it. err is why it was refused: -errno, PXE_E_DENIED (not a regular file) or
 * PXE_E_LIMIT. A replaced image is GONE and then NEW. */
typedef void (*pxe_image_fn)(
    enum pxe_image_change change, const char *name, struct pxe_image *image, int err, void *arg);

struct pxe_image_dir;

/* Watch the folder at path for names with this suffix (ASCII case folded, ".iso"; names that begin
 * with '.' are left out). on_change is called for what is there now, before this returns, and for
 * what changes later; it must not close the folder. rescan_s: seconds between readings of the whole
 * folder, 0 for never.
 *
 * 0, or -errno when the folder cannot be read or watched now; on_change has not been called then.
 */
int pxe_image_dir_open(uv_loop_t *loop, const char *path, const char *suffix, unsigned rescan_s,
    pxe_image_fn on_change, void *arg, struct pxe_image_dir **out_dir);
/* Stop watching and drop the folder's references, without calls of on_change. The memory goes when
 * the loop has closed its handles. NULL ok. */
void pxe_image_dir_close(struct pxe_image_dir *dir);

/* The image called name, borrowed until the loop runs next; NULL when there is none. */
struct pxe_image *pxe_image_dir_find(const struct pxe_image_dir *dir, const char *name);
/* The i-th in the order of strcmp, likewise; NULL past the end. */
struct pxe_image *pxe_image_dir_at(const struct pxe_image_dir *dir, size_t i);
