/* SPDX-License-Identifier: BSD-2-Clause */
/* image.c -- an image file that is served from the inside. */
#include "libpxecommon/os/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"

static struct pxe_image_id id_of(const struct stat *st)
{
	return (struct pxe_image_id){st->st_dev, st->st_ino, (uint64_t)st->st_size,
	    (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec};
}

static bool is_same(const struct pxe_image_id *a, const struct pxe_image_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime_ns == b->mtime_ns;
}

int pxe_image_open(int dir_fd, const char *name, struct pxe_image **out_image)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), err = 0;
	struct pxe_image *image = NULL;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) != 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = PXE_E_DENIED;
	else if ((image = malloc(sizeof(*image) + strlen(name) + 1)) == NULL)
		err = -ENOMEM;
	if (err != 0) {
		(void)close(fd);
		return err;
	}
	image->fd = fd;
	image->id = id_of(&st);
	atomic_init(&image->refs, 1);
	memcpy(image->name, name, strlen(name) + 1);
	*out_image = image;
	return 0;
}

struct pxe_image *pxe_image_ref(struct pxe_image *image)
{
	atomic_fetch_add_explicit(&image->refs, 1, memory_order_relaxed);
	return image;
}

void pxe_image_unref(struct pxe_image *image)
{
	/* what others did with it comes before it is freed */
	if (image == NULL || atomic_fetch_sub_explicit(&image->refs, 1, memory_order_acq_rel) > 1)
		return;
	(void)close(image->fd);
	free(image);
}

int pxe_image_read(void *arg, uint64_t off, void *buf, size_t len)
{
	const struct pxe_image *image = arg;
	uint8_t *out = buf;

	while (len > 0) {
		ssize_t n = pread(image->fd, out, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		out += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

bool pxe_image_is_unchanged(const struct pxe_image *image)
{
	struct pxe_image_id id;
	struct stat st;

	if (fstat(image->fd, &st) != 0)
		return false;
	id = id_of(&st);
	return is_same(&id, &image->id);
}

bool pxe_image_is_at(const struct pxe_image *image, int dir_fd, const char *name)
{
	struct pxe_image_id id;
	struct stat st;

	if (fstatat(dir_fd, name, &st, 0) != 0)
		return false;
	id = id_of(&st);
	return is_same(&id, &image->id);
}
