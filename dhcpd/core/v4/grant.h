/* SPDX-License-Identifier: BSD-2-Clause */
/* grant.h -- parts of grant.c that others need or that are tested alone. Pure. */
#pragma once

#include <stdint.h>

#include "dhcpd/core/core.h"

struct grant_bounds {
	uint32_t min, max; /* seconds; UINT32_MAX: for ever */
};

/* wanted seconds within the bounds; a minimum above the maximum gives way (ISC). An infinite wish
 * gives the maximum. */
uint32_t grant_bounded(uint32_t wanted, const struct grant_bounds *b);

/* A DISCOVER that waits for the probe of its address; kept with the offer. */
struct grant_waiting {
	struct core_in in; /* data points into data[] */
	uint8_t data[];
};
