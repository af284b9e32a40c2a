/* SPDX-License-Identifier: BSD-2-Clause */
/* clients.c -- see clients.h. */
#include "httpfsd/clients.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "libpxecommon/base/list.h"

struct client {
	struct pxe_hnode node;
	uint8_t key[9];
	unsigned count;
};

struct clients {
	uv_mutex_t lock;
	struct pxe_hmap map;
	struct pxe_hash_seed seed;
	unsigned max;
};

struct clients *clients_new(unsigned max, const struct pxe_hash_seed *seed)
{
	struct clients *cs = calloc(1, sizeof(*cs));

	if (cs == NULL || uv_mutex_init(&cs->lock) != 0) {
		free(cs);
		return NULL;
	}
	pxe_hmap_init(&cs->map);
	cs->seed = *seed;
	cs->max = max;
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

void clients_set_max(struct clients *cs, unsigned max)
{
	uv_mutex_lock(&cs->lock);
	cs->max = max;
	uv_mutex_unlock(&cs->lock);
}

static void make_key(const struct pxe_ip *ip, uint8_t key[9])
{
	memset(key, 0, 9);
	key[0] = ip->family;
	if (ip->family == 4)
		memcpy(key + 1, &ip->v4.v, 4);
	else
		memcpy(key + 1, ip->v6.b, 8);
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

static bool enter_locked(struct clients *cs, const uint8_t key[9])
{
	uint64_t hash = pxe_siphash(&cs->seed, key, 9);
	struct client *c = find(cs, key, hash);

	if (c == NULL) {
		c = calloc(1, sizeof(*c));
		if (c == NULL)
			return false;
		memcpy(c->key, key, 9);
		if (pxe_hmap_insert(&cs->map, hash, &c->node) != 0) {
			free(c);
			return false;
		}
	} else if (cs->max > 0 && c->count >= cs->max) {
		return false;
	}
	c->count++;
	return true;
}

bool clients_enter(struct clients *cs, const struct pxe_ip *ip)
{
	uint8_t key[9];
	bool ok = true;

	if (ip->family == 0)
		return true;
	make_key(ip, key);
	uv_mutex_lock(&cs->lock);
	ok = enter_locked(cs, key);
	uv_mutex_unlock(&cs->lock);
	return ok;
}

void clients_leave(struct clients *cs, const struct pxe_ip *ip)
{
	uint8_t key[9];
	struct client *c = NULL;

	if (ip->family == 0)
		return;
	make_key(ip, key);
	uv_mutex_lock(&cs->lock);
	c = find(cs, key, pxe_siphash(&cs->seed, key, 9));
	if (c != NULL && --c->count == 0) {
		pxe_hmap_remove(&cs->map, &c->node);
		free(c);
	}
	uv_mutex_unlock(&cs->lock);
}
