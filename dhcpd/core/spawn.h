/* SPDX-License-Identifier: BSD-2-Clause */
/* spawn.h -- subclasses that come into being with their first lease (`spawn with`).
 *
 * They matter only for being counted: each has a billing index behind those of the configuration.
 * One without leases is forgotten when room is needed, so there are never more than twice as many
 * as leases that count for one. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcpd/conf/model.h"
#include "dhcpd/core/lease.h"

enum { SPAWN_VALUE_MAX = 255 }; /* bytes of a value that tell one subclass from another */

struct spawns {
	struct pxe_hmap by_value;
	const struct leases *leases; /* who counts */
	uint32_t base, next;         /* first billing index, first one never used */
	uint32_t *spare;             /* indexes to use again */
	size_t nspare, sweep_at;
};

/* base: number of billing indexes of the configuration. leases is borrowed. */
void spawns_init(struct spawns *s, const struct leases *leases, size_t base);
void spawns_fini(struct spawns *s);
/* Billing index of a subclass that there is; false: none yet. */
bool spawn_find(
    const struct spawns *s, const struct class *cl, struct pxe_bytes value, uint32_t *out_index);
/* The same, made when there is none. cl must be of the configuration that base is of. 0 or -ENOMEM.
 */
int spawn_make(
    struct spawns *s, const struct class *cl, struct pxe_bytes value, uint32_t *out_index);
