/* SPDX-License-Identifier: BSD-2-Clause */
/* os_test.h -- what the tests of the os layer share: a loop run until something holds, temporary
 * folders, and network namespaces for what needs interfaces of its own. Each test is a
 * process (Check's default), so it may change its user, descriptors and namespaces.
 */
#pragma once

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "tests/unit/check_main.h"

#define SKIP_UNLESS_ROOT()                                                                         \
	do {                                                                                       \
		if (geteuid() != 0) {                                                              \
			(void)printf("skipped: %s needs root\n", __func__);                        \
			return;                                                                    \
		}                                                                                  \
	} while (0)

static inline void os_test_expire(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

/* Run the loop until cond holds or ms have passed; what cond says at the end. */
static inline bool os_test_run(uv_loop_t *loop, bool (*cond)(void *arg), void *arg, unsigned ms)
{
	static uv_timer_t timer; /* closed before we return; libuv may look at it once more */
	bool is_over = false;

	(void)uv_timer_init(loop, &timer);
	timer.data = &is_over;
	(void)uv_timer_start(&timer, os_test_expire, ms, 0);
	while (!cond(arg) && !is_over)
		(void)uv_run(loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&timer, NULL);
	(void)uv_run(loop, UV_RUN_NOWAIT);
	return cond(arg);
}

/* Let the closes finish, then require that nothing was left open. */
static inline void os_test_close_loop(uv_loop_t *loop)
{
	for (int i = 0; i < 10; i++)
		(void)uv_run(loop, UV_RUN_NOWAIT);
	ck_assert_int_eq(uv_loop_close(loop), 0);
}

/* A fresh folder, removed with the machine's /tmp; the name is static per process. */
static inline const char *os_test_dir(void)
{
	static char dir[64];

	if (dir[0] == '\0') {
		(void)snprintf(dir, sizeof(dir), "/tmp/pxe-os-test-XXXXXX");
		ck_assert_ptr_nonnull(mkdtemp(dir));
		ck_assert_int_eq(chmod(dir, 0755), 0);
	}
	return dir;
}

static inline const char *os_test_path(const char *name)
{
	static char path[4][256];
	static unsigned next;
	char *out = path[next++ % 4];

	(void)snprintf(out, sizeof(path[0]), "%s/%s", os_test_dir(), name);
	return out;
}

static inline void os_test_remove_dir(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", os_test_dir());
	ck_assert_int_eq(system(command), 0);
}

static inline void os_test_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static inline void os_test_command(const char *command)
{
	ck_assert_msg(system(command) == 0, "failed: %s", command);
}

/* A network of this process' own, with loopback up; gone when the process ends. */
static inline void os_test_netns(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	os_test_command("ip link set lo up");
}
