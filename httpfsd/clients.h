/* SPDX-License-Identifier: BSD-2-Clause */
/* clients.h -- connections at once of each address, over all workers.
 *
 * Used only when such a limit is set. IPv6 counts by /64: that is what one machine owns.
 */
#pragma once

#include <stdbool.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/hash.h"

struct clients;

/* NULL when out of memory. */
struct clients *clients_new(unsigned max, const struct pxe_hash_seed *seed);
void clients_free(struct clients *cs); /* NULL ok */
void clients_set_max(struct clients *cs, unsigned max);
/* One more connection of ip. False when it has as many as it may (or memory is short): then do not
 * call clients_leave. An address of family 0 is always let in. Thread-safe. */
bool clients_enter(struct clients *cs, const struct pxe_ip *ip);
void clients_leave(struct clients *cs, const struct pxe_ip *ip);
