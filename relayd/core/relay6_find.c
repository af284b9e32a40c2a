/* SPDX-License-Identifier: BSD-2-Clause */
/* relay6_find.c -- lower links by what a packet says of them, also when there are thousands. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relayd/core/relay6.h"

/* What a link is looked for by; only one member counts. */
struct key {
	unsigned ifindex;
	struct pxe_bytes id;
	const struct pxe_ip6 *link;
};

struct order {
	const struct relay6 *r;
	enum relay6_key by;
};

static struct key key_of(const struct relay6_lower *lower)
{
	return (struct key){
	    .ifindex = lower->ifindex, .id = {lower->id, lower->id_len}, .link = &lower->link};
}

static int compare_keys(const struct key *a, const struct key *b, enum relay6_key by)
{
	switch (by) {
	case RELAY6_BY_IFINDEX:
		return (a->ifindex > b->ifindex) - (a->ifindex < b->ifindex);
	case RELAY6_BY_ID:
		if (a->id.len != b->id.len)
			return a->id.len < b->id.len ? -1 : 1;
		return a->id.len > 0 ? memcmp(a->id.p, b->id.p, a->id.len) : 0;
	case RELAY6_BY_LINK:
	case RELAY6_KEYS:
		break;
	}
	return memcmp(a->link, b->link, sizeof(*a->link));
}

/* The first in the configuration stays the first among equals. */
static int compare_places(const void *a, const void *b, void *arg)
{
	const struct order *order = arg;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	struct key x = key_of(&order->r->lower[i]), y = key_of(&order->r->lower[j]);
	int sign = compare_keys(&x, &y, order->by);

	return sign != 0 ? sign : (i > j) - (i < j);
}

int relay6_seal(struct relay6 *r)
{
	uint32_t *place = calloc(RELAY6_KEYS * (r->nlower + 1), sizeof(*place));

	if (place == NULL)
		return -ENOMEM;
	free(r->place);
	r->place = place;
	for (enum relay6_key by = 0; by < RELAY6_KEYS; by++, place += r->nlower) {
		struct order order = {r, by};

		for (size_t i = 0; i < r->nlower; i++)
			place[i] = (uint32_t)i;
		qsort_r(place, r->nlower, sizeof(*place), compare_places, &order);
	}
	return 0;
}

void relay6_unseal(struct relay6 *r)
{
	free(r->place);
	r->place = NULL;
}

static struct relay6_lower *find(const struct relay6 *r, enum relay6_key by, const struct key *want)
{
	const uint32_t *place = r->place + by * r->nlower;
	size_t lo = 0, hi = r->nlower;
	struct key have;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		have = key_of(&r->lower[place[mid]]);
		if (compare_keys(&have, want, by) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == r->nlower)
		return NULL;
	have = key_of(&r->lower[place[lo]]);
	return compare_keys(&have, want, by) == 0 ? &r->lower[place[lo]] : NULL;
}

struct relay6_lower *relay6_lower_by_ifindex(const struct relay6 *r, unsigned ifindex)
{
	return find(r, RELAY6_BY_IFINDEX, &(struct key){.ifindex = ifindex});
}

struct relay6_lower *relay6_lower_by_id(const struct relay6 *r, struct pxe_bytes id)
{
	return find(r, RELAY6_BY_ID, &(struct key){.id = id});
}

struct relay6_lower *relay6_lower_by_link(const struct relay6 *r, const struct pxe_ip6 *link)
{
	static const struct pxe_ip6 any;

	if (memcmp(link, &any, sizeof(any)) == 0)
		return NULL;
	return find(r, RELAY6_BY_LINK, &(struct key){.link = link});
}
