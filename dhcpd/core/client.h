/* SPDX-License-Identifier: BSD-2-Clause */
/* client.h -- who is asking.
 *
 * A client is its client identifier when it sends one (option 61), else its link-layer address with
 * its type (RFC 2131 4.2). The rules by which a lease counts as a client's own are ISC's: a lease
 * held with an identifier belongs to that identifier only; one held without is found again by its
 * link-layer address, also when the client sends an identifier by now. With ignore-client-uids
 * only the link-layer address counts, so that a PXE ROM, a boot loader and the installed system,
 * which all send different identifiers, share one address. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/core/lease.h"
#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/buf.h"
#include "libpxecommon/proto/dhcp_msg.h"

struct client_key {
	struct pxe_hwaddr hw;
	struct pxe_bytes uid; /* len 0: none, or not to be looked at */
};

/* The key of a message's sender; borrows the message. */
struct client_key client_key_of(const struct pxe_dhcp_msg *m, bool ignore_uid);
bool client_key_eq(const struct client_key *a, const struct client_key *b);
uint64_t client_key_hash(const struct client_key *key, const struct pxe_hash_seed *seed);

/* Does the lease's record name this client? Says nothing of its state. */
bool client_owns(const struct client_key *key, const struct lease *l);
/* May a free lease last held by somebody with this MAC go to the client with its history? */
bool client_was_here(const struct client_key *key, const struct lease *l);
