/* SPDX-License-Identifier: BSD-2-Clause */
/* shell.h -- what the shells of the DHCPv4 and the DHCPv6 relay have in common: configuration and
 * its reload, log, events, control socket.
 */
#pragma once

#include <uv.h>

#include "libpxecommon/base/clock.h"
#include "libpxecommon/os/control.h"
#include "libpxecommon/os/events.h"
#include "libpxecommon/os/iface.h"
#include "libpxecommon/os/udp.h"
#include "relayd/flags.h"

/* Socket of the clients' side, which is that of both where no VRF divides them; of the servers'
 * side in a VRF of its own; the one that requests leave from under relay_port (RFC 8357); and the
 * first two once more for the port of boot servers. */
enum shell_udp {
	SHELL_DOWN,
	SHELL_UP,
	SHELL_RELAY_PORT,
	SHELL_BOOT_DOWN,
	SHELL_BOOT_UP,
	SHELL_NUDP
};

struct shell {
	const char *name; /* "relayd" or "relayd6" */
	uv_loop_t *loop;
	const struct flags *flags;
	struct pxe_arena *arena; /* of conf, once it has been reloaded; before, the caller's */
	struct relayd_conf conf;
	char hostname[256];
	struct pxe_events *events;
	struct pxe_control *control;
	struct pxe_udp *udp[SHELL_NUDP]; /* NULL: not needed, another one does it */
	struct pxe_ifaces *ifaces;
	uv_timer_t tick;
	bool has_tick;
};

/* Log as flags and conf say once the start is over (dhcrelay -d and -q); on standard error before.
 */
void shell_set_up_start_log(const struct flags *flags);
void shell_set_up_log(const struct flags *flags, const struct relayd_conf *conf);
/* The configuration's findings to the log. */
void shell_log_findings(const struct pxe_diag *diag);

/* Copy conf (its strings and flags are borrowed for life) and make the event ring. Failures are
 * logged. 0 or an error. */
int shell_open(struct shell *sh, const char *name, uv_loop_t *loop, const struct flags *flags,
    const struct relayd_conf *conf);
/* Open the control socket if there is to be one; opts has the commands, what is common is filled in
 * here. A path that cannot be made is a warning, another relay behind it an error. */
int shell_open_control(struct shell *sh, struct pxe_control_opts opts);
void shell_close(struct shell *sh);

/* Open the sockets that conf asks for, of `family` 4 or 6; what they receive goes to on_recv. Those
 * of the two sides are one unless their VRFs differ. Failures are logged; shell_close closes. */
int shell_open_udp(
    struct shell *sh, unsigned family, size_t max_dgram, pxe_udp_recv_fn on_recv, void *arg);
/* The socket that sends to clients, and the one that sends to servers. */
struct pxe_udp *shell_down(const struct shell *sh);
struct pxe_udp *shell_up(const struct shell *sh);
/* Those of the port of boot servers, NULL without; and whether udp is one of them. */
struct pxe_udp *shell_boot_up(const struct shell *sh);
struct pxe_udp *shell_boot_down(const struct shell *sh);
bool shell_is_boot(const struct shell *sh, const struct pxe_udp *udp);
/* Datagrams lost for want of buffer, of all sockets. */
uint64_t shell_overflows(const struct shell *sh);
/* File and flags again, into out_conf and *out_arena. A configuration with errors is logged, made
 * an event, its first finding put into why: PXE_E_CONFIG. */
int shell_load(struct shell *sh, struct pxe_arena **out_arena, struct relayd_conf *out_conf,
    struct pxe_text *why);
/* A configuration that was loaded is refused after all, because of what. */
int shell_refuse(struct shell *sh, struct pxe_arena *arena, const char *what, struct pxe_text *why);
/* Take it. What cannot change while running stays, with a warning. */
void shell_take(struct shell *sh, struct pxe_arena *arena, const struct relayd_conf *conf);

/* Read the interfaces and follow them. Failures are logged. 0 or an error. */
int shell_open_ifaces(struct shell *sh, pxe_iface_fn on_change, void *arg);
/* An interface that conf names: 0 when it is there, or when conf says to wait for it, which is
 * logged; else PXE_E_NOTFOUND, logged with the names of those that are. */
int shell_check_iface(const struct shell *sh, const struct relayd_conf *conf, const char *name);
/* Call on_tick once a second; its timer's data is arg. 0 or an error. */
int shell_start_tick(struct shell *sh, uv_timer_cb on_tick, void *arg);
/* The log's line about a server that has just gone silent (health.h). */
void shell_log_silent(const struct shell *sh, const char *server);
/* The end of a reload that took a configuration: event, and a line when err is 0. Returns err. */
int shell_reloaded(struct shell *sh, int err, struct pxe_text *why);

/* Both clocks. */
struct pxe_now shell_now(void);
/* One service event. */
void shell_emit(struct shell *sh, enum pxe_reason reason, const char *detail);
