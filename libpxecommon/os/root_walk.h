/* SPDX-License-Identifier: BSD-2-Clause */
/* root_walk.h -- what openat2(2) does, for kernels and sandboxes without it.
 *
 * Private to os/root.c. Walks component by component; no component is ever followed by the kernel
 * when it is a link, so a link that appears between two steps makes the open fail and nothing more.
 */
#pragma once

#include "libpxecommon/os/root.h"

/* Open rel below the directory root_fd with open(2) flags and mode, following links as policy says;
 * PXE_SYMLINKS_FOLLOW is not for here. With O_NOFOLLOW in flags a final link is -ELOOP.
 * A descriptor, -errno, or PXE_E_TRAVERSAL when a link leads out. */
int pxe_root_walk(int root_fd, const char *rel, int flags, unsigned mode, enum pxe_symlinks policy);
