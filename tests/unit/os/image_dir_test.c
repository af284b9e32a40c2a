/* SPDX-License-Identifier: BSD-2-Clause */
/* image_dir_test.c -- images come to a folder and leave it in each way there is. */
#include "libpxecommon/os/image_dir.h"

#include <fcntl.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "os_test.h"

static uv_loop_t loop;
static struct pxe_image_dir *dir;
static char told[1000]; /* "+a.iso -b.iso !c.iso(Permission denied) " */

static void on_change(
    enum pxe_image_change change, const char *name, struct pxe_image *image, int err, void *arg)
{
	struct pxe_text t = {told, sizeof(told), strlen(told), false};

	ck_assert_ptr_eq(arg, told);
	ck_assert((image == NULL) == (change == PXE_IMAGE_REFUSED));
	ck_assert((err == 0) == (change != PXE_IMAGE_REFUSED));
	ck_assert(image == NULL || strcmp(image->name, name) == 0);
	pxe_text_addf(&t, "%c%s", "+-!"[change], name);
	if (err != 0)
		pxe_text_addf(&t, "(%s)", pxe_strerror(err));
	pxe_text_addc(&t, ' ');
}

static bool is_told(void *arg)
{
	return strcmp(told, arg) == 0;
}

/* Exactly this is told, now or in a moment; then it is forgotten. */
static void expect(const char *what)
{
	char want[200];

	(void)snprintf(want, sizeof(want), "%s", what);
	ck_assert_msg(
	    os_test_run(&loop, is_told, want, 3000), "told \"%s\", should be \"%s\"", told, what);
	told[0] = '\0';
}

/* Nothing more is told for a while. */
static bool never(void *arg)
{
	(void)arg;
	return false;
}

static void expect_nothing(unsigned ms)
{
	(void)os_test_run(&loop, never, NULL, ms);
	ck_assert_msg(told[0] == '\0', "told \"%s\"", told);
}

static void open_dir(unsigned rescan_s)
{
	int err = 0;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	err = pxe_image_dir_open(&loop, os_test_dir(), ".iso", rescan_s, on_change, told, &dir);
	ck_assert_msg(err == 0, "%s", pxe_strerror(err));
}

static void close_dir(void)
{
	pxe_image_dir_close(dir);
	os_test_close_loop(&loop);
	ck_assert_str_eq(told, "");
	os_test_remove_dir();
}

START_TEST(what_is_there_at_first)
{
	os_test_write(os_test_path("b.iso"), "b");
	os_test_write(os_test_path("a.ISO"), "a");
	os_test_write(os_test_path(".hidden.iso"), "x");
	os_test_write(os_test_path(".iso"), "x");
	os_test_write(os_test_path("c.img"), "x");
	ck_assert_int_eq(mkdir(os_test_path("d.iso"), 0755), 0);
	open_dir(0);
	ck_assert_ptr_nonnull(strstr(told, "+a.ISO "));
	ck_assert_ptr_nonnull(strstr(told, "+b.iso "));
	ck_assert_ptr_nonnull(strstr(told, "!d.iso(denied by policy) "));
	ck_assert_uint_eq(strlen(told), strlen("+a.ISO +b.iso !d.iso(denied by policy) "));
	told[0] = '\0';
	ck_assert_str_eq(pxe_image_dir_at(dir, 0)->name, "a.ISO");
	ck_assert_str_eq(pxe_image_dir_at(dir, 1)->name, "b.iso");
	ck_assert_ptr_null(pxe_image_dir_at(dir, 2));
	ck_assert_ptr_eq(pxe_image_dir_find(dir, "b.iso"), pxe_image_dir_at(dir, 1));
	ck_assert_ptr_null(pxe_image_dir_find(dir, "a.iso"));
	ck_assert_ptr_null(pxe_image_dir_find(dir, "d.iso"));
	expect_nothing(50);
	close_dir();
}
END_TEST

START_TEST(comes_and_goes)
{
	const char *a = os_test_path("a.iso"), *other = os_test_path("part"),
		   *b = os_test_path("b.iso");
	struct pxe_image *kept = NULL;
	char buf[4] = "";

	open_dir(0);
	expect("");
	os_test_write(a, "one"); /* written in place */
	expect("+a.iso ");
	kept = pxe_image_ref(pxe_image_dir_find(dir, "a.iso"));
	os_test_write(other, "two"); /* renamed over it */
	ck_assert_int_eq(rename(other, a), 0);
	expect("-a.iso +a.iso ");
	ck_assert(pxe_image_dir_find(dir, "a.iso") != kept);
	ck_assert_int_eq(rename(a, b), 0);
	expect("-a.iso +b.iso ");
	ck_assert_int_eq(rename(b, other), 0); /* to a name that is none of ours */
	expect("-b.iso ");
	ck_assert_int_eq(symlink("part", a), 0);
	expect("+a.iso ");
	ck_assert_int_eq(link(other, b), 0);
	expect("+b.iso ");
	ck_assert_int_eq(unlink(a), 0);
	ck_assert_int_eq(unlink(b), 0);
	expect("-a.iso -b.iso ");
	ck_assert_int_eq(pxe_image_read(kept, 0, buf, 3), 0);
	ck_assert_str_eq(buf, "one");
	pxe_image_unref(kept);
	expect_nothing(50);
	close_dir();
}
END_TEST

