/* SPDX-License-Identifier: BSD-2-Clause */
/* root_test.c -- names and links that try to leave the root, by openat2 and by the walk. */
#include "libpxecommon/os/root.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "libpxecommon/base/err.h"
#include "os_test.h"

static void link_to(const char *target, const char *name)
{
	ck_assert_int_eq(symlink(target, os_test_path(name)), 0);
}

/* outside/secret and root/ with every kind of file in it. */
static void make_tree(void)
{
	static const char *const dirs[] = {
	    "outside", "root", "root/sub", "root/sub/deep", "root/outside", "root/etc"};
	char absolute[256];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	for (size_t i = 0; i < ROWS(dirs); i++)
		ck_assert_int_eq(mkdir(os_test_path(dirs[i]), 0755), 0);
	os_test_write(os_test_path("outside/secret"), "secret");
	os_test_write(os_test_path("root/file"), "file");
	os_test_write(os_test_path("root/sub/inner"), "inner");
	os_test_write(os_test_path("root/sub/deep/well"), "well");
	os_test_write(os_test_path("root/etc/conf"), "conf");
	link_to("file", "root/to_file");
	link_to("to_file", "root/chain");
	link_to("sub/../sub/./deep/../inner", "root/winding");
	link_to("sub", "root/to_sub");
	link_to("../file", "root/sub/up_inside");
	link_to("../../outside/secret", "root/sub/up_outside");
	link_to("../outside", "root/dir_outside");
	link_to("/etc/conf", "root/absolute_etc");
	link_to("/", "root/to_slash");
	link_to("..", "root/to_parent");
	link_to("loop_b", "root/loop_a");
	link_to("loop_a", "root/loop_b");
	link_to("nowhere", "root/dangling");
	(void)snprintf(absolute, sizeof(absolute), "%s", os_test_path("outside/secret"));
	link_to(absolute, "root/absolute_secret");
	(void)snprintf(absolute, sizeof(absolute), "%s", os_test_path("root/file"));
	link_to(absolute, "root/absolute_file");
	link_to("/proc/self/root", "root/magic");
	ck_assert_int_eq(mkfifo(os_test_path("root/fifo"), 0644), 0);
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", os_test_path("root/socket"));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	(void)close(fd);
	if (geteuid() == 0)
		(void)mknod(os_test_path("root/null"), S_IFCHR | 0666, makedev(1, 3));
}

enum { B = PXE_SYMLINKS_BENEATH, N = PXE_SYMLINKS_NONE };

