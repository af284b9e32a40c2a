/* SPDX-License-Identifier: BSD-2-Clause */
/* root.h -- open files below a directory descriptor, and nowhere else.
 *
 * openat2 where the kernel has it, else a walk by component with O_NOFOLLOW. Never blocks on a FIFO
 * or device: opens with O_NONBLOCK and requires a regular file or directory afterwards.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

enum pxe_symlinks {
	PXE_SYMLINKS_BENEATH, /* followed while they stay below the root */
	PXE_SYMLINKS_IN_ROOT, /* the root is "/" to them, as in a chroot (tftpd -s) */
	PXE_SYMLINKS_FOLLOW,  /* followed anywhere */
	PXE_SYMLINKS_NONE     /* a symlink on the way is an error */
};

struct pxe_root {
	int fd;
	bool has_openat2; /* found out by pxe_root_open; without it names are walked by component */
	char path[4096];  /* for messages */
};

/* Open the directory at path. 0, -errno (-EACCES: it cannot be searched) or PXE_E_SANDBOX. */
int pxe_root_open(struct pxe_root *root, const char *path);
void pxe_root_close(struct pxe_root *root);

/* Open rel (a result of pxe_path_normalise) for reading; *out_st describes it.
 * Returns a descriptor the caller closes, -errno, PXE_E_TRAVERSAL (a link leads out) or
 * PXE_E_DENIED (neither regular file nor directory). Thread-safe. */
int pxe_root_open_read(
    const struct pxe_root *root, const char *rel, enum pxe_symlinks policy, struct stat *out_st);
/* The same for a directory that must exist, O_PATH; for creating files in it (tftpd uploads). */
int pxe_root_open_dir(const struct pxe_root *root, const char *rel, enum pxe_symlinks policy);
/* Open for writing with open(2) flags and mode; the final component is never a followed symlink
 * (-ELOOP). Only a regular file is given back (PXE_E_DENIED). */
int pxe_root_open_write(const struct pxe_root *root, const char *rel, int flags, unsigned mode,
    enum pxe_symlinks policy);
