/* SPDX-License-Identifier: BSD-2-Clause */
/* packet.h -- what the configuration's expressions see of a DHCPv4 message. Pure. */
#pragma once

#include "dhcpd/conf/expr.h"
#include "libpxecommon/proto/dhcp_msg.h"

/* Borrowed for the life of one exchange. */
struct packet_view {
	const struct pxe_dhcp_msg *msg;
	const struct pxe_opt_registry *reg;
	struct pxe_bytes agent; /* body of option 82: of the message, or as stored with the lease */
};

/* Bytes of an option of any space: of the main space as they came; of agent, a vendor's or a user's
 * space out of the option that encapsulates it; p NULL when absent. `view` is a struct packet_view;
 * the type is that of expr_ctx. */
struct pxe_bytes packet_option(const void *view, const struct pxe_opt_def *def);