/* What each policy makes of a name: the contents, "/" for a directory, or an error after "!". */
static const struct {
	const char *name, *want[4]; /* BENEATH, IN_ROOT, FOLLOW, NONE */
} reads[] = {
    {"file", {"file", "file", "file", "file"}},
    {".", {"/", "/", "/", "/"}},
    {"sub", {"/", "/", "/", "/"}},
    {"sub/", {"/", "/", "/", "/"}},
    {"sub/deep/well", {"well", "well", "well", "well"}},
    {"sub//deep/./well", {"well", "well", "well", "well"}},
    {"file/", {"!ENOTDIR", "!ENOTDIR", "!ENOTDIR", "!ENOTDIR"}},
    {"file/x", {"!ENOTDIR", "!ENOTDIR", "!ENOTDIR", "!ENOTDIR"}},
    {"none", {"!ENOENT", "!ENOENT", "!ENOENT", "!ENOENT"}},
    {"none/file", {"!ENOENT", "!ENOENT", "!ENOENT", "!ENOENT"}},
    {"", {"!ENOENT", "!ENOENT", "!ENOENT", "!ENOENT"}},
    /* Never the result of pxe_path_normalise, refused all the same. */
    {"..", {"!TRAVERSAL", "!TRAVERSAL", "!TRAVERSAL", "!TRAVERSAL"}},
    {"sub/../../outside/secret", {"!TRAVERSAL", "!TRAVERSAL", "!TRAVERSAL", "!TRAVERSAL"}},
    {"/etc/passwd", {"!TRAVERSAL", "!TRAVERSAL", "!TRAVERSAL", "!TRAVERSAL"}},
    /* Links that stay. */
    {"to_file", {"file", "file", "file", "!ELOOP"}},
    {"chain", {"file", "file", "file", "!ELOOP"}},
    {"winding", {"inner", "inner", "inner", "!ELOOP"}},
    {"to_sub", {"/", "/", "/", "!ELOOP"}},
    {"to_sub/", {"/", "/", "/", "!ELOOP"}},
    {"to_sub/inner", {"inner", "inner", "inner", "!ELOOP"}},
    {"sub/up_inside", {"file", "file", "file", "!ELOOP"}},
    {"to_sub/up_inside", {"file", "file", "file", "!ELOOP"}},
    {"to_file/", {"!ENOTDIR", "!ENOTDIR", "!ENOTDIR", "!ELOOP"}},
    {"to_file/x", {"!ENOTDIR", "!ENOTDIR", "!ENOTDIR", "!ELOOP"}},
    {"loop_a", {"!ELOOP", "!ELOOP", "!ELOOP", "!ELOOP"}},
    {"dangling", {"!ENOENT", "!ENOENT", "!ENOENT", "!ELOOP"}},
    /* Links that lead out: in a root that is "/", ".." ends there. */
    {"sub/up_outside", {"!TRAVERSAL", "!ENOENT", "secret", "!ELOOP"}},
    {"dir_outside/secret", {"!TRAVERSAL", "!ENOENT", "secret", "!ELOOP"}},
    {"to_parent", {"!TRAVERSAL", "/", "/", "!ELOOP"}},
    {"to_parent/file", {"!TRAVERSAL", "file", "!ENOENT", "!ELOOP"}},
    {"absolute_etc", {"!TRAVERSAL", "conf", "!ENOENT", "!ELOOP"}},
    {"to_slash/file", {"!TRAVERSAL", "file", "!ENOENT", "!ELOOP"}},
    {"to_slash", {"!TRAVERSAL", "/", "/", "!ELOOP"}},
    {"absolute_secret", {"!TRAVERSAL", "!ENOENT", "secret", "!ELOOP"}},
    /* Absolute is out even when it points back in: the text says where, not the luck. */
    {"absolute_file", {"!TRAVERSAL", "!ENOENT", "file", "!ELOOP"}},
    /* Neither file nor directory, and no waiting for the other end. */
    {"fifo", {"!DENIED", "!DENIED", "!DENIED", "!DENIED"}},
    {"socket", {"!DENIED", "!DENIED", "!DENIED", "!DENIED"}},
};

static int error_named(const char *name)
{
	static const struct {
		const char *name;
		int err;
	} errors[] = {{"ENOENT", -ENOENT}, {"ENOTDIR", -ENOTDIR}, {"ELOOP", -ELOOP},
	    {"TRAVERSAL", PXE_E_TRAVERSAL}, {"DENIED", PXE_E_DENIED}};

	for (size_t i = 0; i < ROWS(errors); i++) {
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].err;
	}
	ck_abort_msg("no error %s", name);
	return 0;
}

