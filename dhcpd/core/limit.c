/* SPDX-License-Identifier: BSD-2-Clause */
/* limit.c -- how many messages a second one sender may bring. */
#include "dhcpd/core/limit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/clock.h"

enum { BURST_S = 2 };

struct limit_place {
	uint32_t tag;  /* upper half of the hash; 0 with since_us 0: nobody */
	uint32_t debt; /* messages taken that time has not paid for, in thousandths */
	int64_t since_us;
};

int limit_init(struct limit *l, uint32_t rate)
{
	*l = (struct limit){.rate = rate};
	if (rate == 0)
		return 0;
	l->place = calloc(LIMIT_PLACES, sizeof(*l->place));
	return l->place != NULL ? 0 : -ENOMEM;
}

void limit_fini(struct limit *l)
{
	free(l->place);
	memset(l, 0, sizeof(*l));
}

static struct limit_place *place_of(struct limit *l, uint64_t hash)
{
	struct limit_place *a = &l->place[hash % LIMIT_PLACES];
	struct limit_place *b = &l->place[(hash >> 16) % LIMIT_PLACES], *older = NULL;
	uint32_t tag = (uint32_t)(hash >> 32);

	if (a->tag == tag)
		return a;
	if (b->tag == tag)
		return b;
	older = a->since_us <= b->since_us ? a : b;
	*older = (struct limit_place){.tag = tag};
	return older;
}

bool limit_allows(struct limit *l, uint64_t hash, int64_t mono_us)
{
	const uint64_t one = 1000;
	struct limit_place *p = NULL;
	uint64_t ms = 0, debt = 0;

	if (l->rate == 0)
		return true;
	p = place_of(l, hash);
	if (mono_us > p->since_us)
		ms = (uint64_t)(mono_us - p->since_us) / 1000;
	debt = p->debt > ms * l->rate ? p->debt - ms * l->rate : 0;
	if (p->since_us == 0)
		p->since_us = mono_us;
	else /* what is left of a millisecond pays the next time */
		p->since_us += (int64_t)ms * 1000;
	if (debt + one > (uint64_t)l->rate * BURST_S * one) {
		p->debt = (uint32_t)debt;
		l->refused++;
		return false;
	}
	p->debt = (uint32_t)(debt + one);
	return true;
}
