/* SPDX-License-Identifier: BSD-2-Clause */
/* probe.h -- what is known of a probe: asking all servers for an address on behalf of nobody.
 *
 * The first message of a client that does not exist takes the way of a real one from a client's
 * link on, and back through the same checks, where it is caught instead of being delivered. So what
 * it shows is what clients get. It says it is a boot client, to see the boot file too, and ends
 * before a Request, so no lease is taken; a server may hold the offer for a while. probe4.h and
 * probe6.h send and catch.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/control.h"

enum {
	PROBE_FILE_MAX = 255,
	PROBE_NAME_MAX = 256,
	PROBE_RESULTS_MAX = 80, /* every server there can be, and some that answer for a group */
	PROBE_GROUP_US = 500000 /* how long more answers are waited for from a group */
};

struct probe_result {
	char server[PROBE_NAME_MAX]; /* as configured */
	bool is_there;               /* else there was nowhere to send to */
	bool is_group;               /* several may answer, each in a result of its own */
	int err;                     /* why it could not be sent, 0 when it was */
	bool has_answer;
	int64_t rtt_us;
	struct pxe_ip from; /* who answered, where that is not plain from server */
	struct pxe_ip offered, next_server;
	char file[PROBE_FILE_MAX + 1]; /* escaped */
	const char *refused; /* why our own rules dropped the answer, NULL: they did not */
};

struct probe {
	bool is_active; /* one was started; its replies are caught */
	uint32_t xid;
	uint8_t mac[6]; /* of the client that does not exist */
	char ifname[16];
	int64_t start_us;
	size_t n;
	struct probe_result result[PROBE_RESULTS_MAX];
};

/* Forget the last one and draw a client and a transaction for a new one, from that interface. */
void probe_init(struct probe *p, const char *ifname);
/* There is none (any more). */
void probe_forget(struct probe *p);
/* A result more, of this server; NULL when there is no room. */
struct probe_result *probe_add(struct probe *p, const char *server);
/* The answer has come, now: its time, and why it would not be delivered (NULL: it would). */
void probe_note(const struct probe *p, struct probe_result *r, const char *refused);
/* Everything is there that is worth waiting for. */
bool probe_is_complete(const struct probe *p);
/* One line for a person about result i; true when all is well with it. */
bool probe_text(const struct probe *p, size_t i, struct pxe_text *t);

/* Answers of the control socket: to `probe`, when starting it ended with err and why; to `probed`.
 */
int probe_started(struct pxe_control_conn *conn, int err, const struct pxe_text *why);
void probe_show(struct pxe_control_conn *conn, const struct probe *p);
