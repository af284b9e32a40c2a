/* SPDX-License-Identifier: BSD-2-Clause */
/* explain6.h -- the DHCPv6 side of explain.h. */
#pragma once

#include <stdio.h>

#include "dhcpd/core/v6/exchange6.h"

struct explain6_view {
	FILE *out;
	bool assumed; /* the interface is made up */
};

/* Print one exchange that has ended; true when it has an answer. */
bool explain6_show(const struct explain6_view *v, const struct exchange6 *x);
