/* SPDX-License-Identifier: BSD-2-Clause */
/* hash.h -- keyed hashing and an intrusive hash map for keys that strangers choose.
 *
 * The map stores links embedded in the owner's objects and never allocates per entry; it grows its
 * bucket array by doubling. Keys are hashed with SipHash-2-4 under a seed the shell draws at start,
 * so nobody outside can aim for one bucket. Tests pass a fixed seed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pxe_hash_seed {
	uint64_t k0, k1;
};

/* SipHash-2-4 of len bytes at p. */
uint64_t pxe_siphash(const struct pxe_hash_seed *seed, const void *p, size_t len);

struct pxe_hnode {
	struct pxe_hnode *next;
	uint64_t hash;
};

/* True when node holds this key; key is whatever the caller passed to find. */
typedef bool (*pxe_hmap_eq_fn)(const struct pxe_hnode *node, const void *key);

struct pxe_hmap {
	struct pxe_hnode **bucket;
	size_t nbucket; /* power of two, 0 before the first insertion */
	size_t count;
};

void pxe_hmap_init(struct pxe_hmap *m);
/* Frees the bucket array; the nodes are the owner's. NULL ok. */
void pxe_hmap_fini(struct pxe_hmap *m);
/* First node with this hash for which eq says yes; NULL if none. */
struct pxe_hnode *pxe_hmap_find(
    const struct pxe_hmap *m, uint64_t hash, pxe_hmap_eq_fn eq, const void *key);
/* Go on after node to the next one with the same hash and key (duplicates are allowed). */
struct pxe_hnode *pxe_hmap_next(const struct pxe_hnode *node, pxe_hmap_eq_fn eq, const void *key);
/* Link node under hash. 0 or -ENOMEM (then nothing is linked), which only the first insertion into
 * an empty map can give; later ones make do with longer chains. */
int pxe_hmap_insert(struct pxe_hmap *m, uint64_t hash, struct pxe_hnode *node);
/* Unlink node; it must be in m. */
void pxe_hmap_remove(struct pxe_hmap *m, struct pxe_hnode *node);
/* Walk all nodes in no particular order: start with NULL, then pass the node last returned; ends
 * with NULL. That node may be removed and freed meanwhile, others may not, and nothing may be
 * inserted. */
struct pxe_hnode *pxe_hmap_walk(
    const struct pxe_hmap *m, const struct pxe_hnode *after, size_t *cursor);
