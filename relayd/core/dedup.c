/* SPDX-License-Identifier: BSD-2-Clause */
/* dedup.c -- send a request once when the same bytes come again and again. */
#include "relayd/core/dedup.h"

bool dedup_is_repeat(struct dedup *d, struct packet *pk, int64_t now_us)
{
	uint8_t hops = pk->hops;
	uint64_t key = 0;
	size_t i = 0;

	if (d->window_us == 0)
		return false;
	/* The copy that came through another relay's path has other hops. */
	packet_set_hops(pk, 0);
	key = pxe_siphash(&d->seed, pk->p, pk->len);
	packet_set_hops(pk, hops);
	i = key % DEDUP_SLOTS;
	if (d->slot[i].key == key && d->slot[i].seen_us != 0 &&
	    now_us - d->slot[i].seen_us < d->window_us)
		return true;
	d->slot[i].key = key;
	d->slot[i].seen_us = now_us;
	return false;
}
