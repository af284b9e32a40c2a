/* SPDX-License-Identifier: BSD-2-Clause */
/* exec.h -- commands of `execute("cmd", ...)`, run beside the service.
 *
 * ISC waits for each, which stops it; here they run on their own, a few at a time in order of
 * arrival, and their exit status is logged when it is not 0.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "libpxecommon/base/list.h"

enum { EXEC_RUNNING_MAX = 16, EXEC_QUEUE_MAX = 1024 };

struct execer {
	uv_loop_t *loop;
	struct pxe_link queue;
	size_t queued, running;
	uint64_t started, failed, dropped;
};

void exec_init(struct execer *x, uv_loop_t *loop);
void exec_fini(struct execer *x); /* drops what has not begun */
/* Run argv (NULL-terminated, copied). */
void exec_run(struct execer *x, char *const *argv);
