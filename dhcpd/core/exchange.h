/* SPDX-License-Identifier: BSD-2-Clause */
/* exchange.h -- one message being answered: what is known so far, and the steps all types share.
 *
 * Inside the core only. A message type is one file under v4/ and one line in the dispatch table of
 * core.c; each handler ends its exchange by exactly one of exchange_ignore(), exchange_nak(),
 * grant_*() or exchange_event(). Pure.
 */
#pragma once

#include "dhcpd/core/core.h"
#include "dhcpd/core/host.h"
#include "dhcpd/core/packet.h"
#include "dhcpd/core/pool.h"
#include "dhcpd/core/scope.h"
#include "dhcpd/core/spawn.h"

enum { EXCHANGE_LINE_MAX = 768, EXCHANGE_HOSTNAME_MAX = 64 };

struct core {
	struct core_opts opts;
	struct conf *conf;
	struct leases leases;
	struct offers offers;
	struct pools pools;
	struct spawns spawns;
	struct scope_runner runner;
	struct lease_text_style style;
	uint32_t abandon_s; /* abandon-lease-time */
	int64_t offset_us;  /* wall clock less monotonic time, when last looked at; 0: never yet */
	/* room for one exchange, so that none is allocated */
	struct settings settings;
	struct pxe_dhcp_msg req, reply;
	struct setting_var var; /* answer of lease_var */
	uint8_t var_value[LEASE_HOSTNAME_MAX * 4];
	char vars[LEASE_EXTRA_MAX], tail[LEASE_EXTRA_MAX];
};

struct exchange {
	struct core *core;
	const struct core_in *in;
	const struct core_iface *iface;
	const struct pxe_now *now;
	int64_t now_s;
	struct fx_list *fx;
	const struct pxe_dhcp_msg *req;
	bool probed; /* taken up again after a probe that found nobody */

	/* who and where, from exchange_open() */
	struct packet_view view;
	struct pxe_ip4 link; /* address that selects the network; 0: none */
	const struct network *net;
	bool on_link; /* net is that of the interface it came in on, and no relay was in between */
	struct client_key key;
	struct class_set classes;
	struct host_match host;
	uint8_t hardware[1 + PXE_HWADDR_MAX];
	char hw[PXE_HWADDR_STRLEN], via[64];
	char hostname[EXCHANGE_HOSTNAME_MAX + 4]; /* "(name) " of the message, or "" */
	char line[EXCHANGE_LINE_MAX];             /* "DHCPDISCOVER from ... via eth0" */

	/* what is to be given, from exchange_choose() */
	struct lease *lease; /* NULL: a fixed address */
	struct pxe_ip4 ip;
	uint8_t ip_be[4];
	const struct subnet *subnet;
	const struct pool *pool;
	const struct range4 *range;
	struct expr_ctx ctx;
	uint32_t lease_s;                /* UINT32_MAX: for ever */
	bool reused;                     /* the client's present lease stands as it is */
	const struct class_member *bill; /* class it counts for, NULL: none */
	struct pxe_bytes bill_value;     /* of its subclass, declared or to be spawned */
	int64_t began_us;                /* the DISCOVER of an ACK, 0: not known */
	bool rapid;                      /* an ACK to a DHCPDISCOVER (RFC 4039) */

	/* for the event */
	enum pxe_stage stage; /* as the message came */
	const char *boot_file;
	struct pxe_ip4 server_id;
	struct conf_pos where;
	const char *detail;
};

/* ---- exchange.c: who, where, which settings ---- */

/* Fill in everything that does not depend on an address. */
void exchange_open(struct exchange *x, enum pxe_stage stage);
struct pool_ask exchange_ask(struct exchange *x);
/* The address is chosen: find its subnet and pool. */
void exchange_choose(struct exchange *x, struct pxe_ip4 ip, struct lease *lease);
/* What expressions see: the packet, the client, the address chosen. */
void exchange_fill_context(struct exchange *x);
/* Run all scopes for what is known now; their log lines become effects. */
void exchange_evaluate(struct exchange *x);
/* What the server calls itself in this exchange: suboption 82.11, option 54 of the configuration,
 * or the address of the interface. Needs exchange_evaluate(). */
struct pxe_ip4 exchange_server_id(const struct exchange *x);
bool exchange_is_authoritative(const struct exchange *x);
/* Is a server identifier that the client sent one of ours? True when it sent none. */
bool exchange_is_for_us(struct exchange *x);
/* "(name) " of a lease for log lines, "" without; into buf. */
const char *exchange_lease_name(struct pxe_bytes hostname, char *buf, size_t cap);

/* ---- say.c: how exchanges end ---- */

/* No answer: the line with ": suffix", and the event. fmt NULL: the line alone; quiet (`ignore`):
 * no line at all. where: what decided, or {0}. */
void exchange_ignore(struct exchange *x, enum pxe_reason reason, bool quiet, struct conf_pos where,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The event alone. */
void exchange_event(struct exchange *x, enum pxe_stage stage, enum pxe_reason reason);
/* Append l's record to the lease file. */
void core_commit(struct core *c, const struct lease *l, struct fx_list *fx);
/* Run the event programs of `on` that the settings hold; what they ask for becomes effects. */
void exchange_run_events(struct exchange *x, unsigned on);
/* Log lines and commands collected in the settings to effects. */
void core_settings_effects(struct core *c, struct fx_list *fx);

/* ---- reply.c ---- */

/* Send what core->reply holds, adding 82; options that do not fit are named in a warning. */
void reply_send(struct exchange *x);
/* An empty reply of that type to x->req with 53 and 54. */
struct pxe_dhcp_msg *reply_begin(struct exchange *x, enum pxe_dhcp_type type);
/* Options in ISC's order for what the settings hold. */
void reply_options(struct exchange *x);

/* ---- bootfile.c ---- */

/* siaddr, sname, file and the marks of boot clients. bootp: siaddr defaults to our address. */
void bootfile_fill(struct exchange *x, bool bootp);

/* ---- v4/grant.c: giving out an address ---- */

/* Checks that come before any lease: booting, unknown clients, min-secs. False: the exchange has
 * ended. Needs exchange_evaluate(). */
bool grant_may_have(struct exchange *x);
void grant_offer(struct exchange *x);
void grant_ack(struct exchange *x);
/* DHCPNAK for ip with the given text (RFC 2131 4.3.2). */
void exchange_nak(struct exchange *x, struct pxe_ip4 ip, enum pxe_reason reason, const char *text);
/* How long: option 51 within the configured bounds (5.6 of the manual: lease times). */
uint32_t grant_lease_time(struct exchange *x);

/* ---- v4/: one handler a message type ---- */

void v4_discover(struct exchange *x);
void v4_request(struct exchange *x);
void v4_decline(struct exchange *x);
void v4_release(struct exchange *x);
void v4_inform(struct exchange *x);
void v4_bootp(struct exchange *x);
void v4_leasequery(struct exchange *x);
