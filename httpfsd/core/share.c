/* SPDX-License-Identifier: BSD-2-Clause */
/* share.c -- see share.h. */
#include "httpfsd/core/share.h"

/* FILL_US: in less time no bytes come that are worth a system call. */
enum { US_PER_S = 1000000, FILL_US = 10000 };

/* At least one byte, or a slow bucket would never hold any. */
static int64_t burst_of(uint64_t rate)
{
	return (int64_t)(rate / SHARE_BURST_PART) + 1;
}

/* Put in what time has brought, up to most. Returns what did not fit. */
static int64_t fill(struct share_bucket *b, uint64_t rate, int64_t most, int64_t now_us)
{
	int64_t passed_us = now_us - b->filled_us, more = 0, room = most - b->bytes;

	if (passed_us > US_PER_S) {
		passed_us = US_PER_S;
		b->filled_us = now_us - US_PER_S;
	}
	more = passed_us >= FILL_US ? (int64_t)(rate * (uint64_t)passed_us / US_PER_S) : 0;
	if (more == 0) /* let more time add up */
		return 0;
	b->filled_us += more * US_PER_S / (int64_t)rate; /* what is less than a byte stays */
	b->bytes = more < room ? b->bytes + more : most;
	return more > room ? more - room : 0;
}

static uint64_t least(uint64_t n, int64_t bytes)
{
	if (bytes <= 0)
		return 0;
	return n < (uint64_t)bytes ? n : (uint64_t)bytes;
}

/* Among how many the total is divided. */
static unsigned count_busy(struct share *s, struct share_client *c, int64_t now_us)
{
	int64_t period = now_us / SHARE_PERIOD_US + 1; /* 0 is "never" */

	/* A worker's clock lags a little: no way back, which would count everybody anew. */
	if (period < s->period)
		period = s->period;
	if (s->period != period) {
		s->busy_before = s->period == period - 1 ? s->busy : 0;
		s->busy = 0;
		s->period = period;
	}
	if (c->period != period) {
		c->period = period;
		s->busy++;
	}
	return s->busy > s->busy_before ? s->busy : s->busy_before;
}

static uint64_t allow_of_total(
    struct share *s, uint64_t rate, struct share_client *c, int64_t now_us)
{
	int64_t before = c->period, over = 0, most = burst_of(rate);
	uint64_t part = rate / count_busy(s, c, now_us);

	/* All parts full and something to spare: twice what a part may hold in all. */
	(void)fill(&s->total, rate, 2 * most, now_us);
	over = fill(&c->part, part, burst_of(part), now_us);
	/* While it was away others had its part. */
	if (before >= c->period - 1)
		s->spare = s->spare + over < most / 2 ? s->spare + over : most / 2;
	return least(least(UINT64_MAX, c->part.bytes + (s->spare + 1) / 2), s->total.bytes);
}

uint64_t share_allow(
    struct share *s, const struct share_rates *rates, struct share_client *c, int64_t now_us)
{
	uint64_t n = UINT64_MAX;

	if (rates->total > 0)
		n = allow_of_total(s, rates->total, c, now_us);
	if (rates->client > 0) {
		(void)fill(&c->own, rates->client, burst_of(rates->client), now_us);
		n = least(n, c->own.bytes);
	}
	return n;
}

/* Its part first; what comes from the spare bytes is not held against it. */
static void charge_total(struct share *s, struct share_client *c, int64_t bytes)
{
	int64_t from_part = bytes < c->part.bytes ? bytes : c->part.bytes;

	s->total.bytes -= bytes;
	c->part.bytes -= from_part;
	s->spare = s->spare > bytes - from_part ? s->spare - (bytes - from_part) : 0;
}

void share_charge(
    struct share *s, const struct share_rates *rates, struct share_client *c, uint64_t n)
{
	int64_t bytes = n < INT32_MAX ? (int64_t)n : INT32_MAX;

	if (rates->total > 0)
		charge_total(s, c, bytes);
	if (rates->client > 0)
		c->own.bytes -= bytes;
}
