/* SPDX-License-Identifier: BSD-2-Clause */
/* model.h -- a parsed dhcpd.conf: scopes, networks, pools, hosts, classes, and finding them.
 *
 * Immutable once parsed, everything in one arena, so a reload swaps one pointer. Indexes make every
 * lookup on the packet path independent of the size of the file: subnets by longest prefix, hosts
 * by link-layer address, client identifier and address, subclasses by value. Shared by IPv4 and
 * IPv6.
 *
 * Scopes form a tree by `parent`; the order in which they run for a packet (root, shared network,
 * groups and subnet, pool, classes from last to first declared, host's groups, host; later
 * overrides earlier; each scope once) is core/scope.h's business.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/conf/stmt.h"
#include "libpxecommon/base/diag.h"

enum scope_kind {
	SCOPE_ROOT,
	SCOPE_GROUP,
	SCOPE_SHARED_NETWORK,
	SCOPE_SUBNET,
	SCOPE_POOL,
	SCOPE_CLASS,
	SCOPE_SUBCLASS,
	SCOPE_HOST
};
#define SCOPE_IN(kind) (1u << (kind))
#define SCOPE_IN_ANY   0xffu

struct scope {
	enum scope_kind kind;
	unsigned id;          /* dense from 0 over the configuration: for "ran already" bitmaps */
	struct scope *parent; /* NULL for the root */
	const char *name;     /* of a group, network, class, host; NULL without */
	struct conf_pos pos;
	const struct stmt *first; /* statements in order; NULL: none */
	int authoritative;        /* 1, 0 (`not authoritative`), -1 not said here */
};

struct range4 {
	struct pxe_ip4_range ip;
	bool dynamic_bootp;
	struct conf_pos pos;
};

struct range6 {
	struct pxe_ip6 lo, hi; /* both inside */
	bool temporary;
	struct conf_pos pos;
};

struct prefix6 {
	struct pxe_ip6 lo, hi; /* first and last prefix */
	uint8_t len;
	struct conf_pos pos;
};

enum permit_kind {
	PERMIT_KNOWN,
	PERMIT_UNKNOWN,
	PERMIT_ALL,
	PERMIT_DYNAMIC_BOOTP,
	PERMIT_AUTHENTICATED,
	PERMIT_UNAUTHENTICATED,
	PERMIT_CLASS,
	PERMIT_AFTER
};

struct permit {
	enum permit_kind kind;
	const struct class *class; /* PERMIT_CLASS */
	int64_t after_s;           /* PERMIT_AFTER: wall clock */
};

struct pool {
	struct scope *scope; /* NULL for the implicit pool of plain ranges */
	unsigned id;         /* dense from 0 */
	struct network *network;
	struct pool *next; /* in the network, in order of declaration */
	struct range4 *range;
	size_t nrange;
	struct range6 *range6;
	size_t nrange6;
	struct prefix6 *prefix6;
	size_t nprefix6;
	struct permit *allow, *deny; /* usable when no deny matches and (no allow or one matches) */
	size_t nallow, ndeny;
	const char *failover; /* name of its peer, or NULL */
	struct conf_pos pos;
};

struct subnet {
	struct scope *scope;
	struct network *network;
	struct subnet *next;      /* in the network */
	struct pxe_prefix prefix; /* number and length; the longest run for a mask with holes */
	struct pxe_ip4 mask;      /* IPv4: exactly as written */
	const char *interface;    /* `interface "eth0"`, or NULL */
	struct conf_pos pos;
};

/* A shared network, or the implicit one around a lone subnet (scope is then the subnet's own). */
struct network {
	struct scope *scope;
	const char *name; /* "office", or "10.0.0.0/24" for an implicit one */
	unsigned id;      /* dense from 0 */
	bool implicit;
	const char *interface;
	struct subnet *subnet;
	struct pool *pool;
	struct network *next;
};

/* A name to be resolved by the shell: fixed-address foo.example.org, routers by name. Expressions
 * refer to it. naddr changes under the shell's hands only. */
struct conf_name {
	const char *name;
	struct conf_pos pos;
	struct conf_name *next;
	bool want6;
	size_t naddr; /* 0: not resolved (yet) */
	struct pxe_ip addr[8];
};

struct host {
	struct scope *scope;
	const char *name;
	unsigned index;                      /* in order of declaration, from 0 */
	struct pxe_hwaddr hw;                /* len 0: none */
	struct pxe_bytes client_id;          /* option dhcp-client-identifier; p NULL: none */
	const struct pxe_opt_def *ident_def; /* host-identifier option; NULL: none */
	struct pxe_bytes ident_value;
	int ident_relay; /* v6relopt N; -1: the packet's own option */
	/* fixed-address: constant addresses, and names */
	struct pxe_ip4 *fixed;
	size_t nfixed;
	struct conf_name **fixed_name;
	size_t nfixed_name;
	struct pxe_ip6 *fixed6;
	size_t nfixed6;
	struct pxe_prefix *fixed_prefix6;
	size_t nfixed_prefix6;
	const char *group; /* `group NAME;` reference, or NULL */
	struct scope *group_scope;
	bool dynamic, deleted; /* from a lease file */
	struct conf_pos pos;
};

