/* SPDX-License-Identifier: BSD-2-Clause */
/* record.h -- what of an exchange is written down with its lease.
 *
 * Variables, event programs, billing and the relay's options are part of the lease record, so that
 * they outlive a restart and can be read by others in the lease file. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dhcpd/core/exchange.h"

/* Does a lease limit of the client's classes leave room for it? Chooses the class that the lease
 * will count for. False: the exchange has ended. */
bool record_may_bill(struct exchange *x);
/* Billing index + 1 that the `billing` statement in a lease's tail stands for, its subclass spawned
 * if need be; 0: none. */
uint32_t record_billing(struct core *c, struct pxe_bytes tail);
/* Seconds left of the client's present lease when that is so fresh that it is confirmed as it
 * stands and nothing is written (dhcp-cache-threshold); 0 otherwise. Sets x->reused. */
uint32_t record_reuse_time(struct exchange *x);
/* Run `on commit`; what it logs and executes stays in the settings for now. */
void record_run_commit(struct exchange *x);
/* Bind x->lease to the client for x->lease_s from now, free others of the client where the
 * configuration says so, and add the records to be committed. 0 or -ENOMEM. */
int record_bind(struct exchange *x);
