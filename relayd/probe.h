/* SPDX-License-Identifier: BSD-2-Clause */
/* probe.h -- ask all servers for an address on behalf of nobody, and tell who answers.
 *
 * A DISCOVER of a client that does not exist takes the way of a real one from a client's interface
 * on: giaddr, option 82, sockets, and back through the same checks, where it is caught instead of
 * being delivered. So what it shows is what clients get. It says PXEClient, to see the boot file
 * too, and ends before a REQUEST, so no lease is taken; a server may hold the offer for a while.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libpxecommon/os/control.h"
#include "relayd/core/relay.h"

enum { PROBE_FILE_MAX = 128 };

struct probe_result {
	int err;          /* why it could not be sent, 0 when it was */
	bool is_resolved; /* else there was nowhere to send to */
	bool has_answer;
	int64_t rtt_us;
	struct pxe_ip4 offered, next_server;
	char file[PROBE_FILE_MAX + 1];
	const char *refused; /* why our own rules dropped the answer, NULL: they did not */
};

struct probe {
	bool is_active; /* one was started; its replies are caught */
	uint32_t xid;
	uint8_t mac[6];
	char ifname[PORT_NAME_MAX];
	int64_t start_us;
	size_t n;
	struct probe_result result[SERVERS_MAX]; /* as the servers stand */
};

struct relayd;

/* Send to every server of both groups. ifname: the client's interface, NULL or "" for the first one
 * that has an address. 0, or PXE_E_NOTFOUND with the cause in why, or what relay_packet found. */
int probe_start(struct relayd *d, const char *ifname, struct pxe_text *why);
/* A decided packet: true when it is an answer to the probe, which then has been noted. */
bool probe_catch(struct relayd *d, const struct relay_in *in, const struct relay_out *out);
/* Every server that could be asked has answered. */
bool probe_is_complete(const struct relayd *d);
/* One line for a person about server i; true when all is well with it. */
bool probe_text(const struct relayd *d, size_t i, struct pxe_text *t);

/* Commands of the control socket: start one; what is known of it. */
int probe_run_start(struct pxe_control_conn *conn, const char *args, void *arg);
int probe_run_show(struct pxe_control_conn *conn, const char *args, void *arg);