struct subclass {
	const struct class *class;
	struct scope *scope; /* NULL: no block of its own */
	struct pxe_bytes value;
	int64_t lease_limit; /* -1: the class's */
	unsigned id;         /* billing index, dense over classes and subclasses */
	struct conf_pos pos;
};

struct class
{
	const char *name;
	struct scope *scope;
	unsigned index;              /* in order of declaration */
	unsigned id;                 /* billing index */
	const struct expr *match_if; /* NULL: none */
	const struct expr *match;    /* `match EXPR` or `spawn with EXPR`: selects a subclass */
	bool is_spawning;
	int64_t lease_limit; /* -1: none */
	struct conf_pos pos;
};

struct conf_key {
	const char *name, *algorithm;
	struct pxe_bytes secret;
	struct conf_pos pos;
};

struct conf; /* opaque: conf.c; accessors below */

/* ---- parsing ---- */

/* Give the text of a file: *out_text allocated by malloc, freed by the parser. 0 or -errno. */
typedef int (*conf_read_fn)(void *arg, const char *path, char **out_text, size_t *out_len);

struct conf_input {
	uint8_t family; /* 4 or 6 */
	const char *path;
	conf_read_fn read; /* for path and every include */
	void *arg;
};

/* Parse path. Every finding goes to diag, in ISC's words where it has some. Returns 0 with *out (to
 * be freed with conf_free), PXE_E_CONFIG (diag->errors > 0; *out untouched), -errno (path could not
 * be read; diag says so) or -ENOMEM. Executes nothing. */
int conf_parse(const struct conf_input *in, struct pxe_diag *diag, struct conf **out);
void conf_free(struct conf *c); /* NULL ok */

/* A finding as ISC prints it, into buf; returns buf. For one with a source line that is three
 * lines, "FILE line N: TEXT", the line, and blanks up to a '^' under the token; without one, the
 * first line only; without a place, the text only. No newline at the end. Bytes that a terminal
 * must not see are replaced by '?'. */
char *conf_diag_text(const struct pxe_diag_entry *e, char *buf, size_t cap);
enum { CONF_DIAG_TEXT_MAX = 4096 };

/* ---- what is in it ---- */

struct pxe_opt_registry *conf_registry(const struct conf *c);
struct scope *conf_root(const struct conf *c);
size_t conf_nscope(const struct conf *c);
/* "dhcpd.conf:12" of a place, into buf; "" when it has none. Returns buf. */
char *conf_where(const struct conf *c, struct conf_pos pos, char *buf, size_t cap);
/* The i-th of the files that were read, in order; NULL past the end. */
const char *conf_file_at(const struct conf *c, size_t i);
/* Where the first `execute` stands; line 0 when no program is ever run. */
struct conf_pos conf_execute_pos(const struct conf *c);
struct network *conf_networks(const struct conf *c); /* by next, in order of declaration */
size_t conf_nnetwork(const struct conf *c);
size_t conf_npool(const struct conf *c);
size_t conf_nclass(const struct conf *c);
size_t conf_nbilling(const struct conf *c);
const struct class *conf_class_at(const struct conf *c, size_t index);
const struct class *conf_class(const struct conf *c, const char *name);
size_t conf_nhost(const struct conf *c);
const struct host *conf_host_at(const struct conf *c, size_t i);
struct conf_name *conf_names(const struct conf *c); /* by next */
const struct conf_key *conf_key(const struct conf *c, const char *name);
/* `server-duid`: the DUID as it is sent; its type alone (two bytes) when the server is to make it;
 * len 0 without the statement. */
struct pxe_bytes conf_server_duid(const struct conf *c);

/* ---- finding, independent of the size of the file ---- */

/* Most specific subnet an address lies in; NULL: none. */
const struct subnet *conf_subnet(const struct conf *c, const struct pxe_ip *ip);
/* Subnet or network bound to an interface by `interface "eth0"`; NULL: none. */
const struct network *conf_network_by_interface(const struct conf *c, const char *ifname);
/* Pool and range an address was declared in; NULL: in none. */
const struct pool *conf_pool4(
    const struct conf *c, struct pxe_ip4 ip, const struct range4 **out_range);
/* Hosts by key, in order of declaration: start with prev NULL, go on with the last one returned. */
const struct host *conf_host_by_hw(
    const struct conf *c, const struct pxe_hwaddr *hw, const struct host *prev);
const struct host *conf_host_by_client_id(
    const struct conf *c, struct pxe_bytes id, const struct host *prev);
const struct host *conf_host_by_fixed(
    const struct conf *c, struct pxe_ip4 ip, const struct host *prev);
const struct host *conf_host_by_name(const struct conf *c, const char *name);
/* Hosts with a host-identifier, all of them: the caller compares (there are few kinds; each kind
 * once in ident_kinds). */
const struct host *conf_host_by_ident(const struct conf *c, const struct pxe_opt_def *def,
    int relay, struct pxe_bytes value, const struct host *prev);
/* i-th kind of host-identifier in use; false past the end. */
bool conf_ident_kind(
    const struct conf *c, size_t i, const struct pxe_opt_def **out_def, int *out_relay);
const struct subclass *conf_subclass(
    const struct conf *c, const struct class *cl, struct pxe_bytes value);

/* Statements executed once at start with no packet (global scope): paths, ports, log-facility. */
void conf_run_root(const struct conf *c, struct expr_ctx *ctx);
