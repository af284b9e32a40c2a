/* SPDX-License-Identifier: BSD-2-Clause */
/* iso9660_index.c -- where in a directory of an ISO 9660 image a name lies.
 *
 * Directories of 100 000 files have 10 to 20 MB of records, in no order that Rock Ridge names could
 * be searched by. The index of one is made by the first lookup in it: keyed hash of the name to
 * position of the record. It holds no names, for a hit is compared with its record; two names of
 * one 64-bit hash are taken for the same, of which the first counts. */
#include <errno.h>
#include <stdlib.h>

#include "libpxecommon/proto/iso9660_priv.h"

struct slot {
	uint64_t hash;
	uint32_t pos;
	uint32_t next; /* slot of the same bucket, from 1; 0 is the end */
};

struct iso_index {
	struct pxe_hnode node;
	struct pxe_link lru;
	uint64_t off; /* of the directory: the key */
	size_t len;   /* bytes that all this takes */
	int err;      /* the directory cannot be read whole: this is why */
	bool is_too_big;
	bool has_damage;
	uint32_t damage_pos;
	uint32_t nslot, nbucket; /* nbucket is a power of two, 0 without slots */
	struct slot *slot;       /* and behind it the buckets */
	uint32_t *bucket;
};

static bool has_offset(const struct pxe_hnode *node, const void *key)
{
	const struct iso_index *ix = PXE_CONTAINER(node, struct iso_index, node);

	return ix->off == *(const uint64_t *)key;
}

static void index_free(struct pxe_iso *iso, struct iso_index *ix)
{
	pxe_hmap_remove(&iso->index, &ix->node);
	pxe_list_remove(&ix->lru);
	iso->index_len -= ix->len;
	free(ix->slot);
	free(ix);
}

void iso_index_init(struct pxe_iso *iso)
{
	pxe_hmap_init(&iso->index);
	pxe_list_init(&iso->lru);
}

void iso_index_fini(struct pxe_iso *iso)
{
	while (!pxe_list_is_empty(&iso->lru))
		index_free(iso, PXE_CONTAINER(iso->lru.next, struct iso_index, lru));
	pxe_hmap_fini(&iso->index);
}

static uint32_t buckets_for(uint32_t n)
{
	uint32_t b = 1;

	while (b < n)
		b *= 2;
	return b;
}

static size_t len_for(uint32_t n)
{
	return sizeof(struct iso_index) + n * sizeof(struct slot) +
	       buckets_for(n) * sizeof(uint32_t);
}

static int add_slot(
    struct pxe_iso *iso, struct iso_index *ix, uint32_t *cap, uint64_t hash, uint32_t pos)
{
	if (ix->nslot == *cap) {
		uint32_t n = *cap > 0 ? *cap * 2 : 64;
		struct slot *grown = NULL;

		if (len_for(ix->nslot + 1) > iso->index_max)
			return -E2BIG;
		grown = realloc(ix->slot, n * sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		ix->slot = grown;
		*cap = n;
	}
	ix->slot[ix->nslot++] = (struct slot){hash, pos, 0};
	return 0;
}

/* Read the whole directory into slots. -E2BIG and -ENOMEM come from here only. */
static int collect(struct pxe_iso *iso, const struct pxe_iso_cursor *dir, struct iso_index *ix)
{
	struct pxe_iso_cursor cur = {dir->off, dir->len, 0, false};
	struct pxe_iso_entry *e = &iso->entry;
	uint32_t cap = 0;

	for (;;) {
		uint32_t before = cur.pos;
		int rc = iso_dir_next(iso, &cur, NULL, e);

		if (rc == 0)
			return 0;
		if (rc < 0 && (!iso_is_damage(rc) || iso->work > PXE_ISO_WORK_MAX))
			return rc;
		if (rc < 0) {
			ix->damage_pos = ix->has_damage ? ix->damage_pos : before;
			ix->has_damage = true;
			continue;
		}
		rc = add_slot(iso, ix, &cap, pxe_siphash(&iso->seed, e->name, e->name_len),
		    (uint32_t)(e->node.record - dir->off));
		if (rc != 0)
			return rc;
	}
}

static uint32_t *find_slot(const struct iso_index *ix, uint64_t hash)
{
	uint32_t *at = &ix->bucket[hash & (ix->nbucket - 1)];

	while (*at != 0 && ix->slot[*at - 1].hash != hash)
		at = &ix->slot[*at - 1].next;
	return at;
}

/* Give the slots their buckets. Later ones of the same hash are left out: the chains of a hostile
 * directory stay short, and the first of equal names is the one. */
static int link_slots(struct iso_index *ix)
{
	uint32_t n = buckets_for(ix->nslot);
	struct slot *fitted =
	    realloc(ix->slot, ix->nslot * sizeof(*fitted) + n * sizeof(*ix->bucket));

	if (fitted == NULL)
		return -ENOMEM;
	ix->slot = fitted;
	ix->bucket = (uint32_t *)(void *)(fitted + ix->nslot);
	ix->nbucket = n;
	memset(ix->bucket, 0, n * sizeof(*ix->bucket));
	for (uint32_t i = 0; i < ix->nslot; i++) {
		uint32_t *at = find_slot(ix, fitted[i].hash);

		if (*at == 0)
			*at = i + 1;
	}
	return 0;
}

/* Make the index of dir. One that cannot be made is kept too, as the knowledge that it cannot, or
 * each lookup would find that out again. NULL and an error if nothing is to be kept. */
static struct iso_index *build(
    struct pxe_iso *iso, const struct pxe_iso_cursor *dir, uint64_t hash, int *err)
{
	struct iso_index *ix = calloc(1, sizeof(*ix));

