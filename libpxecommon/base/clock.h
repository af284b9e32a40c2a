/* SPDX-License-Identifier: BSD-2-Clause */
/* clock.h -- time as an argument.
 *
 * Cores never ask the time: the shell reads both clocks once per wake-up and passes them in, and a
 * replay scenario passes whatever it likes.
 */
#pragma once

#include <stdint.h>

struct pxe_now {
	int64_t wall_us; /* microseconds since 1970-01-01 UTC; may jump */
	int64_t mono_us; /* microseconds, never goes back; for timers and durations */
};

#define PXE_US_PER_S INT64_C(1000000)

static inline int64_t pxe_now_wall_s(const struct pxe_now *now)
{
	return now->wall_us / PXE_US_PER_S;
}
