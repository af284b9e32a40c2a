/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_agent.h -- relay agent information, option 82 (RFC 3046, 3527, 5010, 5107, 8357).
 *
 * Works on the bytes of a message as they stand: a relay forwards everything it does not own
 * untouched and in place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/buf.h"

enum pxe_agent_sub {
	PXE_AGENT_CIRCUIT_ID = 1,
	PXE_AGENT_REMOTE_ID = 2,
	PXE_AGENT_LINK_SELECTION = 5,
	PXE_AGENT_SUBSCRIBER_ID = 6,
	PXE_AGENT_SERVER_ID_OVERRIDE = 11,
	PXE_AGENT_RELAY_PORT = 19
};

/* First suboption `sub` inside the body of an option 82. p NULL when absent or when the body is
 * malformed before it. */
struct pxe_bytes pxe_agent_get(struct pxe_bytes body, uint8_t sub);
/* 0 when body is a whole sequence of suboptions, at least one (RFC 3046 2.0), else PXE_E_SYNTAX. */
int pxe_agent_check(struct pxe_bytes body);

/* Where option 82 stands in an encoded message: true and *out with the bytes of its body (first
 * instance) when there is one. Options field only; an overloaded 82 is not one (RFC 3046 2.1). */
bool pxe_agent_find(const uint8_t *pkt, size_t len, struct pxe_bytes *out);

/* Append option 82 with this body as the last option, followed by END and padding up to 300 bytes.
 * Padding that stood behind the last option or behind END makes room for it. pkt has len bytes of
 * cap; the result may not exceed max_len. Returns the new length, PXE_E_TOOBIG (packet unchanged:
 * forward without it, RFC 3046 2.1), PXE_E_NOCOOKIE (plain BOOTP, unchanged) or PXE_E_SYNTAX
 * (malformed options, or a body too short to be one; unchanged). */
int pxe_agent_append(uint8_t *pkt, size_t len, size_t cap, size_t max_len, struct pxe_bytes body);

/* Remove every option 82 of the options field; what follows moves up. Returns the new length,
 * padded back up to 300 bytes when the packet had been that long, or PXE_E_SYNTAX with the packet
 * unchanged. Plain BOOTP stays as it is. */
int pxe_agent_strip(uint8_t *pkt, size_t len);
