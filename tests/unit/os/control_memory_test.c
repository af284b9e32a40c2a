/* SPDX-License-Identifier: BSD-2-Clause */
/* control_memory_test.c -- a control socket that has no memory for its clients for a while.
 *
 * control.c is compiled into this test with calloc() called test_calloc(). */
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "libpxecommon/os/control.h"
#include "os_test.h"

enum { CLIENTS = 5 };

void *test_calloc(size_t n, size_t size);

static bool has_memory = true;
static unsigned refused;

void *test_calloc(size_t n, size_t size)
{
	refused += !has_memory;
	return has_memory ? calloc(n, size) : NULL;
}

static int dial(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", os_test_path("control"));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static bool is_readable(void *arg)
{
	struct pollfd pfd = {.fd = *(int *)arg, .events = POLLIN};

	return poll(&pfd, 1, 0) == 1;
}

START_TEST(clients_are_turned_away_and_later_ones_served)
{
	struct pxe_control_opts opts = {.daemon = "testd", .path = os_test_path("control")};
	struct pxe_control *control = NULL;
	char text[64];
	int fd[CLIENTS], served = -1;
	uv_loop_t loop;

	(void)signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_control_new(&loop, &opts, &control), 0);
	has_memory = false;
	for (int i = 0; i < CLIENTS; i++)
		fd[i] = dial();
	for (int i = 0; i < CLIENTS; i++) {
		ck_assert(os_test_run(&loop, is_readable, &fd[i], 20000));
		ck_assert_int_eq(read(fd[i], text, sizeof(text)), 0);
		(void)close(fd[i]);
	}
	ck_assert_uint_ge(refused, CLIENTS);
	has_memory = true;
	served = dial();
	ck_assert_int_eq(write(served, "help\n", 5), 5);
	ck_assert(os_test_run(&loop, is_readable, &served, 20000));
	ck_assert_int_gt(read(served, text, sizeof(text)), 0);
	(void)close(served);
	pxe_control_free(control);
	os_test_close_loop(&loop);
	os_test_remove_dir();
}
END_TEST

START_TEST(it_can_end_while_turning_away)
{
	struct pxe_control_opts opts = {.daemon = "testd", .path = os_test_path("control")};
	struct pxe_control *control = NULL;
	int fd[CLIENTS];
	uv_loop_t loop;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_control_new(&loop, &opts, &control), 0);
	has_memory = false;
	for (int i = 0; i < CLIENTS; i++)
		fd[i] = dial();
	(void)uv_run(&loop, UV_RUN_ONCE);
	ck_assert_uint_gt(refused, 0);
	pxe_control_free(control);
	os_test_close_loop(&loop);
	for (int i = 0; i < CLIENTS; i++)
		(void)close(fd[i]);
	os_test_remove_dir();
}
END_TEST

START_TEST(the_folder_can_be_given_up)
{
	struct pxe_control_opts opts = {.daemon = "testd", .path = os_test_path("control")};
	struct pxe_control *control = NULL;
	uv_loop_t loop;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(pxe_control_new(&loop, &opts, &control), 0);
	pxe_control_forget_dir(control);
	pxe_control_forget_dir(control);
	pxe_control_forget_dir(NULL);
	pxe_control_free(control);
	os_test_close_loop(&loop);
	ck_assert_int_eq(access(os_test_path("control"), F_OK), 0);
	os_test_remove_dir();
}
END_TEST

CHECK_MAIN("os/control_memory", clients_are_turned_away_and_later_ones_served,
    it_can_end_while_turning_away, the_folder_can_be_given_up)