/* A copy under way is not to be seen before it is whole, nor is a file that is written to again. */
START_TEST(copy_under_way)
{
	const char *a = os_test_path("a.iso");
	int fd = -1;

	open_dir(0);
	fd = open(a, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	for (unsigned i = 0; i < 5; i++) {
		ck_assert_int_eq(write(fd, "part", 4), 4);
		ck_assert_int_eq(fchmod(fd, 0600 + i), 0);
		expect_nothing(20);
		ck_assert_ptr_null(pxe_image_dir_find(dir, "a.iso"));
	}
	ck_assert_int_eq(close(fd), 0);
	expect("+a.iso ");
	ck_assert_uint_eq(pxe_image_dir_find(dir, "a.iso")->id.size, 20);
	fd = open(a, O_WRONLY | O_CLOEXEC);
	expect_nothing(20);
	ck_assert_int_eq(write(fd, "over", 4), 4);
	expect("-a.iso ");
	ck_assert_int_eq(close(fd), 0);
	expect("+a.iso ");
	fd = open(a, O_WRONLY | O_CLOEXEC); /* opened and closed without a byte: as it was */
	ck_assert_int_eq(close(fd), 0);
	expect_nothing(20);
	ck_assert_int_eq(
	    utimensat(AT_FDCWD, a, NULL, 0), 0); /* a new date is another Last-Modified */
	expect("-a.iso +a.iso ");
	close_dir();
}
END_TEST

START_TEST(refused)
{
	const char *a = os_test_path("a.iso");

	ck_assert_int_eq(mkfifo(a, 0644), 0);
	open_dir(1);
	expect("!a.iso(denied by policy) ");
	expect_nothing(1500); /* and said once, however often it is looked at */
	ck_assert_int_eq(unlink(a), 0);
	os_test_write(a, "good");
	expect("+a.iso ");
	close_dir();
}
END_TEST

/* With a writer that says nothing (truncate, or one on another machine) the folder is read again.
 */
START_TEST(rescan)
{
	const char *a = os_test_path("a.iso");

	os_test_write(a, "1234");
	open_dir(1);
	expect("+a.iso ");
	ck_assert_int_eq(truncate(a, 2), 0);
	expect("-a.iso ");
	expect("+a.iso ");
	ck_assert_uint_eq(pxe_image_dir_find(dir, "a.iso")->id.size, 2);
	close_dir();
}
END_TEST

START_TEST(folder_goes_and_comes_back)
{
	char moved[200];

	os_test_write(os_test_path("a.iso"), "1");
	open_dir(1);
	expect("+a.iso ");
	(void)snprintf(moved, sizeof(moved), "%s.moved", os_test_dir());
	ck_assert_int_eq(rename(os_test_dir(), moved), 0);
	expect("-a.iso ");
	ck_assert_ptr_null(pxe_image_dir_at(dir, 0));
	ck_assert_int_eq(rename(moved, os_test_dir()), 0);
	expect("+a.iso ");
	os_test_write(os_test_path("b.iso"), "2");
	expect("+b.iso ");
	os_test_remove_dir();
	(void)os_test_run(&loop, never, NULL, 100);
	ck_assert_ptr_null(pxe_image_dir_at(dir, 0));
	told[0] = '\0';
	ck_assert_int_eq(mkdir(os_test_dir(), 0755), 0);
	os_test_write(os_test_path("c.iso"), "3");
	expect("+c.iso ");
	close_dir();
}
END_TEST

START_TEST(limit)
{
	char name[20];

	for (unsigned i = 0; i < PXE_IMAGE_DIR_MAX; i++) {
		(void)snprintf(name, sizeof(name), "%04u.iso", i);
		ck_assert_int_eq(symlink("/dev/null", os_test_path(name)), 0);
	}
	open_dir(0);
	told[0] = '\0';
	os_test_write(os_test_path("x.iso"), "x");
	expect("!x.iso(a limit is reached) ");
	os_test_write(os_test_path("y.iso"), "x");
	expect_nothing(50);
	ck_assert_int_eq(unlink(os_test_path("0001.iso")), 0);
	os_test_write(os_test_path("x.iso"), "x");
	expect("+x.iso ");
	close_dir();
}
END_TEST

START_TEST(no_folder)
{
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(
	    pxe_image_dir_open(&loop, os_test_path("none"), ".iso", 0, on_change, told, &dir),
	    -ENOENT);
	os_test_write(os_test_path("file"), "");
	ck_assert_int_eq(
	    pxe_image_dir_open(&loop, os_test_path("file"), ".iso", 0, on_change, told, &dir),
	    -ENOTDIR);
	ck_assert_ptr_null(dir);
	pxe_image_dir_close(NULL);
	os_test_close_loop(&loop);
	os_test_remove_dir();
}
END_TEST

CHECK_MAIN("os/image_dir", what_is_there_at_first, comes_and_goes, copy_under_way, refused, rescan,
    folder_goes_and_comes_back, limit, no_folder)
