/* SPDX-License-Identifier: BSD-2-Clause */
/* relayd.h -- the shell around core/relay.h: sockets, interfaces, timers, control socket.
 *
 * One UDP socket on the server port serves every interface (PKTINFO tells them apart), so that a
 * router with thousands of them needs one descriptor, and an interface that comes late or changes
 * its address needs nothing opened. A second one is there when requests leave from another port
 * (RFC 8357).
 */
#pragma once

#include <uv.h>

#include "libpxecommon/os/link.h"
#include "relayd/probe4.h"
#include "relayd/resolver.h"
#include "relayd/shell.h"
#include "relayd/stats.h"

enum { RELAYD_MAX_DGRAM = 2048 };

struct forward;

struct relayd {
	struct shell sh;
	struct relay relay;
	struct forward *forward;
	bool ports_stale; /* interfaces have changed since relay.ports was made */
	struct pxe_link_sock *link;
	struct resolver *resolver;
	struct stats stats;
	struct probe probe;
};

/* Copy conf (its strings and flags are borrowed for life) and open everything that needs
 * privileges. d is all zero before. Each failure is logged here, its cause last. 0 or an error;
 * relayd_close is needed either way. */
int relayd_open(
    struct relayd *d, uv_loop_t *loop, const struct flags *flags, const struct relayd_conf *conf);
/* Start to look up names, once privileges have been dropped: see resolver_kick. */
void relayd_begin(struct relayd *d);
/* Configuration file and flags again. A configuration with errors changes nothing: PXE_E_CONFIG and
 * the first finding in why. */
int relayd_reload(struct relayd *d, struct pxe_text *why);
/* Stop receiving and close all handles; the loop has to run once more. */
void relayd_close(struct relayd *d);
/* Bring relay.ports up to date if interfaces have changed; no port pointer survives it. */
void relayd_refresh_ports(struct relayd *d);
/* How many interfaces are served now, for the status text. */
unsigned relayd_ports_served(const struct relayd *d);
