/* SPDX-License-Identifier: BSD-2-Clause */
/* server.h -- the shell around the core: carries out effects, keeps time, reloads, stops.
 *
 * One for both protocols: what differs is behind struct server_family, server4.c and server6.c.
 */
#pragma once

#include <uv.h>

#include "dhcpd/core/core.h"
#include "dhcpd/exec.h"
#include "dhcpd/intake.h"
#include "dhcpd/intake6.h"
#include "dhcpd/load.h"
#include "dhcpd/net.h"
#include "dhcpd/options.h"
#include "dhcpd/probe.h"
#include "dhcpd/resolve.h"
#include "dhcpd/reverse.h"
#include "dhcpd/store.h"
#include "libpxecommon/os/control.h"
#include "libpxecommon/os/events.h"
#include "libpxecommon/os/service.h"

enum {
	SERVER_TXN_MAX = 65536 /* replies that may wait for the disk; beyond, packets are dropped */
};

struct server;

/* Addresses of a pool by state, for people and for figures. */
struct server_pool {
	const char *network;
	char range[112]; /* "10.0.0.10-10.0.0.99" */
	uint64_t total, active, abandoned, offered;
};

/* What of the shell depends on the protocol. */
struct server_family {
	const char *daemon; /* in events and on the control socket */
	uint8_t version;    /* 4 or 6 */
	uint16_t port;
	/* A core that serves conf, which is its own from then on. 0 or an error that was logged;
	 * conf is then freed. */
	int (*make_core)(struct server *s, struct conf *conf);
	void (*free_core)(struct server *s);
	int (*configure)(struct server *s, struct conf *conf); /* as core_configure() */
	const struct conf *(*conf)(const struct server *s);
	/* The lease file has been read. 0 or an error that was logged. NULL: nothing to do. */
	int (*loaded)(struct server *s);
	const struct store_ops *store;
	int (*open_net)(struct server *s); /* 0 or an error that was logged */
	void (*close_net)(struct server *s);
	void (*pause_net)(struct server *s);
	void (*refresh_net)(struct server *s);
	void (*flush_net)(struct server *s);
	size_t (*interfaces)(const struct server *s);
	void (*net_figures)(const struct server *s, struct net_figures *out);
	/* FX_SEND, FX_SEND6 or FX_PROBE. */
	void (*send)(struct server *s, const struct fx *e);
	void (*committed)(struct server *s, const struct fx_commit *c, bool ok);
	void (*tick)(struct server *s, const struct pxe_now *now);
	int64_t (*deadline_us)(const struct server *s, const struct pxe_now *now);
	size_t (*leases)(const struct server *s);
	size_t (*offers)(const struct server *s);
	/* Bound leases that no range holds any more. */
	size_t (*outside)(const struct server *s);
	bool (*pool)(
	    const struct server *s, size_t i, struct server_pool *out); /* false: past the end */
	const struct pxe_control_cmd *cmd;
	size_t ncmd;
};

extern const struct server_family server_family4, server_family6;

struct server {
	const struct server_family *family;
	uv_loop_t *loop;
	const struct dhcpd_options *options;
	struct load_globals globals;
	const char *conf_path;
	char hostname[256];
	struct store *store;
	/* server4.c */
	struct core *core;
	struct net *net;
	struct intake *intake;
	struct prober *prober; /* NULL: no permission to probe */
	/* server6.c */
	struct core6 *core6;
	struct intake6 *intake6;
	struct net6 *net6;
	struct execer exec;
	struct resolver resolver;
	struct reverse reverse;
	struct pxe_events *events;
	struct pxe_control *control;
	struct pxe_service *service;
	uv_timer_t timer;
	int64_t armed_us;   /* what the timer is set to; INT64_MAX: not */
	size_t ntxn;        /* waiting for the disk */
	bool rewrite_later; /* the lease file is large and is rewritten once we serve */
	bool store_failed;  /* said so, and not yet that it works again */
	uint64_t count[PXE_STAGE_COUNT][PXE_REASON_COUNT];
	uint64_t dropped_busy;        /* packets not looked at: SERVER_TXN_MAX */
	uint64_t received[16];        /* DHCPv4: by option 53, the last one: any other */
	struct histogram reply, dora; /* from a packet to its reply; from DISCOVER to ACK */
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
/* The loop is about to run: do what fell due while the server was not there. */
void server_begin(struct server *s);
/* Take no more work and call pxe_service_stopped() when what is begun is done. */
void server_drain(struct server *s);

/* Carry out what the core wants, s->fx; replies go out with the next server_settle(). */
void server_run(struct server *s);
/* After a round of work: send what has gathered, start a batch, set the timer. */
void server_settle(struct server *s);
struct pxe_now server_now(void);
void server_emit(struct server *s, const struct pxe_event *ev);
void server_service_event(struct server *s, enum pxe_reason reason, const char *detail);
/* Must a packet be dropped because too many replies wait for the lease file? Counts and says so. */
bool server_is_busy(struct server *s);
uint16_t server_port(const struct server *s);
/* For store_ops. */
void server_on_rewritten(void *arg, int err, size_t n);
void server_on_batch(void *arg, int err);

/* local.c: fill in the host's name; a seed for tables that strangers fill. */
struct pxe_hash_seed local_identify(struct server *s);
/* db-time-format local writes the local time as a comment; summer comes and goes. */
void local_time_zone(struct lease_text_style *style);

/* txn.c: effects that wait for the disk. Takes s->fx from its first FX_COMMIT on. */
void txn_begin(struct server *s, size_t first);
/* One effect that is not FX_COMMIT, now. */
void server_effect(struct server *s, const struct fx *e);

/* figures.c, ctl.c: what the control socket answers. */
void figures_stats(struct pxe_json *j, void *server);
void figures_metrics(struct pxe_text *t, void *server);
void figures_log(struct server *s);
int ctl_rewrite(struct pxe_control_conn *conn, const char *args, void *server);
#define CTL_REWRITE                                                                                \
	{                                                                                          \
		"rewrite", "rewrite: write the lease file anew, beside the service", ctl_rewrite   \
	}
enum { CTL_COMMANDS = 2, CTL6_COMMANDS = 2 };
extern const struct pxe_control_cmd ctl_commands[CTL_COMMANDS], ctl6_commands[CTL6_COMMANDS];
