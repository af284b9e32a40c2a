/* SPDX-License-Identifier: BSD-2-Clause */
/* packet6.h -- what the configuration's expressions see of a DHCPv6 message. Pure. */
#pragma once

#include "dhcpd/conf/expr.h"
#include "libpxecommon/proto/dhcp6_msg.h"

/* Borrowed for the life of one exchange. */
struct packet6_view {
	const struct pxe_dhcp6_chain *chain; /* NULL: no packet */
	const struct pxe_opt_registry *reg;
};

/* Callbacks of expr_ctx; view is a struct packet6_view. Options of the space dhcp6 as they came, of
 * vsio by enterprise number, of a user's space out of the option that encapsulates it. The n-th
 * relay counts from the client's side, from 1; a number past the last means the last. */
struct pxe_bytes packet6_option(const void *view, const struct pxe_opt_def *def);
struct pxe_bytes packet6_relay_option(const void *view, unsigned n, const struct pxe_opt_def *def);
/* The client's link-layer address: as its first relay saw it (RFC 6939), else as its DUID has it.
 * False: neither says. */
bool packet6_hwaddr(const struct pxe_dhcp6_chain *chain, struct pxe_hwaddr *out);
