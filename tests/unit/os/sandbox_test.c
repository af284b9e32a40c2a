/* SPDX-License-Identifier: BSD-2-Clause */
/* sandbox_test.c -- what can still be done inside, and what cannot. */
#include "libpxecommon/os/sandbox.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "libpxecommon/base/err.h"
#include "os_test.h"

/* How a child ends that does it: its exit status, or 128 + the signal. The sandbox is for good, so
 * the test itself stays outside. */
static int end_of(int (*does)(void))
{
	pid_t child = fork();
	int status = 0;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		(void)setvbuf(stdout, NULL, _IOLBF, 0);
		_exit(does());
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* One thing tried inside: what came of it and what should have. */
static int wrong;

static void expect(const char *what, long rc, int want)
{
	int got = rc < 0 ? -errno : 0;

	if (got == want)
		return;
	(void)printf("%s: %s, expected %s\n", what, got == 0 ? "success" : pxe_strerror(got),
	    want == 0 ? "success" : pxe_strerror(want));
	wrong = 1;
}

static bool enter_calls(unsigned calls)
{
	struct pxe_sandbox *sb = pxe_sandbox_new();
	int err = 0;

	pxe_sandbox_no_paths(sb);
	err = pxe_sandbox_enter(sb, calls);
	pxe_sandbox_free(sb);
	return err == 0;
}

static int has_filter(void)
{
	return enter_calls(0) && syscall(SYS_setpriority, 0, 0, 0) != 0;
}

#define SKIP_UNLESS_FILTER()                                                                       \
	do {                                                                                       \
		if (end_of(has_filter) == 0) {                                                     \
			(void)printf("skipped: this build or kernel has no seccomp\n");            \
			return;                                                                    \
		}                                                                                  \
	} while (0)

static int mounts(void)
{
	return enter_calls(0) && mount("none", "/none", "proc", 0, NULL) == 0 ? 0 : errno;
}

static int opens_by_handle(void)
{
	return enter_calls(0) && syscall(SYS_open_by_handle_at, -1, NULL, 0) == 0 ? 0 : errno;
}

START_TEST(what_only_intruders_do_ends_the_process)
{
	SKIP_UNLESS_FILTER();
	ck_assert_int_eq(end_of(mounts), 128 + SIGSYS);
	ck_assert_int_eq(end_of(opens_by_handle), 128 + SIGSYS);
}
END_TEST

/* Outside each of them succeeds or fails otherwise. */
static int tries_what_is_refused(void)
{
	expect("enter", enter_calls(0) ? 0 : -1, 0);
	expect("setuid", syscall(SYS_setuid, getuid()), -EPERM);
	expect("setpriority", syscall(SYS_setpriority, 0, 0, 0), -EPERM);
	expect("signal to ourselves", syscall(SYS_tgkill, getpid(), gettid(), 0), 0);
	expect("fsync", syscall(SYS_fsync, -1), -EPERM);
	expect("sendfile", syscall(SYS_sendfile, -1, -1, NULL, 1), -EPERM);
	expect("inotify", syscall(SYS_inotify_init1, 0), -EPERM);
	expect("unlink", syscall(SYS_unlinkat, -1, "x", 0), -EPERM);
	expect("packet socket", socket(AF_PACKET, SOCK_RAW, 0), -EPERM);
	expect("another family", socket(AF_BLUETOOTH, SOCK_STREAM, 0), -EPERM);
	expect("input into the terminal", ioctl(-1, TIOCSTI, "x"), -EPERM);
	expect("an unknown call", syscall(500), -ENOSYS);
	expect("io_uring", syscall(SYS_io_uring_setup, 1, NULL), -ENOSYS);
	return wrong;
}

START_TEST(what_is_not_needed_is_refused)
{
	SKIP_UNLESS_FILTER();
	ck_assert_int_eq(end_of(tries_what_is_refused), 0);
}
END_TEST

static int tries_groups(void)
{
	expect("enter",
	    enter_calls(PXE_SANDBOX_STORE | PXE_SANDBOX_SEND_FILES | PXE_SANDBOX_WATCH) ? 0 : -1,
	    0);
	expect("fsync", syscall(SYS_fsync, -1), -EBADF);
	expect("unlink", syscall(SYS_unlinkat, -1, "x", 0), -EBADF);
	expect("sendfile", syscall(SYS_sendfile, -1, -1, NULL, 1), -EBADF);
	expect("inotify", syscall(SYS_inotify_add_watch, -1, "/", 1), -EBADF);
	expect("packet socket", socket(AF_PACKET, SOCK_RAW, 0), -EPERM);
	return wrong;
}

static int tries_frames(void)
{
	expect("enter", enter_calls(PXE_SANDBOX_FRAMES | PXE_SANDBOX_REMOVE) ? 0 : -1, 0);
	expect("packet socket", socket(AF_PACKET, SOCK_RAW, 0), geteuid() == 0 ? 0 : -EPERM);
	expect("unlink", syscall(SYS_unlinkat, -1, "x", 0), -EBADF);
	expect("fsync", syscall(SYS_fsync, -1), -EPERM);
	return wrong;
}

START_TEST(groups_allow_what_they_say)
{
	SKIP_UNLESS_FILTER();
	ck_assert_int_eq(end_of(tries_groups), 0);
	ck_assert_int_eq(end_of(tries_frames), 0);
}
END_TEST

#ifndef PXE_SANITIZED
static int starts_a_program(void)
{
	char *const argv[] = {(char *)(uintptr_t) "true", NULL};
	pid_t parent = getppid();

	if (!enter_calls(~0U))
		return 1;
	expect("fork", fork(), -EPERM);
	expect("signal to another", syscall(SYS_tgkill, parent, parent, 0), -EPERM);
	expect("mapping to write and execute",
	    mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
		    MAP_FAILED
		? -1
		: 0,
	    -EPERM);
	if (wrong != 0)
		return wrong;
	(void)execv("/bin/true", argv);
	return 2;
}

START_TEST(no_program_can_be_started)
{
	SKIP_UNLESS_FILTER();
	ck_assert_int_eq(end_of(starts_a_program), 128 + SIGSYS);
}
END_TEST
#endif

static void *run_thread(void *arg)
{
	(void)gethostname(arg, 64);
	return arg;
}

static void resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *res)
{
	*(int *)req->data = status == 0 ? 1 : -1;
	uv_freeaddrinfo(res);
}

