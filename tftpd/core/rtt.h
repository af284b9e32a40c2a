/* SPDX-License-Identifier: BSD-2-Clause */
/* rtt.h -- how long to wait before sending again.
 *
 * RFC 1123 4.2.3.2 asks for an adaptive time-out with at least exponential back-off. This is the
 * estimator of RFC 6298 on windows of blocks: smoothed round trip plus four times its deviation,
 * never below a floor and never above the first time-out, doubled at each silence and brought back
 * by the next round trip that was measured without a repeat (Karn's rule). A time-out that the
 * client asked for (RFC 2349) is used as it is, doubled at each silence. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rtt {
	int64_t first_us; /* before anything is measured; also the ceiling of the measured value */
	int64_t min_us;
	bool fixed; /* the client chose first_us */
	bool measured;
	int64_t srtt_us, rttvar_us;
	int64_t rto_us; /* what to wait now */
};

/* first_us > 0; min_us is brought down to first_us when it is above. */
void rtt_init(struct rtt *r, int64_t first_us, int64_t min_us, bool fixed);
/* A round trip took sample_us, and nothing in it was repeated. Also ends the back-off. */
void rtt_sample(struct rtt *r, int64_t sample_us);
/* Nothing came in rto_us: wait twice as long next time. */
void rtt_back_off(struct rtt *r);
