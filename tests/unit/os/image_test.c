/* SPDX-License-Identifier: BSD-2-Clause */
/* image_test.c -- an image file that is written to, cut, replaced and removed while it is open. */
#include "libpxecommon/os/image.h"

#include <fcntl.h>

#include "libpxecommon/base/err.h"
#include "os_test.h"

static struct pxe_image *open_image(const char *path)
{
	struct pxe_image *image = NULL;
	int err = pxe_image_open(AT_FDCWD, path, &image);

	ck_assert_msg(err == 0, "%s: %s", path, pxe_strerror(err));
	return image;
}

START_TEST(reads)
{
	const char *path = os_test_path("a.iso");
	struct pxe_image *image = NULL;
	char buf[6] = "";

	os_test_write(path, "0123456789");
	image = open_image(path);
	ck_assert_uint_eq(image->id.size, 10);
	ck_assert_str_eq(image->name, path);
	ck_assert_int_eq(pxe_image_read(image, 5, buf, 5), 0);
	ck_assert_str_eq(buf, "56789");
	ck_assert_int_eq(pxe_image_read(image, 6, buf, 5), -EIO);
	ck_assert_int_eq(pxe_image_read(image, 10, buf, 1), -EIO);
	ck_assert_int_eq(pxe_image_read(image, 10, buf, 0), 0);
	pxe_image_unref(image);
	os_test_remove_dir();
}
END_TEST

START_TEST(what_is_no_image)
{
	struct pxe_image *image = NULL;

	ck_assert_int_eq(pxe_image_open(AT_FDCWD, os_test_path("none"), &image), -ENOENT);
	ck_assert_int_eq(pxe_image_open(AT_FDCWD, os_test_dir(), &image), PXE_E_DENIED);
	ck_assert_int_eq(mkfifo(os_test_path("fifo"), 0644), 0);
	ck_assert_int_eq(pxe_image_open(AT_FDCWD, os_test_path("fifo"), &image), PXE_E_DENIED);
	ck_assert_int_eq(pxe_image_open(AT_FDCWD, "/dev/null", &image), PXE_E_DENIED);
	ck_assert_ptr_null(image);
	os_test_remove_dir();
}
END_TEST

START_TEST(changes_are_noticed)
{
	const char *path = os_test_path("a.iso");
	struct pxe_image *image = NULL;
	struct timespec before[2];

	os_test_write(path, "one");
	image = open_image(path);
	ck_assert(pxe_image_is_unchanged(image) && pxe_image_is_at(image, AT_FDCWD, path));
	ck_assert(!pxe_image_is_at(image, AT_FDCWD, os_test_path("b.iso")));
	/* longer, with the old date put back */
	before[0] = before[1] =
	    (struct timespec){image->id.mtime_ns / 1000000000, image->id.mtime_ns % 1000000000};
	os_test_write(path, "longer");
	ck_assert_int_eq(utimensat(AT_FDCWD, path, before, 0), 0);
	ck_assert(!pxe_image_is_unchanged(image) && !pxe_image_is_at(image, AT_FDCWD, path));
	/* as long, later */
	os_test_write(path, "two");
	before[1].tv_nsec = (before[1].tv_nsec + 1) % 1000000000;
	ck_assert_int_eq(utimensat(AT_FDCWD, path, before, 0), 0);
	ck_assert(!pxe_image_is_unchanged(image));
	pxe_image_unref(image);
	os_test_remove_dir();
}
END_TEST

/* A new file under the old name, and none: what is open stays what it was. */
START_TEST(replaced_and_removed)
{
	const char *path = os_test_path("a.iso"), *other = os_test_path("new");
	struct pxe_image *image = NULL;
	char buf[4] = "";

	os_test_write(path, "old");
	image = open_image(path);
	os_test_write(other, "new");
	ck_assert_int_eq(rename(other, path), 0);
	ck_assert(pxe_image_is_unchanged(image));
	ck_assert(!pxe_image_is_at(image, AT_FDCWD, path));
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(!pxe_image_is_at(image, AT_FDCWD, path));
	ck_assert_int_eq(pxe_image_read(image, 0, buf, 3), 0);
	ck_assert_str_eq(buf, "old");
	pxe_image_unref(image);
	os_test_remove_dir();
}
END_TEST

static void use_often(void *arg)
{
	struct pxe_image *image = arg;

	for (unsigned i = 0; i < 100000; i++)
		pxe_image_unref(pxe_image_ref(image));
	pxe_image_unref(image);
}

/* The last user closes the file, on whatever thread that is. */
START_TEST(references)
{
	const char *path = os_test_path("a.iso");
	struct pxe_image *image = NULL;
	uv_thread_t thread[3];
	int fd = -1;

	os_test_write(path, "x");
	image = open_image(path);
	fd = image->fd;
	for (size_t i = 0; i < ROWS(thread); i++)
		ck_assert_int_eq(uv_thread_create(&thread[i], use_often, pxe_image_ref(image)), 0);
	for (size_t i = 0; i < ROWS(thread); i++)
		ck_assert_int_eq(uv_thread_join(&thread[i]), 0);
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
	pxe_image_unref(image);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	pxe_image_unref(NULL);
	os_test_remove_dir();
}
END_TEST

CHECK_MAIN(
    "os/image", reads, what_is_no_image, changes_are_noticed, replaced_and_removed, references)
