/* SPDX-License-Identifier: BSD-2-Clause */
/* server.h -- the daemon: workers, control socket, reload, drain, in the order of its life.
 *
 * The main thread's loop has signals and the control socket only; workers serve.
 */
#pragma once

#include "httpfsd/conf.h"

/* Run from loaded flags to the end. Returns the exit status; what went wrong has been logged, the
 * cause last. */
int server_main(const struct conf_flags *flags);
