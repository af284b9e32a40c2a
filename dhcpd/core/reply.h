/* SPDX-License-Identifier: BSD-2-Clause */
/* reply.h -- the order of options in a reply. The functions are in exchange.h. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/conf/settings.h"
#include "libpxecommon/proto/dhcp_msg.h"

/* Codes to try for a reply, in order and each once, into list[256]; returns their number.
 *
 * The client's parameter request list, or the configured one (option 55 in settings), in its order,
 * with the subnet mask before the routers (RFC 2132 3.3); without either 1, 3, 6, 12, 81 and then
 * everything that is configured. Order and rules are ISC's. with_mask: the subnet mask goes along
 * with an address, asked for or not. */
size_t reply_order(
    const struct pxe_dhcp_msg *req, const struct settings *s, bool with_mask, uint8_t list[256]);
