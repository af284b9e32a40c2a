/* SPDX-License-Identifier: BSD-2-Clause */
/* exchange6.h -- one DHCPv6 message being answered: what is known so far, and the steps all types
 * share.
 *
 * Inside the core only. A message type is one file and one line in the dispatch table of core6.c,
 * which also says what makes a message of that type one to discard (RFC 8415 16); each handler ends
 * its exchange by exactly one of exchange6_discard(), reply6_send() or exchange6_event(). Pure.
 */
#pragma once

#include "dhcpd/core/scope.h"
#include "dhcpd/core/v6/core6.h"
#include "dhcpd/core/v6/host6.h"
#include "dhcpd/core/v6/pool6.h"

enum {
	EXCHANGE6_LINE_MAX = 256,
	EXCHANGE6_IA_MAX = 24, /* identity associations of a message that are looked at */
	EXCHANGE6_DUID_TEXT = LEASE6_DUID_MAX * 3,
	REPLY6_MAX = 16 * 1024,  /* longest answer, relays included */
	LEASE6_TEXT_USUAL = 1024 /* almost every entry of the lease file fits */
};

struct core6 {
	struct core6_opts opts;
	struct conf *conf;
	struct leases6 leases;
	struct pools6 pools;
	struct scope_runner runner;
	struct lease_text_style style;
	uint32_t prefix_mode;              /* prefix-length-mode */
	int64_t offset_us;                 /* of the wall clock; 0: not looked at yet */
	const struct pxe_opt_space *space; /* dhcp6 */
	uint8_t duid[LEASE6_DUID_MAX], conf_duid[LEASE6_DUID_MAX];
	size_t duid_len, conf_duid_len;
	/* room for one exchange, so that none is allocated */
	struct settings settings;
	struct pxe_dhcp6_chain chain;
	struct setting_var var;
	uint8_t var_value[1024];
	char extra[LEASE6_EXTRA_MAX];
	uint8_t ias[REPLY6_MAX], reply[REPLY6_MAX];
};

/* What happened to the addresses asked for, worst first: it becomes the event's reason. */
struct outcome6 {
	enum pxe_reason reason;
	unsigned given; /* addresses and prefixes with a lifetime */
};

struct exchange6 {
	struct core6 *core;
	const struct core6_in *in;
	const struct core6_iface *iface;
	const struct pxe_now *now;
	int64_t now_s;
	struct fx_list *fx;
	const struct pxe_dhcp6_chain *chain;
	const struct pxe_dhcp6_msg *req; /* the client's message */

	/* who and where, from exchange6_open() */
	struct packet6_view view;
	struct pxe_bytes duid; /* len 0: none sent */
	struct pxe_hwaddr hw;  /* len 0: not known */
	bool has_link;
	struct pxe_ip6 link; /* of the relay nearest to the client */
	const struct network *net;
	struct class_set classes;
	struct host6_match host;
	uint8_t hardware[1 + PXE_HWADDR_MAX];
	char duid_text[EXCHANGE6_DUID_TEXT + 1];
	char from[PXE_IP_STRLEN];

	/* what scopes ran for, from exchange6_choose() */
	const struct subnet *subnet;
	const struct space6 *space;
	struct lease6 *lease; /* whose variables are seen; NULL: none */
	bool is_static;
	uint8_t address[16];
	bool has_address;
	struct expr_ctx ctx;
	bool evaluated; /* settings hold for subnet, space and address above */

	/* the answer */
	uint8_t type; /* PXE_DHCP6_ADVERTISE or _REPLY */
	struct pxe_wr ias;
	struct outcome6 outcome;
	bool is_rapid; /* Reply to a Solicit */
	bool committed;

	/* for the event */
	enum pxe_stage stage;
	struct pxe_ip ip; /* first address or prefix */
	const char *boot_file;
	struct conf_pos where;
	const char *detail;
};

/* ---- exchange6.c: who, where, which settings ---- */

/* Fill in everything that does not depend on an address. False: the network is not known, though
 * the message needs_link; the exchange has ended. */
bool exchange6_open(struct exchange6 *x, bool needs_link);
/* Scopes are to run for this address from now on; space NULL: a fixed one. ip NULL: for none. */
void exchange6_choose(struct exchange6 *x, const struct pxe_ip6 *ip, const struct space6 *space,
    struct lease6 *lease, bool is_static);
/* Run all scopes for what is known now, unless they did; their log lines become effects. */
void exchange6_evaluate(struct exchange6 *x);
/* Is ip on the client's network? */
bool exchange6_is_on_link(const struct exchange6 *x, const struct pxe_ip6 *ip);
/* An option of the space dhcp6 in the settings; NULL: not set. */
const struct setting_option *exchange6_option(const struct exchange6 *x, uint16_t code);
struct pool6_ask exchange6_ask(struct exchange6 *x, enum lease6_kind kind, uint32_t iaid);
/* Our identifier. */
struct pxe_bytes exchange6_server_id(const struct exchange6 *x);

