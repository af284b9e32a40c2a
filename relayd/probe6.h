/* SPDX-License-Identifier: BSD-2-Clause */
/* probe6.h -- the probe of DHCPv6: a Solicit up every upper link. */
#pragma once

#include "relayd/core/relay6.h"
#include "relayd/probe.h"

struct relayd6;

/* Send. ifname: the client's link, NULL or "" for the first lower one that exists. 0, or
 * PXE_E_NOTFOUND with the cause in why, or what relay6_packet found. */
int probe6_start(struct relayd6 *d, const char *ifname, struct pxe_text *why);
/* A decided packet: true when it is an answer to the probe, which then has been noted. */
bool probe6_catch(struct relayd6 *d, const struct relay6_in *in, const struct relay6_out *out);
