/* SPDX-License-Identifier: BSD-2-Clause */
/* share.c -- see share.h. */
#include "httpfsd/core/share.h"

#include <stdbool.h>

/* FILL_US: in less time no bytes come that are worth a system call. */
enum { US_PER_S = 1000000, FILL_US = 10000 };

/* At least one byte, or a slow bucket would never hold any. */
static int64_t burst_of(uint64_t rate)
{
	return (int64_t)(rate / SHARE_BURST_PART) + 1;
}

static void fill(struct share_bucket *b, uint64_t rate, int64_t now_us)
{
	int64_t passed_us = now_us - b->filled_us, most = burst_of(rate), more = 0;

	if (passed_us > US_PER_S) {
		passed_us = US_PER_S;
		b->filled_us = now_us - US_PER_S;
	}
	more = passed_us >= FILL_US ? (int64_t)(rate * (uint64_t)passed_us / US_PER_S) : 0;
	if (more == 0) /* let more time add up */
		return;
	b->bytes = b->bytes + more < most ? b->bytes + more : most;
	b->filled_us += more * US_PER_S / (int64_t)rate; /* what is less than a byte stays */
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
	uint64_t part = rate / count_busy(s, c, now_us);
	int64_t spare = 0;

	fill(&s->total, rate, now_us);
	fill(&c->part, part, now_us);
	/* Half is kept for those who have not had their part. */
	spare = s->total.bytes - burst_of(rate) / 2;
	return least(least(UINT64_MAX, c->part.bytes + (spare > 0 ? spare : 0)), s->total.bytes);
}

uint64_t share_allow(
    struct share *s, const struct share_rates *rates, struct share_client *c, int64_t now_us)
{
	uint64_t n = UINT64_MAX;

	if (rates->total > 0)
		n = allow_of_total(s, rates->total, c, now_us);
	if (rates->client > 0) {
		fill(&c->own, rates->client, now_us);
		n = least(n, c->own.bytes);
	}
	return n;
}

void share_charge(
    struct share *s, const struct share_rates *rates, struct share_client *c, uint64_t n)
{
	int64_t bytes = n < INT32_MAX ? (int64_t)n : INT32_MAX;

	if (rates->total > 0) {
		s->total.bytes -= bytes;
		/* What was free to take is not held against it. */
		c->part.bytes = c->part.bytes > bytes ? c->part.bytes - bytes : 0;
	}
	if (rates->client > 0)
		c->own.bytes -= bytes;
}