/* ---- say6.c: how exchanges end ---- */

/* No answer: "Discarding Solicit from ADDR; TEXT" and the event. */
void exchange6_discard(struct exchange6 *x, enum pxe_reason reason, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void exchange6_event(struct exchange6 *x, enum pxe_stage stage, enum pxe_reason reason);
/* Append the IA's entry to the lease file. */
void core6_commit(struct core6 *c, const struct ia6 *ia, struct fx_list *fx);
/* DUID as colon-separated hex. */
const char *duid6_text(struct pxe_bytes duid, char buf[EXCHANGE6_DUID_TEXT + 1]);
/* "2001:db8::1", or "2001:db8::/56" of a prefix. */
const char *lease6_text_of(const struct pxe_ip6 *ip, uint8_t len, char buf[PXE_PREFIX_STRLEN]);
/* Run the event programs of `on` that the settings hold. */
void exchange6_run_events(struct exchange6 *x, unsigned on);

/* ---- reply6.c ---- */

/* Begin an answer of that type; identity associations go into x->ias. */
void reply6_begin(struct exchange6 *x, uint8_t type);
enum reply6_what {
	REPLY6_OPTIONS = 1,  /* what the client's option request asks for */
	REPLY6_IAS_LAST = 2, /* IAs behind the status, as ISC has it for Release and Decline */
	REPLY6_PLAIN = 4     /* nothing of the configuration */
};
/* Put it together and send it: identifiers, IAs, status (text NULL: none), options. What was
 * committed is waited for. Ends the exchange. */
void reply6_send(struct exchange6 *x, unsigned what, uint16_t status, const char *text);

/* ---- ia6.c: identity associations of Solicit, Request, Renew and Rebind ---- */

enum ia6_mode { IA6_SOLICIT, IA6_RAPID, IA6_REQUEST, IA6_RENEW, IA6_REBIND };

/* Serve all IAs of the message. Returns how many there were. */
unsigned ia6_serve(struct exchange6 *x, enum ia6_mode mode);
/* Call f for each IA of the message, up to EXCHANGE6_IA_MAX; returns their number. A malformed one
 * is left out. */
typedef void (*ia6_fn)(
    struct exchange6 *x, enum lease6_kind kind, const struct pxe_dhcp6_ia *ia, void *arg);
unsigned ia6_each(struct exchange6 *x, ia6_fn f, void *arg);
/* Next address or prefix in an IA that makes sense. */
bool ia6_next_lease(struct pxe_rd *rd, enum lease6_kind kind, struct pxe_dhcp6_lease *out);
/* Code of an IA option, and of what is in it. */
uint16_t ia6_code(enum lease6_kind kind);
uint16_t ia6_lease_code(enum lease6_kind kind);
/* An IA with nothing but a status. */
void ia6_put_status(struct exchange6 *x, enum lease6_kind kind, const struct pxe_dhcp6_ia *ia,
    uint16_t status, const char *text);

/* ---- one handler a message type ---- */

void v6_solicit(struct exchange6 *x);
void v6_request(struct exchange6 *x);
void v6_confirm(struct exchange6 *x);
void v6_renew(struct exchange6 *x);
void v6_rebind(struct exchange6 *x);
void v6_release(struct exchange6 *x);
void v6_decline(struct exchange6 *x);
void v6_inforequest(struct exchange6 *x);
void v6_leasequery(struct exchange6 *x);

/* Variable of a lease: the relays of its last message, as OPTION_LQ_RELAY_DATA has them. */
#define LEASEQUERY_RELAY_DATA "leasequery-relay-data"
/* Add it to the statements of a lease where leasequery is allowed and there are relays. */
void leasequery_remember(struct exchange6 *x, struct pxe_text *t);

/* Status codes, RFC 8415 21.13 and RFC 5007 4.1.3. */
enum {
	STATUS6_SUCCESS = 0,
	STATUS6_UNSPEC_FAIL = 1,
	STATUS6_NO_ADDRS_AVAIL = 2,
	STATUS6_NO_BINDING = 3,
	STATUS6_NOT_ON_LINK = 4,
	STATUS6_USE_MULTICAST = 5,
	STATUS6_NO_PREFIX_AVAIL = 6,
	STATUS6_UNKNOWN_QUERY_TYPE = 7,
	STATUS6_MALFORMED_QUERY = 8,
	STATUS6_NOT_CONFIGURED = 9,
	STATUS6_NOT_ALLOWED = 10
};
