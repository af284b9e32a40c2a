/* SPDX-License-Identifier: BSD-2-Clause */
/* ident.c -- what clients have said about themselves. */
#include "tftpd/ident.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "libpxecommon/base/hash.h"
#include "libpxecommon/base/list.h"

struct ident {
	struct pxe_hnode node;
	struct pxe_link lru;
	struct name_client said; /* its ip is the key */
	int64_t seen_us;
};

struct idents {
	uv_mutex_t lock;
	struct pxe_hash_seed seed;
	struct pxe_hmap by_ip;
	struct pxe_link lru; /* the longest unseen first */
};

struct idents *idents_new(void)
{
	struct idents *ids = calloc(1, sizeof(*ids));

	if (ids == NULL)
		return NULL;
	if (uv_random(NULL, NULL, &ids->seed, sizeof(ids->seed), 0, NULL) != 0 ||
	    uv_mutex_init(&ids->lock) != 0) {
		free(ids);
		return NULL;
	}
	pxe_hmap_init(&ids->by_ip);
	pxe_list_init(&ids->lru);
	return ids;
}

static void forget(struct idents *ids, struct ident *id)
{
	pxe_hmap_remove(&ids->by_ip, &id->node);
	pxe_list_remove(&id->lru);
	free(id);
}

void idents_free(struct idents *ids)
{
	if (ids == NULL)
		return;
	PXE_LIST_FOREACH_SAFE (l, &ids->lru)
		forget(ids, PXE_CONTAINER(l, struct ident, lru));
	pxe_hmap_fini(&ids->by_ip);
	uv_mutex_destroy(&ids->lock);
	free(ids);
}

static uint64_t hash_ip(const struct idents *ids, const struct pxe_ip *ip)
{
	uint8_t key[17] = {ip->family};

	if (ip->family == 4)
		memcpy(key + 1, &ip->v4.v, sizeof(ip->v4.v));
	else
		memcpy(key + 1, ip->v6.b, sizeof(ip->v6.b));
	return pxe_siphash(&ids->seed, key, sizeof(key));
}

static bool same_ip(const struct pxe_hnode *node, const void *key)
{
	return pxe_ip_eq(&PXE_CONTAINER(node, const struct ident, node)->said.ip, key);
}

static struct ident *find(struct idents *ids, const struct pxe_ip *ip, int64_t now_us)
{
	struct pxe_hnode *node = pxe_hmap_find(&ids->by_ip, hash_ip(ids, ip), same_ip, ip);
	struct ident *id = node != NULL ? PXE_CONTAINER(node, struct ident, node) : NULL;

	if (id != NULL && now_us - id->seen_us > IDENT_TTL_US) {
		forget(ids, id);
		return NULL;
	}
	return id;
}

static struct ident *add(struct idents *ids, const struct pxe_ip *ip)
{
	struct ident *id = calloc(1, sizeof(*id));

	if (id == NULL)
		return NULL;
	if (ids->by_ip.count >= IDENTS_MAX)
		forget(ids, PXE_CONTAINER(ids->lru.next, struct ident, lru));
	id->said.ip = *ip;
	pxe_list_init(&id->lru);
	if (pxe_hmap_insert(&ids->by_ip, hash_ip(ids, ip), &id->node) == 0)
		return id;
	free(id);
	return NULL;
}

/* Another UUID or MAC than before is another machine at that address: the rest is not true of it.
 */
static void merge(struct name_client *said, const struct name_client *now)
{
	bool other = (now->has_uuid && said->has_uuid &&
			 memcmp(now->uuid, said->uuid, sizeof(now->uuid)) != 0) ||
		     (now->mac.len > 0 && said->mac.len > 0 &&
			 memcmp(now->mac.b, said->mac.b, now->mac.len) != 0);

	if (other)
		*said = (struct name_client){.ip = said->ip};
	if (now->has_uuid) {
		memcpy(said->uuid, now->uuid, sizeof(said->uuid));
		said->has_uuid = true;
	}
	if (now->mac.len > 0)
		said->mac = now->mac;
}

static void fill_in(struct name_client *client, const struct name_client *said)
{
	if (!client->has_uuid && said->has_uuid) {
		memcpy(client->uuid, said->uuid, sizeof(client->uuid));
		client->has_uuid = true;
	}
	if (client->mac.len == 0)
		client->mac = said->mac;
}

void idents_see(struct idents *ids, const char *name, int64_t now_us, struct name_client *client)
{
	struct name_client now = {.ip = client->ip};
	bool says = name_identity(name, &now);
	struct ident *id;

	uv_mutex_lock(&ids->lock);
	id = find(ids, &client->ip, now_us);
	if (id == NULL && says)
		id = add(ids, &client->ip);
	if (id != NULL) {
		if (says)
			merge(&id->said, &now);
		id->seen_us = now_us;
		pxe_list_remove(&id->lru);
		pxe_list_append(&ids->lru, &id->lru);
		fill_in(client, &id->said);
	}
	uv_mutex_unlock(&ids->lock);
}
