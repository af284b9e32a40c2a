/* SPDX-License-Identifier: BSD-2-Clause */
/* server.h -- the shell around the core: carries out effects, keeps time, reloads, stops.
 */
#pragma once

#include <uv.h>

#include "dhcpd/core/core.h"
#include "dhcpd/exec.h"
#include "dhcpd/load.h"
#include "dhcpd/net.h"
#include "dhcpd/options.h"
#include "dhcpd/probe.h"
#include "dhcpd/resolve.h"
#include "dhcpd/store.h"
#include "libpxecommon/os/control.h"
#include "libpxecommon/os/events.h"
#include "libpxecommon/os/service.h"

enum {
	SERVER_TXN_MAX = 65536 /* replies that may wait for the disk; beyond, packets are dropped */
};

struct server {
	uv_loop_t *loop;
	const struct dhcpd_options *options;
	struct load_globals globals;
	const char *conf_path;
	char hostname[256];
	struct core *core;
	struct store *store;
	struct net *net;
	struct prober *prober; /* NULL: no permission to probe */
	struct execer exec;
	struct resolver resolver;
	struct pxe_events *events;
	struct pxe_control *control;
	struct pxe_service *service;
	uv_timer_t timer;
	int64_t armed_us;  /* what the timer is set to; INT64_MAX: not */
	size_t ntxn;       /* waiting for the disk */
	bool store_failed; /* said so, and not yet that it works again */
	uint64_t count[PXE_STAGE_COUNT][PXE_REASON_COUNT];
	uint64_t dropped_busy; /* packets not looked at: SERVER_TXN_MAX */
	struct fx_list fx;
};

/* Load leases, open sockets. conf and globals as load.h gave them; conf is the server's from then
 * on, whatever happens. 0 or an error that was logged in the last line. */
int server_open(struct server *s, uv_loop_t *loop, const struct dhcpd_options *options,
    const char *conf_path, struct conf *conf, const struct load_globals *globals);
/* Close everything; run the loop once more afterwards. */
void server_close(struct server *s);
/* Read the configuration again and serve it. 0, or an error with the cause in why (may be NULL);
 * the old one then stays. */
int server_reload(struct server *s, struct pxe_text *why);
/* Take no more work and call pxe_service_stopped() when what is begun is done. */
void server_drain(struct server *s);

/* Carry out what the core wants, s->fx; replies go out with the next server_settle(). */
void server_run(struct server *s);
/* After a round of work: send what has gathered, start a batch, set the timer. */
void server_settle(struct server *s);
struct pxe_now server_now(void);
void server_emit(struct server *s, const struct pxe_event *ev);
void server_service_event(struct server *s, enum pxe_reason reason, const char *detail);

/* txn.c: effects that wait for the disk. Takes s->fx from its first FX_COMMIT on. */
void txn_begin(struct server *s, size_t first);
/* One effect that is not FX_COMMIT, now. */
void server_effect(struct server *s, const struct fx *e);

/* figures.c, ctl.c: what the control socket answers. */
void figures_stats(struct pxe_json *j, void *server);
void figures_metrics(struct pxe_text *t, void *server);
void figures_log(struct server *s);
extern const struct pxe_control_cmd ctl_commands[];
extern const size_t ctl_ncommands;