	*err = ix != NULL ? collect(iso, dir, ix) : -ENOMEM;
	if (*err == 0 && ix->nslot > 0)
		*err = link_slots(ix);
	if (*err == -E2BIG || (iso_is_damage(*err))) {
		ix->is_too_big = *err == -E2BIG;
		ix->err = ix->is_too_big ? 0 : *err;
		ix->nslot = ix->nbucket = 0;
		free(ix->slot);
		ix->slot = NULL;
		*err = 0;
	}
	if (*err == 0) {
		ix->off = dir->off;
		ix->len = len_for(ix->nslot);
		*err = pxe_hmap_insert(&iso->index, hash, &ix->node);
	}
	if (*err != 0) {
		if (ix != NULL)
			free(ix->slot);
		free(ix);
		return NULL;
	}
	pxe_list_insert_after(&iso->lru, &ix->lru);
	iso->index_len += ix->len;
	return ix;
}

static struct iso_index *get(struct pxe_iso *iso, const struct pxe_iso_cursor *dir, int *err)
{
	uint64_t hash = pxe_siphash(&iso->seed, &dir->off, sizeof(dir->off));
	struct pxe_hnode *node = pxe_hmap_find(&iso->index, hash, has_offset, &dir->off);
	struct iso_index *ix = NULL;

	if (node == NULL) {
		ix = build(iso, dir, hash, err);
		while (ix != NULL && iso->index_len > iso->index_max && iso->lru.prev != &ix->lru)
			index_free(iso, PXE_CONTAINER(iso->lru.prev, struct iso_index, lru));
		return ix;
	}
	*err = 0;
	ix = PXE_CONTAINER(node, struct iso_index, node);
	pxe_list_remove(&ix->lru);
	pxe_list_insert_after(&iso->lru, &ix->lru);
	return ix;
}

int iso_index_find(struct pxe_iso *iso, const struct pxe_iso_cursor *dir, const char *name,
    size_t len, uint32_t *out_pos)
{
	struct iso_index *ix = NULL;
	uint32_t slot = 0;
	int err = 0;

	if (dir->len <= ISO_SECTOR) /* one read either way */
		return ISO_INDEX_NONE;
	ix = get(iso, dir, &err);
	if (ix == NULL && err != -ENOMEM)
		return err;
	if (ix != NULL && ix->err != 0)
		return iso_fault(iso, ix->err,
		    "directory at byte %llu: more than %d MiB of records and continuation areas",
		    (unsigned long long)dir->off, PXE_ISO_WORK_MAX >> 20);
	if (ix == NULL || ix->is_too_big)
		return ISO_INDEX_NONE;
	slot = ix->nbucket > 0 ? *find_slot(ix, pxe_siphash(&iso->seed, name, len)) : 0;
	if (slot != 0) {
		*out_pos = ix->slot[slot - 1].pos;
		return ISO_INDEX_AT;
	}
	*out_pos = ix->damage_pos;
	return ix->has_damage ? ISO_INDEX_DAMAGED : ISO_INDEX_ABSENT;
}
