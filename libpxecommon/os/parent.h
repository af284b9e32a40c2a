/* SPDX-License-Identifier: BSD-2-Clause */
/* parent.h -- the folder of a file that is to be removed later, whatever the path means then.
 *
 * Private to os/.
 */
#pragma once

/* Last part of path. */
const char *pxe_parent_name(const char *path);
/* O_PATH descriptor of the folder path is in, or -errno. */
int pxe_parent_open(const char *path);
