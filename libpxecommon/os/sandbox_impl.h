/* SPDX-License-Identifier: BSD-2-Clause */
/* sandbox_impl.h -- the two locks behind sandbox.h.
 *
 * Private to os/sandbox.c. sandbox_calls.c and sandbox_calls_none.c are two forms of the first; the
 * build takes one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct sandbox_rule {
	int fd; /* O_PATH */
	bool writable;
	bool is_dir;
};

/* Load the filter for the groups in calls, into all threads. 1 when it is in force, 0 when this
 * kernel or build has none (logged), -errno. */
int pxe_sandbox_calls(unsigned calls);
/* Put the rules in force. 1, 0 when the kernel has no Landlock, -errno. */
int pxe_sandbox_paths(const struct sandbox_rule *rule, size_t n);
