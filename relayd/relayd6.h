/* SPDX-License-Identifier: BSD-2-Clause */
/* relayd6.h -- the shell around core/relay6.h, beside that of the DHCPv4 relay.
 *
 * One socket on port 547 for all links; others beside it are members of ff02::1:2 on each lower
 * one.
 */
#pragma once

#include "libpxecommon/os/linksrc.h"
#include "relayd/core/relay6.h"
#include "relayd/links6.h"
#include "relayd/probe6.h"
#include "relayd/shell.h"
#include "relayd/stats6.h"

enum { RELAYD6_MAX_DGRAM = 4096 };

struct forward6;

struct relayd6 {
	struct shell sh;
	struct relay6 relay; /* its arrays are ours */
	struct links6 links;
	struct forward6 *forward;
	uv_timer_t refresh; /* soon after interfaces have changed */
	bool has_refresh;
	struct pxe_linksrc *linksrc; /* NULL unless link-layer addresses are to be told */
	struct stats6 stats;
	struct probe probe;
};

/* As relayd_open, relayd_reload and relayd_close. */
int relayd6_open(
    struct relayd6 *d, uv_loop_t *loop, const struct flags *flags, const struct relayd_conf *conf);
int relayd6_reload(struct relayd6 *d, struct pxe_text *why);
void relayd6_close(struct relayd6 *d);
