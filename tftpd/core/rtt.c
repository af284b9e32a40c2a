/* SPDX-License-Identifier: BSD-2-Clause */
/* rtt.c -- retransmission time-out after RFC 6298. */
#include "tftpd/core/rtt.h"

enum { RTO_MAX_US = 64 * 1000 * 1000 };

static int64_t clamp(int64_t v, int64_t lo, int64_t hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

void rtt_init(struct rtt *r, int64_t first_us, int64_t min_us, bool fixed)
{
	*r = (struct rtt){
	    .first_us = first_us,
	    .min_us = min_us < first_us ? min_us : first_us,
	    .fixed = fixed,
	    .rto_us = first_us,
	};
}

void rtt_sample(struct rtt *r, int64_t sample_us)
{
	int64_t diff;

	if (sample_us < 0)
		sample_us = 0;
	if (!r->measured) {
		r->srtt_us = sample_us;
		r->rttvar_us = sample_us / 2;
		r->measured = true;
	} else {
		diff = r->srtt_us - sample_us;
		r->rttvar_us += ((diff < 0 ? -diff : diff) - r->rttvar_us) / 4;
		r->srtt_us += (sample_us - r->srtt_us) / 8;
	}
	r->rto_us =
	    r->fixed ? r->first_us : clamp(r->srtt_us + 4 * r->rttvar_us, r->min_us, r->first_us);
}

void rtt_back_off(struct rtt *r)
{
	int64_t ceiling = r->first_us > RTO_MAX_US ? r->first_us : RTO_MAX_US;

	r->rto_us = clamp(r->rto_us * 2, 1, ceiling);
}