/* Threads, libuv's pool and name resolution, which loads its libraries only now. */
static int works_as_a_server(void)
{
	struct pxe_sandbox *sb = pxe_sandbox_new();
	char name[64];
	pthread_t thread;
	uv_getaddrinfo_t req;
	uv_loop_t loop;
	int found = 0;

	expect("enter", pxe_sandbox_enter(sb, 0), 0);
	pxe_sandbox_free(sb);
	errno = pthread_create(&thread, NULL, run_thread, name);
	expect("thread", errno == 0 ? 0 : -1, 0);
	if (errno == 0)
		(void)pthread_join(thread, NULL);
	expect("loop", uv_loop_init(&loop), 0);
	req.data = &found;
	expect("query", uv_getaddrinfo(&loop, &req, resolved, "localhost", NULL, NULL), 0);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	expect("localhost", found == 1 ? 0 : -1, 0);
	return wrong;
}

START_TEST(servers_can_work)
{
	ck_assert_int_eq(end_of(works_as_a_server), 0);
}
END_TEST

/* ---- files ---- */

static int open_in(const char *name, int flags)
{
	int fd = open(os_test_path(name), flags | O_CLOEXEC, 0600);

	if (fd >= 0)
		(void)close(fd);
	return fd;
}

static int has_rules(void)
{
	struct pxe_sandbox *sb = pxe_sandbox_new();
	int err = pxe_sandbox_enter(sb, 0);

	pxe_sandbox_free(sb);
	return err == 0 && open("/", O_RDONLY | O_DIRECTORY) < 0;
}

#define SKIP_UNLESS_RULES()                                                                        \
	do {                                                                                       \
		if (end_of(has_rules) == 0) {                                                      \
			(void)printf("skipped: this kernel has no Landlock\n");                    \
			return;                                                                    \
		}                                                                                  \
	} while (0)

static bool filters;

static int tries_files(void)
{
	struct pxe_sandbox *sb = pxe_sandbox_new();

	pxe_sandbox_add(sb, os_test_path("read"), PXE_SANDBOX_READ);
	pxe_sandbox_add(sb, os_test_path("write"), PXE_SANDBOX_WRITE);
	pxe_sandbox_add(sb, os_test_path("alone"), PXE_SANDBOX_READ);
	pxe_sandbox_add_beside(sb, os_test_path("beside/file"), PXE_SANDBOX_READ);
	pxe_sandbox_add(sb, os_test_path("not-there"), PXE_SANDBOX_WRITE);
	pxe_sandbox_add(sb, NULL, PXE_SANDBOX_READ);
	expect("enter", pxe_sandbox_enter(sb, PXE_SANDBOX_STORE), 0);
	pxe_sandbox_free(sb);
	expect("read", open_in("read/file", O_RDONLY), 0);
	expect("write to what is read", open_in("read/file", O_WRONLY), -EACCES);
	expect("make in what is read", open_in("read/new", O_WRONLY | O_CREAT), -EACCES);
	expect("link out", open_in("read/link", O_RDONLY), -EACCES);
	expect("remove what is read", unlink(os_test_path("read/file")), -EACCES);
	expect("make", open_in("write/new", O_RDWR | O_CREAT | O_EXCL), 0);
	expect("rename", rename(os_test_path("write/new"), os_test_path("write/old")), 0);
	/* Only by descriptor, where there is a filter of calls that says so. */
	expect("cut", truncate(os_test_path("write/old"), 0), filters ? -EPERM : 0);
	expect("cut at open", open_in("write/old", O_WRONLY | O_TRUNC), 0);
	expect("remove", unlink(os_test_path("write/old")), 0);
	expect("a file alone", open_in("alone", O_RDONLY), 0);
	expect("beside", open_in("beside/other", O_RDONLY), 0);
	expect("elsewhere", open_in("elsewhere/file", O_RDONLY), -EACCES);
	expect("elsewhere, folder", open_in("elsewhere", O_RDONLY | O_DIRECTORY), -EACCES);
	return wrong;
}

