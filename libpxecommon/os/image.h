/* SPDX-License-Identifier: BSD-2-Clause */
/* image.h -- an image file that is served from the inside: opened, counted, told apart from what it
 * is replaced by.
 *
 * Read with pread and not mapped: a mapped file that is cut ends the process with SIGBUS. Users on
 * several threads share one image; who still sends from it keeps it open, whatever became of its
 * name. What is in it is proto/iso9660.h's business, whose read callback pxe_image_read fits. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which bytes a file has, as far as its inode tells. */
struct pxe_image_id {
	uint64_t dev, ino, size;
	int64_t mtime_ns;
};

struct pxe_image {
	int fd;                 /* for sendfile() and the like; do not close */
	struct pxe_image_id id; /* when it was opened */
	atomic_uint refs;
	char name[]; /* as it was opened */
};

/* Open name below dir_fd (or AT_FDCWD) with one reference for the caller. Never blocks on a FIFO or
 * device. 0, -errno, or PXE_E_DENIED (not a regular file). */
int pxe_image_open(int dir_fd, const char *name, struct pxe_image **out_image);
/* One more user; returns image. Any thread that has a reference may call it. */
struct pxe_image *pxe_image_ref(struct pxe_image *image);
/* One less; the last closes the file and frees image. NULL ok. */
void pxe_image_unref(struct pxe_image *image);

/* Fill buf with len bytes from off. arg is a struct pxe_image; any thread. 0, -errno, or -EIO when
 * the file ends before that. */
int pxe_image_read(void *arg, uint64_t off, void *buf, size_t len);

/* False once the file was written to or cut since it was opened: what is known of its inside is not
 * true any more. One fstat. */
bool pxe_image_is_unchanged(const struct pxe_image *image);
/* True while name below dir_fd leads to this very file, unchanged. One fstatat. */
bool pxe_image_is_at(const struct pxe_image *image, int dir_fd, const char *name);
