/* SPDX-License-Identifier: BSD-2-Clause */
/* host6.h -- the host declaration of a DHCPv6 client, and what is fixed for it here.
 *
 * Looked up by host-identifier options, else by link-layer address (from RFC 6939 or the DUID);
 * DUIDs of type UUID are compared in both byte orders that firmware has (SMBIOS and RFC 4122), for
 * machines whose boot ROM and boot loader disagree. The first declaration with a fixed address or
 * prefix on the client's network wins, else the first without any. Pure.
 */
#pragma once

#include <stdbool.h>

#include "dhcpd/conf/model.h"
#include "dhcpd/core/v6/packet6.h"

struct host6_match {
	const struct host *host; /* NULL: none */
	bool known;
	bool is_fixed; /* host has an address on the network */
	struct pxe_ip6 fixed;
};

/* hw NULL: not known. net NULL: a declaration without addresses only. */
struct host6_match host6_find(const struct conf *conf, const struct pxe_hwaddr *hw,
    const struct packet6_view *view, const struct network *net);
/* Is the address (len 128) or prefix fixed for the matched host here? */
bool host6_has(const struct host6_match *m, const struct pxe_ip6 *ip, uint8_t len);
