/* SPDX-License-Identifier: BSD-2-Clause */
/* conf.h -- how relayd runs: one table of settings for the file and for the flags.
 *
 * Every setting is a row; in the file it is NAME = VALUE, on the command line --NAME VALUE (with
 * dashes), and dhcrelay's own flags are short forms of the same rows (flags.h).
 */
#pragma once

#include "libpxecommon/os/conf.h"
#include "relayd/core/agent.h"
#include "relayd/core/relay.h"
#include "relayd/core/relay6.h"

#define RELAYD_CONF_FILE "/etc/pxesuite/relayd.cfg"
#define RELAYD_CONTROL   "/run/pxesuite/relayd/control"
#define RELAYD_PID_FILE  "/var/run/dhcrelay.pid"
/* The same of the DHCPv6 relay. */
#define RELAYD6_CONF_FILE "/etc/pxesuite/relayd6.cfg"
#define RELAYD6_CONTROL   "/run/pxesuite/relayd6/control"
#define RELAYD6_PID_FILE  "/var/run/dhcrelay6.pid"

enum {
	RELAYD6_PORT = 547,
	RELAYD_EVENTS = 64 << 10 /* some five hundred packets; a router has little memory */
};

struct relayd_conf {
	struct pxe_conf_common common;
	struct pxe_conf_strs servers, pxe_servers;
	struct pxe_conf_strs interfaces, upstream, downstream, trusted;
	struct pxe_conf_strs giaddr; /* "eth1=10.0.0.1" */
	bool wait_interfaces;
	int64_t port, relay_port, hops;
	int64_t pxe_port;                          /* 0: off; used when there are pxe_servers */
	char *vrf, *downstream_vrf, *upstream_vrf; /* NULL: none, and the first one */
	bool agent, drop_mismatch, server_id_override;
	int64_t agent_max;
	int agent_policy;     /* enum relay_policy */
	char *link_selection; /* interface, NULL: off */
	char *reply_giaddr;   /* IPv4 address, NULL: off */
	char *circuit_id, *remote_id, *subscriber_id;
	int server_policy;     /* enum servers_policy */
	int64_t dead_after_ms; /* 0: never */
	int64_t retry_ms;      /* a silent server is tried this often */
	int64_t resolve_ms;    /* names are looked up again this often */
	int64_t dedup_ms;      /* 0: off */

	/* DHCPv6 */
	struct pxe_conf_strs lower, upper; /* "[ADDRESS%]INTERFACE[#ID]", "[ADDRESS%]INTERFACE" */
	bool always_interface_id, client_link_layer;
	char *interface_id; /* template, NULL: four bytes as dhcrelay's */
	int64_t enterprise; /* of the remote-id */
};

extern const struct pxe_conf_schema relayd_schema;

/* All defaults: those of the table, where a relay's are others those, and where the DHCPv6 relay's
 * are others again those. 0 or -ENOMEM. */
int relayd_conf_defaults(struct relayd_conf *conf, bool six, struct pxe_arena *arena);

/* What the table cannot say: templates, addresses, settings that exclude each other or are of the
 * other family. Findings go to diag; 0 or PXE_E_CONFIG. */
int relayd_conf_check(const struct relayd_conf *conf, struct pxe_diag *diag);
int relayd_conf_check6(const struct relayd_conf *conf, struct pxe_diag *diag);

/* One entry of lower or upper. */
struct relayd_conf_link {
	char name[RELAY6_NAME_MAX];
	bool has_address, has_id;
	struct pxe_ip6 address;
	uint32_t id;
};

/* 0 or PXE_E_SYNTAX; an upper link has no #ID. */
int relayd_conf_link(const char *text, bool is_lower, struct relayd_conf_link *out);

/* The VRF, or other device, that the sockets of a side are bound to; NULL for none. */
const char *relayd_conf_vrf(const struct relayd_conf *conf, bool is_up);

/* The parts of it that the core wants. */
struct relay_conf relayd_conf_relay(const struct relayd_conf *conf);
struct servers_conf relayd_conf_servers(const struct relayd_conf *conf);
/* hostname is borrowed by the result, as are conf's strings. */
struct agent_conf relayd_conf_agent(const struct relayd_conf *conf, const char *hostname);

/* Put the lists of interfaces in order, for relayd_conf_lists. */
void relayd_conf_sort(struct relayd_conf *conf);
/* Whether a list of names, in order, has this one. */
bool relayd_conf_lists(const struct pxe_conf_strs *names, const char *name);
/* The address `giaddr` chooses for an interface: true and *out_ip. */
bool relayd_conf_giaddr(const struct relayd_conf *conf, const char *ifname, struct pxe_ip4 *out_ip);
