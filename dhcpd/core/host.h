/* SPDX-License-Identifier: BSD-2-Clause */
/* host.h -- the host declaration of a client, and the fixed address it has here.
 *
 * Looked up by client identifier, else by link-layer address, else by host-identifier option; the
 * first kind of key that has a declaration for this network decides. Among its declarations the
 * first with a fixed address on the client's network wins, else the first without fixed addresses.
 * A client with any declaration is known, also when none of them fits here (ISC 4.4.3). Pure.
 */
#pragma once

#include <stdbool.h>

#include "dhcpd/conf/model.h"
#include "dhcpd/core/client.h"
#include "dhcpd/core/packet.h"

struct host_match {
	const struct host *host; /* gives options; NULL: none does */
	bool known;              /* there is some declaration of this client */
	bool is_fixed;           /* host has an address on the network */
	struct pxe_ip4 fixed;
};

/* net NULL: only whether the client is known, and a declaration without addresses. */
struct host_match host_find(const struct conf *conf, const struct client_key *key,
    const struct packet_view *view, const struct network *net);
/* Is ip a fixed address of some host, or resolves to one? Then it is nobody's dynamic address. */
bool host_reserves(const struct conf *conf, struct pxe_ip4 ip);
