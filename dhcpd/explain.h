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

/* ---- explain_show.c ---- */

struct explain_view {
	FILE *out;
	bool assumed;         /* the interface is made up */
	unsigned probe_ms;    /* an address was asked after for so long; 0: not */
	struct pxe_ip4 probe; /* which */
};

/* Print one exchange that has ended; true when it has an answer. */
bool explain_show(const struct explain_view *v, const struct exchange *x);
/* Print a packet that is no message for a server, by its event. */
void explain_show_refused(FILE *out, const struct fx_list *fx);
