/* SPDX-License-Identifier: BSD-2-Clause */
/* explain.h -- what the server would answer a client, and which lines of the configuration say so.
 *
 * The core that serves is run on the configuration that is served, with no lease and with a clock
 * that stands still, and its effects are printed instead of carried out. So the explanation cannot
 * disagree with the server, except where a lease that exists would.
 */
#pragma once

#include <stdio.h>

#include "dhcpd/core/exchange.h"
#include "dhcpd/options.h"

enum { EXPLAIN_ANSWERED = 0, EXPLAIN_NO_ANSWER = 1, EXPLAIN_USAGE = 2 };

/* Explain what options->word asks about, to the standard output. conf is freed. Returns an exit
 * status, above; for EXPLAIN_USAGE the cause was logged. */
int explain(const struct dhcpd_options *options, struct conf *conf);

/* The same with DHCPv6; explain() calls it. */
int explain6(const struct dhcpd_options *options, struct conf *conf);

/* ---- explain_iface.c ---- */

enum { EXPLAIN_ADDRESSES_MAX = 64 };

struct explain_iface {
	char name[32];
	struct pxe_ip addr[EXPLAIN_ADDRESSES_MAX];
	size_t naddr;
	struct pxe_hwaddr hw;
	uint32_t mtu;
	bool assumed; /* it is made up */
};

/* The interface a client asks on: what iface= says (NULL: nothing), the only one here that conf
 * serves, or one with the first address of the only subnet. relayed: any will do. 0, or
 * PXE_E_NOTFOUND with the cause in why. */
int explain_iface_choose(uint8_t family, const struct conf *conf, const char *wanted, bool relayed,
    struct explain_iface *out, struct pxe_text *why);

/* ---- explain_rows.c ---- */

enum { EXPLAIN_LINE_MAX = 8192, EXPLAIN_WHERE_MAX = 600 };

/* "  label  value      # where" */
void explain_row(FILE *out, const char *label, const char *value, const char *where);
void explain_row_at(
    FILE *out, const struct conf *conf, const char *label, const char *value, struct conf_pos pos);
/* Names that would have to be looked up. */
void explain_names(FILE *out, const struct conf *conf);
void explain_classes(FILE *out, const struct conf *conf, const struct class_set *set);
void explain_host(FILE *out, const struct conf *conf, const struct host *host, bool known);
/* "NAME VALUE" of an option, with its space in front unless it is the main one. */
void explain_option(const struct pxe_opt_registry *reg, const struct pxe_opt_space *space,
    const struct pxe_opt_def *def, unsigned code, struct pxe_bytes value, struct pxe_text *t);
/* First effect of a kind that happens when the disk works; NULL: none. */
const struct fx *explain_find(const struct fx_list *fx, enum fx_kind kind);
/* Why there is no answer; line NULL, or what the log line begins with. */
void explain_none(FILE *out, const struct fx_list *fx, const char *line);
/* Log lines but those that begin with line, commands, records. */
void explain_effects(FILE *out, const struct fx_list *fx, const char *line);

/* ---- explain_show.c ---- */

struct explain_view {
	FILE *out;
	bool assumed;         /* the interface is made up */
	unsigned probe_ms;    /* an address was asked after for so long; 0: not */
	struct pxe_ip4 probe; /* which */
};

/* Print one exchange that has ended; true when it has an answer. */
bool explain_show(const struct explain_view *v, const struct exchange *x);
