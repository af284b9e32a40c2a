/* SPDX-License-Identifier: BSD-2-Clause */
/* clients.c -- see clients.h. */
#include "httpfsd/clients.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "libpxecommon/base/list.h"

/* How long a client without connections is remembered, so that one which makes a new connection for
 * each request does not begin with a full bucket each time. */
enum { REMEMBER_US = 1000000 };

struct client {
	struct pxe_hnode node;
	struct pxe_link link; /* in clients.gone, when count is 0 */
	uint8_t key[9];
	unsigned count;
	int64_t left_us;
	struct share_client share;
};

struct clients {
	uv_mutex_t lock;
	struct pxe_hmap map;
	struct pxe_link gone; /* who left first comes first */
	struct pxe_hash_seed seed;
	struct clients_limits limits;
	bool is_rated; /* atomic: has rates */
	struct share share;
};

static bool has_rates(const struct clients_limits *l)
{
	return l->rates.client > 0 || l->rates.total > 0;
}

struct clients *clients_new(const struct clients_limits *limits, const struct pxe_hash_seed *seed)
{
	struct clients *cs = calloc(1, sizeof(*cs));

	if (cs == NULL || uv_mutex_init(&cs->lock) != 0) {
		free(cs);
		return NULL;
	}
	pxe_hmap_init(&cs->map);
	pxe_list_init(&cs->gone);
	cs->seed = *seed;
	cs->limits = *limits;
	cs->is_rated = has_rates(limits);
	return cs;
}

void clients_free(struct clients *cs)
{
	struct pxe_hnode *node = NULL;
	size_t cursor = 0;

	if (cs == NULL)
		return;
	while ((node = pxe_hmap_walk(&cs->map, node, &cursor)) != NULL) {
		pxe_hmap_remove(&cs->map, node);
		free(PXE_CONTAINER(node, struct client, node));
	}
	pxe_hmap_fini(&cs->map);
	uv_mutex_destroy(&cs->lock);
	free(cs);
}

void clients_set_limits(struct clients *cs, const struct clients_limits *limits)
{
	uv_mutex_lock(&cs->lock);
	cs->limits = *limits;
	uv_mutex_unlock(&cs->lock);
	__atomic_store_n(&cs->is_rated, has_rates(limits), __ATOMIC_RELAXED);
}

static void make_key(const struct pxe_ip *ip, uint8_t key[9])
{
	/* A socket for both families calls IPv4 clients ::ffff:10.0.0.1. */
	struct pxe_ip plain = pxe_ip_unmap(*ip);

	memset(key, 0, 9);
	key[0] = plain.family;
	if (plain.family == 4)
		memcpy(key + 1, &plain.v4.v, 4);
	else
		memcpy(key + 1, plain.v6.b, 8);
}

static bool is_key(const struct pxe_hnode *node, const void *key)
{
	return memcmp(PXE_CONTAINER(node, const struct client, node)->key, key, 9) == 0;
}

static struct client *find(struct clients *cs, const uint8_t key[9], uint64_t hash)
{
	struct pxe_hnode *node = pxe_hmap_find(&cs->map, hash, is_key, key);

	return node != NULL ? PXE_CONTAINER(node, struct client, node) : NULL;
}

static struct client *find_ip(struct clients *cs, const struct pxe_ip *ip)
{
	uint8_t key[9];

	make_key(ip, key);
	return find(cs, key, pxe_siphash(&cs->seed, key, sizeof(key)));
}

static struct client *add(struct clients *cs, const uint8_t key[9], uint64_t hash)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	memcpy(c->key, key, sizeof(c->key));
	pxe_list_init(&c->link);
	if (pxe_hmap_insert(&cs->map, hash, &c->node) == 0)
		return c;
	free(c);
	return NULL;
}

static void forget(struct clients *cs, struct client *c)
{
	pxe_list_remove(&c->link);
	pxe_hmap_remove(&cs->map, &c->node);
	free(c);
}

static void forget_old(struct clients *cs, int64_t now_us)
{
	while (!pxe_list_is_empty(&cs->gone)) {
		struct client *c = PXE_CONTAINER(cs->gone.next, struct client, link);

		if (c->left_us + REMEMBER_US > now_us)
			return;
		forget(cs, c);
	}
}

static bool enter_locked(struct clients *cs, const uint8_t key[9])
{
	uint64_t hash = pxe_siphash(&cs->seed, key, 9);
	struct client *c = find(cs, key, hash);

	if (c == NULL)
		c = add(cs, key, hash);
	else if (cs->limits.connections > 0 && c->count >= cs->limits.connections)
		return false;
	if (c == NULL)
		return false;
	if (c->count++ == 0)
		pxe_list_remove(&c->link);
	return true;
}

bool clients_enter(struct clients *cs, const struct pxe_ip *ip, int64_t now_us)
{
	uint8_t key[9];
	bool ok = true;

	if (ip->family == 0)
		return true;
	make_key(ip, key);
	uv_mutex_lock(&cs->lock);
	forget_old(cs, now_us);
	ok = enter_locked(cs, key);
	uv_mutex_unlock(&cs->lock);
	return ok;
}

void clients_leave(struct clients *cs, const struct pxe_ip *ip, int64_t now_us)
{
	struct client *c = NULL;

	if (ip->family == 0)
		return;
	uv_mutex_lock(&cs->lock);
	c = find_ip(cs, ip);
	if (c != NULL && --c->count == 0) {
		c->left_us = now_us;
		pxe_list_append(&cs->gone, &c->link);
		if (!has_rates(&cs->limits))
			forget(cs, c);
	}
	uv_mutex_unlock(&cs->lock);
}

uint64_t clients_allow(struct clients *cs, const struct pxe_ip *ip, int64_t now_us)
{
	struct client *c = NULL;
	uint64_t n = UINT64_MAX;

	if (ip->family == 0 || !__atomic_load_n(&cs->is_rated, __ATOMIC_RELAXED))
		return n;
	uv_mutex_lock(&cs->lock);
	c = find_ip(cs, ip);
	if (c != NULL)
		n = share_allow(&cs->share, &cs->limits.rates, &c->share, now_us);
	uv_mutex_unlock(&cs->lock);
	return n;
}

void clients_charge(struct clients *cs, const struct pxe_ip *ip, uint64_t n)
{
	struct client *c = NULL;

	if (ip->family == 0 || !__atomic_load_n(&cs->is_rated, __ATOMIC_RELAXED))
		return;
	uv_mutex_lock(&cs->lock);
	c = find_ip(cs, ip);
	if (c != NULL)
		share_charge(&cs->share, &cs->limits.rates, &c->share, n);
	uv_mutex_unlock(&cs->lock);
}
