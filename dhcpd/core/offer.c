/* SPDX-License-Identifier: BSD-2-Clause */
/* offer.c -- addresses promised but not asked for yet. */
#include "dhcpd/core/offer.h"

#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/client.h"
#include "libpxecommon/base/clock.h"

static struct offer *of_client(const struct pxe_hnode *n)
{
	return n == NULL ? NULL : PXE_CONTAINER(n, struct offer, by_client);
}

static struct offer *of_age(struct pxe_link *l)
{
	return PXE_CONTAINER(l, struct offer, age);
}

static struct client_key key_of(const struct offer *f)
{
	return (struct client_key){.hw = f->hw, .uid = {.p = f->uid, .len = f->uid_len}};
}

bool offer_is_for(const struct offer *f, const struct client_key *key)
{
	struct client_key mine = key_of(f);

	return client_key_eq(&mine, key);
}

static bool eq_client(const struct pxe_hnode *n, const void *key)
{
	return offer_is_for(of_client(n), key);
}

void offers_init(struct offers *o, struct leases *leases)
{
	memset(o, 0, sizeof(*o));
	o->leases = leases;
	pxe_hmap_init(&o->by_client);
	pxe_list_init(&o->age);
}

void offers_fini(struct offers *o)
{
	while (!pxe_list_is_empty(&o->age))
		offer_drop(o, of_age(o->age.next));
	pxe_hmap_fini(&o->by_client);
}

struct offer *offer_of_client(
    const struct offers *o, const struct client_key *key, const struct offer *prev)
{
	uint64_t hash = 0;

	if (prev != NULL)
		return of_client(pxe_hmap_next(&prev->by_client, eq_client, key));
	hash = client_key_hash(key, &o->leases->seed);
	return of_client(pxe_hmap_find(&o->by_client, hash, eq_client, key));
}

static void detach(struct offers *o, struct offer *f)
{
	if (f->packet != NULL)
		o->probing--;
	free(f->packet);
	f->packet = NULL;
	pxe_hmap_remove(&o->by_client, &f->by_client);
	pxe_list_remove(&f->age);
	o->count--;
	free(f);
}

void offer_drop(struct offers *o, struct offer *f)
{
	lease_set_offer(o->leases, f->lease, NULL);
	detach(o, f);
}

static struct offer *offer_new(struct offers *o, struct lease *l, const struct client_key *key)
{
	struct offer *f = calloc(1, sizeof(*f) + key->uid.len);

	if (f == NULL)
		return NULL;
	f->lease = l;
	f->hw = key->hw;
	f->uid_len = (uint8_t)key->uid.len;
	if (key->uid.len > 0)
		memcpy(f->uid, key->uid.p, key->uid.len);
	if (pxe_hmap_insert(&o->by_client, client_key_hash(key, &o->leases->seed), &f->by_client) !=
	    0) {
		free(f);
		return NULL;
	}
	pxe_list_append(&o->age, &f->age);
	o->count++;
	lease_set_offer(o->leases, l, f);
	return f;
}

static void drop_oldest_of(struct offers *o, const struct client_key *key)
{
	struct offer *oldest = NULL, *f = NULL;
	unsigned n = 0;

	while ((f = offer_of_client(o, key, f)) != NULL) {
		if (oldest == NULL || f->until_us < oldest->until_us)
			oldest = f;
		n++;
	}
	if (n >= OFFERS_CLIENT_MAX)
		offer_drop(o, oldest);
}

struct offer *offer_make(
    struct offers *o, struct lease *l, const struct client_key *key, uint32_t xid, int64_t mono_us)
{
	struct offer *f = l->offer;

	if (f != NULL && !offer_is_for(f, key)) {
		offer_drop(o, f);
		f = NULL;
	}
	if (f == NULL) {
		drop_oldest_of(o, key);
		if (o->count >= OFFERS_MAX)
			offer_drop(o, of_age(o->age.next));
		f = offer_new(o, l, key);
	}
	if (f == NULL)
		return NULL;
	if (f->began_us == 0 || f->xid != xid)
		f->began_us = mono_us;
	f->xid = xid;
	f->until_us = mono_us + OFFER_HOLD_S * PXE_US_PER_S;
	pxe_list_remove(&f->age);
	pxe_list_append(&o->age, &f->age);
	return f;
}

void offers_lapse(struct offers *o, int64_t mono_us, int64_t now_s)
{
	while (!pxe_list_is_empty(&o->age)) {
		struct offer *f = of_age(o->age.next);
		struct lease *l = f->lease;

		if (f->until_us > mono_us)
			return;
		lease_set_offer(o->leases, l, NULL);
		if (l->state == LEASE_FREE && l->data == NULL)
			lease_remember(o->leases, l, &f->hw, key_of(f).uid, now_s);
		detach(o, f);
	}
}

int64_t offers_next_us(const struct offers *o)
{
	return pxe_list_is_empty(&o->age) ? INT64_MAX : of_age(o->age.next)->until_us;
}

int offer_wait(struct offers *o, struct offer *f, void *packet)
{
	if (f->packet == NULL && o->probing >= OFFER_PROBES_MAX)
		return PXE_E_LIMIT;
	o->probing += f->packet == NULL;
	free(f->packet);
	f->packet = packet;
	f->probing = true;
	return 0;
}

void *offer_go_on(struct offers *o, struct offer *f)
{
	void *packet = f->packet;

	if (packet != NULL)
		o->probing--;
	f->packet = NULL;
	f->probing = false;
	f->probed = true;
	return packet;
}
