/* SPDX-License-Identifier: BSD-2-Clause */
/* stats6.h -- what the DHCPv6 relay counts and how it shows it. */
#pragma once

#include "libpxecommon/base/counter.h"
#include "libpxecommon/os/control.h"
#include "relayd/core/relay6.h"

/* Reasons a packet of the DHCPv6 relay can end with. */
#define STATS6_DROP_TABLE(X)                                                                       \
	X(MALFORMED, "malformed")                                                                  \
	X(WRONG_TYPE, "wrong-type")                                                                \
	X(WRONG_INTERFACE, "wrong-interface")                                                      \
	X(HOP_LIMIT, "hop-limit")                                                                  \
	X(BAD_GIADDR, "bad-giaddr")                                                                \
	X(SEND_FAILED, "send-failed")

enum stats6_id {
#define X(name, num, text) STATS6_UP_##name,
	PXE_DHCP6_TYPE_TABLE(X)
#undef X
	    STATS6_UP_OTHER,
#define X(name, num, text) STATS6_DOWN_##name,
	PXE_DHCP6_TYPE_TABLE(X)
#undef X
	    STATS6_DOWN_OTHER,
#define X(id, name) STATS6_DROP_##id,
	STATS6_DROP_TABLE(X)
#undef X
	    STATS6_SENDS_FAILED,
	STATS6_COUNT
};

struct stats6 {
	uint64_t v[STATS6_COUNT];
};

/* Count one finished packet. */
void stats6_packet(struct stats6 *st, const struct relay6_out *out, enum pxe_reason reason);

/* For struct pxe_control_opts; arg is the struct relayd6. */
extern const struct pxe_control_cmd stats6_commands[];
extern const size_t stats6_ncommands;
void stats6_json(struct pxe_json *j, void *arg);
void stats6_metrics(struct pxe_text *t, void *arg);
struct relayd6;
/* Log lines for SIGUSR1. */
void stats6_log(const struct relayd6 *d);
