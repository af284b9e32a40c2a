/* SPDX-License-Identifier: BSD-2-Clause */
/* reply.h -- errors to those who have no transfer, from the address they asked. */
#pragma once

#include "tftpd/worker.h"

/* Answer dg with an ERROR, sent from tid. */
void reply_error(struct tid *tid, const struct pxe_dgram *dg, uint16_t code, const char *text);

/* Where answers to dg go and come from: our address that was asked, unless that was a broadcast or
 * multicast address, which nobody may send from. */
struct pxe_dgram_out reply_route(const struct worker *w, const struct pxe_dgram *dg);

/* True when dg was sent to a broadcast or multicast address. */
bool reply_was_broadcast(const struct worker *w, const struct pxe_dgram *dg);

/* A budget for answers to packets that belong to nothing. */
bool reply_allowed(struct worker *w);

/* A budget for reading directories only to say "did you mean". */
bool reply_hint_allowed(struct worker *w);
