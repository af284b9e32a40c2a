/* SPDX-License-Identifier: BSD-2-Clause */
/* probe4.h -- the probe of DHCPv4: a DISCOVER to every server of both groups. */
#pragma once

#include "relayd/core/relay.h"
#include "relayd/probe.h"

struct relayd;

/* Send. ifname: the client's interface, NULL or "" for the first one that has an address. 0, or
 * PXE_E_NOTFOUND with the cause in why, or what relay_packet found. */
int probe4_start(struct relayd *d, const char *ifname, struct pxe_text *why);
/* A decided packet: true when it is an answer to the probe, which then has been noted. */
bool probe4_catch(struct relayd *d, const struct relay_in *in, const struct relay_out *out);