static const char *read_some(int fd)
{
	static char text[64];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void check_reads(const struct pxe_root *root)
{
	for (size_t i = 0; i < ROWS(reads); i++) {
		for (int policy = B; policy <= N; policy++) {
			const char *text = reads[i].want[policy];
			struct stat st = {0};
			int fd =
			    pxe_root_open_read(root, reads[i].name, (enum pxe_symlinks)policy, &st);

			if (text[0] == '!') {
				MUST(fd == error_named(text + 1), "%s, policy %d, openat2 %d: %d",
				    reads[i].name, policy, root->has_openat2, fd);
				continue;
			}
			MUST(fd >= 0, "%s, policy %d, openat2 %d: %s", reads[i].name, policy,
			    root->has_openat2, pxe_strerror(fd));
			if (strcmp(text, "/") == 0)
				MUST(S_ISDIR(st.st_mode), "%s", reads[i].name);
			else
				ck_assert_str_eq(read_some(fd), text);
			MUST((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "%s leaks", reads[i].name);
			(void)close(fd);
		}
	}
}

static struct pxe_root open_root(bool walk)
{
	struct pxe_root root;

	ck_assert_int_eq(pxe_root_open(&root, os_test_path("root")), 0);
	ck_assert_str_eq(root.path, os_test_path("root"));
	if (!walk && !root.has_openat2)
		(void)printf("skipped: no openat2 here, only the walk is tested\n");
	if (walk)
		root.has_openat2 = false;
	return root;
}

START_TEST(reads_stay_below_the_root)
{
	make_tree();
	for (int walk = 0; walk < 2; walk++) {
		struct pxe_root root = open_root(walk != 0);

		check_reads(&root);
		pxe_root_close(&root);
	}
	os_test_remove_dir();
}
END_TEST

START_TEST(devices_are_refused)
{
	SKIP_UNLESS_ROOT();
	make_tree();
	for (int walk = 0; walk < 2; walk++) {
		struct pxe_root root = open_root(walk != 0);
		struct stat st;

		ck_assert_int_eq(stat(os_test_path("root/null"), &st), 0);
		ck_assert_int_eq(
		    pxe_root_open_read(&root, "null", PXE_SYMLINKS_BENEATH, &st), PXE_E_DENIED);
		pxe_root_close(&root);
	}
	os_test_remove_dir();
}
END_TEST

/* /proc/self/root is a link the kernel jumps through; as text it is an absolute link. */
START_TEST(magic_links_do_not_jump)
{
	make_tree();
	for (int walk = 0; walk < 2; walk++) {
		struct pxe_root root = open_root(walk != 0);
		struct stat st;

		ck_assert_int_eq(
		    pxe_root_open_read(&root, "magic/etc/passwd", PXE_SYMLINKS_BENEATH, &st),
		    PXE_E_TRAVERSAL);
		ck_assert_int_eq(
		    pxe_root_open_read(&root, "magic/etc/passwd", PXE_SYMLINKS_IN_ROOT, &st),
		    -ENOENT);
		pxe_root_close(&root);
		ck_assert_int_eq(pxe_root_open(&root, "/proc/self"), 0);
		root.has_openat2 = walk == 0 && root.has_openat2;
		ck_assert_int_lt(
		    pxe_root_open_read(&root, "root/etc/passwd", PXE_SYMLINKS_BENEATH, &st), 0);
		ck_assert_int_lt(
		    pxe_root_open_read(&root, "root/etc/passwd", PXE_SYMLINKS_IN_ROOT, &st), 0);
		pxe_root_close(&root);
	}
	os_test_remove_dir();
}
END_TEST

START_TEST(writes_stay_below_the_root)
{
	static const int create = O_WRONLY | O_CREAT | O_TRUNC;

	make_tree();
	for (int walk = 0; walk < 2; walk++) {
		struct pxe_root root = open_root(walk != 0);
		struct stat st;
		int fd = pxe_root_open_write(&root, "sub/new", create, 0640, PXE_SYMLINKS_BENEATH);

		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq((int)write(fd, "data", 4), 4);
		ck_assert_int_eq(fstat(fd, &st), 0);
		ck_assert_uint_eq(st.st_mode & 07777, 0640);
		(void)close(fd);
		/* Once more without the permission to make one; a mode is of no use then. */
		fd = pxe_root_open_write(&root, "sub/new", O_WRONLY, 0640, PXE_SYMLINKS_NONE);
		ck_assert_int_ge(fd, 0);
		(void)close(fd);
		ck_assert_int_eq(pxe_root_open_write(
				     &root, "sub/new", create | O_EXCL, 0640, PXE_SYMLINKS_BENEATH),
		    -EEXIST);
		ck_assert_int_eq(unlink(os_test_path("root/sub/new")), 0);
		fd = pxe_root_open_write(&root, "to_sub/new", create, 0640, PXE_SYMLINKS_BENEATH);
		ck_assert_int_ge(fd, 0);
		(void)close(fd);
		ck_assert_int_eq(unlink(os_test_path("root/sub/new")), 0);
		/* The last component is never followed, whatever the policy. */
		for (int policy = B; policy <= N; policy++) {
			enum pxe_symlinks p = (enum pxe_symlinks)policy;

			ck_assert_int_eq(
			    pxe_root_open_write(&root, "to_file", create, 0640, p), -ELOOP);
			ck_assert_int_eq(
			    pxe_root_open_write(&root, "dangling", create, 0640, p), -ELOOP);
		}
		ck_assert_int_eq(pxe_root_open_write(
				     &root, "dir_outside/new", create, 0640, PXE_SYMLINKS_BENEATH),
		    PXE_E_TRAVERSAL);
		ck_assert_int_eq(
		    pxe_root_open_write(&root, "fifo", O_WRONLY, 0, PXE_SYMLINKS_BENEATH),
		    PXE_E_DENIED);
		ck_assert_int_eq(
		    pxe_root_open_write(&root, "sub", O_WRONLY, 0, PXE_SYMLINKS_BENEATH), -EISDIR);
		ck_assert_int_eq(access(os_test_path("outside/new"), F_OK), -1);
		ck_assert_int_eq(access(os_test_path("root/nowhere"), F_OK), -1);
		pxe_root_close(&root);
	}
	os_test_remove_dir();
}
END_TEST

START_TEST(directories_open_as_such)
{
	make_tree();
	for (int walk = 0; walk < 2; walk++) {
		struct pxe_root root = open_root(walk != 0);
		int fd = pxe_root_open_dir(&root, "to_sub/deep", PXE_SYMLINKS_BENEATH);

		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(faccessat(fd, "well", F_OK, 0), 0);
		(void)close(fd);
		ck_assert_int_eq(pxe_root_open_dir(&root, "file", PXE_SYMLINKS_BENEATH), -ENOTDIR);
		ck_assert_int_eq(pxe_root_open_dir(&root, "to_sub", PXE_SYMLINKS_NONE), -ELOOP);
		ck_assert_int_eq(
		    pxe_root_open_dir(&root, "dir_outside", PXE_SYMLINKS_BENEATH), PXE_E_TRAVERSAL);
		fd = pxe_root_open_dir(&root, "dir_outside", PXE_SYMLINKS_IN_ROOT);
		ck_assert_int_ge(fd, 0); /* root/outside, by the text of the link */
		ck_assert_int_eq(faccessat(fd, "secret", F_OK, 0), -1);
		(void)close(fd);
		pxe_root_close(&root);
	}
	os_test_remove_dir();
}
END_TEST

START_TEST(root_itself_must_be_usable)
{
	struct pxe_root root;

	make_tree();
	ck_assert_int_eq(pxe_root_open(&root, os_test_path("none")), -ENOENT);
	ck_assert_int_eq(pxe_root_open(&root, os_test_path("root/file")), -ENOTDIR);
	if (geteuid() == 0) {
		ck_assert_int_eq(chmod(os_test_path("outside"), 0700), 0);
		ck_assert_int_eq(seteuid(65534), 0);
		ck_assert_int_eq(pxe_root_open(&root, os_test_path("outside")), -EACCES);
		ck_assert_int_eq(seteuid(0), 0);
	}
	os_test_remove_dir();
}
END_TEST

CHECK_MAIN("os/root", reads_stay_below_the_root, devices_are_refused, magic_links_do_not_jump,
    writes_stay_below_the_root, directories_open_as_such, root_itself_must_be_usable)
