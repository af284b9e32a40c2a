/* SPDX-License-Identifier: BSD-2-Clause */
/* stats.h -- what relayd counts and how it shows it: control socket, OpenMetrics, SIGUSR1. */
#pragma once

#include "libpxecommon/base/counter.h"
#include "libpxecommon/os/control.h"
#include "relayd/core/relay.h"

/* Reasons a packet of a relay can end with. */
#define STATS_DROP_TABLE(X)                                                                        \
	X(MALFORMED, "malformed")                                                                  \
	X(WRONG_TYPE, "wrong-type")                                                                \
	X(WRONG_INTERFACE, "wrong-interface")                                                      \
	X(HOP_LIMIT, "hop-limit")                                                                  \
	X(BAD_GIADDR, "bad-giaddr")                                                                \
	X(BAD_AGENT_OPTION, "bad-agent-option")                                                    \
	X(DUPLICATE, "duplicate")                                                                  \
	X(SEND_FAILED, "send-failed")

enum stats_id {
/* Message types passed on: towards the servers, and towards the clients. */
#define X(name, num) STATS_UP_##name,
	PXE_DHCP_TYPE_TABLE(X)
#undef X
	    STATS_UP_OTHER,
#define X(name, num) STATS_DOWN_##name,
	PXE_DHCP_TYPE_TABLE(X)
#undef X
	    STATS_DOWN_OTHER,
#define X(id, name) STATS_DROP_##id,
	STATS_DROP_TABLE(X)
#undef X
	    STATS_AGENT_ADDED,
	STATS_AGENT_OMITTED,
	STATS_AGENT_STRIPPED,
	STATS_SENDS_FAILED,
	STATS_UNKNOWN_SERVER,
	STATS_COUNT
};

struct stats {
	uint64_t v[STATS_COUNT];
};

struct relayd;

/* Count one finished packet. */
void stats_packet(struct stats *st, const struct relay_out *out, enum pxe_reason reason);

/* For struct pxe_control_opts; arg is the struct relayd. */
extern const struct pxe_control_cmd stats_commands[];
extern const size_t stats_ncommands;
void stats_json(struct pxe_json *j, void *arg);
void stats_metrics(struct pxe_text *t, void *arg);
/* Log lines for SIGUSR1. */
void stats_log(const struct relayd *d);
