/* SPDX-License-Identifier: BSD-2-Clause */
/* lease_data.h -- what of a lease varies in size, in one allocation. For lease.c. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dhcpd/core/lease_text.h"

/* All that varies in size, in one allocation: hw, uid, hostname, agent, vars, tail. */
struct lease_data {
	uint8_t hw_type, hw_len, uid_len, hostname_len, agent_len;
	uint16_t vars_len, tail_len;
	uint8_t b[];
};

/* Bytes behind the fixed part. */
size_t lease_data_len(const struct lease_data *d);
/* The variable parts of rec, each cut to its limit; to be freed with free(). NULL: out of memory.
 */
struct lease_data *lease_data_new(const struct lease_rec *rec);