static int checks_files(void)
{
	static const struct {
		const char *name;
		int want;
	} row[] = {{"read", 0}, {"read/file", 0}, {"read/link", PXE_E_SANDBOX}, {"alone", 0},
	    {"beside/other", 0}, {"elsewhere", PXE_E_SANDBOX}, {"elsewhere/file", PXE_E_SANDBOX},
	    {"elsewhere/link", 0}, {"elsewhere/none", 0}, {".", PXE_E_SANDBOX}};
	struct pxe_sandbox *sb = pxe_sandbox_new();

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		wrong |= pxe_sandbox_check(os_test_path(row[i].name)) != 0; /* not before */
	pxe_sandbox_add(sb, os_test_path("read"), PXE_SANDBOX_READ);
	pxe_sandbox_add(sb, os_test_path("alone"), PXE_SANDBOX_READ);
	pxe_sandbox_add_beside(sb, os_test_path("beside/file"), PXE_SANDBOX_READ);
	wrong |= pxe_sandbox_enter(sb, 0) != 0;
	pxe_sandbox_free(sb);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		int got = pxe_sandbox_check(os_test_path(row[i].name));

		if (got == row[i].want)
			continue;
		(void)printf("%s: %s\n", row[i].name, pxe_strerror(got));
		wrong = 1;
	}
	wrong |= pxe_sandbox_why(-EACCES, os_test_path("elsewhere")) != PXE_E_SANDBOX;
	wrong |= pxe_sandbox_why(-ENOENT, os_test_path("elsewhere")) != -ENOENT;
	wrong |= pxe_sandbox_why(-EACCES, os_test_path("read/file")) != -EACCES;
	wrong |= !pxe_sandbox_is_on();
	return wrong;
}

static void make_files(void)
{
	static const char *const folders[] = {"read", "write", "beside", "elsewhere"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		ck_assert_int_eq(mkdir(os_test_path(folders[i]), 0755), 0);
	os_test_write(os_test_path("read/file"), "");
	os_test_write(os_test_path("alone"), "");
	os_test_write(os_test_path("beside/file"), "");
	os_test_write(os_test_path("beside/other"), "");
	os_test_write(os_test_path("elsewhere/file"), "");
	ck_assert_int_eq(symlink("../elsewhere/file", os_test_path("read/link")), 0);
	ck_assert_int_eq(symlink("../read/file", os_test_path("elsewhere/link")), 0);
}

START_TEST(files_outside_are_out_of_reach)
{
	int end = 0;

	SKIP_UNLESS_RULES();
	make_files();
	filters = end_of(has_filter) != 0;
	end = end_of(tries_files);
	os_test_remove_dir();
	ck_assert_int_eq(end, 0);
}
END_TEST

START_TEST(what_is_outside_is_known)
{
	int end = 0;

	SKIP_UNLESS_RULES();
	make_files();
	end = end_of(checks_files);
	os_test_remove_dir();
	ck_assert_int_eq(end, 0);
}
END_TEST

static int fails_without_memory(void)
{
	pxe_sandbox_add(NULL, "/", PXE_SANDBOX_READ);
	pxe_sandbox_free(NULL);
	return pxe_sandbox_enter(NULL, 0) == -ENOMEM ? 0 : 1;
}

START_TEST(a_missing_list_is_an_error)
{
	ck_assert_int_eq(end_of(fails_without_memory), 0);
}
END_TEST

CHECK_MAIN("os/sandbox", what_only_intruders_do_ends_the_process, what_is_not_needed_is_refused,
    groups_allow_what_they_say,
#ifndef PXE_SANITIZED
    no_program_can_be_started,
#endif
    servers_can_work, files_outside_are_out_of_reach, what_is_outside_is_known,
    a_missing_list_is_an_error)
