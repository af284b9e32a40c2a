/* SPDX-License-Identifier: BSD-2-Clause */
/* agent.h -- what the relay says of itself: the body of option 82 for requests from one port.
 *
 * Circuit-id and remote-id are templates, so that one line of configuration serves every port. The
 * body is made once per port whenever interfaces change, not once per packet. Pure.
 */
#pragma once

#include <stdbool.h>

#include "libpxecommon/base/str.h"
#include "relayd/core/ports.h"

struct agent_conf {
	/* Templates; NULL: the suboption is not sent. */
	const char *circuit_id, *remote_id, *subscriber_id;
	const char *hostname;    /* for ${hostname}; never NULL */
	bool link_selection;     /* RFC 3527: 5 with the port's address */
	bool server_id_override; /* RFC 5107: 11 with the port's address */
	bool relay_port;         /* RFC 8357: 19, empty */
};

/* Check a template: ${ifname} ${ifindex} ${vlan} ${mac} ${hostname}, $$ for a dollar sign, 0x...
 * for bytes in hex, everything else literal. 0, or PXE_E_SYNTAX (unknown variable, lone $, bad hex)
 * with one clause in why, or PXE_E_TOOBIG (over 255 bytes). */
int agent_template_check(const char *template, struct pxe_text *why);
/* Expand template for port into out. Returns the length, or PXE_E_SYNTAX or PXE_E_TOOBIG. ${mac} is
 * lower case hex with colons, ${vlan} 0 on what is not a VLAN. */
int agent_expand(
    const char *template, const struct port *port, const char *hostname, uint8_t *out, size_t cap);
/* Fill in port->agent and its lengths from its name, index, VLAN and address. Suboptions in the
 * order 1, 2, 6, 5, 11, 19 (5 before 11 as deployed servers expect). One that is empty, or does not
 * fit any more, is left out; returns 0 or PXE_E_TOOBIG when that happened to one that is not empty.
 */
int agent_fill(const struct agent_conf *conf, struct port *port);
